"""``hht glossary``: what a word of the trade means, and what else it is called."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, Output, add_json, run_command

if TYPE_CHECKING:
    from hht.glossary import Term


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "glossary",
        help=_("what a word of the trade means, and what else it is called"),
        description=_("Without a word: every term."),
        epilog=_("Example: hht glossary HHD"),
    )
    parser.add_argument("term", nargs="?", metavar="TERM", help=_("by any of its names"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _glossary)


def _glossary(args: argparse.Namespace, output: Output) -> int:
    from hht.glossary import glossary, look_up

    for term in glossary() if args.term is None else (look_up(args.term),):
        _tell(term, output)
    return DONE


def _tell(term: Term, output: Output) -> None:
    also = _(" (also: {names})").format(names=", ".join(term.also)) if term.also else ""
    text = f"{term.name}{also}\n    {_(term.text)} [{term.source}]"
    output.emit("term", text, name=term.name, also=list(term.also), text=term.text, source=term.source)
