"""A terminal dies in the middle of an answer; the next one finds the meter as it was left, and gets it back by itself.

Over a paced line that garbles where speeds differ, in virtual time: the bounds are those of a real line.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from drivers.in_process import InProcessLink
from drivers.line_simulator import LineSettings, LineSimulator
from drivers.serving import Attachable, Connection, Send
from hht.client import sign_on
from hht.client.association import Association
from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.remarks import Remark
from hht.client.sign_on import SignedOn, SignOnFailed
from hht.emulation.port_server import INACTIVITY_S, PortServer
from hht.errors import HhtError
from hht.link import Line, Link
from hht.protocol.hdlc import Control, Frame, HdlcParameters
from hht.protocol.hdlc.reader import FrameReader
from tests.support.counted_read import CLOCK, KEYS, PIECE_S, whole_meter
from tests.support.kept_line import KeptLine
from tests.support.virtual_time import in_virtual_time

LOW = Association(client_sap=17, security="low", password=b"Gurux")
GMAC = Association(client_sap=1, security="gmac", keys=KEYS)
WINDOW_S = 15.0  # seven full frames at 9600 baud
REGAIN_S = 3.0  # DISC, and a sign-on at 300 baud
ASSOCIATE_S = 1.0


@dataclass
class Deaf:
    """A meter that does not hear (or does not heed) frames of some kinds, or whose answers are on their way for long
    (`lag_s`) and arrive in their order."""

    port: Attachable
    heeds: Callable[[Frame], bool] = lambda _frame: True
    heard: list[Frame] = field(default_factory=list)
    lag_s: float = 0.0
    arrives_at: float = 0.0

    def attach(self, send: Send) -> Connection:
        def sent(data: bytes) -> None:
            loop = asyncio.get_running_loop()
            if self.lag_s or self.arrives_at > loop.time():
                self.arrives_at = max(self.arrives_at + 0.001, loop.time() + self.lag_s)
                loop.call_at(self.arrives_at, send, data)
            else:
                send(data)

        return _DeafConnection(self, self.port.attach(sent))


class _DeafConnection:
    def __init__(self, meter: Deaf, connection: Any) -> None:
        self._meter, self._connection, self._reader = meter, connection, FrameReader()

    @property
    def baud(self) -> int:
        return int(self._connection.baud)

    def receive(self, data: bytes) -> None:
        frames = [item for item in self._reader.feed(data) if isinstance(item, Frame)]
        self._meter.heard += frames
        if all(self._meter.heeds(frame) for frame in frames):
            self._connection.receive(data)

    def line_speed(self, baud: int) -> None:
        self._connection.line_speed(baud)

    def closed(self) -> None:
        self._connection.closed()


class Stand:
    """A meter on a paced line."""

    def __init__(self, *, inactivity_s: float = INACTIVITY_S, echo: bool = False) -> None:
        self.meter = Deaf(PortServer(whole_meter(60), inactivity_s=inactivity_s))
        self.simulator = LineSimulator(self.meter, LineSettings(turnaround_s=0.2, echo=echo, piece_s=PIECE_S))
        link = InProcessLink(self.simulator, clock=CLOCK, paced=True, line=Line(9600), echo="auto" if echo else "off")
        self.line = KeptLine(link)
        self.remarks: list[Remark] = []

    def session(self, association: Association) -> MeterSession:
        return MeterSession(
            self.line.link,
            association,
            clock=CLOCK,
            random_bytes=secrets.token_bytes,
            on_remark=self.remarks.append,
        )

    async def killed(self, association: Association, after_s: float) -> None:
        """A terminal that dies so long after it has begun to read a profile: it says no goodbye."""
        session = self.session(association)
        await session.open()
        reading = asyncio.create_task(session.read_profile())
        await asyncio.sleep(after_s)
        assert not reading.done()
        self.line.kill()
        reading.cancel()
        await asyncio.wait({reading})
        await session.close()

    async def next_one(self, association: Association) -> float:
        """Seconds until another terminal has read the clock."""
        began = asyncio.get_running_loop().time()
        session = self.session(association)
        await session.open()
        await session.read_clock()
        took = asyncio.get_running_loop().time() - began
        await session.close()
        return took


def run(main: Coroutine[Any, Any, None]) -> None:
    in_virtual_time(main)


@pytest.mark.parametrize("after_s", [3.0, 5.5, 12.0])
@pytest.mark.parametrize("association", [LOW, GMAC], ids=["same client", "another client"])
def test_the_next_terminal_gets_the_meter_back(association: Association, after_s: float) -> None:
    """Within the rest of a window, a disconnection and a sign-on."""

    async def main() -> None:
        stand = Stand()
        await stand.killed(LOW, after_s)
        assert await stand.next_one(association) < WINDOW_S + REGAIN_S + ASSOCIATE_S
        told = [remark.code for remark in stand.remarks]
        assert told == ["line-busy", "conversation-ended"][after_s > 10 :]  # at 12 s the window is nearly over
        assert await stand.next_one(association) < REGAIN_S  # and it was left as it should be
        assert len(stand.remarks) == len(told)

    run(main())


def test_a_meter_whose_rest_reads_like_a_damaged_identification_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of an answer at 9600 baud may sample at 300 as text with wrong bits: what follows is silence."""
    asked: list[str | SignedOn] = []

    async def first_weak(link: Link, timing: Timing, address: str, late: Collection[str] = ()) -> SignedOn | str:
        asked.append("weak" if not asked else await ask(link, timing, address, late))
        return asked[-1]

    async def main() -> None:
        stand = Stand()
        await stand.killed(replace(LOW, proposed=HdlcParameters(128, 128, 1, 1)), 3.0)
        await asyncio.sleep(5)
        monkeypatch.setattr(sign_on, "_identify", first_weak)
        assert await stand.next_one(GMAC) < WINDOW_S + 2 * REGAIN_S + ASSOCIATE_S
        assert [remark.code for remark in stand.remarks][-1] == "conversation-ended"
        assert asked[1] == "silent"

    ask = sign_on._identify
    run(main())


@pytest.mark.parametrize("echo", [False, True])
def test_a_meter_that_waits_in_silence_is_hung_up_on(echo: bool) -> None:
    """The terminal died when the turn was its own: the meter says nothing and listens at 9600 baud."""

    async def main() -> None:
        stand = Stand(echo=echo)
        await stand.killed(replace(LOW, proposed=HdlcParameters(128, 128, 1, 1)), 3.0)
        await asyncio.sleep(5)
        late_s = echo * (Timing().latest_s - Timing().reaction_s)  # it hears itself: the meter may only be slow
        assert await stand.next_one(LOW) < REGAIN_S + 2.5 + late_s + ASSOCIATE_S
        assert [remark.code for remark in stand.remarks] == ["conversation-ended"]

    run(main())


@pytest.mark.parametrize("died_s", [4.0, 5.2, 5.6])
def test_answers_to_a_terminal_that_died_come_behind_a_late_one(died_s: float) -> None:
    """Among them a challenge that was somebody else's: whoever took it up would be refused."""

    async def main() -> None:
        stand = Stand()
        association = replace(GMAC, opening="hdlc")
        stand.meter.lag_s = 5.0
        opening = asyncio.create_task(stand.session(association).open())
        await asyncio.sleep(died_s)
        stand.line.kill()
        opening.cancel()
        await asyncio.wait({opening})
        stand.meter.lag_s = 1.0
        assert await stand.next_one(association) < 12.0

    run(main())


def test_the_end_of_a_broken_answer_makes_nobody_impatient() -> None:
    """What was heard out ends within a frame: that says nothing of the next request, which has its whole time."""
    asked: list[float] = []

    def deaf(_frame: Frame) -> bool:
        asked.append(asyncio.get_running_loop().time())
        return False

    async def main() -> None:
        stand = Stand()
        direct = replace(GMAC, opening="hdlc")
        await stand.killed(direct, 7.8)
        stand.meter.heeds = deaf
        with pytest.raises(HhtError):
            await stand.session(direct).open()
        assert len(asked) > 2
        assert all(later - earlier > 1.5 for earlier, later in pairwise(asked))

    run(main())


def test_a_meter_that_does_not_let_go_is_waited_for() -> None:
    async def main() -> None:
        stand = Stand()
        await stand.killed(LOW, 4.0)
        stand.meter.heeds = lambda frame: frame.control is not Control.DISC
        began = asyncio.get_running_loop().time()
        assert await stand.next_one(LOW) > INACTIVITY_S
        assert asyncio.get_running_loop().time() - began < WINDOW_S + INACTIVITY_S + 5 + 3 * REGAIN_S
        assert [remark.code for remark in stand.remarks] == ["line-busy", "waiting-for-meter"]
        assert "120 s" in stand.remarks[1].text

    run(main())


def test_after_the_inactivity_time_nothing_is_special() -> None:
    async def main() -> None:
        stand = Stand()
        await stand.killed(LOW, 4.0)
        await asyncio.sleep(WINDOW_S + INACTIVITY_S + 1)
        assert await stand.next_one(LOW) < REGAIN_S
        assert stand.remarks == []

    run(main())


def test_a_meter_that_never_lets_go_is_told_truly() -> None:
    async def main() -> None:
        stand = Stand(inactivity_s=10_000)
        await stand.killed(LOW, 4.0)
        stand.meter.heeds = lambda frame: frame.control is not Control.DISC
        with pytest.raises(SignOnFailed) as caught:
            await stand.next_one(LOW)
        assert caught.value.code == "sign-on-busy"
        assert "does not let go" in caught.value.message
        assert "minutes" in caught.value.remedy

    run(main())


@pytest.mark.parametrize("after_s", [3.0, 9.0])
def test_a_connection_without_a_sign_on(after_s: float) -> None:
    """SNRM into the rest of somebody else's answer is not heard; after it it is."""

    async def main() -> None:
        stand = Stand()
        direct = replace(LOW, opening="hdlc")
        await stand.killed(direct, after_s)
        assert await stand.next_one(direct) < WINDOW_S + 3.0 + ASSOCIATE_S
        assert [remark.code for remark in stand.remarks] == ["line-busy"]

    run(main())


def test_a_sign_on_at_rest_costs_what_it_did() -> None:
    async def main() -> None:
        stand = Stand()
        began = asyncio.get_running_loop().time()
        session = stand.session(LOW)
        await session.open()
        assert asyncio.get_running_loop().time() - began < 2.3  # a meter that reacts in 200 ms, as it says
        await session.close()

    run(main())


def test_nobody_there_is_still_told_soon() -> None:
    async def main() -> None:
        stand = Stand()
        stand.simulator.settings.lifted = True
        began = asyncio.get_running_loop().time()
        with pytest.raises(SignOnFailed) as caught:
            await stand.next_one(LOW)
        assert caught.value.code == "sign-on-silent"
        assert (
            asyncio.get_running_loop().time() - began < 11.5
        )  # with the attempt to wake it, and a last wait for one that is late

    run(main())
