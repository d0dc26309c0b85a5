"""Configuration as files: read, compared with what is in force, applied in one transaction."""
