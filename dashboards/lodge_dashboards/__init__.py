"""Pages over the marts, with the freshness of what they show."""
