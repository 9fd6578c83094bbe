"""The `hht` command: one parser, one module per command, each imported only when it is called for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

import hht
from hht.i18n import _, use_language
from ui.cli import argument_words
from ui.cli.common import USAGE, Parser, with_standard_output

# command -> module with add_parser(subparsers) and run(args) -> exit status
COMMANDS = {
    "tour": "ui.cli.tour",
    "demo": "ui.cli.demo",
    "check": "ui.cli.check",
    "premises": "ui.cli.premises",
    "emulate": "ui.cli.emulate",
    "ports": "ui.cli.ports",
    "bridge": "ui.cli.bridge",
    "identify": "ui.cli.identify",
    "read": "ui.cli.read",
    "browse": "ui.cli.browse",
    "history": "ui.cli.history",
    "logs": "ui.cli.logs",
    "network": "ui.cli.network",
    "conformance": "ui.cli.conformance",
    "plugin": "ui.cli.plugin",
    "set": "ui.cli.set",
    "offset": "ui.cli.offset",
    "survey": "ui.cli.survey",
    "diagnose": "ui.cli.diagnose",
    "han": "ui.cli.han",
    "lights": "ui.cli.lights",
    "display": "ui.cli.display",
    "glossary": "ui.cli.glossary",
    "about": "ui.cli.about",
    "dictionary": "ui.cli.dictionary",
    "visit": "ui.cli.visit",
    "decode": "ui.cli.decode",
    "scan": "ui.cli.scan",
    "gbcs": "ui.cli.gbcs",
    "certificates": "ui.cli.certificates",
    "pack": "ui.cli.pack",
    "desk": "ui.cli.desk",
    "outbox": "ui.cli.outbox",
    "depot": "ui.cli.depot",
    "trace": "ui.cli.trace",
    "vault": "ui.cli.vault",
    "people": "ui.cli.people",
    "wallet": "ui.cli.wallet",
    "job": "ui.cli.job",
    "van": "ui.cli.van",
    "timeline": "ui.cli.timeline",
    "log": "ui.cli.log",
    "update": "ui.cli.update",
    "diagnostics": "ui.cli.diagnostics",
}


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The whole parser, or just the part that `only` needs (importing a command's module costs time)."""
    argument_words.speak()
    parser = Parser(
        prog="hht",
        description=_("Handheld terminal for Great Britain's smart metering."),
        epilog=_(
            "Without a command the window opens. Example: hht demo --out proof. Exit status: 0 done, 1 failed, "
            "2 wrong usage, 130 Ctrl+C, 143 SIGTERM, 129 SIGHUP (the meter is released first), 141 nobody reads on."
        ),
    )
    parser.add_argument(
        "--version", action="version", version=f"hht {hht.__version__}", help=_("say which version this is")
    )
    parser.add_argument(
        "--training",
        action="store_true",
        dest="all_training",
        help=_("the training store, window or command"),
    )
    subparsers = parser.add_subparsers(dest="command", metavar=_("COMMAND"))
    modules = [COMMANDS[only]] if only in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    for module in modules:
        import_module(module).add_parser(subparsers)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status."""
    return with_standard_output(lambda: _main(argv))


def _main(argv: Sequence[str]) -> int:
    use_language(None)
    only = next((word for word in argv if not word.startswith("-")), None)
    args = build_parser(only).parse_args(argv)
    if args.command is None:
        build_parser().print_help()
        return USAGE
    if args.all_training:
        args.training = True  # said before the command: it means the same
    status: int = import_module(COMMANDS[args.command]).run(args)
    return status
