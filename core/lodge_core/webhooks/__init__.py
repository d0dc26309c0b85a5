"""Webhooks: events put in line for others, sent in order per object, never lost."""
