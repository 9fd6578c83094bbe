"""``hht emulate`` offers an emulated meter to any program."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from hht.link_url import LinkUrlError, parse_link_url
from ui.cli.common import DONE, Output, UsageProblem, run_command
from ui.cli.emulate_events import tell_alerts, tell_commands, tell_writes
from ui.cli.emulate_options import DEFAULT_OPTICAL, add_parser
from ui.system import SystemClock

if TYPE_CHECKING:
    from drivers.serving import Attachable
    from hht.emulation.port_server import PortServer
    from hht.model.communications_hub import HubConfiguration
    from hht.model.electricity_meter import ElectricityMeter
    from hht.model.premises import Premises

__all__ = ["add_parser", "run"]

LOOK_S = 0.25  # between two looks at what is due


def run(args: argparse.Namespace) -> int:
    """Run ``hht emulate``."""
    args.json = True  # programs read this command's output, always
    return run_command(args, _emulate)


def _emulate(args: argparse.Namespace, output: Output) -> int:
    from hht.model.premises import bring_to_life, read_premises, with_faults

    if not 0 <= args.speed <= 1e6:
        raise UsageProblem(_("--speed {speed} is impossible.").format(speed=args.speed), remedy=_("Use 0 to 1000000."))
    plan = with_faults(read_premises(args.name), args.fault)
    premises = bring_to_life(plan, clock=SystemClock(), seed=args.seed, days=args.days, speed=args.speed)
    return asyncio.run(_serve(args, premises, output))


async def _serve(args: argparse.Namespace, premises: Premises, output: Output) -> int:
    stop = stopped()
    where: dict[str, Any] = {}
    looks = _nowhere
    async with contextlib.AsyncExitStack() as stack:
        if args.optical is not None or args.ble or (args.han is None and args.desk is None):
            where |= await _offer_meter(args, premises, stack, output)
        if args.han is not None:
            where |= await _offer_han(args, premises, stack, output)
        if args.desk is not None:
            looks = await _offer_desk(args, premises, stack, output, where)
        if args.alerts:
            stack.callback(tell_alerts(premises, output))
        if args.events:
            stack.callback(tell_commands(premises, output))
        faults = [kind.name if at is None else f"{kind.name}@{at}" for kind, at, _since in premises.faults.active()]
        if args.spare_hub:
            _exchange_on_signal(premises, _spare_hub(args.spare_hub), output)
        output.emit("listening", **where, faults=faults, pid=os.getpid())
        await _live(premises, stop, looks)
    return DONE


async def _live(premises: Premises, stop: asyncio.Event, look: Callable[[], None]) -> None:
    """Until `stop`: what is due happens though nobody asks (a fault that was planned, say); `look` likewise."""
    while not stop.is_set():
        premises.site.catch_up()
        look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_S)


async def _offer_meter(
    args: argparse.Namespace, premises: Premises, stack: contextlib.AsyncExitStack, output: Output
) -> dict[str, Any]:
    """Offer a meter's optical port; what the first line says of it. Raises DeviceRefusal where it has none."""
    from hht.emulation.port_server import PortServer, offering, secured

    meter = premises.device(args.device)
    secured(meter, args.clients, args.counters)
    offering(meter, args.mode, profiles=args.profile_encoding, notifies=args.notify)
    port = PortServer(meter)
    if args.events:
        tell_writes(meter, output)
    stack.push_async_callback(port.close)
    return {**await _offer_all(args, meter, port, stack, output), **_meter_facts(meter)}


async def _offer_han(
    args: argparse.Namespace, premises: Premises, stack: contextlib.AsyncExitStack, output: Output
) -> dict[str, Any]:
    """Offer the HAN through a dongle; what the first line says of it. Raises DeviceRefusal where there is no hub."""
    from hht.emulation.radio.dongle_port import dongle_of

    port = dongle_of(premises, firmware=args.firmware, fresh=args.hub_fresh)
    stack.push_async_callback(port.close)
    url = await offer(args.han, port, stack, output)
    terminal_id = port.terminal.identity.device_id
    return {"han": f"dongle:{url.removeprefix('optical:')}", "dongle_id": terminal_id, "firmware": args.firmware}


def _spare_hub(text: str) -> HubConfiguration:
    """The hub in the van. Raises UsageProblem, IdentifierError."""
    from hht.identifiers import DeviceId
    from hht.model.communications_hub import HubConfiguration
    from hht.model.device import DeviceIdentity

    chf, _comma, gpf = text.partition(",")
    if not hasattr(signal, "SIGUSR1") or not gpf:
        raise UsageProblem(
            _("--spare-hub {text} is no hub that can be fitted here.").format(text=text),
            remedy=_("Write its CHF ID, a comma and its GPF ID, on a system with signals."),
        )
    identity = DeviceIdentity(str(DeviceId.parse(chf)), "HHT Training", "TRAINER-CH2", "00030105", gbcs_version="4.2")
    return HubConfiguration("spare-hub", identity, str(DeviceId.parse(gpf)))


def _exchange_on_signal(premises: Premises, spare: HubConfiguration, output: Output) -> None:
    """SIGUSR1: somebody takes the hub off and fits the other; once more: switches that off and on (its hour begins)."""
    from hht.model.communications_hub import CommunicationsHub
    from hht.model.exchange import exchange_hub
    from hht.model.parties import Party, UserRole

    def exchange() -> None:
        old = premises.of(CommunicationsHub)[0]
        if old.identity.device_id == spare.identity.device_id:
            old.power.remove()
            old.power.fit()
            output.emit("hub-switched", "", chf=old.identity.device_id)
            return
        installer = Party("installer", UserRole.IMPORT_SUPPLIER)
        new = exchange_hub(premises, old, spare, by=installer, why="exchanged by hand")
        told = {"old": old.identity.device_id, "chf": new.identity.device_id, "gpf": new.gpf.identity.device_id}
        output.emit("hub-exchanged", "", **told)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, exchange)


async def _offer_desk(
    args: argparse.Namespace,
    premises: Premises,
    stack: contextlib.AsyncExitStack,
    output: Output,
    where: dict[str, Any],
) -> Callable[[], None]:
    """Offer the supplier's desk of the premises, and say in `where`; what has to be looked at now and then. Raises
    UsageProblem, LinkUnavailable."""
    from hht.emulation.desk_port import desk_of

    port = desk_of(premises, args.desk_trouble)
    if args.desk.startswith("tcp:"):
        stack.push_async_callback(port.close)
        where["desk"] = f"desk:{await offer(args.desk, port, stack, output)}"
        return _nowhere
    from ui.desk_folder import DeskFolder, FolderEnd

    where["desk"] = f"desk:{args.desk}"
    return partial(FolderEnd(port.desk, DeskFolder(_symlink(args.desk))).keep_looking, output.warn)


def _nowhere() -> None:
    """Nothing has to be looked at."""


def stopped() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows has no signal handlers in its loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop


def _paced(port: PortServer, optical: str, reaction_ms: int) -> Attachable:
    """`port` behind a line as slow as a real one. Only a pty tells the terminal's speed: elsewhere it matches."""
    from drivers.line_simulator import LineSettings, LineSimulator

    settings = LineSettings(turnaround_s=reaction_ms / 1000, match_speeds=not optical.startswith(("tcp:", "ble:")))
    return LineSimulator(port, settings)


async def _offer_all(
    args: argparse.Namespace,
    meter: ElectricityMeter,
    port: PortServer,
    stack: contextlib.AsyncExitStack,
    output: Output,
) -> dict[str, Any]:
    """Serve `port` wherever `args` say; what the first line says of it. Raises VirtualRadioMissing, LinkUnavailable."""
    where: dict[str, Any] = {}
    reaction_ms = meter.configuration.optical.reaction_ms
    optical = DEFAULT_OPTICAL if args.optical is None and not args.ble else args.optical
    if optical is not None:
        wire = _paced(port, optical, reaction_ms) if args.paced else port
        where["optical"] = await offer(optical, wire, stack, output)
    if args.ble:
        from drivers.serve_ble import BleServer

        wire = _paced(port, "ble:", reaction_ms) if args.paced else port
        bridge = await stack.enter_async_context(BleServer(wire, keyed=args.bridge_key))
        where = {"optical": bridge.url, **where, "ble": bridge.url, "environment": bridge.environment}
        variables = " ".join(f"{name}={value}" for name, value in bridge.environment.items())
        text = _("A terminal finds the bridge like this: {command}")
        output.note(text.format(command=f"{variables} hht identify {bridge.url}"))
        if bridge.code:
            where["bridge_code"] = bridge.code
            words = _("Its code, as it would be printed on it: {code}; pair it once: {command}")
            command = f"hht bridge pair {bridge.url} --code {bridge.code} --training"
            output.note(words.format(code=bridge.code, command=command))
    return where


async def offer(optical: str, port: Attachable, stack: contextlib.AsyncExitStack, output: Output) -> str:
    """Serve `port` at `optical`; the link URL by which a terminal reaches it."""
    if optical.startswith("tcp:"):
        from drivers.serve_tcp import TcpServer

        host, number = _host_and_port(optical)
        if not _is_loopback(host):
            text = _("{host} is reached from the network: whoever reaches it can read and set the emulated devices.")
            output.warn(text.format(host=host))
        tcp = await stack.enter_async_context(TcpServer(port, host, number))
        return tcp.url
    from drivers.serve_pty import PtyServer

    symlink = None if optical == "pty" else _symlink(optical)
    pty = await stack.enter_async_context(PtyServer(port, symlink=symlink))
    if symlink is not None:
        text = _("{name} is a symbolic link to the pty {pty}; it goes when this ends.")
        output.note(text.format(name=symlink, pty=os.readlink(symlink)))
    return pty.url


def _symlink(optical: str) -> Path:
    """The name for a pty. Raises UsageProblem for what looks like a link of another kind."""
    if not optical or re.match(r"[a-z]+:", optical):
        raise UsageProblem(
            _("“{optical}” is nowhere that a meter can be offered.").format(optical=optical),
            remedy=_("Write pty, a path, or for example tcp://127.0.0.1:4059."),
        )
    return Path(optical)


def _host_and_port(optical: str) -> tuple[str, int]:
    head, _colon, port = optical.rpartition(":")
    any_free = port == "0"  # the first line says which; to a terminal, port 0 is none
    try:
        host, number = parse_link_url(f"{head}:1" if any_free else optical).host_and_port()
        return host, 0 if any_free else number
    except LinkUrlError as error:
        raise UsageProblem(
            error.message, remedy=_("Write pty, a path, or for example tcp://127.0.0.1:4059.")
        ) from error


def _is_loopback(host: str) -> bool:
    """Whether only programs on this computer reach it. A name that is not "localhost" may mean anything."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _meter_facts(meter: ElectricityMeter) -> dict[str, Any]:
    """Of the first line: which device, and the role table with the training credentials."""
    from hht.emulation.role_table import role_table

    return {
        "device": meter.configuration.name,
        "device_id": meter.identity.device_id,
        "model": meter.identity.model,
        "local_access": meter.local_access.value,
        "mode": meter.configuration.optical.mode.value,
        "clients": role_table(meter),
    }
