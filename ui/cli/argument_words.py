"""What Python's own argument parser says, in the language in use: usage, headings of help, and what is wrong.

`argparse` asks `gettext` for its texts by two names of its module; here they become the program's own. The texts stand
below so that they are extracted; a test holds them against the parser that runs.
"""

from __future__ import annotations

import argparse

from hht.i18n import _, ngettext


def speak() -> None:
    """Let the parser ask this program's catalogue; once is enough, whatever language is chosen later."""
    vars(argparse).update({"_": _, "ngettext": ngettext})


def texts() -> frozenset[str]:
    """All that it says to whoever types a command, as it says it."""
    return frozenset({
        _("usage: "),
        _("options"),
        _("positional arguments"),
        _("show this help message and exit"),
        _("%(prog)s: error: %(message)s\n"),
        _("argument %(argument_name)s: %(message)s"),
        _("ambiguous option: %(option)s could match %(matches)s"),
        _("can't open '%(filename)s': %(error)s"),
        _("expected at least one argument"),
        _("expected at most one argument"),
        _("expected one argument"),
        _("ignored explicit argument %r"),
        _("invalid %(type)s value: %(value)r"),
        _("invalid choice: %(value)r (choose from %(choices)s)"),
        _("not allowed with argument %s"),
        _("one of the arguments %s is required"),
        _("the following arguments are required: %s"),
        _("unexpected option string: %s"),
        _("unknown parser %(parser_name)r (choices: %(choices)s)"),
        _("unrecognized arguments: %s"),
        ngettext("expected %s argument", "expected %s arguments", 2),
    })  # fmt: skip
