"""`hht logs LINK`: every log of a meter, the newest first, each code with what it means; an unknown code says so."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from hht.client import catalogue
from hht.client.api import log_column
from hht.clock import iso_z
from hht.i18n import _, ngettext
from hht.plain_text import plain_text
from ui.cli.common import (
    DONE,
    Output,
    UsageProblem,
    add_meter_options,
    named_path,
    run_async,
    run_command,
)
from ui.cli.desk_reads import add_device, by_desk, logs_by_desk
from ui.cli.read import moment
from ui.whole_file import check_writable

if TYPE_CHECKING:
    from hht.client.api import LogEntry


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "logs",
        help=_("every log of a meter, each code with its meaning"),
        epilog=_("Example: hht logs emulated:single-element --log event"),
    )
    links = _("optical:, tcp://, rfc2217://, emulated: or recorded:; of hub and gas meter the desk's, desk:…")
    parser.add_argument("link", metavar="LINK", help=links)
    add_device(parser, _("at a desk: the Device ID"))
    parser.add_argument("--type", choices=("CHF", "GSME", "ESME"), default="CHF", help=_("at a desk: what it is"))
    parser.add_argument("--log", choices=tuple(catalogue.LOGS), action="append", help=_("this one; default: all"))
    parser.add_argument("--code", metavar="CODE", help=_("entries with this code alone, as 8F69"))
    parser.add_argument("--from", dest="since", metavar="T", help=_("from this time on, UTC ISO 8601"))
    parser.add_argument("--together", action="store_true", help=_("put together by cause, without what is routine"))
    parser.add_argument("--cause", metavar="NAME", default="", help=_("with --together: this cause alone"))
    parser.add_argument("--routine", action="store_true", help=_("with --together: what is routine, too"))
    with_help = _("with --together: another device's log, a file of hht logs --csv; as often as there are devices")
    parser.add_argument("--with", dest="others", type=named_path, metavar="FILE", action="append", help=with_help)
    parser.add_argument("--csv", type=named_path, metavar="FILE", help=_("into FILE too"))
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    since, code = moment(args.since, "--from"), _code(args.code)
    _check_together(args)
    if args.csv is not None:
        check_writable(args.csv)
    return run_async(_logs(args, output, since, code))


def _code(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        number = int(text, 16)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFF:
        raise UsageProblem(
            _("--code {code} is no alert code.").format(code=text), remedy=_("Write it in four hex digits, as 8F69.")
        )
    return number


async def _logs(args: argparse.Namespace, output: Output, since: datetime | None, code: int | None) -> int:
    from ui.cli.meter import open_meter_with_store
    from ui.log_words import save_log, unknown_count

    found: list[LogEntry] = []
    if by_desk(args):
        found = await logs_by_desk(args, output)
    else:
        async with open_meter_with_store(args, output) as (meter, _store):
            for log in dict.fromkeys(args.log or catalogue.LOGS):
                found += await meter.read_log(log)
    found = [one for one in found if (since is None or one.time >= since) and code in (None, one.code)]
    found.sort(key=lambda one: one.time, reverse=True)
    if args.together:
        if args.csv is not None:
            save_log(args.csv, found)
        return _together(args, found, output)
    for one in found:
        beside = f"  ({plain_text(one.information)})" if one.information else ""
        text = f"{iso_z(one.time)}  {one.code:04X}  {log_column(one.log)}  {one.meaning}{beside}"
        told = {"code": f"{one.code:04X}", "log": one.log, "meaning": one.meaning, "information": one.information}
        output.emit("event", text, time=iso_z(one.time), **told)
    if args.csv is not None:
        save_log(args.csv, found)
    unknown = unknown_count(found)
    words = [ngettext("{count} entry", "{count} entries", len(found)).format(count=len(found))]
    if unknown:
        words.append(_("{count} with a code that nobody here knows").format(count=unknown))
    output.emit("result", ", ".join(words), ok=True, entries=len(found), unknown=unknown)
    return DONE


def _check_together(args: argparse.Namespace) -> None:
    """Raises UsageProblem for what goes with --together alone, and for a cause that there is not."""
    from hht.work.log_causes import causes

    if not args.together and (args.cause or args.routine or args.others):
        raise UsageProblem(_("--cause, --routine and --with go with --together."), remedy=_("Add --together."))
    if args.cause and args.cause not in causes():
        words = _("“{cause}” is no cause.").format(cause=args.cause)
        raise UsageProblem(words, remedy=_("One of: {codes}.").format(codes=", ".join(causes())))


def _together(args: argparse.Namespace, found: list[LogEntry], output: Output) -> int:
    """One line a happening, its entries below; the newest first."""
    from hht.work.log_causes import Logged, happenings, worth_a_look
    from ui.log_words import read_log_file

    logged = [Logged("", one) for one in found]
    for path in args.others or ():
        logged += [Logged(path.stem, one) for one in read_log_file(path)]
    every = happenings(logged)
    shown = worth_a_look(every, args.cause, routine=args.routine)
    for one in shown:
        span = iso_z(one.first) if one.first == one.last else f"{iso_z(one.first)} – {iso_z(one.last)}"
        lines = [f"{span}  {one.title}  ({', '.join(one.codes)})"]
        for entry in one.entries:
            who = f"{plain_text(entry.device)}  " if entry.device else ""
            lines.append(f"    {iso_z(entry.entry.time)}  {who}{entry.entry.code:04X}  {entry.entry.meaning}")
        output.emit(
            "happening",
            "\n".join(lines),
            cause=one.cause,
            title=one.title,
            routine=one.routine,
            first=iso_z(one.first),
            last=iso_z(one.last),
            devices=list(one.devices),
            codes=list(one.codes),
            entries=len(one.entries),
        )
    words = _("{entries} entries are {happenings} happenings; shown {shown}, left out {left}")
    counts = {"entries": len(logged), "happenings": len(every), "shown": len(shown), "left": len(every) - len(shown)}
    output.emit("result", words.format(**counts), ok=True, **counts)
    return DONE
