"""Activities: made, changed, taken, given on, classified, moved, completed, deleted.

Every function takes a `Work`, does one thing under locks, and says by a RefusedError why not.
`expected` is the version its caller read; another one now raises StaleError.
"""
