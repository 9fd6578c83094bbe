"""The whole terminal before a meter that says anything: values that make no sense, and lines that carry nonsense.

The first message of an input chooses what the terminal is asked to do, the others are what it hears: APDUs one after
the other (`values`), or what comes back for each thing it sends (`line`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from functools import cache
from random import Random
from typing import Any, Final

from drivers.in_process import InProcessLink
from drivers.serving import Send
from hht.client.api import NOBODY, LocalAccess
from hht.client.association import Association
from hht.client.cosem_session import CosemSession
from hht.client.deadlines import Timing
from hht.client.meter_objects import MeterObjects
from hht.client.meter_session import MeterSession
from hht.client.meter_writes import MeterWrites
from hht.client.notices import notice_of
from hht.client.object_reader import read_buffer, read_object_view
from hht.client.plain_text_session import PlainTextSession
from hht.client.profile_reader import read_log, read_profile
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer
from hht.errors import HhtError
from hht.link import LinkTimeout
from hht.model.premises import load_premises
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.obis import Obis
from hht.protocol.iec62056_21.programming import Password
from tests.fuzz.meaning import spoil_apdu, spoil_frame
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target
from tests.fuzz.targets.frames import repair_hdlc, repair_iec
from tests.fuzz.targets.texts import START
from tests.support.virtual_time import VirtualTimeLoop

CLOCK: Final = ManualClock(START)
QUICK: Final = Timing(
    listen_s=0.1,
    reaction_s=0.1,
    gap_s=0.1,
    confirmation_s=0.05,
    response_s=0.1,
    slack_s=0.0,
    sign_on_tries=1,
    packet_s=0.5,
)
_KEYS: Final = {"ek": bytes(range(16)).hex(), "ak": bytes(range(0xD0, 0xE0)).hex(), "client_title": "4848545445524D31"}


async def _some_objects(meter: MeterObjects) -> object:
    view = await meter.view()
    return [await read_object_view(meter, entry) for entry in view[:40:6]]


ASKS: Final[list[Callable[[MeterObjects], Awaitable[object]]]] = [
    lambda meter: meter.identity(),
    lambda meter: meter.clock(),
    lambda meter: meter.registers(),
    lambda meter: meter.randomised_offset(),
    lambda meter: meter.supply_state(),
    lambda meter: read_profile(meter, None, None, NOBODY),
    lambda meter: read_profile(meter, START, None, NOBODY, only=("1-0:1.8.0",)),
    lambda meter: read_log(meter, "event"),
    lambda meter: read_log(meter, "security"),
    lambda meter: read_buffer(meter, Obis.parse("0-0:99.98.0")),
    lambda meter: MeterWrites(meter, LocalAccess.INSTALLER, CLOCK).mpan("1200023305967", None),
    lambda meter: MeterWrites(meter, LocalAccess.INSTALLER, CLOCK).clock(10, None),
    _some_objects,
]


class Scripted:
    """A transport that answers with `answers`, one after the other, and then with silence."""

    round_trips = 0
    turn_octets = 0
    turn_s = 0.0
    has_more = False
    patience_s = 1.0

    async def renew(self) -> None: ...

    is_up = True

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(reversed(answers))
        self.aside: deque[bytes] = deque()

    async def open(self) -> None:
        """Nothing to do."""

    async def exchange(self, _apdu: bytes, _on_part: object = None, *, further: Sequence[bytes] = ()) -> bytes:
        """The next answer."""
        if not self._answers:
            raise LinkTimeout("nothing comes", remedy="wait")
        return self._answers.pop()

    async def finish_turn(self, _on_part: object = None) -> bytes | None:
        """Nothing is on its way."""
        return None

    async def close(self) -> None:
        """Nothing to do."""


def client_of(transport: Any) -> CosemSession:
    """The terminal's session over a transport; what comes unasked is put into words."""
    request = AssociationRequest(17, Mechanism.LOW, password=b"Gurux", max_pdu=0x2000)
    return CosemSession(transport, CosemClient(request, random_bytes=Random(1).randbytes), notice_of)  # type: ignore[arg-type]


async def converse(session: CosemSession, asked: int) -> object:
    """Associate and do one thing."""
    await session.associate()
    try:
        return await ASKS[asked % len(ASKS)](MeterObjects(session, CLOCK))
    finally:
        await session.release()


def at_once(work: Coroutine[Any, Any, object]) -> object:
    """Run what never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    finally:
        work.close()
    raise AssertionError("it waits for something")


def values(messages: Messages) -> Hashable:
    """Answers that are APDUs or nearly: a result, or a sentence."""
    asked = messages[0][0] if messages and messages[0] else 0
    try:
        result = at_once(converse(client_of(Scripted(messages[1:])), asked))
    except HhtError as error:
        _in_words(error)
        return error.code
    return type(result).__name__


def _in_words(error: HhtError) -> None:
    assert error.message
    assert error.remedy
    assert error.code


# --- lines


class ScriptedPort:
    """Says the next of `answers` for each thing that it hears."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(reversed(answers))
        self._send: Send | None = None

    def attach(self, send: Send) -> ScriptedPort:
        """The one conversation."""
        self._send = send
        return self

    def receive(self, _data: bytes) -> None:
        """Whatever it was."""
        if self._answers and self._send is not None and (answer := self._answers.pop()):
            self._send(answer)

    def line_speed(self, _baud: int) -> None:
        """At any speed."""

    def closed(self) -> None:
        """The script is over."""
        self._answers.clear()


def cosem_over(port: Any, opening: str, security: str) -> MeterSession:
    """The terminal with a COSEM meter."""
    association = Association(
        {"low": 17, "gmac": 1}[security], opening=opening, security=security, password=b"Gurux",
        keys=_KEYS if security == "gmac" else None,
    )  # fmt: skip
    return MeterSession(
        lambda: InProcessLink(port, clock=CLOCK),
        association,
        clock=CLOCK,
        random_bytes=Random(1).randbytes,
        timing=QUICK,
    )


async def ask_cosem(session: MeterSession) -> object:
    """Read, write, read."""
    await session.open()
    await session.identify()
    await session.read_registers()
    return await session.set_import_mpan("1200023305967")


def plain_over(port: Any) -> PlainTextSession:
    """The terminal with a plain-text meter."""
    return PlainTextSession(lambda: InProcessLink(port, clock=CLOCK), timing=QUICK)


async def ask_plain(session: PlainTextSession) -> object:
    """Read out, then write in programming mode."""
    await session.open()
    await session.readout()
    await session.program(Password("Gurux"))
    await session.programming.read("P.01", ";", name="R6")
    return await session.programming.write("0-0:94.44.0.1", "600")


WAYS: Final[list[Callable[[Any], Any]]] = [
    lambda port: cosem_over(port, "iec", "low"),
    lambda port: cosem_over(port, "hdlc", "low"),
    lambda port: cosem_over(port, "wrapper", "low"),
    lambda port: cosem_over(port, "hdlc", "gmac"),
    plain_over,
]


@cache
def loop() -> VirtualTimeLoop:
    """One for the whole process: time passes only while everybody waits."""
    found = VirtualTimeLoop()
    found.set_exception_handler(_unhandled)
    return found


def _unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    raise context.get("exception") or AssertionError(context["message"])


def real_port() -> PortServer:
    """An emulated meter that behaves."""
    return PortServer(load_premises("single-element", clock=CLOCK, seed=1, days=1).device())


async def visit(session: Any) -> object:
    """What the terminal does, and that it leaves."""
    try:
        return await (ask_plain if isinstance(session, PlainTextSession) else ask_cosem)(session)
    finally:
        await session.close()


async def _ending(way: Callable[[Any], Any], answers: Messages) -> Hashable:
    try:
        outcome: Hashable = type(await visit(way(ScriptedPort(answers)))).__name__
    except HhtError as error:
        _in_words(error)
        outcome = error.code
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"it leaves something behind: {left}"
    return outcome


def line(messages: Messages) -> Hashable:
    """Bytes that are anything: a result or a sentence, in bounded (virtual) time, and nothing goes on afterwards."""
    number = messages[0][0] % len(WAYS) if messages and messages[0] else 0
    began = loop().time()
    outcome = loop().run_until_complete(_ending(WAYS[number], messages[1:]))
    assert loop().time() - began < 300, "a visit to nobody takes five minutes"
    return number, outcome


def _repair(octets: bytes, random: Random) -> bytes:
    return (repair_hdlc if b"\x7e" in octets else repair_iec)(octets, random)


_WORDS: Final = (
    b"\x01\x02", b"\x02\x03", b"\x09\x0c", b"\x06\x00\x00\x00\x01", b"\x12\x00\x01", b"\x00", b"\x13", b"\xff" * 12,
    b"\x09\x00",
    b"\x17\x7f\xc0\x00\x00", b"\x18\x7f\xf0\x00\x00\x00\x00\x00\x00", b"\x0f\x80", b"\x0f\x7f",
    b"\x14\x80\x00\x00\x00\x00\x00\x00\x00",
    bytes.fromhex("090c0001010101000000000348ff"), bytes.fromhex("090c270f0c1fff173b3b00fcb8ff"),
    b"\xc4\x01\xc1\x01\x0b",
    b"\x0f\x40\x00\x00\x01\x00\x00", b"\xd8\x01\x02", b"\x16\xff", b"\x1c\x7f", b"\x20\xff\xff",
)  # fmt: skip

TARGETS: Final = [
    Target("terminal-values", values, "terminal-values", (), _WORDS, fixed=1, sample=200, meaning=spoil_apdu),
    Target("terminal-line", line, "terminal-lines", (), (*_WORDS, b"\x7e"), _repair, 1, sample=60, meaning=spoil_frame),
]
