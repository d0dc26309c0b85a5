"""Configuration as files: kinds that rooms declare; read, planned, applied, exported, undone."""
