"""``hht gbcs decode|verify|make-utrn|check-utrn``: GBCS messages as trees, and whether their MACs and signatures are
right; top-up tokens.

A terminal in the field holds certificates alone: it checks what devices sign, and says "unchecked" of the rest.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, add_json, run_command
from ui.cli.gbcs_keys import add_keys, key_ring
from ui.cli.gbcs_tokens import CHECK, MAKE, add_tokens, run_tokens
from ui.cli.pasted import is_text, items, nothing, parse_item

if TYPE_CHECKING:
    from hht.protocol.gbcs.report import MessageReader, MessageReport

_TEST_TOOL: Final = re.compile(r"GBCS:DATA#[0-9]+:[0-9]+:([0-9A-Fa-f]+)")  # a line of the DCC's test tool


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht gbcs decode|verify [--keys DIR] [--acb EUI64] [FILE|-]``, and both for tokens."""
    parser = subparsers.add_parser(
        "gbcs",
        help=_("GBCS messages: take them apart, check them"),
        description=_("Commands, responses and alerts of British smart metering, hex or base64, one per line."),
        epilog=_("Example: hht gbcs verify --keys certificates response.hex --json"),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="decode|verify|make-utrn|check-utrn")
    for name, words in (
        ("decode", _("each message as a labelled tree; with keys, what is encrypted is shown too")),
        ("verify", _("whether MACs and signatures are right, and no stranger's; exit status 1 where one is not")),
    ):
        action = actions.add_parser(
            name,
            help=words,
            description=words,
            epilog=_("Example: hht gbcs {action} --keys DIR --acb 90B3D51F30000002 message.hex").format(action=name),
        )
        action.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("a file, or - for standard input"))
        add_keys(action)
        add_json(action)
    add_tokens(actions)


def run(args: argparse.Namespace) -> int:
    """Decode or verify; exit status 1 where any message is wrong or, with verify, a stranger's. Tokens: make, check."""
    return run_command(args, run_tokens if args.action in (MAKE, CHECK) else _run)


def _run(args: argparse.Namespace, output: Output) -> int:
    from hht.protocol.gbcs.report import MessageReader

    reader = MessageReader(key_ring(args, output), strict=args.action == "verify")
    trees = args.action == "decode"
    statuses = [_one(output, reader, number, item, trees=trees) for number, item in items(args.file)]
    if not statuses:
        raise nothing()
    if reader.unfinished:
        output.warn(_("the last message is not whole: blocks are missing"))
        return FAILED
    return DONE if all(statuses) else FAILED


def _one(output: Output, reader: MessageReader, number: int, item: bytes, *, trees: bool) -> bool:
    """One item as text (with its tree, if `trees`) or JSON; whether it is in order."""
    try:
        report = reader.read(_octets(item))
    except HhtError as error:
        text = _("line {number}: {code}: {message}\n  → {remedy}").format(
            number=number, code=error.code, message=error.message, remedy=error.remedy
        )
        output.emit("message", text, ok=False, line=number, **error.as_dict())
        return False
    problem = {} if report.problem is None else report.problem.as_dict()
    output.emit(report.kind, _text(report, trees), ok=report.problem is None, line=number, **report.fields, **problem)
    return report.problem is None


def _octets(item: bytes) -> bytes:
    if not is_text(item):
        return item
    text = item.decode("utf-8")
    tool = _TEST_TOOL.fullmatch(text)
    return parse_item(tool[1] if tool else text, "gbcs")


# ---------------------------------------------------------------------- for people


def _text(report: MessageReport, trees: bool) -> str:
    from ui.cli.trees import tree_lines

    lines = [report.title, *report.words]
    if report.problem is not None:
        lines.append(f"✗ {report.problem.message}\n  → {report.problem.remedy}")
    if trees and report.tree is not None:
        lines += tree_lines(report.tree)
    return "\n".join(lines) + "\n"
