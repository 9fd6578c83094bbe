"""`hht offset preview LINK`: what a Randomised Offset Limit does to a meter's day, its prices and a thousand homes."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.plain_text import plain_text
from hht.work.questions import MAX_OFFSET_LIMIT_S
from ui.cli.common import (
    Output,
    add_meter_options,
    run_async,
    run_command,
    whole_number,
)

if TYPE_CHECKING:
    from hht.client.api import RandomisedOffset
    from hht.client.load_control import LoadControl
    from hht.work.offset_effect import OffsetEffect

MOST_HOMES = 100_000
_BAR = 40  # characters


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "offset",
        help=_("what a randomised offset does to a meter's switching"),
        epilog=_("Example: hht offset preview emulated:storage-heaters --limit 600"),
    )
    verbs = parser.add_subparsers(dest="verb", metavar=_("VERB"), required=True)
    preview = verbs.add_parser(
        "preview",
        help=_("a day's switching under a limit, the prices touched, the spread over many homes"),
        epilog=_("Example: hht offset preview emulated:storage-heaters --limit 600"),
    )
    preview.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217:// or emulated:"))
    preview.add_argument(
        "--limit",
        type=_limit,
        metavar="S",
        help=_("seconds, 0 to {limit}; without it the limit that the meter holds").format(limit=MAX_OFFSET_LIMIT_S),
    )
    preview.add_argument("--day", type=_day, metavar="DAY", help=_("2026-03-02 (UTC); default: the meter's today"))
    preview.add_argument("--homes", type=_homes, default=1000, metavar="N", help=_("homes to simulate; default 1000"))
    preview.add_argument("--seed", type=whole_number, default=1, metavar="N", help=_("other homes; default 1"))
    add_meter_options(preview)


def _limit(text: str) -> int:
    seconds = whole_number(text)
    if not 0 <= seconds <= MAX_OFFSET_LIMIT_S:
        words = _("{seconds} s is outside of 0 to {limit} s (29 min 59 s)")
        raise argparse.ArgumentTypeError(words.format(seconds=seconds, limit=MAX_OFFSET_LIMIT_S))
    return seconds


def _homes(text: str) -> int:
    homes = whole_number(text)
    if not 1 <= homes <= MOST_HOMES:
        raise argparse.ArgumentTypeError(_("1 to {most} homes").format(most=MOST_HOMES))
    return homes


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise argparse.ArgumentTypeError(_("“{text}” is not a date such as 2026-03-02").format(text=text)) from None


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    return run_async(_preview(args, output))


async def _preview(args: argparse.Namespace, output: Output) -> int:
    from hht.work.offset_effect import effect_of
    from ui.cli.meter import open_meter_with_store

    async with open_meter_with_store(args, output) as (meter, _store):
        held = await meter.read_randomised_offset()
        load = await meter.read_load_control()
        day = args.day or (await meter.read_clock()).time.date()
    limit_s = held.limit_s if args.limit is None else args.limit
    effect = effect_of(load, held.number, limit_s, day, args.homes, args.seed)
    _tell(output, effect, held, load)
    return 0


def _tell(output: Output, effect: OffsetEffect, held: RandomisedOffset, load: LoadControl) -> None:
    from hht.work.offset_effect import effect_facts

    for row in effect.plain()["loads"]:
        output.emit("load", **row)
    for start, end, register in effect.rates:
        output.emit("rate", start_s=start, end_s=end, register=register)
    for one in effect.plain()["switched"]:
        output.emit("switching", **one)
    for minute, homes in enumerate(effect.spread.minutes):
        text = f"{minute:>4} min  {homes:>6}  {'#' * (homes * _BAR // effect.spread.homes)}".rstrip()
        output.emit("spread", text if homes else "", minute=minute, homes=homes)
    facts = [f"{fact.label:<28} {plain_text(fact.value)}" for fact in effect_facts(effect)]
    none = [] if load.switches else [_("This meter has no auxiliary switches.")]
    head = _("{day} (UTC), limit {limit} s; the meter holds {held} s").format(
        day=effect.day.isoformat(), limit=effect.limit_s, held=held.limit_s
    )
    output.emit(
        "result",
        "\n".join([head, *none, *facts]),
        ok=True,
        day=effect.day.isoformat(),
        limit_s=effect.limit_s,
        held_limit_s=held.limit_s,
        offset_s=effect.offset_s,
        number=str(effect.number),
        homes=effect.spread.homes,
        busiest_minute=effect.spread.busiest,
        latest_s=effect.spread.latest_s,
        other_rate_s=max((one.other_rate_s for one in effect.switched), default=0),
    )
