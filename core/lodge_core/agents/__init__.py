"""Agents: their states, and what they do with the work they are given."""
