"""``python -m ui.cli``: the command line without any way to the window."""

from __future__ import annotations

import sys

from ui.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
