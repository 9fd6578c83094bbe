"""All rows, one after the other. Each has a fresh device, and a guard of its own: one that fails stops no other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from hht.client.api import MeterError
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import Link
from hht.plugins import api
from hht.plugins.archive import Archive
from hht.plugins.emulated import EmulatedDevice
from hht.plugins.errors import PlugInError
from hht.plugins.guard import Guard
from hht.plugins.kit.bench import NOON, SEED, Bench, NoAnswer
from hht.plugins.kit.device import ROWS, Row
from hht.plugins.kit.source import source_row
from hht.plugins.loading import Loaded, load
from hht.plugins.talking import DeviceSession
from hht.work.conformance.rows import Said, failed, passed

ROW_S: Final = 120.0  # nothing comes near that
Way = Callable[[EmulatedDevice], AbstractAsyncContextManager[Callable[[], Link]]]
"""A way to a device that is served: gives what makes a link to it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a row says. `device`: the kind that was looked at; "" for the plug-in as a whole."""

    row: str
    title: str
    device: str
    said: Said


async def examine(archive: Archive, ways: dict[str, Way], rows: Sequence[Row] = ROWS) -> AsyncGenerator[Found, None]:
    """What the kit knows to ask, each answer as soon as it is known. This runs the plug-in. `ways`: what a link to an
    emulated device may be, by name; `rows`: of a device, those that are asked."""
    signed = passed(_("SHA-256 {digest}, maker's key {key}.").format(digest=archive.digest, key=archive.key))
    yield Found("form", _("Signed, whole, of the one form"), "", signed)
    yield Found("source", _("It uses the public interface alone"), "", source_row(archive))
    title = _("It loads, and registers what it says")
    try:
        loaded = load(archive, Guard(archive.manifest.name))
    except PlugInError as error:
        yield Found("loads", title, "", failed(error.message))
        return
    yield Found("loads", title, "", passed(", ".join(archive.manifest.adds)))
    try:
        for kind in loaded.devices:
            for row in rows:
                yield Found(row.name, row.title(), kind.name, await _examined(loaded, kind, row))
            for name, way in ways.items():
                words = _("The same over {way}").format(way=name)
                yield Found(f"over-{name}", words, kind.name, await _over(loaded, kind, way))
    finally:
        loaded.close()


async def _examined(loaded: Loaded, kind: api.DeviceKind, row: Row) -> Said:
    """One row, in a thread that can be left behind."""
    name = loaded.archive.manifest.name

    def new(seed: int = SEED) -> Bench:
        return Bench(kind, Guard(name, limit_s=None), seed=seed)

    def run() -> Said:
        try:
            return row.run(new)
        except NoAnswer:
            return failed(_("What it answered to its own reader is no whole answer."))
        except HhtError as error:
            return failed(error.message)

    try:
        return await Guard(name, limit_s=ROW_S).call_aside(run)
    except PlugInError as error:
        return failed(error.message)


async def _over(loaded: Loaded, kind: api.DeviceKind, way: Way) -> Said:
    """All that the device says over a link, held against what it says on the bench."""
    guard, clock = Guard(loaded.archive.manifest.name), ManualClock(NOON)
    try:
        expected = Bench(kind, guard).everything()
        device = EmulatedDevice(kind, guard, api.Surroundings(clock.now, SEED))
        async with way(device) as dial:
            session = DeviceSession(dial, kind, guard, clock)
            await session.open()
            try:
                who, read = await session.identify(), await session.read_clock()
                heard = [
                    who,
                    None if read is None else read.time,
                    await session.read_registers(),
                    await session.read_events(),
                ]
                counters = session.counters
            finally:
                await session.close()
    except (NoAnswer, MeterError, HhtError) as error:
        return failed(error.message if isinstance(error, HhtError) else _("It does not answer its own reader."))
    if heard != expected:
        return failed(_("It says something else over this way than on the bench."))
    words = _("{sent} octets there, {received} back, {trips} exchanges.")
    return passed(words.format(sent=counters.bytes_tx, received=counters.bytes_rx, trips=counters.round_trips))
