"""External sources declared as data links; nothing is built in this room yet."""
