"""`hht set LINK ITEM VALUE`: reads before, writes only what differs, reads back, says whose authority it used."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import (
    Output,
    UsageProblem,
    add_association_options,
    add_json,
    add_store_options,
    decimal_number,
    run_async,
    run_command,
)

if TYPE_CHECKING:
    from hht.client.api import WriteResult
    from hht.client.meter_session import MeterSession

ITEMS = ("mpan", "clock", "randomised-offset-limit", "contact-name", "contact-telephone", "mprn")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "set",
        help=_("set MPAN, clock or randomised offset limit, with read-back"),
        epilog=_("Example: hht set emulated:single-element randomised-offset-limit 600"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp:// or emulated:"))
    parser.add_argument("item", metavar="ITEM", choices=ITEMS, help=", ".join(ITEMS))
    parser.add_argument("value", metavar="VALUE", help=_("the value; for the clock: now"))
    parser.add_argument(
        "--tolerance", type=decimal_number, default=0.0, metavar="S", help=_("clock: leave it when within S seconds")
    )
    parser.add_argument(
        "--allow-test-identifiers", action="store_true", help=_("training only: accept wrong check digits, logged")
    )
    add_association_options(parser)
    add_store_options(parser)
    add_json(parser)


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
    from ui.cli.meter import open_meter_with_store
    from ui.cli.stores import log_override

    async with open_meter_with_store(args, output) as (meter, store):
        if overridden and store is not None:  # training, which always has its store
            log_override(store, f"set {args.link} {args.item}", value)
        result = await _write(meter, args.item, value, args.tolerance)
    output.emit(
        "result",
        _("{item}: {before} → {after}{note}\nby authority of: {authority}").format(
            item=result.item,
            before=result.before or _("(none)"),
            after=result.after,
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


async def _write(meter: MeterSession, item: str, value: str, tolerance_s: float) -> WriteResult:
    if item == "mpan":
        return await meter.set_import_mpan(value)
    if item == "clock":
        return await meter.set_clock(tolerance_s=tolerance_s)
    if item == "randomised-offset-limit":
        return await meter.set_randomised_offset_limit(int(value))
    if item in ("contact-name", "contact-telephone"):
        return await meter.set_contact(item, value)
    raise UsageProblem(
        _("An electricity meter holds no MPRN."), remedy=_("Use the gas meter's link."), code="not-on-this-device"
    )
