"""What a change of the configuration does to live work, one module a subject."""
