"""Conformance of hub, gas meter and the rest of a HAN: emulated devices pass, and each check fails one that deviates.

The deviations are the devices' own: what they hold is changed, or what they say is, before it is sealed and signed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.emulation.gbcs import ends
from hht.emulation.gbcs.hub import _rows as rows_answer
from hht.emulation.gbcs.translation import (
    OCTET_STRING,
    Asked,
    Attributes,
    asn1_answer,
    attribute,
    by_access,
    read_items,
    reading,
    text_attribute,
)
from hht.identifiers import DeviceId
from hht.link import LinkLost
from hht.model.communications_hub.commands import ReadDeviceLog
from hht.model.device import Device
from hht.model.features.firmware import ReadFirmwareVersion, ReadGasFirmwareVersion
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.mprn import ReadMprn
from hht.model.gas_meter.valve import ReadValve
from hht.model.premises import load_premises
from hht.protocol.cosem.values import octets
from hht.protocol.gbcs import der
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.zigbee.time import HubTime
from hht.resources import resource_text
from hht.store.store import Store
from hht.work.conformance import electricity
from hht.work.conformance.course import found_at
from hht.work.conformance.hub import CHECKS
from hht.work.conformance.hub_subject import HubAt, HubSubject
from hht.work.conformance.rows import Finding, Verdict
from hht.work.conformance.titles import titles
from hht.work.conformance.unseen import why_unseen
from tests.support.radio import START
from tests.work.hub_home import HubHome
from tests.work.test_hub_exchange import open_store
from ui.cli.conformance import AT_PORT, BY_RADIO

OWN = DeviceId("00DB123456780001")  # the terminal
PASS, FAIL, NOT_APPLICABLE, NOT_SHOWN = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.NOT_SHOWN


class Home(HubHome):
    """An emulated home, with the clock that moves it, and the hub's own clock as it tells it."""

    def __init__(self, name: str, store: Store, clock: ManualClock) -> None:
        super().__init__(load_premises(name, clock=clock, days=1), store)
        self.clock = clock
        self.reliable = True
        self.named: dict[DeviceId, GbcsDeviceType] = {}
        self.heard_as: DeviceId | None = None
        if not self.premises.of(GasMeter):  # no proxy tells what the meters are
            known = {"electricity-meter": GbcsDeviceType.ESME, "load-control-switch": GbcsDeviceType.HCALCS}
            named = [one for one in self.premises.of(Device) if one.kind.value in known]
            self.named = {DeviceId.parse(one.identity.device_id): known[one.kind.value] for one in named}
        clock.advance(2000)
        self.premises.site.catch_up()

    @property
    def gpf(self) -> DeviceId:
        return DeviceId.parse(self.hub.gpf.identity.device_id)

    async def time(self) -> HubTime | None:
        return HubTime(self.clock.now(), self.reliable)

    async def findings(self, *, patient: bool = False) -> dict[str, Finding]:
        at = HubAt(self.chf, self.gpf, self.heard_as or self.gpf, OWN)
        named = {self.the("GSME").device: GbcsDeviceType.GSME} if patient else dict(self.named)
        subject = HubSubject(self.hand, at, self.time, named, patient=patient)
        return {one.check: one async for one in found_at(subject, "x:", lambda: 3, CHECKS)}

    async def verdicts(self, *, patient: bool = False) -> dict[str, Verdict]:
        return {name: one.said.verdict for name, one in (await self.findings(patient=patient)).items()}


Make = Callable[[str], Home]
Deviation = Callable[[Home, pytest.MonkeyPatch], None]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    stores: list[Store] = []

    def made(name: str) -> Home:
        clock = ManualClock(START)
        stores.append(open_store(tmp_path / name, clock))
        return Home(name, stores[-1], clock)

    yield made
    for store in stores:
        store.close()


def rows_as(change: Callable[[Any], Any]) -> Deviation:
    """The hub tells its Device Log otherwise than it is."""

    def deviate(home: Home, patch: pytest.MonkeyPatch) -> None:
        def told(asked: Asked, rows: tuple[Any, ...]) -> Any:
            return rows_answer(asked, tuple(map(change, rows)))

        patch.setitem(ends.TABLE, 0x010F, by_access(lambda _asked: ReadDeviceLog(), told))

    return deviate


def unjoined(*kinds: str) -> Deviation:
    return rows_as(lambda row: replace(row, joined=row.joined and row.kind.value not in kinds))


def gas(code: int, command: Callable[[], Any], known: Callable[[Asked], Attributes]) -> Deviation:
    """What answers for gas tells something else."""

    def deviate(home: Home, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(ends.TABLE, code, reading(lambda _asked: command(), lambda asked, _found: known(asked)))

    return deviate


def of_another_home(asked: Asked) -> Attributes:
    """The proxy holds the MPRN of another gas meter than this home's."""
    mprn = b"1234567897" if asked.device.kind.value == "gas-proxy-function" else b"2345678904"
    return {(0x0702, 0x0307): text_attribute(mprn, OCTET_STRING)}


def silent_proxy(home: Home, _patch: pytest.MonkeyPatch) -> None:
    gpf = home.gpf
    home.carrier.meddle = lambda device, _octets, go: None if device == gpf else go()


def heard_elsewhere(home: Home, _patch: pytest.MonkeyPatch) -> None:
    home.heard_as = OWN


def knows_a_stranger(home: Home, _patch: pytest.MonkeyPatch) -> None:
    meter = home.model(home.the("ESME"))
    meter.node.partners["00-DB-12-34-56-78-99-99"] = next(iter(meter.node.partners.values()))


def forgets(meter: str, other: str) -> Deviation:
    def deviate(home: Home, _patch: pytest.MonkeyPatch) -> None:
        partners = home.model(home.the(meter)).node.partners
        del partners[next(one for one, kind in partners.items() if kind.value == other)]

    return deviate


def gas_never_wakes(home: Home, _patch: pytest.MonkeyPatch) -> None:
    home.model(home.the("GSME")).faults.add("never-wakes")
    home.clock.advance(4000)
    home.premises.site.catch_up()


def hub_version(home: Home, patch: pytest.MonkeyPatch) -> None:
    def told(asked: Asked, _found: str) -> Any:
        return read_items(asked, {("0-0:0.2.1.255", 2): octets(bytes(4))})

    patch.setitem(ends.TABLE, 0x0059, by_access(lambda _asked: ReadFirmwareVersion(), told))


def own_version(home: Home, patch: pytest.MonkeyPatch) -> None:
    def told(asked: Asked, _found: str) -> Any:
        return asn1_answer(asked, der.SEQUENCE, {"firmwareVersion": bytes(4), "responseCode": 0})

    patch.setitem(ends.TABLE, 0x0129, replace(ends.TABLE[0x0129], answer=told))


NO_VERSION = {(0x0702, 0x0206): text_attribute(bytes(4), OCTET_STRING)}
NO_NUMBER = {(0x0705, 0x0000): b"\x99\x00"}
DEVIATIONS: list[tuple[str, str, Deviation]] = [
    ("minimum", "dual-fuel", silent_proxy),
    ("network", "dual-fuel", heard_elsewhere),
    ("coordinator", "dual-fuel", knows_a_stranger),
    ("together", "dual-fuel", unjoined("prepayment-interface")),
    ("meters", "solar-generation", unjoined("electricity-meter")),
    ("signal", "dual-fuel", rows_as(lambda row: replace(row, rssi_dbm=(-40, -60, -50)))),
    ("mirror", "dual-fuel", gas_never_wakes),
    ("hub-firmware", "dual-fuel", hub_version),
    ("own-firmware", "dual-fuel", own_version),
    ("ppmid", "dual-fuel", forgets("ESME", "prepayment-interface")),
    ("hcalcs", "storage-heaters", forgets("ESME", "load-control-switch")),
    ("consumers", "dual-fuel", unjoined("in-home-display")),
    ("gas-valve", "dual-fuel", gas(0x0082, ReadValve, lambda _asked: {(0x0702, 0x0014): attribute(0x30, 7, 1)})),
    ("gas-mode", "dual-fuel", gas(0x00BF, ReadValve, lambda _asked: NO_NUMBER)),
    ("gas-firmware", "dual-fuel", gas(0x0084, ReadGasFirmwareVersion, lambda _asked: NO_VERSION)),
    ("gas-mirror", "dual-fuel", gas(0x0089, ReadMprn, of_another_home)),
]


@pytest.mark.parametrize(("name", "premises"), [(name, premises) for name, premises, _how in DEVIATIONS])
async def test_each_check_passes_a_device_and_fails_one_that_deviates_with_its_frames(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str, premises: str
) -> None:
    home = make(premises)
    patient = name in ("gas-mirror", "gas-firmware")
    assert (await home.verdicts(patient=patient))[name] is PASS
    next(how for check, _premises, how in DEVIATIONS if check == name)(home, monkeypatch)
    found = (await home.findings(patient=patient))[name]
    assert found.said.verdict is FAIL, found.said.why
    assert found.said.why
    assert found.frames.first <= found.frames.last


def test_no_check_is_without_a_device_that_fails_it() -> None:
    assert [check.name for check in CHECKS] == [name for name, _premises, _how in DEVIATIONS]


async def test_what_is_not_there_is_not_applicable_and_what_nobody_tells_is_not_shown(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    electric = await make("storage-heaters").verdicts()
    for name in ("mirror", "gas-valve", "gas-mode", "gas-firmware", "gas-mirror", "ppmid", "consumers", "together"):
        assert electric[name] is NOT_APPLICABLE, name
    unnamed = make("load-control")
    unnamed.named = {}
    found = (await unnamed.findings()).values()
    left_open = [one for one in found if one.said.verdict is NOT_SHOWN]
    assert {"hcalcs", "coordinator"} <= {one.check for one in left_open}, "nobody told what its devices are"
    assert all("--device ID=KIND" in one.said.why for one in left_open), "by which option each could be seen"
    home = make("dual-fuel")
    home.reliable = False
    assert (await home.verdicts())["mirror"] is NOT_SHOWN, "a hub without the time tells no age"
    gas(0x0082, ReadValve, lambda _asked: {})(home, monkeypatch)
    assert (await home.verdicts())["gas-valve"] is NOT_APPLICABLE, "a meter may have no valve"


async def test_a_way_that_is_lost_says_nothing_of_the_hub(make: Make) -> None:
    home = make("dual-fuel")

    def lost(_device: DeviceId, _octets: bytes, _go: Callable[[], bytes]) -> bytes:
        raise LinkLost("gone", remedy="")

    home.carrier.meddle = lost
    with pytest.raises(LinkLost):
        await home.findings()


def test_each_row_of_a_meter_hub_or_device_has_a_check_or_one_reason_why_it_is_not_seen() -> None:
    rows = tomllib.loads(resource_text("catalogue", "requirements.toml"))["requirement"]
    table = tomllib.loads(resource_text("catalogue", "conformance_unseen.toml"))["reason"]
    reasons = [row for one in table for row in one["rows"]]
    checked = {row for check in (*electricity.CHECKS, *CHECKS) for row in check.rows}
    wanted = {name for name, row in rows.items() if (AT_PORT | BY_RADIO) & set(row["device"])}
    assert sorted(reasons) == sorted(wanted - checked)
    assert all(why_unseen(row) for row in wanted)
    assert checked <= set(rows)
    names = [check.name for check in (*electricity.CHECKS, *CHECKS)]
    assert len(set(names)) == len(names) == len(titles())
