"""E-mail in and out: retrieved, parsed, threaded, answered."""
