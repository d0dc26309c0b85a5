"""The kinds of configuration that come with Lodge, one module a subject."""
