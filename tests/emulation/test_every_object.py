"""Every object of emulated meters, read by our client: typed, named, in words, and saying what the model holds."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
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
from hht.emulation.cosem_objects import MeterObjects
from hht.emulation.object_names import OBJECTS
from hht.emulation.object_parts import amount, money
from hht.emulation.object_table import build_objects
from hht.emulation.port_server import PortServer
from hht.emulation.prepayment_objects import _balances
from hht.emulation.tariff_objects import unit_charge
from hht.model.alert_routes import LogName
from hht.model.electricity_meter import ElectricityMeter, Item, LocalPort
from hht.model.electricity_meter.clients import PRIVATE
from hht.model.electricity_meter.maximum_demand import Demand
from hht.model.premises import load_premises
from hht.model.premises_plan import parse_premises
from hht.model.prepayment.records import Registers
from hht.model.prepayment.settings import PaymentMode
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.objects import ClientIdentity
from tests.emulation.conftest import START
from tests.standalone import standalone_meter

METERS = ("current-transformers", "single-element", "storage-heaters", "polyphase-farm", "prepayment-flat", "twin")
TWIN = """
title = "Two elements"
[[device]]
id = "esme-1"
kind = "electricity-meter"
device_id = "00-DB-12-34-56-78-90-A0"
maker = "HHT"
manufacturer = "HHT Training"
model = "TRAINER-2E"
firmware = "0002012F"
variant = "B"
local_access = "installer"
"""
PUBLIC = ClientIdentity(16, "public", Mechanism.NONE)
Says = Callable[[ElectricityMeter], Any]


def meter_of(name: str) -> ElectricityMeter:
    if name == "twin":
        plan = parse_premises(TWIN, name="twin", file="twin.toml")
        return standalone_meter(plan.electricity_meters[0], ManualClock(START), days=3)
    return load_premises(name, clock=ManualClock(START), days=3).device()


@pytest.mark.parametrize("name", ["single-element", "polyphase-farm", "twin"])
def test_every_object_is_read_when_the_registers_have_gone_round(name: str) -> None:
    meter = meter_of(name)
    meter.measurement.put_register((1 << 32) + 5)
    for channel in meter.measurement.channels:
        channel.export_mws = ((1 << 32) + 5) * 3_600_000
    meter.billing.take("test")
    model = MeterObjects(LocalPort(meter))
    role = ClientIdentity(1, "installer", Mechanism.GMAC)
    read: list[bytes] = []
    for entry in build_objects(meter).values():
        for number in entry.attributes:
            with suppress(AccessDenied):
                read.append(encode(model.get(role, CosemAttribute(entry.class_id, entry.obis, number), None)))
    assert encode(cosem.double_long_unsigned(5)) in read


def test_money_that_no_object_can_hold_stands_at_its_end() -> None:
    for told, held in ((-(1 << 31) - 1, -(1 << 31)), (1 << 31, (1 << 31) - 1), (-5, -5)):
        assert amount(told) == cosem.double_long(held)
        assert money(int)(told) == cosem.double_long(held)
    debts = Registers(PaymentMode.CREDIT, -(1 << 40), 1 << 40, 0, 1, (2, 3), 4)
    assert [one.value for one in _balances(debts).value] == [-(1 << 31), (1 << 31) - 1, 1, 2, 3, 4]


class Read:
    """A meter, and everything that a client with a password reads of it."""

    def __init__(self, name: str) -> None:
        self.meter = meter_of(name)
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


def pounds(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-5)} GBP"


def currency(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-5)} pounds"


PREPAID: dict[tuple[int, str, int], Says] = {
    (112, "0-0:19.10.0", 2): lambda meter: pounds(meter.prepayment.registers.meter_balance),
    (112, "0-0:19.10.1", 2): lambda meter: pounds(meter.prepayment.registers.emergency_credit),
    (112, "0-0:19.10.1", 9): lambda meter: pounds(meter.prepayment.settings.emergency_credit_limit),
    (112, "0-0:19.10.1", 10): lambda meter: pounds(meter.prepayment.settings.emergency_credit_threshold),
    (112, "0-0:19.10.2", 2): lambda meter: pounds(meter.prepayment.registers.accumulated_debt),
    (113, "0-0:19.20.1", 12): lambda meter: pounds(meter.prepayment.registers.time_debts[0]),
    (113, "0-0:19.20.2", 12): lambda meter: pounds(meter.prepayment.registers.time_debts[1]),
    (113, "0-0:19.20.3", 12): lambda meter: pounds(meter.prepayment.registers.payment_debt),
    (113, "0-0:19.20.3", 13): lambda meter: str(meter.prepayment.accounts.per_payment),
    (111, "0-0:19.0.0", 16): lambda meter: pounds(meter.prepayment.settings.low_credit_threshold),
    (111, "0-0:19.0.0", 18): lambda meter: str(meter.prepayment.settings.debt_recovery_rate_cap // 1000),
    (21, "0-0:16.0.1", 2): lambda meter: f"[{pounds(meter.prepayment.monitor.terms.disablement_threshold)}]",
    (9000, "0-0:94.44.2.10", 2): lambda meter: currency(meter.prepayment.settings.max_credit),
    (9000, "0-0:94.44.2.20", 2): lambda meter: currency(meter.prepayment.settings.max_meter_balance),
    (3, "0-0:96.128.1", 2): lambda meter: currency(meter.tariff.cost),
    (3, "0-0:96.128.2", 2): lambda meter: currency(meter.tariff.cost_today),
    (20, "0-0:13.0.0", 2): lambda meter: meter.tariff.plan.name,
    (3, "1-0:1.29.0", 2): lambda meter: kilo(meter.stores.stores().today, "kWh"),
    (1, "0-2:96.13.1", 2): lambda meter: f"“{meter.notices.message}”",
}


@pytest.mark.parametrize("name", METERS)
@pytest.mark.parametrize("where", PREPAID, ids=lambda where: "/".join(map(str, where)))
def test_money_is_what_the_model_holds(name: str, where: tuple[int, str, int]) -> None:
    shown = read(name)
    assert shown.text(*where) == PREPAID[where](shown.meter)


def test_payment_modes_in_words() -> None:
    assert read("prepayment-flat").text(111, "0-0:19.0.0", 2) == "prepayment mode, active (2, 2)"
    assert read("single-element").text(111, "0-0:19.0.0", 2) == "credit mode, active (1, 2)"


@pytest.mark.parametrize("name", METERS)
def test_tariff_registers_prices_and_blocks(name: str) -> None:
    shown = read(name)
    tariff = shown.meter.tariff
    held = tariff.tou_wh
    primary, *second = shown.value(1, "0-0:94.44.34.1", 2)
    assert list(primary) == [held.get(number, 0) for number in range(1, len(primary) + 1)]
    assert len(primary) == max(len(tariff.plan.prices), *held)
    assert len(second) == (tariff.beside is not None)
    _scales, _of, rows = shown.value(113, "0-0:19.20.0", 5)
    blocks = len(tariff.plan.thresholds_wh) + 1
    assert [price for _index, price in rows] == [
        tariff.plan.price(number, block) for block in range(blocks) for number in range(1, len(tariff.plan.prices) + 1)
    ]
    assert shown.value(3, "0-0:94.44.1.7", 2) == tariff.plan.price(tariff.register, tariff.block)
    (_per, scale), _nothing, ((_index, charge),) = shown.value(113, "0-0:19.20.4", 5)
    assert charge * 10 ** (scale + 5) == tariff.plan.standing_charge
    kwh = [f"{kilo(wh, 'kWh')}" for wh in tariff.plan.thresholds_wh]
    assert shown.text(21, "0-0:16.0.11", 2) == f"[{', '.join(kwh)}]"


def test_a_tariff_of_several_registers_says_which_is_in_force() -> None:
    shown = read("polyphase-farm")
    tariff = shown.meter.tariff
    assert len(tariff.plan.prices) > 1
    for number in range(1, len(tariff.plan.prices) + 1):
        assert shown.text(3, f"1-0:1.8.{number}", 2) == kilo(tariff.tou_wh.get(number, 0), "kWh")
    assert shown.text(6, "0-0:14.0.0", 4) == f"T{tariff.register}"
    days = shown.text(20, "0-0:13.0.0", 5)
    assert tariff.plan.calendar is not None
    for profile in tariff.plan.calendar.days.values():
        for time_s, register_number in profile.entries:
            assert f"{time_s // 3600:02}:{time_s // 60 % 60:02} → {register_number}" in days
    assert shown.text(20, "0-0:13.0.0", 3).startswith("S1 from 01-01 each year: week W1")
    assert shown.text(20, "0-0:13.0.0", 10) == "never"


def test_a_second_element_has_a_tariff_of_its_own() -> None:
    shown = read("twin")
    second = shown.meter.second_element
    assert second is not None
    assert shown.value(3, "0-0:94.44.1.8", 2) == second.tariff.plan.prices[0][0]
    assert shown.text(20, "0-0:13.0.1", 2) == second.tariff.plan.name
    assert shown.value(3, "1-20:1.8.0", 2) == shown.meter.measurement.channels[1].import_mws // 3_600_000
    assert shown.value(1, "0-0:94.44.34.1", 2)[1] == (second.tariff.tou_wh.get(1, 0),)


@pytest.mark.parametrize("name", METERS)
def test_what_is_kept_of_days_and_bills(name: str) -> None:
    shown = read(name)
    meter = shown.meter

    def first_of(obis: str) -> list[Any]:
        return [row[1].plain() for row in shown.buffers[obis].rows]

    assert first_of("0-0:99.1.3") == [wh for _day, wh in meter.stores.daily_consumption()]
    assert first_of("0-0:98.1.9") == [wh for _day, wh in meter.stores.midnights()[-31:]]
    snapshots = [one.import_wh for one in meter.billing.snapshots]
    assert sorted(first_of("0-0:98.1.0") + first_of("0-0:98.1.2")) == sorted(snapshots)
    assert len(first_of("0-0:98.1.8")) == len(meter.prepayment.daily) > 1
    assert first_of("0-0:98.1.5") == [up.went_to.total for up in meter.prepayment.top_ups.accepted]
    assert shown.text(22, "0-0:15.0.0", 4).startswith("[")


def test_switches_and_their_calendar() -> None:
    shown = read("storage-heaters")
    switches = shown.meter.load_control.switches
    assert len(switches) == 3
    entries = shown.text(10, "0-0:12.0.2", 2)
    for number, switch in switches.items():
        assert shown.value(70, f"0-{number}:96.3.10", 2) is switch.closed
        words = "connected (1)" if switch.closed else "disconnected (0)"
        assert shown.text(70, f"0-{number}:96.3.10", 3) == words
        assert shown.text(1, f"0-0:94.44.0.{10 + number}", 2) == f"“{switch.plan.label}”"
        assert shown.value(1, f"0-0:94.44.6.{number}", 2) is switch.plan.boost
        if switch.plan.calendar is not None:
            assert f"→ {number << 8 | 1}" in entries
    log = [row[1].plain() for row in shown.buffers["0-17:99.98.2"].rows]
    assert log == [record.code for record in shown.meter.logs[LogName.ALCS_EVENT]]
    assert len(log) > 5


def test_a_meter_without_switches_shows_none() -> None:
    assert not [key for key in read("single-element").views if key[0] == 70 and key[1] != "0-0:96.3.10"]


def test_the_public_client_sees_no_money_and_no_mail() -> None:
    meter = meter_of("prepayment-flat")
    model = MeterObjects(LocalPort(meter))
    private = [entry for entry in build_objects(meter).values() if entry.attributes[1].item in PRIVATE]
    assert len(private) > 15
    listed = {(one.class_id, one.obis) for one in model.association_view(PUBLIC)}
    assert not listed & {(entry.class_id, entry.obis) for entry in private}
    for entry in private:
        with pytest.raises(AccessDenied):
            model.get(PUBLIC, CosemAttribute(entry.class_id, entry.obis, 2), None)


def test_the_customer_identification_number_is_never_shown() -> None:
    assert "0-3:96.13.1" not in {str(obis) for _class, obis in build_objects(meter_of("twin"))}


def test_a_price_that_does_not_fit_is_stated_more_coarsely() -> None:
    scales, _of, rows = unit_charge({1: 1_234_560, 2: -5}).plain()  # type: ignore[misc]
    assert scales == (0, -3)
    assert [price for _index, price in rows] == [12_346, 0]
