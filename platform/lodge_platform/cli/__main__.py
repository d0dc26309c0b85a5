"""`python -m lodge_platform.cli`: the program `lodge` without its script."""

import sys

from lodge_platform.cli import main

if __name__ == "__main__":
    sys.exit(main())
