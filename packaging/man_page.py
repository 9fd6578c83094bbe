"""`man_page.py FILE`: the manual page, from the command line's own help."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hht.i18n import use_language
from ui.cli.main import build_parser


def roff(text: str) -> str:
    """`text` as it stands, for troff."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join(f"\\&{line}" if line[:1] in (".", "'") else line for line in lines)


def page() -> str:
    """The whole page: what it is, every command with its options."""
    parser = build_parser()
    actions = [action for action in parser._actions if hasattr(action, "choices") and isinstance(action.choices, dict)]
    parts = [
        '.TH HHT 1 "" "hht" "Handheld terminal"',
        ".SH NAME",
        roff("hht - handheld terminal for Great Britain's smart metering"),
        ".SH SYNOPSIS",
        ".B hht\n[\\fIcommand\\fR] [\\fIoptions\\fR]\n.PP",
        roff("Without a command: the window (--training: on an emulated premises)."),
        ".SH COMMANDS",
    ]
    for name, sub in actions[0].choices.items():
        parts += [f".SS {roff(name)}", ".nf", roff(sub.format_help().strip()), ".fi"]
    ends = "0 done, 1 refused or failed, 2 wrong usage, 130 Ctrl+C, 143 SIGTERM, 129 SIGHUP, 141 nobody reads on."
    parts += [".SH EXIT STATUS", roff(ends)]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    use_language("en")
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
