"""Every object of emulated meters, read by our client: typed, named, in words, and saying what the model holds."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from drivers.in_process import InProcessLink
from hht.client.association import Association
from hht.client.interface_classes import object_name
from hht.client.meter_objects import ViewEntry
from hht.client.meter_session import MeterSession
from hht.client.object_reader import Buffer, ObjectView
from hht.clock import ManualClock
from hht.emulation.object_names import OBJECTS
from hht.emulation.object_table import build_objects
from hht.emulation.port_server import PortServer
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.electricity_meter.maximum_demand import Demand
from hht.model.premises import load_premises
from tests.emulation.conftest import START

METERS = ("single-element", "storage-heaters", "polyphase-farm", "prepayment-flat")
Says = Callable[[ElectricityMeter], Any]


class Read:
    """A meter, and everything that a client with a password reads of it."""

    def __init__(self, name: str) -> None:
        self.meter: ElectricityMeter = load_premises(name, clock=ManualClock(START), days=3).device()
        self.views: dict[tuple[int, str], ObjectView] = {}
        self.buffers: dict[str, Buffer] = {}
        asyncio.run(self._read())

    async def _read(self) -> None:
        association = Association(client_sap=17, security="low", password=b"Gurux", opening="hdlc")
        port = PortServer(self.meter)
        session = MeterSession(
            lambda: InProcessLink(port, clock=ManualClock(START)),
            association,
            clock=ManualClock(START),
            random_bytes=secrets.token_bytes,
        )
        await session.open()
        try:
            for entry in await session.association_view():
                await self._object(session, entry)
        finally:
            await session.close()
            await port.close()

    async def _object(self, session: MeterSession, entry: ViewEntry) -> None:
        self.views[entry.class_id, str(entry.obis)] = await session.read_object_view(entry)
        if entry.class_id == 7:
            self.buffers[str(entry.obis)] = await session.read_buffer(entry.obis)

    def text(self, class_id: int, obis: str, number: int) -> str:
        """An attribute in words."""
        (found,) = [one for one in self.views[class_id, obis].attributes if one.number == number]
        assert not found.error
        return found.text

    def value(self, class_id: int, obis: str, number: int) -> Any:
        """An attribute as the meter stated it."""
        (found,) = [one for one in self.views[class_id, obis].attributes if one.number == number]
        assert found.data is not None
        return found.data.plain()


@cache
def read(name: str) -> Read:
    return Read(name)


@pytest.mark.parametrize("name", METERS)
def test_every_object_is_named_typed_and_readable(name: str) -> None:
    for (class_id, obis), view in read(name).views.items():
        assert object_name(class_id, view.entry.obis), (class_id, obis)
        for one in view.attributes:
            assert not one.name.startswith("attribute "), (class_id, obis, one.number)
            assert one.data is not None or one.error in ("read it as a profile", "a secret: not read"), (obis, one)
            assert "unexpected type" not in one.text, (class_id, obis, one)
            assert "unknown" not in one.text, (class_id, obis, one)


@pytest.mark.parametrize("name", METERS)
def test_every_profile_has_rows_of_its_columns(name: str) -> None:
    shown = read(name)
    for obis, buffer in shown.buffers.items():
        assert buffer.columns[0] == "8/0-0:1.0.0/2", obis
        assert len(buffer.rows) == shown.value(7, obis, 7), obis
        assert len(buffer.rows) <= shown.value(7, obis, 8), obis
        for column in buffer.columns:
            class_id, of, number = column.split("/")
            known = (int(class_id), of) in shown.views or of.startswith("0-0:96.11.")
            assert known, f"{obis} captures {column}, which the meter does not show"
            assert number == "2" or not of.startswith("1-")


def test_every_item_is_shown_by_an_object() -> None:
    shown = {
        attribute.item
        for name in METERS
        for entry in build_objects(read(name).meter).values()
        for attribute in entry.attributes.values()
    }
    assert shown | set(OBJECTS) == set(Item)


def register(obis: str) -> tuple[int, str, int]:
    return 3, obis, 2


def kilo(number: int, unit: str) -> str:
    return f"{Decimal(number).scaleb(-3)} {unit}"


def volts(tenths: int) -> str:
    return f"{Decimal(tenths).scaleb(-1)} V"


MEASURED: dict[tuple[int, str, int], Says] = {
    register("1-0:3.8.0"): lambda meter: kilo(meter.measurement.reactive_import_varh, "kvarh"),
    register("1-0:4.8.0"): lambda meter: kilo(meter.measurement.reactive_export_varh, "kvarh"),
    (4, "1-0:1.6.0", 2): lambda meter: f"{meter.maximum_demand.registers[Demand.IMPORT].power_w} W",
    (4, "1-0:1.6.0", 5): lambda meter: at(meter.maximum_demand.registers[Demand.IMPORT].time_s),
    (4, "1-0:1.6.1", 2): lambda meter: f"{meter.maximum_demand.registers[Demand.IMPORT_IN_WINDOW].power_w} W",
    (4, "1-0:2.6.0", 2): lambda meter: f"{meter.maximum_demand.registers[Demand.EXPORT].power_w} W",
    (71, "0-0:17.0.1", 4): lambda meter: volts(meter.voltage.settings.extreme_over_v * 10),
    (71, "0-0:17.0.2", 4): lambda meter: volts(meter.voltage.settings.extreme_under_v * 10),
    (71, "0-0:17.0.3", 4): lambda meter: volts(meter.voltage.settings.sag_v * 10),
    (71, "0-0:17.0.4", 6): lambda meter: f"{meter.voltage.settings.swell_s} s",
    register("1-0:32.32.0.4"): lambda meter: str(meter.voltage.phases[0].counts["average_under"]),
    (1, "1-0:32.35.0.4", 2): lambda meter: str(meter.voltage.settings.average_over_v * 10),
    (7, "1-0:32.24.0", 4): lambda meter: f"{meter.voltage.settings.average_period_s} s",
    (71, "0-0:17.0.0", 4): lambda meter: f"{meter.load_limit.settings.threshold_w} W",
    (71, "0-0:17.0.0", 6): lambda meter: f"{meter.load_limit.settings.period_s} s",
    (71, "0-0:17.0.0", 7): lambda meter: f"{meter.load_limit.settings.restoration_s} s",
    register("0-0:94.44.42"): lambda meter: str(meter.load_limit.count),
    (9000, "0-0:94.44.0.3", 2): lambda meter: str(meter.load_limit.settings.disables),
    (1, "0-0:94.44.0.4", 2): lambda meter: str(meter.tampers.locks),
}


def at(time_s: int) -> str:
    """A time as it is shown."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d %H:%M:%S} UTC" if time_s else "never"


@pytest.mark.parametrize("name", METERS)
@pytest.mark.parametrize("where", MEASURED, ids=lambda where: "/".join(map(str, where)))
def test_what_is_measured_is_what_the_model_holds(name: str, where: tuple[int, str, int]) -> None:
    shown = read(name)
    assert shown.text(*where) == MEASURED[where](shown.meter)


def test_the_phases_of_a_polyphase_meter() -> None:
    shown = read("polyphase-farm")
    channels = shown.meter.measurement.channels
    for group, channel in zip((21, 41, 61), channels, strict=True):
        assert shown.value(3, f"1-0:{group}.8.0", 2) == channel.import_mws // 3_600_000
    for phase, group in enumerate((32, 52, 72)):
        assert shown.value(3, f"1-0:{group}.7.0", 2) == shown.meter.voltage_dv(phase)
        assert len(shown.buffers[f"1-0:{group}.24.0"].rows) == len(shown.meter.voltage.phases[phase].profile)


@pytest.mark.parametrize("name", METERS)
def test_profiles_beside_the_import(name: str) -> None:
    shown = read(name)
    entries = shown.meter.short_profile.entries()
    exports = [tuple(cell.plain() for cell in row[1:]) for row in shown.buffers["0-0:99.1.1"].rows]
    assert exports == [(one.export_wh, one.reactive_export_varh) for one in entries]
    assert [row[1].plain() for row in shown.buffers["0-0:99.1.2"].rows] == [one.reactive_import_varh for one in entries]
    heights = [row[1].plain() for row in shown.buffers["1-0:32.24.0"].rows]
    assert heights == [dv for _time, dv in shown.meter.voltage.phases[0].profile.rows()]
    assert len(entries) > 100
