"""`hht history LINK`: what was used by day, week, month or year, from every source, each told with its figures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import (
    DONE,
    Output,
    add_meter_options,
    named_path,
    run_async,
    run_command,
    whole_number,
)
from ui.cli.desk_reads import add_device, by_desk, device_of, forget_gas, gas_history
from ui.whole_file import check_writable

if TYPE_CHECKING:
    from hht.history.buckets import Grain
    from hht.work.history_reading import HistoryRead

GRAINS = ("half-hour", "day", "week", "month", "year")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "history",
        help=_("what was used by day, week, month or year, and where each figure is from"),
        epilog=_("Example: hht history emulated:single-element --by month"),
    )
    links = _("optical:, tcp://, rfc2217://, emulated: or recorded:; of gas the desk's, desk:…")
    parser.add_argument("link", metavar="LINK", help=links)
    add_device(parser, _("of gas: the GPF ID printed on the hub"))
    parser.add_argument("--by", choices=GRAINS, default="month", help=_("in British local time; default month"))
    parser.add_argument(
        "--months",
        type=_months,
        metavar="N",
        help=_("this month and so many before it; default 0, 1, 6, 24 and 36 by half-hour, day, week, month and year"),
    )
    parser.add_argument("--fine", action="store_true", help=_("read the half-hourly profile for weeks and more too"))
    parser.add_argument("--csv", type=named_path, metavar="FILE", help=_("into FILE too"))
    parser.add_argument("--agreed", default="", metavar="NAME", help=_("who at home agreed to weeks or finer"))
    parser.add_argument("--duty", default="", metavar="TEXT", help=_("or which regulated duty needs that"))
    parser.add_argument(
        "--forget", action="store_true", help=_("drop what is kept of this meter's use, and read nothing")
    )
    add_meter_options(parser)


def _months(text: str) -> int:
    from ui.history_words import MOST_MONTHS

    months = whole_number(text)
    if not 0 <= months <= MOST_MONTHS:
        raise argparse.ArgumentTypeError(_("0 to {most} months").format(most=MOST_MONTHS))
    return months


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from hht.history.buckets import Grain
    from hht.history.consent import Basis, require_basis
    from ui.cli.stores import is_made_up

    grain, desk = Grain(args.by), by_desk(args)
    if not args.forget:
        finest = Grain.HALF_HOUR if args.fine else grain
        require_basis(finest, Basis(args.agreed, args.duty), training=args.training if desk else is_made_up(args.link))
    if args.csv is not None:
        check_writable(args.csv)
    return run_async(_history(args, output, grain))


async def _history(args: argparse.Namespace, output: Output, grain: Grain) -> int:
    from hht.client.api import Listeners
    from hht.history.consent import Basis
    from hht.work.history_reading import Wanted, read_history
    from ui.cli.meter import open_meter_with_store
    from ui.cli.read import progress_to
    from ui.histories import forget, kept_history, log_read
    from ui.history_words import MONTHS

    wanted = Wanted(grain, MONTHS[grain] if args.months is None else args.months, args.fine)
    if by_desk(args):
        if args.forget:
            forget_gas(args)
            output.emit("result", _("What was kept of this gas is dropped."), ok=True, device=device_of(args))
        else:
            _told(args, output, await gas_history(args, output, wanted), grain)
        return DONE
    # A day at home stays in no trace, which nobody would look for where it is dropped:
    async with open_meter_with_store(args, output, traced=False) as (meter, store):
        device = await meter.read_device_id()
        if args.forget:
            forget(store, device)
            output.emit("result", _("What was kept of this meter's use is dropped."), ok=True, device=device)
            return DONE
        log_read(store, device, wanted, Basis(args.agreed, args.duty))
        now = (await meter.read_clock()).time
        listeners = Listeners(on_progress=progress_to(output))
        read = await read_history(meter, kept_history(store, device), wanted, now, listeners)
    _told(args, output, read, grain)
    return DONE


def _told(args: argparse.Namespace, output: Output, read: HistoryRead, grain: Grain) -> None:
    tell_history(output, read, grain)
    if args.csv is not None:
        from hht.history.rows import rows_of
        from ui.history_words import save_rows

        save_rows(args.csv, rows_of(read.course, grain, read.span, read.now_s), grain, read.unit)


def tell_history(output: Output, read: HistoryRead, grain: Grain) -> None:
    """Every row, then each source with what it had, what is not known, and where sources contradict each other."""
    from hht.history.rows import rows_of
    from ui.history_words import (
        amount_text,
        bucket_words,
        conflict_words,
        gap_words,
        held_words,
        note_words,
        plain_held,
        plain_row,
    )

    rows = rows_of(read.course, grain, read.span, read.now_s)
    for row in rows:
        total = amount_text(row.total, read.unit)
        text = f"{bucket_words(row.span, grain):<22} {amount_text(row.amount, read.unit):>16} {total:>18}"
        output.emit("row", f"{text}  {note_words(row)}".rstrip(), **plain_row(row, grain, read.unit))
    for held in read.held:
        output.emit("source", held_words(held), **plain_held(held))
    for words in conflict_words(read):
        output.emit("conflict", words, words=words)
    gap = gap_words(read)
    known = sum(row.amount is not None for row in rows)
    words = _("{known} of {count} known").format(known=known, count=len(rows))
    output.emit(
        "result",
        "\n".join(filter(None, (gap, words))),
        ok=True,
        by=grain.value,
        rows=len(rows),
        known=known,
        total=rows[-1].total / 1000 if rows else 0,
        gap=gap,
    )
