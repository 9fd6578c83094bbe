"""``hht decode``: any pasted bytes as a labelled tree, one item per line.

A line holds hex (spaces, colons, commas and ``0x`` may stand in it), base64, or an IEC 62056-21 line as it reads. A
file that is no text is one item. Nothing here reaches a device.
"""

from __future__ import annotations

import argparse

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.dissect import dissect, guess, protocols
from hht.protocol.frames import Node
from ui.cli.common import DONE, FAILED, Output, add_json, run_command
from ui.cli.pasted import is_text, items, nothing, parse_item
from ui.cli.trees import tree_lines


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht decode [--as PROTOCOL] [FILE|-]``."""
    parser = subparsers.add_parser(
        "decode",
        help=_("any pasted bytes as a labelled tree"),
        description=_("Take frames apart: hex or base64, one item per line, from a file or standard input."),
        epilog=_("Example: echo 7ea0070321930f017e | hht decode --json"),
    )
    parser.add_argument(
        "--as", dest="protocol", choices=protocols(), help=_("what the bytes are (default: the terminal guesses)")
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("a file, or - for standard input"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Decode; exit status 1 where any item is wrong."""
    return run_command(args, _decode)


def _decode(args: argparse.Namespace, output: Output) -> int:
    good = bad = 0
    for number, item in items(args.file):
        if _show(output, number, item, args.protocol):
            good += 1
        else:
            bad += 1
    if not good and not bad:
        raise nothing()
    return FAILED if bad else DONE


def _show(output: Output, number: int, item: bytes, protocol: str | None) -> bool:
    """One item as text or JSON, with asterisks for secret octets; whether it was in order."""
    from ui.trace_masking import masked_bytes

    try:
        data = parse_item(item.decode("utf-8"), protocol) if is_text(item) else item
        name = protocol or guess(data)
        tree = (_flags_alone(data) if name == "hdlc" else None) or dissect(data, name)
    except HhtError as error:
        output.emit("frame", _failure(number, error), ok=False, line=number, **error.as_dict())
        return False
    wrong = next(tree.errors(), None)
    shown = masked_bytes(data, name)
    marks = {"masked": True} if shown != data else {}
    fields: dict[str, object] = {"protocol": name, "bytes": shown.hex(), **marks, "tree": tree.as_dict()}
    if wrong is not None:
        fields |= {
            "code": wrong.code or "frame-error",
            "message": _("{label} at byte {start}: {error}").format(
                label=wrong.label, start=wrong.start, error=wrong.error
            ),
            "remedy": _("Read the line again, or have it sent again."),
            "line": number,
        }
    output.emit("frame", _as_text(name, data, tree), ok=wrong is None, **fields)
    return wrong is None


def _flags_alone(data: bytes) -> Node | None:
    """HDLC flags and nothing else: on a line they fill the time, pasted they are no frame."""
    if not data or data.strip(b"\x7e"):
        return None
    error = _("These are flags with no frame between them.")
    return Node(_("Flags"), 0, len(data), data[:64].hex(" ").upper(), error=error, code="hdlc-no-frame")


# ---------------------------------------------------------------------- for people


def _failure(number: int, error: HhtError) -> str:
    return _("line {number}: {code}: {message}\n  → {remedy}").format(
        number=number, code=error.code, message=error.message, remedy=error.remedy
    )


def _as_text(name: str, data: bytes, tree: Node) -> str:
    lines = [_("{protocol}, {count} bytes").format(protocol=name, count=len(data)), *tree_lines(tree)]
    return "\n".join(lines) + "\n"
