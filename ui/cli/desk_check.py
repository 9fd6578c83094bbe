"""``hht desk check``: the terminal itself reads the meter, or the hub's Device Log, and holds an ask against it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, run_async
from ui.desk_seeing import LISTED, nothing_to_see, see_at_meter, see_in_log
from ui.desk_words import report_fields, report_words
from ui.system import SystemClock, random_bytes

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from hht.store.store import Store
    from ui.desks import Desks


def check(args: argparse.Namespace, output: Output) -> int:
    """Look; exit status 1 where the device says otherwise."""
    from hht.link_url import parse_link_url, reaches_han

    by_radio = reaches_han(parse_link_url(args.link))
    return run_async(_by_hub(args, output) if by_radio else _by_port(args, output))


def _tell(report: AskReport, output: Output) -> int:
    status = DONE if report.fact is not None and report.fact.agrees else FAILED
    output.emit("result", report_words(report), ok=status == DONE, **report_fields(report))
    return status


async def _by_port(args: argparse.Namespace, output: Output) -> int:
    from hht.client.plain_text_session import PlainTextSession
    from ui.cli.meter import open_any_meter

    async with open_any_meter(args, output) as (meter, store):
        desks = _desks(store)
        if isinstance(meter, PlainTextSession):
            raise nothing_to_see(_("a meter in plain text does not show it"))
        return _tell(await see_at_meter(desks, args.reference, meter, args.tolerance), output)


async def _by_hub(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.hub_reach import hub_at_work, place_of

    if not args.hub or not args.chf:
        raise UsageProblem(_("Which hub is meant?"), remedy=_("Give its two Device IDs: --hub (GPF) and --chf."))
    async with hub_at_work(args, output) as (service, store):
        desks = _desks(store)
        report = desks.report(args.reference)
        if str(report.ask.kind) not in LISTED or str(report.ask.device) != args.chf.upper():
            raise nothing_to_see(_("the Device Log of this hub does not show it"))
        log = await service.device_log(place_of(args, service, store))
        return _tell(see_in_log(desks, args.reference, log), output)


def _desks(store: Store | None) -> Desks:
    from ui.compose import Composer
    from ui.desks import Desks

    if store is None:
        raise UsageProblem(
            _("Asks are kept in the store."), remedy=_("Use --training, or name the pass phrase of the live store.")
        )
    return Desks(store, Composer(SystemClock(), training=store.training), SystemClock(), random_bytes)
