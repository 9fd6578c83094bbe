"""The entry point: without a command it opens the window, otherwise it is the command line.

It stands outside `ui.cli` because import contracts follow lazy imports too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    window_options = {"--training", "--data-dir"}
    words = [word for word in arguments if not word.startswith("-")]
    if arguments and (
        (words and arguments[0] != "--data-dir") or not {w.split("=")[0] for w in arguments} <= window_options
    ):
        from ui.cli.main import main as command_line

        return command_line(arguments)
    from ui.window.app import main as window

    return window(arguments)


if __name__ == "__main__":
    sys.exit(main())
