"""`hht trace bound`: how much of traces the store keeps at most."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import Output, add_json, add_store_options, whole_number
from ui.system import SystemClock

MEGABYTE = 1 << 20


def add_bound(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb's arguments."""
    parser = verbs.add_parser(
        "bound",
        help=_("how much of traces the store keeps; where that is reached, the oldest outside of visits go"),
        epilog=_("Example: hht trace bound 512 --training"),
    )
    parser.add_argument(
        "megabytes", nargs="?", type=whole_number, metavar="MB", help=_("keep at most so many megabytes")
    )
    add_store_options(parser)
    add_json(parser)


def bound(args: argparse.Namespace, output: Output) -> int:
    """Set it where one is named, and say it."""
    from hht.store.trace_bound import bound_of, kept_octets, save_bound
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        if args.megabytes is not None:
            save_bound(store, args.megabytes * MEGABYTE)
        most, kept = bound_of(store), kept_octets(store)
    text = _("{kept:,} of at most {most:,} bytes").format(kept=kept, most=most)
    output.emit("result", text, ok=True, bytes_kept=kept, bound_bytes=most)
    return 0
