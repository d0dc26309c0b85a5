"""The program `lodge`: verbs brought by the rooms, one meaning for every exit code."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `lodge` with `arguments`, or those of the process, and give the exit code."""
    from lodge_platform.cli.program import run

    return run(arguments)
