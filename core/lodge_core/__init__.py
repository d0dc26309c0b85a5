"""The work itself: mail taken in, placed, routed to an agent, answered and completed."""
