"""The emulated desk's packs for a whole home: made from a job through DUIS, delivered by radio, carried out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.emulation import desk_relay
from hht.emulation.broker import AccessControlBroker
from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.identifiers import DeviceId, InstallCode
from hht.model.gas_meter import GasMeter
from hht.packs.acceptance import read_signed
from hht.packs.errors import PackError, SealError
from hht.packs.pack import OnFailure, Pack
from hht.packs.second_proof import Released, code_of, code_time
from hht.packs.training_desk import training_desk, training_people
from hht.protocol.duis.request import Request
from hht.work.job import Job, parse_job
from tests.conftest import ROOT
from tests.packs.at_home import Home, at_home
from tests.packs.making import terminal_key
from tests.protocol.test_duis import xsd
from tests.store.conftest import OpenStore
from tests.support.radio import START

DEVICES: dict[str, dict[str, Any]] = {
    "electricity-meter": {
        "device_id": "00-DB-12-34-56-78-95-A0",
        "mpan": "2000000000015",
        "randomised_offset_limit_s": 600,
    },
    "gas-meter": {"device_id": "00-DB-12-34-56-78-90-A1", "mprn": "1234567810"},
    "communications-hub": {"device_id": "00-DB-12-34-56-78-90-A2", "gpf_id": "00-DB-12-34-56-78-90-A3"},
    "prepayment-interface": {"device_id": "00-DB-12-34-56-78-90-A4"},
    "in-home-display": {"device_id": "00-DB-12-34-56-78-90-A7"},
}
CODE = InstallCode("1122334455667788112233445566778A")
CODES = {DeviceId.parse(told["device_id"]): CODE for told in DEVICES.values()}


def job(*types: str) -> Job:
    """A job with devices of that home; all of them where none is named."""
    plain = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
    plain["devices"] = [{"type": name, **DEVICES[name]} for name in types or DEVICES]
    return parse_job(json.dumps(plain), "job.json")


def made(parts: tuple[PackPart, ...], *types: str, now: datetime = START, **more: Any) -> tuple[bytes, Pack]:
    octets = prepare(job(*types), now, 1000, parts, codes=CODES, **more)
    return octets, read_signed(octets, [training_desk()], "a.pack").pack


def test_every_part_has_its_commands_in_an_order_that_can_be_kept() -> None:
    _octets, pack = made(tuple(PackPart))
    joins = {one.name: one for one in pack.entries if one.name.startswith("join-")}
    assert {"join-gsme-gpf", "join-esme-ppmid", "join-esme-ihd"} <= joins.keys()
    assert {one.use_case.name[:4] for one in joins.values() if one.use_case is not None} == {"CS03"}
    rest = [one for one in pack.entries if one.name not in joins]
    assert [f"{one.name} {one.use_case.name}" for one in rest if one.use_case is not None] == [
        "whitelist-esme CCS01",
        "whitelist-gsme CCS01",
        "whitelist-ppmid CCS01",
        "whitelist-ihd CCS01",
        "set-mpan ECS39a",
        "read-mpan ECS40",
        "set-limit ECS38",
        "set-mode-esme ECS02",
        "read-supply-esme ECS45",
        "arm-supply-esme ECS44",
        "enable-supply-esme ECS42",
        "disable-supply-esme ECS43",
        "read-log-chf CCS06",
        "set-mprn GCS41",
        "read-mprn GCS46",
        "set-mode-gsme GCS02",
        "set-conversion GCS23",
        "read-supply-gsme GCS33",
        "arm-supply-gsme GCS39",
        "disable-supply-gsme GCS32",
        "set-clock-gsme GCS28",
        "set-clock-esme ECS70",
    ]
    assert joins["join-esme-ppmid"].depends_on == ("whitelist-esme", "whitelist-ppmid")
    assert pack.entry("read-mpan").depends_on == ("set-mpan",)
    assert {one.on_failure for one in rest if one.device == DeviceId("00DB1234567890A1")} == {OnFailure.CONTINUE}
    assert pack.entry("set-mpan").on_failure is OnFailure.STOP_DEVICE


def test_a_whole_home_is_served_and_each_device_does_it(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        parts = (PackPart.IDENTITY, PackPart.CONVERSION, PackPart.SUPPLY, PackPart.LOG, PackPart.CLOCK, PackPart.JOINS)
        octets, pack = made(parts, now=clock.now())
        key = home.packs.take(octets, "a.pack").key
        began, hour = asyncio.get_running_loop().time(), 3600
        states = dict(zip([one.name for one in pack.entries], await home.deliver(key), strict=True))
        assert asyncio.get_running_loop().time() - began < hour  # the gas meter has woken once for all that is for it
        assert set(states.values()) == {"done"}, states
        assert home.meters[0].import_mpan == "2000000000015"
        assert home.bench.premises.of(GasMeter)[0].mprn == "1234567810"
        assert home.meters[0].randomised_offset.limit_s == 600
        assert max(home.times.values()) == 1

    clock = ManualClock(START)
    at_home(open_store(), clock, story)


def test_every_request_of_it_is_valid_by_the_published_schema(
    vectors_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (vectors_folder / "duis").exists():
        pytest.skip("no outside vectors: duis is not there")
    schema, seen, asked = xsd(vectors_folder / "duis"), set[str](), desk_relay._asked

    def checked(broker: AccessControlBroker, request: Request) -> bytes:
        kind = f"{request.service} {int(request.variant)}"
        if kind not in seen:
            schema.validate(request.to_xml().decode())
        seen.add(kind)
        return asked(broker, request)

    monkeypatch.setattr(desk_relay, "_asked", checked)
    prepare(replace(job(), payment_mode="prepayment"), START, 1000, tuple(PackPart), codes=CODES)
    assert {"1.6 4", "1.6 6", "8.11 2", "6.20.1 2", "8.1.1 6"} <= seen


@pytest.mark.parametrize("mode", ["prepayment", "credit"])
def test_both_meters_take_the_payment_mode_of_the_job(open_store: OpenStore, clock: ManualClock, mode: str) -> None:
    async def story(home: Home) -> None:
        asked = replace(job("electricity-meter", "gas-meter"), payment_mode=mode)
        key = home.packs.take(prepare(asked, clock.now(), 1000, (PackPart.MODE,)), "a.pack").key
        gas = home.bench.premises.of(GasMeter)[0]
        assert await home.deliver(key) == ["done", "done"]
        assert [meter.prepayment.mode.value for meter in (*home.meters, gas)] == [mode] * 2

    at_home(open_store(), clock, story)


@pytest.mark.parametrize("full", [False, True])
def test_each_operation_of_a_command_says_what_became_of_it(
    open_store: OpenStore, clock: ManualClock, full: bool
) -> None:
    async def story(home: Home) -> None:
        octets, _pack = made((PackPart.WHITELIST,), "electricity-meter", "communications-hub", now=clock.now())
        key = home.packs.take(octets, "a.pack").key
        if full:  # one place is left, and the terminal itself takes it
            log = home.bench.hub.device_log
            del log.entries[DEVICES["electricity-meter"]["device_id"]]
            log.capacity = len(log.entries) + 1
        assert await home.deliver(key) == ["failed" if full else "done"]
        assert [one.done for one in home.packs.show(key).entries[0].operations] == [not full] * 3

    at_home(open_store(), clock, story)


def test_install_codes_are_for_one_terminal(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        mine = home.packs.terminal_key()
        assert home.packs.terminal_key().pem == mine.pem
        gas = DeviceId.parse(DEVICES["gas-meter"]["device_id"])
        octets, pack = made((PackPart.IDENTITY,), now=clock.now(), terminal=mine.public)
        assert CODE.reveal() not in octets.decode() + repr(pack)
        key = home.packs.take(octets, "a.pack").key
        assert home.packs.show(key).devices[1].sealed_code
        assert home.packs.is_code(key, gas, CODE)
        assert not home.packs.is_code(key, gas, InstallCode("00" * 15 + "01"))
        other = made((PackPart.IDENTITY,), now=clock.now(), terminal=terminal_key(7).public_key(), edition=2)[0]
        with pytest.raises(SealError):
            home.packs.is_code(home.packs.take(other, "b.pack").key, gas, CODE)
        without = made((PackPart.IDENTITY,), now=clock.now(), edition=3)[0]
        with pytest.raises(PackError) as none:
            home.packs.is_code(home.packs.take(without, "c.pack").key, gas, CODE)
        assert none.value.code == "pack-no-code"

    at_home(open_store(), clock, story)


@pytest.mark.parametrize(
    ("parts", "types", "codes", "code"),
    [
        ((PackPart.CONVERSION,), ("electricity-meter",), CODES, "pack-nothing-to-do"),
        ((PackPart.WHITELIST,), ("electricity-meter", "communications-hub"), {}, "pack-no-install-code"),
    ],
)
def test_what_cannot_be_prepared_is_said(
    parts: tuple[PackPart, ...], types: tuple[str, ...], codes: dict[DeviceId, InstallCode], code: str
) -> None:
    with pytest.raises(PackError) as refused:
        prepare(job(*types), START, 1000, parts, codes=codes)
    assert refused.value.code == code
    with pytest.raises(PackError) as live:
        prepare(replace(job(), training=False), datetime(2026, 3, 2, tzinfo=UTC), 1000)
    assert live.value.code == "pack-training"


def test_a_code_that_came_too_late_brings_nothing_when_the_clock_is_set_back(
    open_store: OpenStore, clock: ManualClock
) -> None:
    async def story(home: Home) -> None:
        made = prepare(job("electricity-meter"), clock.now(), 1000, (PackPart.ENABLE,), release=True)
        facts = home.packs.take(made, "a.pack")
        pack, (one,) = read_signed(made, [training_desk()], "a.pack").pack, facts.entries

        def released() -> None:
            what = Released.of(pack, pack.entry(one.name), home.packs.challenge(facts.key, one.name))
            public = home.packs.terminal_key().private.public_key()
            codes = tuple(code_of(person, public, what) for person in training_people())
            home.packs.release(facts.key, one.name, codes)

        released()
        clock.advance(code_time().total_seconds() + 1)
        for back in (timedelta(), timedelta(minutes=10)):
            clock._now -= back
            with pytest.raises(PackError) as late:
                await home.deliver(facts.key)
            assert (late.value.code, home.heard) == ("pack-needs-code", [])
        released()
        assert await home.deliver(facts.key) == ["done"]

    at_home(open_store(), clock, story)
