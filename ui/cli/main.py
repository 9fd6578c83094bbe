"""The `hht` command: one parser, one module per command, each imported only when it is called for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

import hht
from hht.i18n import _, use_language
from ui.cli import argument_words
from ui.cli.common import USAGE, with_standard_output
from ui.cli.parser import Parser

VERSION = "--version"
# Groups of commands, in the order of help: the first of each. A command is a module of that name with
# add_parser(subparsers) and run(args) -> exit status.
_GROUPS = (
    "tour demo premises emulate",
    "job visit timeline van wallet outbox depot",
    "ports bridge identify read browse history logs network set offset diagnose conformance",
    "survey han",
    "desk pack gbcs certificates",
    "check scan decode lights display glossary dictionary about",
    "trace log vault people update plugin diagnostics",
)
COMMANDS = {name: f"ui.cli.{name}" for group in _GROUPS for name in group.split()}


def _heads() -> dict[str, str]:
    """What stands over each group of commands, by the first of them."""
    heads = (
        *(_("Training"), _("Jobs"), _("Meter"), _("Home network"), _("Supplier's desk"), _("To look things up")),
        _("This terminal"),
    )
    return {group.split()[0]: head for group, head in zip(_GROUPS, heads, strict=True)}


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or just the part that `only` needs (importing a command's module costs time)."""
    argument_words.speak()
    parser = Parser(
        prog="hht",
        heads=_heads(),
        description=_("Handheld terminal for Great Britain's smart metering."),
        epilog=_(
            "Without a command the window opens. Example: hht demo --out proof. Exit status: 0 done, 1 failed, "
            "2 wrong usage, 130 Ctrl+C, 143 SIGTERM, 129 SIGHUP (the meter is released first), 141 nobody reads on."
        ),
    )
    parser.add_argument(
        VERSION, action="version", version=f"hht {hht.__version__}", help=_("say which version this is")
    )
    parser.add_argument(
        "--training",
        action="store_true",
        dest="all_training",
        help=_("the training store, window or command"),
    )
    subparsers = parser.add_subparsers(dest="command", metavar=_("COMMAND"))
    modules = [COMMANDS[only]] if only in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    if only == VERSION:  # is told before any command is looked at
        modules = []
    for module in modules:
        import_module(module).add_parser(subparsers)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status."""
    return with_standard_output(lambda: _main(argv))


def _main(argv: Sequence[str]) -> int:
    use_language(None)
    only = VERSION if list(argv) == [VERSION] else next((word for word in argv if not word.startswith("-")), None)
    args = build_parser(only).parse_args(argv)
    if args.command is None:
        build_parser().print_help()
        return USAGE
    if args.all_training:
        args.training = True  # said before the command: it means the same
    status: int = import_module(COMMANDS[args.command]).run(args)
    return status
