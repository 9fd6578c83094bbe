"""Training changes devices of training alone, and live work none of them: every way to write, over the wire.

What is at the far end is an emulated meter or hub each time; those with another Device ID are as real ones to whoever
asks them. What they took and what went over the line is looked at, not what the terminal says of it.
"""

from __future__ import annotations

import ast
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from drivers.in_process import InProcessLink
from hht.client import catalogue
from hht.client.association import Association
from hht.client.far_end import ANYBODY, FarEnd, OtherTrust, Work, ask_first
from hht.client.meter_session import MeterSession
from hht.client.plain_text_session import PlainTextSession
from hht.client.radio.tunnel import HanTunnel
from hht.emulation.port_server import PortServer, offering
from hht.identifiers import DeviceId
from hht.identifiers.training_range import TRAINING_RANGE, is_of_training
from hht.link import TraceEvent, TraceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises
from hht.protocol.cosem.data import long_unsigned
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import AssociationRejected
from hht.protocol.cosem.obis import Obis
from hht.protocol.iec62056_21 import ProtocolMode, without_parity
from hht.protocol.iec62056_21.messages import command
from hht.protocol.iec62056_21.programming import Password
from tests.support.counted_read import CLOCK, KEYS
from tests.support.radio import CODE, ESME, Bench, Story, joined, play
from tests.support.real_ids import REAL_ID, ROOT, as_real, real_premises

TRAINING, LIVE = FarEnd(Work.TRAINING, "optical:here"), FarEnd(Work.LIVE, "optical:here")
LIMIT_NAME = catalogue.RANDOMISED_OFFSET_LIMIT
LIMIT = CosemAttribute(1, Obis.parse(LIMIT_NAME), 2)
PUBLIC = Association(opening="hdlc")
GMAC = Association(client_sap=1, security="gmac", opening="hdlc", keys=KEYS)
PASSWORD = Association(client_sap=17, security="low", password=b"Gurux", opening="hdlc")
OWN = Association(client_sap=17, security="low", password=b"not-for-you", secret=True, opening="hdlc")


@dataclass
class Place:
    """A meter at a port, and the octets that went to it."""

    meter: ElectricityMeter
    sent: bytearray = field(default_factory=bytearray)
    openings: int = 0

    def link(self) -> InProcessLink:
        self.openings += 1
        return InProcessLink(PortServer(self.meter), clock=CLOCK, sink=self._hear)

    def _hear(self, event: TraceEvent) -> None:
        if event.kind is TraceKind.TX:
            self.sent += event.data

    def session(self, association: Association, far_end: FarEnd) -> MeterSession:
        return MeterSession(
            self.link, association, clock=CLOCK, random_bytes=secrets.token_bytes, far_end=far_end
        )  # fmt: skip

    @property
    def wrote(self) -> int:
        return len(self.meter.writes.entries)


@pytest.fixture
def training() -> Place:
    return Place(load_premises("single-element", clock=CLOCK, days=1).device())


@pytest.fixture
def real(tmp_path: Path) -> Place:
    return Place(load_premises(real_premises(tmp_path), clock=CLOCK, days=1).device())


def intent() -> None:
    raise AssertionError("an intent was noted of what may not be")


async def write_limit(session: MeterSession) -> None:
    await session.set_randomised_offset_limit(600, before_write=intent)


async def write_at_the_bottom(session: MeterSession) -> None:
    """Whatever is built on it later, this is what it goes through."""
    assert session._session is not None
    await session._session.set(LIMIT, long_unsigned(600))


async def act_at_the_bottom(session: MeterSession) -> None:
    """A method: clear the Event Log, which the client with keys may do."""
    await session._meter.invoke(7, "0-0:99.98.0", 1, long_unsigned(0))


@pytest.mark.parametrize("write", [write_limit, write_at_the_bottom, act_at_the_bottom])
async def test_with_public_access_a_real_meter_is_read_in_training_and_not_changed(
    real: Place, write: Callable[[MeterSession], object]
) -> None:
    session = real.session(PUBLIC, TRAINING)
    await session.open()
    assert await session.read_device_id() == REAL_ID
    with pytest.raises(OtherTrust) as caught:
        await write(session)  # type: ignore[misc]
    assert (caught.value.code, caught.value.details["device"]) == ("training-real-device", REAL_ID)
    assert REAL_ID in caught.value.message
    assert (await session.read_randomised_offset()).limit_s == 0, "it can still be read"
    await session.close()
    assert real.wrote == 0


@pytest.mark.parametrize("association", [GMAC, PASSWORD])
async def test_the_published_keys_open_no_real_meter_in_training(real: Place, association: Association) -> None:
    session = real.session(association, TRAINING)
    with pytest.raises(OtherTrust):
        await session.open()
    assert not session.is_open
    assert real.wrote == 0


async def test_a_password_of_ones_own_is_not_told_to_a_real_meter_in_training(real: Place) -> None:
    with pytest.raises(OtherTrust):
        await real.session(OWN, TRAINING).open()
    assert real.openings == 1, "the public client asked, and nobody else came"
    assert OWN.password not in real.sent
    with pytest.raises(AssociationRejected):
        await real.session(OWN, LIVE).open()
    assert OWN.password in real.sent, "it would have been seen"


async def test_keys_of_ones_own_go_to_a_meter_of_training(training: Place) -> None:
    session = training.session(replace(GMAC, secret=True), TRAINING)
    await session.open()
    assert training.openings == 2
    await session.set_randomised_offset_limit(600)
    await session.close()
    assert training.wrote == 1


async def test_a_meter_that_does_not_let_the_public_client_in_is_none_of_training() -> None:
    class Silent:
        closed = False

        async def read_device_id(self) -> str:
            raise AssertionError("it is not open")

        async def close(self) -> None:
            self.closed = True

    async def refused() -> None:
        raise AssociationRejected("no", remedy="-")

    silent = Silent()
    with pytest.raises(OtherTrust) as caught:
        await ask_first(TRAINING, refused(), silent)
    assert (caught.value.code, silent.closed) == ("training-unknown-device", True)


async def test_each_conversation_asks_anew_for_another_meter_may_be_there(training: Place, real: Place) -> None:
    places = [training, real, training]
    session = MeterSession(
        lambda: places.pop(0).link(), GMAC, clock=CLOCK, random_bytes=secrets.token_bytes, far_end=TRAINING
    )
    await session.open()
    await session.set_randomised_offset_limit(600)
    with pytest.raises(OtherTrust):
        await session.open()
    await session.open()
    await session.set_randomised_offset_limit(700)
    await session.close()
    assert (training.wrote, real.wrote) == (2, 0)


async def test_the_meter_is_asked_once_in_a_conversation(training: Place) -> None:
    session = training.session(GMAC, TRAINING)
    await session.open()
    before = session.counters.round_trips
    await write_at_the_bottom(session)
    assert session.counters.round_trips - before == 1
    await session.close()


@pytest.mark.parametrize("write", [write_limit, write_at_the_bottom, act_at_the_bottom])
async def test_live_work_changes_no_meter_of_training(training: Place, write: Callable[[MeterSession], object]) -> None:
    session = training.session(GMAC, LIVE)
    await session.open()
    with pytest.raises(OtherTrust) as caught:
        await write(session)  # type: ignore[misc]
    assert caught.value.code == "live-training-device"
    await session.close()
    assert training.wrote == 0


async def test_live_work_changes_a_real_meter(real: Place) -> None:
    session = real.session(GMAC, LIVE)
    await session.open()
    await session.set_randomised_offset_limit(600)
    await session.close()
    assert real.wrote == 1


# ---------------------------------------------------------------------- plain text


def plain(place: Place, far_end: FarEnd) -> PlainTextSession:
    offering(place.meter, "C", reaction_ms=20)
    return PlainTextSession(place.link, mode=ProtocolMode.C, far_end=far_end)


async def test_in_plain_text_neither_a_password_nor_a_write_goes_to_a_real_meter_in_training(real: Place) -> None:
    session = plain(real, TRAINING)
    await session.open()
    for word in ("Gurux", "not-for-you"):
        with pytest.raises(OtherTrust):
            await session.program(Password(word))
    assert await session.program() == REAL_ID.replace("-", "")
    mode = session.programming
    w1, w5 = partial(mode.write, LIMIT_NAME), partial(mode.write, LIMIT_NAME, name="W5")
    for change in (w1, w5, partial(mode.execute, "0-0:1.0.0")):
        with pytest.raises(OtherTrust):
            await change("600", before_write=intent)
    with pytest.raises(OtherTrust):
        await mode.set_clock(CLOCK.now, before_write=intent)
    with pytest.raises(OtherTrust):
        await mode.again(command("W1", f"{LIMIT_NAME}(600)"))
    assert (await session.readout()).find("1.8.0")
    await session.close()
    said = without_parity(bytes(real.sent))
    assert b"P1" not in said
    assert b"W" not in said
    assert b"E2" not in said
    assert real.wrote == 0


async def test_in_plain_text_each_kind_of_work_has_its_own_meters(training: Place, real: Place) -> None:
    for place, far_end, other in ((training, TRAINING, LIVE), (real, LIVE, TRAINING)):
        session = plain(place, far_end)
        await session.open()
        await session.program(Password("Gurux"))
        await session.programming.write(LIMIT_NAME, "600")
        await session.close()
        refused = plain(place, other)
        await refused.open()
        if other is TRAINING:
            with pytest.raises(OtherTrust):
                await refused.program(Password("Gurux"))
        await refused.program(Password("Gurux") if other is LIVE else None)
        with pytest.raises(OtherTrust):
            await refused.programming.write(LIMIT_NAME, "700", before_write=intent)
        await refused.close()
        assert place.wrote == 1


# ---------------------------------------------------------------------- the home's radio network


def test_the_terminal_comes_onto_no_real_hub_in_training_and_onto_none_of_training_in_live_work(tmp_path: Path) -> None:
    def story(far_end: FarEnd, code: str) -> Story:
        async def told(made: Bench) -> None:
            await made.dongle.open()
            made.dongle.far_end = far_end
            before = len(made.wire.said)
            theirs = made.gpf_id
            ours = DeviceId({"00": "02", "02": "00"}[theirs.value[:2]] + theirs.value[2:])
            for gpf_id, pan in ((theirs, None), (ours, theirs)):  # and as the successor of that hub, on its network
                with pytest.raises(OtherTrust) as caught:
                    await made.member(CODE).join(gpf_id, pan=pan)
                assert caught.value.code == code
            assert len(made.wire.said) == before, "the dongle was told nothing"
            assert not made.listed

        return told

    play(story(TRAINING, "training-real-device"), name=real_premises(tmp_path, "dual-fuel"))
    play(story(LIVE, "live-training-device"))


def test_behind_a_hub_of_training_a_real_device_is_told_nothing() -> None:
    async def story(made: Bench) -> None:
        made.dongle.far_end = TRAINING
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            before = len(made.wire.said)
            with pytest.raises(OtherTrust):
                await tunnel.send(DeviceId.parse(REAL_ID), b"\x01", reference=1)
            with pytest.raises(OtherTrust):
                await tunnel.hand_over(DeviceId.parse(REAL_ID), b"\x01", reference=2)
            assert len(made.wire.said) == before
            answer = await tunnel.send(ESME, b"\x01", reference=3)
            assert answer.octets
        await member.leave()

    play(story)


# ---------------------------------------------------------------------- that nobody goes around it


def test_every_conversation_of_the_program_is_given_its_judge() -> None:
    """Who makes one of these without saying who may be at its far end asks nobody."""
    judged = ("MeterSession", "PlainTextSession", "Dongle")
    found = []
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "hht").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if not re.search(rf"(?<!class )\b(?:{'|'.join(judged)})\(", text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in judged:
                given = "far_end" in [keyword.arg for keyword in node.keywords]
                found.append((path.name, node.func.id, given))
    assert {name for _file, name, _given in found} == set(judged), "each is made somewhere, and was seen"
    without = [one for one in found if not one[2]]
    assert without == [("meter_session.py", "MeterSession", False)], "which asks with public access, and no more"


def test_all_that_comes_along_is_of_training() -> None:
    """Whoever trains with what comes along, over whatever link, is never taken for one at a real device."""
    for folder in ("premises", "jobs"):
        for path in (ROOT / "resources" / folder).iterdir():
            if path.suffix in (".toml", ".json"):
                for written in re.findall("(?:[0-9A-F]{2}-){7}[0-9A-F]{2}", path.read_text(encoding="utf-8")):
                    assert is_of_training(written), (path.name, written)


@pytest.mark.parametrize(
    "said", ["", "GMX0000001", "00-DB-12-34-57-78-90-A0", REAL_ID, "00DB123456", "x00DB1234567890A0"]
)
def test_what_is_no_device_id_of_training(said: str) -> None:
    assert not is_of_training(said)
    with pytest.raises(OtherTrust):
        TRAINING.check_change(said)
    LIVE.check_change(said)
    ANYBODY.check_change(said)


def test_the_error_shows_what_a_device_says_as_plain_text_and_not_all_of_it() -> None:
    with pytest.raises(OtherTrust) as caught:
        TRAINING.check_change("\x1b[2J" + "9" * 5000)
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 300
    assert as_real(TRAINING_RANGE) == "02DB123456"
