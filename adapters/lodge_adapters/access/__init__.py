"""Where rows come from: one module a kind of access, all with the same two calls."""
