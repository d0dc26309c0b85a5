"""The REST API of the core: its resources, each a module that declares an `Api`."""
