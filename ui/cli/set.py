"""`hht set LINK ITEM VALUE`: reads before, writes only what differs, reads back, says whose authority it used."""

from __future__ import annotations

import argparse
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from hht.clock import readable_times
from hht.i18n import _
from hht.work.units import DEFAULT_CLOCK_TOLERANCE_S
from ui.cli.common import (
    Output,
    UsageProblem,
    add_meter_options,
    decimal_number,
    run_async,
    run_command,
)
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.client.api import OnIntent, WriteResult
    from hht.client.meter_session import MeterSession
    from hht.store.store import Store
    from ui.cli.set_plain import PlainTextItems

PLAIN_COMMAND = re.compile(r"(W[1-5]|E2)/([^()]+)")
ITEMS = ("mpan", "clock", "randomised-offset-limit", "contact-name", "contact-telephone", "mprn")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "set",
        help=_("set MPAN, clock or randomised offset limit, with read-back"),
        epilog=_("Example: hht set emulated:single-element randomised-offset-limit 600"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217:// or emulated:"))
    parser.add_argument(
        "item",
        metavar="ITEM",
        type=_item,
        help=_("{items}; on plain-text meters also W1/ADDRESS (W1 to W5) or E2/ADDRESS").format(items=", ".join(ITEMS)),
    )
    parser.add_argument("value", metavar="VALUE", help=_("the value; for the clock: now"))
    parser.add_argument(
        "--tolerance",
        type=decimal_number,
        default=float(DEFAULT_CLOCK_TOLERANCE_S),
        metavar="S",
        help=_("clock: leave it when within S seconds; default {seconds}, as in a visit").format(
            seconds=DEFAULT_CLOCK_TOLERANCE_S
        ),
    )
    parser.add_argument(
        "--allow-test-identifiers", action="store_true", help=_("training only: accept wrong check digits, logged")
    )
    add_meter_options(parser)


def _item(text: str) -> str:
    if text not in ITEMS and not PLAIN_COMMAND.fullmatch(text):
        raise argparse.ArgumentTypeError(_("“{text}” is none of {items}").format(text=text, items=", ".join(ITEMS)))
    return text


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    value, overridden = _checked(args, output)
    return run_async(_set(args, output, value, overridden=overridden))


def _checked(args: argparse.Namespace, output: Output) -> tuple[str, bool]:
    """The value, checked before anything is opened (bad input reaches no device), and whether training let it pass."""
    from ui.cli.set_values import check_tolerance, check_value

    check_tolerance(args.tolerance)
    if PLAIN_COMMAND.fullmatch(args.item):
        return str(args.value), False
    overrides: list[str] = []
    value = check_value(
        args.item,
        args.value,
        allow_test=args.allow_test_identifiers,
        training=args.training,
        warn=overrides.append,
    )
    for words in overrides:
        output.warn(words)
    return value, bool(overrides)


async def _set(args: argparse.Namespace, output: Output, value: str, *, overridden: bool) -> int:
    from hht.client.plain_text_session import PlainTextSession
    from ui.cli.meter import open_any_meter_to_write
    from ui.cli.set_plain import PlainTextItems
    from ui.cli.stores import log_override
    from ui.cli.unsettled import tell_unsettled

    async with open_any_meter_to_write(args, output) as (opened, store):
        if overridden:
            log_override(store, f"set {args.link} {args.item}", value)
        if isinstance(opened, PlainTextSession):
            meter: MeterSession | PlainTextItems = await PlainTextItems.enter(args, opened)
        else:
            meter = opened
        await tell_unsettled(output, meter, store, args.link)
        result = await _write(args, output, meter, store, value)
    output.emit(
        "result",
        _("{item}: {before} → {after}{note}\nby authority of: {authority}").format(
            item=result.item,
            before=(readable_times(result.before) if args.item == "clock" else result.before) or _("(none)"),
            after=readable_times(result.after) if args.item == "clock" else result.after,
            note="" if result.written else _(" (already so: nothing was written)"),
            authority=result.authority,
        ),
        ok=True,
        item=args.item,
        before=result.before,
        after=result.after,
        written=result.written,
        authority=result.authority,
    )
    return 0


async def _write(
    args: argparse.Namespace, output: Output, meter: MeterSession | PlainTextItems, store: Store, value: str
) -> WriteResult:
    """Write, with the intent in the store before a byte leaves and the outcome before it is told."""
    import asyncio

    from hht.work.single_write import EXECUTED, WriteLog, held_value, outcome_unknown
    from ui.cli.unsettled import device_name

    send = _sender(args, meter, value)
    log = WriteLog(store, new_id)
    device = await device_name(meter, args.link)
    before = "" if args.item.startswith(EXECUTED) else await held_value(meter, args.item)
    intended = log.new_write(device, args.link, args.item, before, value)
    try:
        return await log.write(intended, send)
    except asyncio.CancelledError:
        if log.pending is not None:
            output.complain(outcome_unknown(intended, _("it was cancelled.")))
        raise


def _sender(
    args: argparse.Namespace, meter: MeterSession | PlainTextItems, value: str
) -> Callable[[OnIntent], Awaitable[WriteResult]]:
    """What writes the item. Raises UsageProblem for one that this meter does not have, StepError ``terminal-clock``
    where the terminal's own clock cannot be right."""
    item = args.item
    if item == "mpan":
        return lambda intend: meter.set_import_mpan(value, before_write=intend)
    if item == "clock":
        from hht.work.terminal_clock import refuse_suspicious

        refuse_suspicious(SystemClock().now(), None)
        return lambda intend: meter.set_clock(tolerance_s=args.tolerance, before_write=intend)
    if item == "randomised-offset-limit":
        return lambda intend: meter.set_randomised_offset_limit(int(value), before_write=intend)
    if item in ("contact-name", "contact-telephone"):
        return lambda intend: meter.set_contact(item, value, before_write=intend)
    if item not in ITEMS:
        from ui.cli.set_plain import PlainTextItems

        if isinstance(meter, PlainTextItems):
            return lambda intend: meter.write(item, value, before_write=intend)
        raise UsageProblem(
            _("“{item}” is a command of plain-text meters, and this one speaks COSEM.").format(item=item[:40]),
            remedy=_("Name one of: {items}. Or read the meter in plain text: ?mode=c.").format(items=", ".join(ITEMS)),
            code="not-on-this-device",
        )
    raise UsageProblem(
        _("An electricity meter holds no MPRN."), remedy=_("Use the gas meter's link."), code="not-on-this-device"
    )
