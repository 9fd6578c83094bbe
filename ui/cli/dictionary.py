"""``hht dictionary``: each item of a device, logical and physical, mandatory or not; a claim held against it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_json, named_path, run_command

if TYPE_CHECKING:
    from hht.work.dictionary import Item


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "dictionary",
        help=_(
            "the data items of a device: class, attributes, types, mandatory or optional; a maker's claim against it"
        ),
        description=_("The companion profile that the terminal reads by. hht conformance holds a meter against it."),
        epilog=_("Example: hht dictionary ESME SupplyState"),
    )
    parser.add_argument("device", choices=("ESME", "GSME"), help=_("electricity meter or gas meter"))
    parser.add_argument("word", nargs="*", metavar="WORD", help=_("only items with these words"))
    parser.add_argument("--mandatory", action="store_true", help=_("mandatory items alone"))
    parser.add_argument(
        "--claimed", type=named_path, metavar="FILE",
        help=_("what a device claims to have: a JSON list of class/OBIS or cluster/attribute, or hht browse --export"),
    )  # fmt: skip
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _dictionary)


def _dictionary(args: argparse.Namespace, output: Output) -> int:
    from hht.work.dictionary import dictionary

    if args.claimed is not None:
        return _claimed(args.device, args.claimed, output)
    wanted = [word.casefold() for word in args.word]
    found = [
        one
        for one in dictionary(args.device)
        if all(word in f"{one.key} {one.name} {one.kind}".casefold() for word in wanted)
        and (one.need == "mandatory" or not args.mandatory)
    ]
    if not found:
        raise UsageProblem(_("No item has these words."), remedy=_("Without words every item is listed."))
    for one in found:
        output.emit("item", _text(one), **asdict(one))
    mandatory = sum(one.need == "mandatory" for one in found)
    words = _("{count} items, {mandatory} of them mandatory")
    output.emit("result", words.format(count=len(found), mandatory=mandatory), ok=True, items=len(found),
                mandatory=mandatory)  # fmt: skip
    return DONE


def _text(one: Item) -> str:
    from hht.work.dictionary import need_words

    base = _("; by ZigBee alone: {need}").format(need=need_words(one.base)) if one.base else ""
    unit = f" [{one.unit}]" if one.unit else ""
    lines = [f"{one.key:<22} {one.name} ({one.kind}){unit}: {need_words(one.need)}{base}"]
    lines += [f"    {number}  {name}: {types}" for number, name, types in one.attributes]
    lines += [_("    methods: {methods}").format(methods=", ".join(one.methods))] if one.methods else []
    return "\n".join(lines)


def _claimed(device: str, path: Path, output: Output) -> int:
    """Hold what a device claims against the dictionary; status 1 where something mandatory is missing."""
    from hht.work.dictionary import compared

    result = compared(device, _keys(path))
    for one in result.missing:
        output.emit(
            "missing", _("missing: {key} {name}").format(key=one.key, name=one.name), key=one.key, name=one.name
        )
    for key in result.extra:
        output.emit("extra", _("not in the dictionary: {key}").format(key=key), key=key)
    words = _("{missing} mandatory items missing, {extra} that the dictionary does not know")
    counts = {"missing": len(result.missing), "extra": len(result.extra)}
    output.emit("result", words.format(**counts), ok=not result.missing, **counts)
    return FAILED if result.missing else DONE


def _keys(path: Path) -> list[str]:
    """The keys that a file names. Raises HhtError ``claim-unreadable``."""
    from ui.short_file import read_short

    try:
        told = json.loads(read_short(path))
        if isinstance(told, dict):
            return [f"{one['class_id']}/{one['obis']}" for one in told["objects"] if one.get("obis")]
        if isinstance(told, list) and all(isinstance(one, str) for one in told):
            return told
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise HhtError(
        _("{path} is no list of what a device has.").format(path=path),
        remedy=_('Give a JSON list as ["3/1-0:1.8.0"], or a file of hht browse --export FILE.json.'),
        code="claim-unreadable",
    )
