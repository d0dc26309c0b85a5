"""The published morning, made once for all tests of a run."""

from fixtures.published import morning, own_morning

__all__ = ["morning", "own_morning"]
