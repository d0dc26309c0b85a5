"""E-mail: retrieve, parse, take in, send. Nothing seen at a server goes without a ledger line."""
