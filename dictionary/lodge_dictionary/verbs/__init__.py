"""The verbs of this room: `lodge sql` and `lodge dictionary`."""
