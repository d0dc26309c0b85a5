"""The messaging server: who wakes whom (`bus`), and what waits to go outside (`outbox`)."""
