"""Routing: which agent is given which waiting activity, and why."""
