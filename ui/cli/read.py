"""`hht read LINK [clock|registers|profile|events|OBJECT ...]`: what the meter says, with its own units."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hht.client import catalogue
from hht.clock import iso_z, typed_time
from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import (
    Output,
    UsageProblem,
    add_meter_options,
    named_path,
    run_async,
    run_command,
)
from ui.pace import Pace
from ui.row_table import RowTable
from ui.whole_file import check_writable

if TYPE_CHECKING:
    from hht.client.api import Listeners, OnProgress, ProfileRow, Progress, SessionCounters
    from hht.client.meter_session import MeterSession
    from hht.client.plain_text_session import PlainTextSession
    from hht.store.profile_store import ProfileStore
    from hht.store.store import Store
    from hht.work.kept_profile import KeptRead, MeterTime

PROFILE = ("profile", *catalogue.PROFILES)
_WORD = re.compile(r"[A-Za-z_-]*")  # no name of an object is a word: even plain text's have a digit or a dot
ITEMS = ("clock", "registers", "profile", "events", "supply", "identity", "objects")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "read",
        help=_("read clock, registers, profile, logs or any object"),
        epilog=_("Example: hht read emulated:single-element clock registers --json"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated: or recorded:"))
    parser.add_argument(
        "items",
        nargs="*",
        metavar="ITEM",
        help=_(
            "{items}, or an object as OBIS (1-0:1.8.0) or class/OBIS/attribute, on plain-text meters also R5/ADDRESS; "
            "default: clock registers"
        ).format(items=", ".join(ITEMS)),
    )
    parser.add_argument("--from", dest="start", metavar="T", help=_("profile from, UTC ISO 8601, inclusive"))
    parser.add_argument("--to", dest="end", metavar="T", help=_("profile to, UTC ISO 8601, exclusive"))
    parser.add_argument(
        "--columns",
        metavar="OBIS,…",
        help=_("only these columns of the profile, as 1-0:1.8.0; in COSEM they come sooner"),
    )
    parser.add_argument("--rows", action="store_true", help=_("each profile row as an event"))
    parser.add_argument(
        "--csv",
        type=named_path,
        metavar="FILE",
        help=_("profile rows into FILE; text that a spreadsheet would take for a formula gets a ' in front"),
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help=_("ask for the whole profile, also for what the store keeps of an earlier read"),
    )
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    start, end = moment(args.start, "--from"), moment(args.end, "--to")
    _check_options(args)
    if args.csv is not None:
        check_writable(args.csv)
    if start and end and end <= start:
        raise UsageProblem(
            _("--to is not after --from: there is nothing between them."), remedy=_("Swap them, or widen the range.")
        )
    return run_async(_read(args, output, start, end))


def _check_options(args: argparse.Namespace) -> None:
    """Refuse what would be asked for in vain: no item at all, and options of the profile where none is read.

    Raises UsageProblem.
    """
    for item in args.items:
        if item not in ITEMS and _WORD.fullmatch(item):
            close = difflib.get_close_matches(item, ITEMS, n=1)
            raise UsageProblem(
                _("“{item}” is nothing that can be read; did you mean “{close}”?").format(item=item, close=close[0])
                if close
                else _("“{item}” is nothing that can be read.").format(item=item),
                remedy=_("Items are {items}; an object is named by its OBIS, such as 1-0:1.8.0.").format(
                    items=", ".join(ITEMS)
                ),
            )
    columns_of(args.columns)
    profiles = sum(item in PROFILE for item in args.items)
    options = {"--from": args.start, "--to": args.end, "--columns": args.columns, "--csv": args.csv}
    flags = {"--rows": args.rows, "--fresh": args.fresh}
    given = [name for name, value in options.items() if value is not None] + [name for name in flags if flags[name]]
    if given and not profiles:
        raise UsageProblem(
            _("{options}: this is about the profile, and no profile is read.").format(options=", ".join(given)),
            remedy=_("Name it: hht read LINK profile {option} …").format(option=given[0]),
        )
    if args.csv is not None and profiles > 1:
        raise UsageProblem(
            _("One file takes one profile, and {count} are asked for.").format(count=profiles),
            remedy=_("Read them one by one."),
        )


def moment(text: str | None, option: str) -> datetime | None:
    """A time given on the command line: ISO 8601; without an offset it is UTC. Raises UsageProblem."""
    if text is None:
        return None
    try:
        parsed = typed_time(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise UsageProblem(
            _("{option} {text} is not a time.").format(option=option, text=text),
            remedy=_("Write it as 2026-11-21T00:00:00Z."),
        ) from error


async def _read(args: argparse.Namespace, output: Output, start: datetime | None, end: datetime | None) -> int:
    from hht.client.plain_text_session import PlainTextSession
    from ui.cli.meter import open_any_meter
    from ui.cli.plugin_device import open_plugin_device, read_device
    from ui.cli.read_plain import read_plain
    from ui.cli.unsettled import tell_unsettled

    began = time.monotonic()
    async with open_plugin_device(args, output) as device:
        if device is not None:
            rows = await read_device(output, device, args.items or ("clock", "registers"))
            _tell_result(output, rows, rows, device.counters, began)
            return 0
    async with open_any_meter(args, output) as (meter, store):
        items = args.items or ("clock", "registers")
        if store is not None and not isinstance(meter, PlainTextSession):
            await tell_unsettled(output, meter, store, args.link)
        if isinstance(meter, PlainTextSession):
            rows, from_meter = await read_plain(args, output, meter, store, items, start, end)
        else:
            rows, from_meter = await _read_items(args, output, meter, store, items, start, end)
        counters = meter.counters
    _tell_result(output, rows, from_meter, counters, began)
    return 0


def _tell_result(output: Output, rows: int, from_meter: int, counters: SessionCounters, began: float) -> None:
    """What it cost. `began`: by the monotonic clock."""
    seconds = round(time.monotonic() - began, 3)
    output.emit(
        "result",
        _(
            "{rows} rows ({fresh} from the meter), {tx} bytes sent, {rx} received, {trips} round trips, {seconds} s"
        ).format(
            rows=rows,
            fresh=from_meter,
            tx=counters.bytes_tx,
            rx=counters.bytes_rx,
            trips=counters.round_trips,
            seconds=seconds,
        ),
        ok=True,
        rows=rows,
        rows_from_meter=from_meter,
        bytes_tx=counters.bytes_tx,
        bytes_rx=counters.bytes_rx,
        round_trips=counters.round_trips,
        seconds=seconds,
    )


async def _read_items(
    args: argparse.Namespace,
    output: Output,
    meter: MeterSession,
    store: Store | None,
    items: Sequence[str],
    start: datetime | None,
    end: datetime | None,
) -> tuple[int, int]:
    """Read and show every item; profile rows, and how many of them came from the meter."""
    rows = from_meter = 0
    for item in items:
        if item in PROFILE:
            read = await _profile(args, output, meter, store, start, end)
            rows, from_meter = rows + read.rows, from_meter + read.from_meter
        else:
            rows += await _item(output, meter, item)
    return rows, from_meter


async def _item(output: Output, meter: MeterSession, item: str) -> int:
    from ui.cli.read_object import show_clock, show_entry, show_object, show_register

    if item == "clock":
        show_clock(output, await meter.read_clock())
    elif item == "registers":
        for register in await meter.read_registers():
            show_register(output, register)
    elif item == "events":
        return await _events(output, meter)
    elif item == "supply":
        state = await meter.read_supply_state()
        output.emit("supply", state.words, state=state.value)
    elif item == "identity":
        identity = await meter.identify()
        output.emit("identity", plain_text(identity.device_id), device_id=identity.device_id, model=identity.model)
    elif item == "objects":
        for entry in await meter.association_view():
            show_entry(output, entry)
    else:
        return await show_object(output, meter, item)
    return 0


async def _events(output: Output, meter: MeterSession) -> int:
    from hht.client.api import log_column

    count = 0
    for log in ("event", "security"):
        for entry in await meter.read_log(log):
            count += 1
            output.emit(
                "event",
                f"{iso_z(entry.time)}  {entry.code:04X}  {log_column(entry.log)}  {entry.meaning}"
                + (f"  ({plain_text(entry.information)})" if entry.information else ""),
                time=iso_z(entry.time),
                code=f"{entry.code:04X}",
                log=entry.log,
                meaning=entry.meaning,
                information=entry.information,
            )
    return count


async def _profile(
    args: argparse.Namespace,
    output: Output,
    meter: MeterSession,
    store: Store | None,
    start: datetime | None,
    end: datetime | None,
) -> KeptRead:
    from ui.stores import kept_profile

    kept = None  # the store keeps whole rows only
    if args.columns is None:
        kept = kept_profile(store, await meter.read_device_id() if store is not None else "")
    return await read_profile(args, output, meter, kept, start, end)


async def read_profile(
    args: argparse.Namespace,
    output: Output,
    meter: MeterSession | PlainTextSession,
    kept: ProfileStore | None,
    start: datetime | None,
    end: datetime | None,
) -> KeptRead:
    """Read the profile, telling rows and progress while they come, and write the file that was asked for. `kept`: what
    is known of it, and is to keep what comes; None: nothing is."""
    from hht.work.kept_profile import KeptRead, read_kept_profile
    from ui.system import SystemClock

    with RowTable(args.csv) if args.csv is not None else contextlib.nullcontext() as table:
        listeners = _listeners(output, table, shown=args.rows or not (args.csv is not None or output.as_json))
        if kept is None:
            count = await meter.stream_profile(start, end, listeners, only=columns_of(args.columns))
            read = KeptRead(count, count)
        else:
            now = SystemClock().now()
            read = await read_kept_profile(
                meter, kept, start, end, fresh=args.fresh, listeners=listeners, now=now, meter_time=_clock_of(meter)
            )
        if table is not None:
            table.save()
    return read


def _clock_of(meter: MeterSession | PlainTextSession) -> MeterTime | None:
    """How to ask the meter's clock; None where it stands in a readout alone."""
    from hht.client.meter_session import MeterSession

    if not isinstance(meter, MeterSession):
        return None

    async def meter_time() -> datetime:
        return (await meter.read_clock()).time

    return meter_time


def _listeners(output: Output, table: RowTable | None, *, shown: bool) -> Listeners:
    """Who hears of the rows: `output` (each row where they are `shown`), and the table, if there is to be one."""
    from hht.client.api import Listeners
    from hht.client.remarks import Remark

    def on_rows(rows: Sequence[ProfileRow]) -> None:
        if shown:
            for row in rows:
                values = row.cells
                text = "  ".join(f"{obis}={value}" for obis, value in values.items())
                when = row_time(row)
                output.emit("row", f"{when}  {text}", time=when, status=row.status, values=values)
        if table is not None:
            table.add((row_time(row), row.status, row.cells) for row in rows)

    def on_afresh() -> None:
        if table is not None:
            table.clear()
        words = _("The meter says something else than what was kept of its profile: every row comes anew.")
        output.remark(Remark("profile-afresh", words))

    return Listeners(
        on_rows,
        progress_to(output),
        on_afresh=on_afresh,
        on_note=lambda words: output.remark(Remark("profile-column", words)),
    )


def progress_to(output: Output) -> OnProgress:
    """How far a profile has come, with its pace."""
    pace = Pace()

    def on_progress(progress: Progress) -> None:
        pace.add(progress, time.monotonic())
        total = "?" if progress.total is None else progress.total
        words = _("{done} of {total} rows").format(done=progress.done, total=total)
        rate = pace.rows_per_s
        output.progress(
            " · ".join(filter(None, (words, pace.words()))),
            done=progress.done,
            total=progress.total,
            bytes=progress.bytes,
            kept=progress.kept,
            unproved=progress.unproved,
            rows_per_s=None if rate is None else round(rate, 1),
            left_s=pace.left_s,
        )

    return on_progress


def row_time(row: ProfileRow) -> str:
    """A row's time in UTC; as it stands where a plain-text meter does not say in which zone it is."""
    return iso_z(row.time) if row.time.tzinfo else row.time.isoformat()


def columns_of(text: str | None) -> tuple[str, ...]:
    """The OBIS codes of ``--columns``, as they are shown. Raises UsageProblem."""
    from hht.protocol.cosem.errors import ValueOutOfRange
    from hht.protocol.cosem.obis import Obis

    if text is None:
        return ()
    try:
        return tuple(dict.fromkeys(str(Obis.parse(part.strip())) for part in text.split(",")))
    except ValueOutOfRange as error:
        raise UsageProblem(
            _("--columns {text} is no list of OBIS codes.").format(text=text),
            remedy=_("Write it as 1-0:1.8.0,1-0:2.8.0."),
        ) from error
