"""The demonstration: a believable past through the real code paths, then live traffic."""
