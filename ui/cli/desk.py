"""``hht desk``: ask the supplier's desk, hear how it stands; and without data read it out, and type in the answer."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from hht.plain_text import plain_text
from ui.cli.common import DONE, FAILED, Output, Stopped, UsageProblem, run_async, run_command
from ui.cli.desk_check import check
from ui.cli.desk_options import add_parser
from ui.desk_words import report_fields, report_words, state_words
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from ui.desks import Desks

__all__ = ["add_parser", "run"]


def run(args: argparse.Namespace) -> int:
    """Run the action; exit status 0 where it is done, 1 where it is refused, not done, or still to come."""
    actions = {"what": _what, "ask": _ask, "follow": _follow, "reach": _reach, "list": _list, "show": _show}
    actions |= {"readout": _readout, "hear": _hear, "reference": _reference, "note": _note, "check": check}
    return run_command(args, actions[args.action])


def _what(_args: argparse.Namespace, output: Output) -> int:
    from ui.askable import what_can_be_asked

    for what in what_can_be_asked():
        types = ", ".join(f"{type_} ({service})" if service else type_ for type_, service in what.services)
        values = ", ".join([*what.must, *(f"[{name}]" for name in what.may)])
        said = f"{what.kind}: {what.words}\n    {types}" + (f"\n    {values}" if values else "")
        output.emit(
            "ask",
            said,
            kind=str(what.kind),
            services=dict(what.services),
            must=list(what.must),
            may=list(what.may),
            secret=list(what.secret),
        )
    output.emit("result", "", ok=True)
    return DONE


@contextlib.contextmanager
def _desks(args: argparse.Namespace, output: Output) -> Iterator[tuple[Desks, Any, Any]]:
    """The service, its store, and the composer, while the store is open."""
    import secrets

    from ui.cli.stores import opened_store
    from ui.compose import Composer
    from ui.desks import Desks

    clock = SystemClock()
    with opened_store(args, clock) as store:
        composer = Composer(clock, training=bool(args.training))
        yield Desks(store, composer, clock, secrets.token_bytes, on_note=output.note), store, composer


def _ask(args: argparse.Namespace, output: Output) -> int:
    from ui.askable import what_can_be_asked

    known = {str(what.kind): what for what in what_can_be_asked()}
    found = known.get(args.kind)
    if found is None:
        raise UsageProblem(
            _("“{what}” is nothing that can be asked.").format(what=args.kind), remedy=_("See hht desk what.")
        )
    types = [type_ for type_, _service in found.services]
    if args.type is None and len(types) > 1:
        raise UsageProblem(
            _("What {device} is has to be said.").format(device=args.device),
            remedy=_("Add --type: one of {types}.").format(types=", ".join(types)),
        )
    with _desks(args, output) as (desks, store, composer):
        if args.allow_test_identifiers and not store.training:
            raise UsageProblem(_("Test identifiers are for training."), remedy=_("Use --training."))
        details = _details(args.set, found.secret, output)
        type_ = args.type or types[0]
        kept = desks.new(
            args.job,
            args.kind,
            args.device,
            type_,
            details,
            step=args.step,
            test_identifiers=args.allow_test_identifiers,
        )
        reference = kept.ask.reference
        return _unless_stopped(_go_on(args, output, desks, store, composer, reference), reference)


def _unless_stopped(main: Coroutine[Any, Any, int], reference: str) -> int:
    """The status of `main`. Whoever stops it is told how to go on: the same words again would be another ask."""
    remedy = _("Go on with hht desk follow {reference}: nothing is done twice. The same ask again would be a new one.")
    remedy = remedy.format(reference=reference)
    try:
        return run_async(main)
    except Stopped as stopped:
        stopped.remedy = remedy
        raise
    except KeyboardInterrupt:
        raise HhtError(_("Cancelled."), remedy=remedy, code="cancelled") from None


def _details(given: list[str], secret: tuple[str, ...], output: Output) -> dict[str, str]:
    from ui.meter_keys import read_secret

    details: dict[str, str] = {}
    for text in given:
        name, mark, value = text.partition("=")
        if not mark or name in details:
            raise UsageProblem(
                _("“{text}” is no value.").format(text=name[:40]), remedy=_("Write NAME=VALUE, each name once.")
            )
        if value == "-":
            value = read_secret("-").strip()
        elif name in secret:
            output.warn(_("{name} on a command line can be seen by others: use {name}=-.").format(name=name))
        details[name] = value
    return details


def _follow(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, store, composer):
        desks.report(args.reference)
        return _unless_stopped(_go_on(args, output, desks, store, composer, args.reference), args.reference)


async def _go_on(
    args: argparse.Namespace, output: Output, desks: Desks, store: Any, composer: Any, reference: str
) -> int:
    """Ask, in the way that was said or works; the exit status."""
    from ui.desks import Way

    try:
        if args.way == "later":
            return _tell(desks.report(reference), output, done=DONE)
        _tell_wait(args, output, desks, reference)
        relays = args.way == "relay" or (args.way == "auto" and await _wan_is_down(args, desks, reference))
        if relays:
            found = await _relayed(args, output, desks, store, reference)
        else:
            way = Way.RELAY if desks.report(reference).commands else Way.WAN
            found = await desks.ask(args.desk, reference, way=way, home=args.link, on_report=_progress(output))
        if any(str(command.state) == "unknown" for command in found.commands):
            words = _(
                "Only the hub can say what became of the command: hht desk follow {reference} --dongle LINK --hub ID"
            )
            output.note(words.format(reference=reference))
        return _tell(found, output)
    except HhtError:
        _say(desks.report(reference), output)
        raise
    finally:
        await composer.close()


def _tell_wait(args: argparse.Namespace, output: Output, desks: Desks, reference: str) -> None:
    """Before anybody is reached: a desk may be silent for long, and one who leaves loses nothing."""
    from hht.client.remarks import Remark
    from ui.desks import by_folder

    if by_folder(args.desk) or desks.report(reference).state.final:
        return  # nothing is waited for
    words = _(
        "The desk is asked ({reference}), and waited for at most {minutes} minutes. Ctrl+C leaves earlier, and nothing "
        "is lost: “hht desk follow {reference}” hears later how it stands."
    )
    if args.link:
        words += " " + _("After each command that it hands over it has as long again.")
    minutes = math.ceil(desks.longest_s / 60)
    output.remark(Remark("desk-wait", words.format(reference=reference, minutes=minutes), desks.longest_s))


async def _wan_is_down(args: argparse.Namespace, desks: Desks, reference: str) -> bool:
    """Whether commands should be relayed: the desk says that the WAN is down. Raises DeskError where it is, and there
    is no way to the devices either: nothing was asked then."""
    from hht.desk.errors import DeskError
    from ui.desks import Mode

    report = desks.report(reference)
    if report.commands:  # whichever way was tried since: only by radio is it known what became of them
        return bool(args.link)
    if not report.ask.kind.to_device or report.way is not None:
        return report.way is not None and str(report.way) == "relay" and bool(args.link)
    found = await desks.ways(args.desk, args.hub or str(report.ask.device), home=args.link)
    if found.mode is Mode.RELAY and not args.link:
        raise DeskError(
            _("The WAN is down ({why}), and no way to the devices is given.").format(why=plain_text(found.why)),
            remedy=_("Give --dongle LINK and --hub ID, deliver a pack (hht pack deliver), or ask later: it is kept."),
            code="desk-wan-down",
        )
    return found.mode is Mode.RELAY


async def _relayed(args: argparse.Namespace, output: Output, desks: Desks, store: Any, reference: str) -> AskReport:
    from hht.identifiers import DeviceId
    from ui.cli.han import terminal_code
    from ui.cli.hub_reach import network
    from ui.cli.pack_delivery import told_by
    from ui.cli.stores import trace_sink
    from ui.pack_radio import HanWay

    if not args.link or args.hub is None:
        raise UsageProblem(
            _("Relayed commands need a way to the devices."), remedy=_("Give --dongle LINK and --hub ID (the GPF ID).")
        )
    hub = DeviceId.parse(args.hub)
    way = HanWay(args.link, hub, terminal_code(args), network(args, None, hub))
    with trace_sink(store) as sink:
        return await desks.relay(
            args.desk, reference, way, told_by(output), home=args.link, sink=sink, on_report=_progress(output)
        )


def _reach(args: argparse.Namespace, output: Output) -> int:
    async def body() -> int:
        with _desks(args, output) as (desks, _store, composer):
            try:
                found = await desks.ways(args.desk, args.hub)
            finally:
                await composer.close()
        words = {
            "wan": _("The WAN is up: the desk sends what is asked."),
            "relay": _("The WAN is down ({why}): the desk hands over commands to be brought to the devices."),
            "nothing": _("No desk answers ({why}): use a pack, or the phone (hht desk readout)."),
        }
        said = words[found.mode].format(why=plain_text(found.why))
        output.emit("result", said, ok=True, mode=str(found.mode), why=found.why, desk=found.desk)
        return DONE

    return run_async(body())


def _list(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        found = desks.asks(args.job)
    for report in found:
        _say(report, output)
    output.emit("result", "" if found else _("Nothing was asked."), ok=True, asks=len(found))
    return DONE


def _show(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        report = desks.report(args.reference)
    _say(report, output)
    for name, value in report.ask.shown.items():
        output.emit("value", f"    {name}: {value}", name=name, value=value)
    output.emit("result", "", ok=True, **report_fields(report))
    return DONE


def _readout(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        said = desks.read_out(args.reference)
    output.emit("result", "\n".join(said.lines), ok=True, text=said.text, lines=list(said.lines))
    return DONE


def _hear(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        said = desks.heard(args.desk, args.text)
    output.emit("result", said, ok=True, reference=said)
    return DONE


def _reference(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        return _tell(desks.typed(args.reference, args.typed), output, done=DONE)


def _note(args: argparse.Namespace, output: Output) -> int:
    with _desks(args, output) as (desks, _store, _composer):
        report = desks.noted(args.reference, args.what, agrees=args.agrees, by=args.by)
    return _tell(report, output, done=DONE if args.agrees else FAILED)


def _progress(output: Output) -> Any:
    def tell(report: AskReport) -> None:
        output.progress(f"{report.ask.reference}: {state_words(report)}", **report_fields(report))

    return tell


def _say(report: AskReport, output: Output) -> None:
    output.emit("ask", report_words(report), **report_fields(report))


def _tell(report: AskReport, output: Output, *, done: int | None = None) -> int:
    """The result; exit status 0 where it is done, unless `done` says another."""
    good = report.state.value == "done"
    status = done if done is not None else DONE if good else FAILED
    output.emit("result", report_words(report), ok=status == DONE, **report_fields(report))
    return status
