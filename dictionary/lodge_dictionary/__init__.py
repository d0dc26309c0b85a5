"""What every column means: terms, the read-only SQL door and the checks on both."""
