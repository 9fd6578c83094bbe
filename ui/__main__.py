"""The entry point: without a command it opens the window, otherwise it is the command line.

It stands outside `ui.cli` because import contracts follow lazy imports too.
"""

from __future__ import annotations

import os
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
        from ui.crash import watch_what_escapes

        watch_what_escapes()
        return command_line(arguments)
    if _no_screen():
        return _say_no_screen()
    from ui.window.app import main as window

    return window(arguments)


def _no_screen() -> bool:
    """Whether Qt would find nowhere to open a window, and abort."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "linux" and not any(os.environ.get(name) for name in names)


def _say_no_screen() -> int:
    from hht.errors import HhtError
    from hht.i18n import _, use_language
    from ui.cli.common import FAILED, Output

    use_language(None)
    Output(as_json=False).error(
        HhtError(
            _("There is no screen here to open the window on."),
            remedy=_("Everything can be done without one: hht --help. Or set DISPLAY or WAYLAND_DISPLAY."),
            code="no-screen",
        )
    )
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
