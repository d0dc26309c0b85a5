"""Workflows: declared rules that place each new activity in a queue."""
