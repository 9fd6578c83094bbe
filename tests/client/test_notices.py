"""General blocks and what a meter says unasked, through sessions over HDLC and the wrapper, to the command line."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from drivers.in_process import InProcessLink
from drivers.serving import Connection, Send
from hht.client.api import NOBODY, MeterError
from hht.client.association import Association
from hht.client.cosem_session import CosemSession
from hht.client.deadlines import Timing
from hht.client.meter_objects import MeterObjects
from hht.client.meter_session import MeterSession
from hht.client.notices import Notice, notice_of
from hht.client.profile_reader import read_profile
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.link import LinkTimeout
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import load_premises
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance, Mechanism
from hht.protocol.cosem.data import long_unsigned, octets, visible
from hht.protocol.cosem.datetime import NEVER, encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import BlockOutOfOrder
from hht.protocol.cosem.get import GetResponseNormal
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.hdlc import Control, Frame, HdlcAddress
from ui.cli.main import main

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
QUICK = Timing(reaction_s=0.2, gap_s=0.2, response_s=0.2, slack_s=0.05)
KEYS = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex(), "client_title": b"ABCDEFGH".hex()}
LOW = Association(17, security="low", password=b"Gurux", opening="hdlc")
HIGH = Association(1, security="gmac", keys=KEYS, opening="hdlc")


def meter_of(**offers: Any) -> ElectricityMeter:
    return offering(load_premises("single-element", clock=ManualClock(NOW), days=10).device(), **offers)


def session(
    meter: ElectricityMeter, association: Association, on_notice: Callable[[Notice], None] | None = None
) -> MeterSession:
    clock, port = ManualClock(NOW), PortServer(meter)
    return MeterSession(
        lambda: InProcessLink(port, name="test", clock=clock),
        association,
        clock=clock,
        random_bytes=lambda count: bytes(range(1, count + 1)),
        timing=QUICK,
        on_notice=on_notice,
    )


@pytest.mark.parametrize("association", [LOW, HIGH], ids=["low", "gmac"])
@pytest.mark.parametrize("opening", ["hdlc", "wrapper"])
@pytest.mark.parametrize("window", [0, 8, 63])
def test_a_profile_in_streams_of_general_blocks(association: Association, opening: str, window: int) -> None:
    async def read(association: Association, **offers: Any) -> tuple[object, int]:
        meter = session(meter_of(**offers), association)
        await meter.open()
        rows = await meter.read_profile()
        trips = meter.counters.round_trips
        await meter.close()
        return rows, trips

    plain, _trips = asyncio.run(read(LOW))
    assert len(plain) == 480  # type: ignore[arg-type]
    for profiles in ("plain", "null", "delta", "compact"):
        asked = replace(association, opening=opening, window=window)
        rows, _trips = asyncio.run(read(asked, profiles=profiles))
        assert rows == plain


@pytest.mark.parametrize("association", [LOW, HIGH], ids=["low", "gmac"])
@pytest.mark.parametrize("opening", ["hdlc", "wrapper"])
@pytest.mark.parametrize("window", [0, 8])
def test_what_the_meter_says_unasked_breaks_nothing(association: Association, opening: str, window: int) -> None:
    heard: list[Notice] = []

    async def work() -> None:
        asked = replace(association, opening=opening, window=window)
        meter = session(meter_of(notifies=True), asked, heard.append)
        await meter.open()
        assert (await meter.set_randomised_offset_limit(600)).after == "600"
        assert (await meter.read_randomised_offset()).limit_s == 600
        assert (await meter.set_randomised_offset_limit(0)).after == "0"
        assert len(await meter.read_profile()) == 480
        await meter.close()

    asyncio.run(work())
    assert [(notice.kind, f"{notice.code:04X}", notice.object) for notice in heard] == [
        ("event", "8154", "1/0-0:96.11.0/2")
    ] * 2
    assert all(notice.time is not None and "carried out" in notice.meaning for notice in heard)


class Pushing:
    """Sends UI frames with what `pushes` says before, amid and after each of the meter's frames."""

    def __init__(self, meter: ElectricityMeter, pushes: Sequence[bytes]) -> None:
        self._port, self._pushes = PortServer(meter), pushes

    def attach(self, send: Send) -> Connection:
        def through(data: bytes) -> None:
            pushed = b"".join(
                Frame(HdlcAddress(self.sap), HdlcAddress(1), Control.UI, info=b"\xe6\xe7\x00" + apdu).encode()
                for apdu in self._pushes
            )
            send(pushed + data + pushed)

        return self._port.attach(through)

    sap = 17


PUSHED = DataNotification(1, encode_datetime(NOW), octets(b"\x01\x02")).encode()


@pytest.mark.parametrize("association", [LOW, HIGH], ids=["low", "gmac"])
def test_pushes_in_ui_frames_are_told_and_answer_nothing(association: Association) -> None:
    heard: list[Notice] = []
    not_an_answer = GetResponseNormal(0xC1, long_unsigned(1)).encode()

    async def work() -> None:
        port = Pushing(meter_of(), [PUSHED, not_an_answer, b"\x0f\x00", b""])
        port.sap = association.client_sap
        clock = ManualClock(NOW)
        meter = MeterSession(
            lambda: InProcessLink(port, name="test", clock=clock),
            association,
            clock=clock,
            random_bytes=lambda count: bytes(range(1, count + 1)),
            timing=QUICK,
            on_notice=heard.append,
        )
        await meter.open()
        assert len(await meter.read_profile()) == 480
        assert (await meter.set_randomised_offset_limit(600)).after == "600"
        await meter.close()

    asyncio.run(work())
    if association is HIGH:  # nothing unprotected is believed in a protected association
        assert heard == []
    else:
        assert len(heard) > 20
        assert {(notice.kind, notice.time) for notice in heard} == {("data", NOW)}


def test_a_meter_that_does_not_notify_says_nothing() -> None:
    heard: list[Notice] = []

    async def work() -> None:
        meter = session(meter_of(), LOW, heard.append)
        await meter.open()
        await meter.set_randomised_offset_limit(600)
        await meter.close()

    asyncio.run(work())
    assert heard == []


class Scripted:
    """A transport whose answers come from the meter's end in `serve`; silent where that says nothing."""

    def __init__(self, serve: Callable[[bytes], list[bytes]]) -> None:
        self._serve = serve
        self.round_trips = 0
        self.queue: list[bytes] = []
        self.aside: deque[bytes] = deque()
        self.patience_s = 1.0
        self.silences = 0
        self.is_up = True

    @property
    def has_more(self) -> bool:
        return bool(self.queue)

    async def open(self) -> None: ...

    async def exchange(self, apdu: bytes, _on_part: object = None, *, further: Any = ()) -> bytes:
        for message in (apdu, *further):
            self.queue += self._serve(message) if message else []
        if not self.queue:
            self.silences += 1
            raise LinkTimeout("nothing came", remedy="wait")
        return self.queue.pop(0)

    turn_octets = 0
    turn_s = 0.0

    async def finish_turn(self, _on_part: object = None) -> bytes | None:
        return None

    async def renew(self) -> None: ...

    async def close(self) -> None: ...


def scripted(
    lose: Callable[[int], bool], meter: ElectricityMeter | None = None, agreed: Conformance = FIRST_LIGHT
) -> tuple[Scripted, CosemSession]:
    """A session over a line on which the messages whose number `lose` names are lost, with the emulated meter there."""
    from hht.emulation.meter_server import MeterServer

    end = MeterServer(meter or meter_of()).session(17)
    count = 0

    def serve(apdu: bytes) -> list[bytes]:
        nonlocal count
        heard = []
        for answer in end.answers(apdu):
            count += 1
            if not lose(count):
                heard.append(answer)
        return heard

    transport = Scripted(serve)
    request = AssociationRequest(17, Mechanism.LOW, password=b"Gurux", max_pdu=256, conformance=agreed)
    return transport, CosemSession(transport, CosemClient(request, window=6))


PROFILE = CosemAttribute(7, Obis.parse("0-0:99.1.0"), 2)


def test_silence_in_a_stream_is_asked_after() -> None:
    transport, meter = scripted(lambda number: number > 3 and number % 7 == 0)

    async def read() -> int:
        await meter.associate()
        return len((await meter.get(PROFILE)).as_items())

    assert asyncio.run(read()) == 480
    assert transport.silences > 0


def test_a_stream_that_stays_silent_is_given_up_and_plain_silence_is_no_stream() -> None:
    transport, meter = scripted(lambda number: number > 3)

    async def read() -> None:
        await meter.associate()
        await meter.get(PROFILE)

    with pytest.raises(BlockOutOfOrder):
        asyncio.run(read())
    assert transport.silences < 20
    transport, meter = scripted(lambda _number: True)
    with pytest.raises(LinkTimeout):
        asyncio.run(meter.associate())
    assert transport.silences == 1


def test_notifications_in_words() -> None:
    name = CosemAttribute(1, Obis.parse("0-0:96.1.0"), 2)
    told = notice_of(EventNotification(None, name, visible("hello")))
    assert (told.kind, told.time, told.code, told.meaning, told.value) == ("event", None, None, "", "“hello”")
    told = notice_of(DataNotification(1, encode_datetime(NOW), octets(b"\x01\x02")))
    assert (told.kind, told.time, told.object) == ("data", NOW, "")
    assert notice_of(DataNotification(1, NEVER, long_unsigned(1))).time is None
    odd = notice_of(EventNotification(b"\x07", CosemAttribute(1, Obis.parse("0-0:96.11.0"), 2), visible("x")))
    assert (odd.time, odd.code) == (None, None)


def test_the_command_line_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    link = "emulated:single-element?days=2&notifies=yes&blocks=general"
    assert main(["set", link, "randomised-offset-limit", "600", "--training", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (notice,) = [line for line in told if line["type"] == "notification"]
    assert (notice["kind"], notice["code"], notice["object"]) == ("event", "8154", "1/0-0:96.11.0/2")
    assert notice["time"].endswith("Z")
    assert told[-1]["type"] == "result"
    assert main(["set", link, "randomised-offset-limit", "600", "--training"]) == 0
    assert "the meter says:" in capsys.readouterr().out


@pytest.mark.parametrize("profiles", ["plain", "null", "delta", "compact"])
@pytest.mark.parametrize("agreed", [FIRST_LIGHT, FIRST_LIGHT & ~Conformance.SELECTIVE_ACCESS])
def test_some_columns_and_some_days_whether_or_not_the_meter_can_select(profiles: str, agreed: Conformance) -> None:
    transport, session = scripted(lambda _number: False, meter_of(profiles=profiles), agreed)

    async def read() -> None:
        await session.associate()
        meter = MeterObjects(session, ManualClock(NOW))
        every = await read_profile(meter, None, None, NOBODY)
        start, end = datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC)
        some = await read_profile(meter, start, end, NOBODY, only=["1-0:2.8.0"])
        assert [row.time for row in some] == [row.time for row in every if start <= row.time < end]
        assert len(some) == 96
        by_time = {row.time: row for row in every}
        assert all(row.values == {"1-0:2.8.0": by_time[row.time].values["1-0:2.8.0"]} for row in some)
        assert all(row.status == by_time[row.time].status for row in some)
        with pytest.raises(MeterError, match="no column 1-0:9"):
            await read_profile(meter, None, None, NOBODY, only=["1-0:9.9.9"])

    asyncio.run(read())
    assert transport.silences == 0


@pytest.mark.parametrize("profiles", ["null", "delta", "compact"])
def test_any_profile_as_the_meter_states_it_is_made_whole_with_its_types(profiles: str) -> None:
    async def buffer(**offers: Any) -> object:
        meter = session(meter_of(**offers), LOW)
        await meter.open()
        found = await meter.read_buffer(PROFILE.obis)
        await meter.close()
        return found

    plain = asyncio.run(buffer())
    found = asyncio.run(buffer(profiles=profiles))
    assert found.columns == plain.columns  # type: ignore[attr-defined]
    values = [[cell.plain() for cell in row] for row in found.rows]  # type: ignore[attr-defined]
    assert values == [[cell.plain() for cell in row] for row in plain.rows]  # type: ignore[attr-defined]
    if profiles != "compact":  # its registers count from zero: the first one's type is a difference's
        assert found == plain
