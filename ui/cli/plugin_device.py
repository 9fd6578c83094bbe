"""`hht read` and `hht identify` of a device that a plug-in knows."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.clock import iso_z
from hht.i18n import _
from hht.link_url import parse_link_url
from hht.plain_text import plain_text
from ui.cli.common import Output, UsageProblem
from ui.plugin_devices import device_named, link_to, no_such_device, only_a_plug_in_knows
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceEvent, TraceSink
    from hht.plugins.archive import Archive
    from hht.plugins.talking import DeviceSession
    from hht.store.store import Store

ITEMS: Final = ("clock", "registers", "events", "identity")


@contextlib.asynccontextmanager
async def open_plugin_device(args: argparse.Namespace, output: Output) -> AsyncIterator[DeviceSession | None]:
    """The device of a plug-in that is on, at ``args.link``, in conversation; None where the link means no such. Which
    are on stands in the store that the options name. Raises PlugInError ``plugin-kind``, and what the session does."""
    from ui.cli.stores import store_of_command, trace_sink

    url = parse_link_url(args.link)
    name = device_named(url)
    if name is None:
        yield None
        return
    with store_of_command(args, SystemClock(), output) as store, trace_sink(store) as sink:
        if store is None and url.scheme == "emulated":
            output.note(_("Devices of plug-ins are known with --training or --pass-phrase-file."))
        async with contextlib.AsyncExitStack() as stack:
            yield await _opened(args, stack, store, sink, name)


def emulated_there(link: str, store: Store | None, folder: Path) -> Archive | None:
    """The plug-in that is on and whose emulator `link` names; None where it names something else. Raises PlugInError
    where it may not be used."""
    url = parse_link_url(link)
    name = device_named(url) if url.scheme == "emulated" else None
    if store is None or name is None:
        return None
    from ui.plugins import PlugIns

    return PlugIns(store, folder).archive_of_device(name)


def refuse_plugin_device(link: str, store: Store | None, folder: Path) -> None:
    """Raises LinkUrlError where the device of a plug-in is at `link`: it is no meter that speaks COSEM."""
    if emulated_there(link, store, folder) is not None:
        raise only_a_plug_in_knows(link)


async def _opened(
    args: argparse.Namespace,
    stack: contextlib.AsyncExitStack,
    store: Store | None,
    sink: TraceSink | None,
    name: str,
) -> DeviceSession | None:
    from hht.plugins.talking import DeviceSession
    from ui.bridge_trust import known_bridges_of
    from ui.known_ports import known_ports
    from ui.plugins import PlugIns
    from ui.stores import data_folder

    url, clock, folder = parse_link_url(args.link), SystemClock(), data_folder(args.data_dir)
    plugins = PlugIns(store, folder) if store is not None else None
    archive = plugins.archive_of_device(name) if plugins is not None else None
    if plugins is None or archive is None:
        if "kind" not in url.options:  # a premises that nobody knows, as far as this goes
            return None
        raise no_such_device(name)
    loaded = stack.enter_context(plugins.running(archive))
    kind = next(one for one in loaded.devices if one.name == name)
    bridges = known_bridges_of(folder, clock, training=store is None or store.training)
    link = link_to(url, kind, loaded.guard, clock, sink, known_ports(folder, clock).used, bridges)
    session = DeviceSession(lambda: link, kind, loaded.guard, clock)
    if sink is not None and store is not None:
        sink(_header(clock, str(url), archive, name, training=store.training))
    await session.open()
    stack.push_async_callback(session.close)
    return session


def _header(clock: Clock, link: str, archive: Archive, device: str, *, training: bool) -> TraceEvent:
    """How the conversation is opened: which plug-in speaks here for the terminal."""
    from hht.store.trace_export import header_event

    manifest = archive.manifest
    plug_in = {"name": manifest.name, "version": manifest.version, "sha256": archive.digest, "device": device}
    facts = {"training": training, "masked": False, "plug_in": plug_in}
    return header_event(clock.now(), clock.monotonic(), link, facts)


async def read_device(output: Output, device: DeviceSession, items: Sequence[str]) -> int:
    """Read and show each item; how many rows of a log. Raises UsageProblem for what no plug-in's device shows."""
    rows = 0
    for item in items:
        if item not in ITEMS:
            raise UsageProblem(
                _("A plug-in's device does not show “{item}”.").format(item=item),
                remedy=_("Read {items}.").format(items=", ".join(ITEMS)),
            )
    for item in items:
        if item == "clock":
            await _clock(output, device)
        elif item == "registers":
            await _registers(output, device)
        elif item == "events":
            rows += await _events(output, device)
        else:
            found = await device.identify()
            output.emit("identity", plain_text(found.number), device_id=found.number, model=found.model)
    return rows


async def identify_device(output: Output, device: DeviceSession) -> None:
    """Who is there."""
    found = await device.identify()
    lines = [
        (_("Serial number"), found.number),
        (_("Manufacturer"), found.maker),
        (_("Model"), found.model),
        (_("Firmware"), found.firmware),
        (_("Read by"), _("plug-in, as {kind}").format(kind=device.kind.name)),
    ]
    output.emit(
        "result",
        "\n".join(f"{label:<14} {plain_text(value)}" for label, value in lines if value),
        ok=True,
        device_id=found.number,
        model=found.model,
        manufacturer=found.maker,
        firmware=found.firmware,
        logical_name="",
        kind=device.kind.name,
    )


async def _clock(output: Output, device: DeviceSession) -> None:
    found = await device.read_clock()
    if found is None:
        output.emit("clock", _("it has no clock"), time=None, status="none")
        return
    words = _("{time}  {status}  ({drift:+.0f} s against this computer)")
    status = _("status not stated")
    text = words.format(time=iso_z(found.time), status=status, drift=found.drift_s)
    output.emit("clock", text, time=iso_z(found.time), status="not stated", drift_s=round(found.drift_s, 1))


async def _registers(output: Output, device: DeviceSession) -> None:
    for one in await device.read_registers():
        text = f"{one.name:<14} {one.value:>14} {one.unit:<5} {one.label}"
        output.emit("register", text, name=one.name, value=str(one.value), unit=one.unit, label=one.label)


async def _events(output: Output, device: DeviceSession) -> int:
    found = await device.read_events()
    for one in found:
        text = f"{iso_z(one.time)}  {one.code}  {one.meaning}"
        output.emit("event", text, time=iso_z(one.time), code=one.code, log="event", meaning=one.meaning)
    return len(found)
