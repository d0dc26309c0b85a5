"""Become the program in the arguments, which on Linux dies with the process that started us.

Run as a file by `programs`: `tether.py PARENT PROGRAM ARGUMENT...`; it imports next to nothing.
"""

import os
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def main() -> None:
    """Tie, check that the parent is still there, and become the program."""
    parent, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("the service that wanted this program is gone")
    os.execvp(arguments[0], arguments)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
