"""``hht han exchange …``: a hub is exchanged for another, step by step, and gone on with after anything."""

from __future__ import annotations

import argparse
import asyncio
import secrets
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hht.clock import typed_time
from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, run_async, whole_number
from ui.cli.hub_pack import add_pack, build
from ui.cli.hub_reach import (
    add_ends,
    add_hub,
    add_kinds,
    add_link,
    hub_at_work,
    hub_service,
    kinds_of,
    pack_key,
    tell_sleeper,
)
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.hub_exchange import HubExchange
    from hht.work.hub_exchange_state import ExchangeState
    from hht.work.hub_ways import CopyStatement
    from ui.hub_work import AtHub, HubPlace, HubWorkService

LOOK_AGAIN_S: Final = 30.0
_STEPS: Final = (
    "begin --hub GPF --chf CHF; snapshot LINK; prove; check LINK; expect; (take the hub off, fit the other) "
    "swapped --hub GPF --chf CHF; restore LINK; devices LINK; finish"
)


def add_exchange(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Its steps and their arguments."""
    parser = verbs.add_parser(
        "exchange",
        help=_("exchange the hub for another: snapshot, prove, check, expect, swapped, restore, devices, finish"),
        description=_("The steps, in this order: {steps}. Any of them again goes on where it stopped.").format(
            steps=_STEPS
        ),
        epilog=_("Example: hht han exchange snapshot dongle:/dev/ttyACM0 --training"),
    )
    steps = parser.add_subparsers(dest="step", metavar=_("STEP"), required=True)
    begin = _step(steps, "begin", _("begin: which hub is to be exchanged"))
    add_hub(begin)
    begin.add_argument("--job", metavar="REFERENCE", default="", help=_("the job it belongs to"))
    add_ends(begin)
    for name, words in (
        ("snapshot", _("read who is on the old hub's HAN, and keep it sealed")),
        ("check", _("read money and supply of the meters, right before the hub is taken off")),
        ("restore", _("give the new hub the Device Log and the partners of the old one")),
        ("devices", _("show that every device talks to the new hub; waits for the gas meter to wake")),
    ):
        step = _step(steps, name, words)
        add_link(step)
        if name == "snapshot":
            add_kinds(step)
        if name == "devices":
            step.add_argument(
                "--within", type=whole_number, metavar="MIN", default=0, help=_("keep looking for so many minutes")
            )
        _end(step)
    _add_words(steps)


def _step(steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str) -> argparse.ArgumentParser:
    return steps.add_parser(name, help=words, epilog=_("Example: hht han exchange show --training"))


def _end(step: argparse.ArgumentParser) -> None:
    step.add_argument("--of", metavar="ID", default="", help=_("CHF ID of the hub; default: the only one under way"))
    add_ends(step)


def _add_words(steps: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The steps that reach for no device."""
    prove = _step(steps, "prove", _("the desk confirms that the centre's copy of the Device Log is as new as the log"))
    prove.add_argument(
        "--copy-taken", metavar="TIME", help=_("what the desk said by phone: when the copy was taken, UTC")
    )
    prove.add_argument("--copy-check", metavar="HEX", default="", help=_("… its fingerprint, 32 hex digits"))
    prove.add_argument("--reference", metavar="REF", default="", help=_("… the desk's reference for saying so"))
    dead = _step(steps, "dead", _("the old hub is dead and cannot be read: go by the centre's copy alone"))
    add_kinds(dead)
    for step in (prove, dead):
        step.add_argument(
            "--desk", metavar="URL", help=_("ask this desk (desk:tcp://host:port); else the training desk")
        )
    answer = _step(steps, "answer", _("answer what speaks against taking the hub off"))
    answer.add_argument("code", metavar="CODE", help=_("what is answered, as show names it"))
    answer.add_argument("device", metavar="ID", help=_("the meter that it is about"))
    answer.add_argument("--why", required=True, metavar="TEXT", help=_("why the hub may be taken off all the same"))
    expect = _step(steps, "expect", _("announce the tamper that taking the hub off will raise"))
    expect.add_argument("--reference", metavar="REF", default="", help=_("the desk's, where it was told"))
    swapped = _step(steps, "swapped", _("the old hub is off, and this one is in its place"))
    add_hub(swapped)
    give_up = _step(steps, "give-up", _("do not wait for a device any more"))
    give_up.add_argument("device", metavar="ID", help=_("the device"))
    give_up.add_argument("--why", required=True, metavar="TEXT", help=_("why"))
    abandon = _step(steps, "abandon", _("give the exchange up, before the old hub is taken off"))
    abandon.add_argument("--why", required=True, metavar="TEXT", help=_("why"))
    finish = _step(steps, "finish", _("erase the snapshot; the receipt says where it was looked for"))
    show = _step(steps, "show", _("where it stands, and what comes next"))
    for step in (prove, dead, answer, expect, swapped, give_up, abandon, finish, show):
        _end(step)
    _end(add_pack(steps))
    add_ends(_step(steps, "list", _("every exchange of a hub")))


def exchange(args: argparse.Namespace, output: Output) -> int:
    """Run the step; exit status 1 where it could not be done."""
    if args.step == "pack":
        return build(args, output)
    if args.step in _BY_RADIO:
        return run_async(_by_radio(args, output))
    with hub_service(args, output) as (service, store):
        if args.step == "list":
            return _list(service, output)
        if args.step == "begin":
            return _begin(args, store, output)
        if args.step in ("prove", "dead"):
            return run_async(_prove(args, service, store, output))
        args.by = store.acting()
        return _tell(_BY_WORD[args.step](service.exchange(args.of), args), output)


def _list(service: HubWorkService, output: Output) -> int:
    from ui.hub_facts import exchange_facts

    states = service.exchanges()
    for state in states:
        words = f"{state.old_chf}: {state.phase.value}. {state.next}"
        output.emit("exchange", words, **exchange_facts(state))
    output.emit("result", "" if states else _("No hub was exchanged."), ok=True, exchanges=len(states))
    return DONE


def _begin(args: argparse.Namespace, store: Store, output: Output) -> int:
    from hht.identifiers import DeviceId
    from hht.work.hub_exchange import HubExchange

    chf, gpf = DeviceId.parse(args.chf), DeviceId.parse(args.hub)
    made = HubExchange.begin(store, new_id(), chf, gpf, by=store.acting(), job=args.job)
    return _tell(made.state, output)


async def _prove(args: argparse.Namespace, service: HubWorkService, store: Store, output: Output) -> int:
    from hht.work.hub_orders import OrderError

    made = service.exchange(args.of)
    said = await _said(args, service, store, made)
    if said is None:
        raise OrderError(
            _("The desk has no copy of the Device Log of {hub}.").format(hub=made.state.old_chf),
            remedy=_("Leave the old hub where it is. Have it send its log to the centre, then ask again."),
            code="hub-no-copy",
        )
    return _tell(made.prove(said) if args.step == "prove" else made.take_from_copy(said, kinds_of(args)), output)


async def _said(
    args: argparse.Namespace, service: HubWorkService, store: Store, made: HubExchange
) -> CopyStatement | None:
    """What the desk says of the centre's copy: by phone, over a line, or the training desk's."""
    from hht.work.hub_ways import CopyStatement

    chf = made.state.old_chf
    if args.step == "prove" and args.copy_taken is not None:
        return CopyStatement(chf, _moment(args.copy_taken), args.copy_check.strip().lower(), (), args.reference)
    if args.desk is None:
        return await service.centre_copy(chf)
    from ui.compose import Composer
    from ui.desks import Desks
    from ui.system import SystemClock

    clock = SystemClock()
    composer = Composer(clock, training=store.training)
    try:
        return await service.confirmed_copy(Desks(store, composer, clock, secrets.token_bytes), args.desk, made)
    finally:
        await composer.close()


def _moment(text: str) -> datetime:
    try:
        moment = typed_time(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC)
    except ValueError:
        raise UsageProblem(
            _("“{text}” is no time.").format(text=text), remedy=_("Write for example 2026-11-21T10:30:00Z.")
        ) from None


# --- by radio


async def _by_radio(args: argparse.Namespace, output: Output) -> int:
    async with hub_at_work(args, output) as (service, store):
        made = service.exchange(args.of)
        place, snapshot = _place(args, made, store), made.snapshot
        kinds = {} if snapshot is None else snapshot.kinds
        output.note(_("No trace is kept of this: what is read of the HAN must not stay on the terminal."))
        async with service.at(place, kinds, traced=False) as here:
            await _BY_RADIO[args.step](made, here, args, output)
        return _tell(made.state, output)


def _place(args: argparse.Namespace, made: HubExchange, store: Store) -> HubPlace:
    from ui.hub_work import HubPlace

    state, pack = made.state, pack_key(args, store)
    if state.new_chf is None or state.new_gpf is None:
        return HubPlace(args.link, state.old_gpf, state.old_chf, pack=pack)
    return HubPlace(args.link, state.new_gpf, state.new_chf, pack=pack)


async def _snapshot(made: HubExchange, here: AtHub, args: argparse.Namespace, output: Output) -> None:
    found = await made.take_snapshot(here.way, kinds_of(args), here.terminal)
    for row in found.log:
        kind = found.kinds.get(row.device)
        words = _("{device}  {kind}  {verdict}").format(
            device=row.device, kind="?" if kind is None else kind.name, verdict=row.verdict
        )
        output.emit("device", words, **row.plain(), kind=None if kind is None else kind.name)


async def _check(made: HubExchange, here: AtHub, _args: argparse.Namespace, _output: Output) -> None:
    await made.check(here.way)


async def _restore(made: HubExchange, here: AtHub, _args: argparse.Namespace, _output: Output) -> None:
    await made.restore(here.way)


def _gas_meter_left(made: HubExchange) -> bool:
    """Whether a gas meter has not been shown to talk yet."""
    from hht.protocol.gbcs.device_types import GbcsDeviceType

    snapshot, state = made.snapshot, made.state
    kinds = {} if snapshot is None else snapshot.kinds
    done = {*state.proved, *state.given_up}
    return any(kind is GbcsDeviceType.GSME and device not in done for device, kind in kinds.items())


async def _devices(made: HubExchange, here: AtHub, args: argparse.Namespace, output: Output) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + 60 * args.within
    if _gas_meter_left(made):
        tell_sleeper(output)

    async def again() -> bool:
        state = made.state
        output.progress(
            _("{done} of {all} devices talk; waiting for the rest").format(done=len(state.proved), all=state.devices),
            done=len(state.proved),
            total=state.devices,
        )
        if loop.time() + LOOK_AGAIN_S > until:
            return False
        await asyncio.sleep(LOOK_AGAIN_S)
        return True

    await made.prove_devices(here.way, again)


_Radio = Callable[["HubExchange", "AtHub", argparse.Namespace, Output], Coroutine[Any, Any, None]]
_BY_RADIO: Final[dict[str, _Radio]] = {
    "snapshot": _snapshot,
    "check": _check,
    "restore": _restore,
    "devices": _devices,
}


# --- by a person's word


def _answer(made: HubExchange, args: argparse.Namespace) -> ExchangeState:
    from hht.identifiers import DeviceId

    return made.answer(args.code, DeviceId.parse(args.device), by=args.by, why=args.why)


def _expect(made: HubExchange, args: argparse.Namespace) -> ExchangeState:
    return made.expect_tamper(by=args.by, reference=args.reference)


def _swapped(made: HubExchange, args: argparse.Namespace) -> ExchangeState:
    from hht.identifiers import DeviceId

    return made.swapped(DeviceId.parse(args.chf), DeviceId.parse(args.hub), by=args.by)


def _give_up(made: HubExchange, args: argparse.Namespace) -> ExchangeState:
    from hht.identifiers import DeviceId

    return made.give_up(DeviceId.parse(args.device), by=args.by, why=args.why)


_BY_WORD: Final[dict[str, Callable[[HubExchange, argparse.Namespace], ExchangeState]]] = {
    "answer": _answer,
    "expect": _expect,
    "swapped": _swapped,
    "give-up": _give_up,
    "abandon": lambda made, args: made.abandon(by=args.by, why=args.why),
    "finish": lambda made, _args: made.finish(),
    "show": lambda made, _args: made.state,
}


def _tell(state: ExchangeState, output: Output) -> int:
    """Where it stands, what speaks against going on, what comes next."""
    from ui.hub_facts import exchange_facts

    lines = [_("Exchange of the hub {hub}: {phase}").format(hub=state.old_chf, phase=state.phase.value)]
    if state.fingerprint and not state.reference:
        lines.append(_("Fingerprint of its Device Log, for the desk: {text}").format(text=state.fingerprint))
    lines += [f"! {one.code} {one.device}: {one.words} {one.remedy}" for one in state.open_blockers]
    if state.new_chf is not None:
        lines.append(
            _("{done} of {all} devices have been shown to talk").format(done=len(state.proved), all=state.devices)
        )
    lines += [
        _("! {one} is joined to {other} no more: join them again (hht han join)").format(one=one, other=other)
        for one, other in state.lost_joins
    ]
    lines += [
        _(
            "! {device} was listed and had never joined; no copy has its install code: remove it and add it again"
        ).format(device=device)
        for device in state.to_add_again
    ]
    if state.hub_removed:
        lines.append(
            _("The hub's removal was seen as a tamper {count} times, as announced.").format(count=state.hub_removed)
        )
    lines += [
        _("! not expected at {device}, {time}: alert {code:04X}").format(device=device, time=time, code=code)
        for device, time, code in state.tampers
    ]
    if state.receipt:
        lines.append(
            _("The snapshot is erased: {found} of {pieces} pieces of it are left in {octets} bytes of {files}.").format(
                found=state.receipt["found_after"],
                pieces=state.receipt["pieces"],
                octets=state.receipt["octets_searched"],
                files=", ".join(state.receipt["files"]),
            )
        )
    lines.append(_("Next: {next}").format(next=state.next))
    output.emit("result", "\n".join(lines), ok=True, **exchange_facts(state))
    return DONE
