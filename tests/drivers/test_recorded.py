"""Replays: strict, lenient, at any cutting of writes; and a recording of a replay equals the recording."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import BaseLink
from drivers.in_process import InProcessLink
from drivers.recorded import RecordedLink, RecordingMismatch
from drivers.serving import Connection, Send
from hht.errors import HhtError
from hht.link import SIGN_ON_LINE, Line, LinkLost, LinkState, LinkTimeout, LinkUnavailable, TraceEvent, TraceKind
from hht.link_url import LinkUrlError
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace
from tests.support.virtual_time import VirtualTimeLoop, in_virtual_time

pytestmark = pytest.mark.usefixtures("no_tasks")

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Meter:
    """Answers each request (a line) with its own bytes reversed; echoes first, as a probe would."""

    def __init__(self, *, echo: bool = False) -> None:
        self.echo = echo

    def attach(self, send: Send) -> Connection:
        meter, buffer = self, bytearray()

        class Talk:
            def receive(self, data: bytes) -> None:
                if meter.echo:
                    send(data)
                buffer.extend(data)
                if buffer[-1] & 0x7F == 0x0A:
                    send(bytes(reversed(buffer)))
                    buffer.clear()

            def line_speed(self, baud: int) -> None: ...

            def closed(self) -> None: ...

        return Talk()


async def talk(link: BaseLink) -> list[bytes]:
    """A small conversation with a change of line in it."""
    heard = []
    await link.open()
    await link.set_line(SIGN_ON_LINE)
    for request, line in ((b"/?!\r\n", Line(9600)), (b"abcdef\x0a", Line(9600)), (b"\x00\xff\x0a", Line(4800))):
        await link.write(request)
        answer = b""
        while len(answer) < len(request):
            answer += await link.read(AT_ONCE_S)
        heard.append(answer)
        await link.set_line(line)
    await link.close()
    return heard


@pytest.mark.parametrize("echo", ["off", "auto"])
async def test_a_recording_replays_and_records_the_same(echo: str, clock: RealClock, trace: Trace) -> None:
    heard = await talk(InProcessLink(Meter(echo=echo == "auto"), clock=clock, sink=trace, echo=echo))
    again = Trace()
    replay = RecordedLink(trace, clock=clock, sink=again)
    assert await talk(replay) == heard
    assert replay.finished
    for kind in (TraceKind.TX, TraceKind.RX):
        assert again.bytes_of(kind) == trace.bytes_of(kind)
    assert again.notes(TraceKind.LINE) == trace.notes(TraceKind.LINE)
    assert await talk(replay) == heard, "opened again, it begins again"


def events(*steps: tuple[float, str, bytes | str], link: str = "x:") -> list[TraceEvent]:
    return [
        TraceEvent(
            START + timedelta(seconds=at),
            at,
            link,
            TraceKind(kind),
            *((what, "") if isinstance(what, bytes) else (b"", what)),
        )
        for at, kind, what in steps
    ]


SHORT = events((0, "tx", b"hello"), (0.2, "rx", b"world"), (0.3, "tx", b"more"), (0.5, "rx", b"less"))


async def test_strict_shows_the_difference(clock: RealClock, trace: Trace) -> None:
    link = RecordedLink(SHORT, clock=clock, sink=trace)
    await link.open()
    await link.write(b"hello")
    assert await link.read(AT_ONCE_S) == b"world"
    with pytest.raises(RecordingMismatch) as caught:
        await link.write(b"moRe")
    assert caught.value.details["offset"] == 7
    assert caught.value.details["expected"] == b"re".hex()
    assert caught.value.details["actual"] == b"Re".hex()
    assert "byte 7" in caught.value.message
    assert "7265" in caught.value.message
    assert "7: 72≠52" in caught.value.message
    assert "8:" not in caught.value.message  # that byte is the same
    assert link.state is LinkState.LOST
    assert trace.notes(TraceKind.ERROR)
    await link.close()


async def test_strict_beyond_the_end(clock: RealClock) -> None:
    link = RecordedLink(SHORT[:2], clock=clock)
    await link.open()
    await link.write(b"hello")
    with pytest.raises(RecordingMismatch, match="nothing more"):
        await link.write(b"again")
    await link.close()


async def test_lenient_notes_it_and_goes_on(clock: RealClock, trace: Trace) -> None:
    link = RecordedLink(SHORT, clock=clock, sink=trace, strict=False)
    await link.open()
    await link.write(b"a longer greeting than that")
    assert await link.read(AT_ONCE_S) == b"world"
    await link.write(b"more")
    assert await link.read(AT_ONCE_S) == b"less"
    await link.write(b"and more")
    with pytest.raises(LinkTimeout):
        await link.read(1)
    assert link.mismatches == 2
    assert [note for note in trace.notes(TraceKind.ERROR) if "differs" in note]
    await link.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=12, max_size=12))
def test_cutting_of_writes_does_not_matter(sizes: list[int]) -> None:
    async def run() -> bytes:
        link = RecordedLink(SHORT, clock=RealClock())
        await link.open()
        got = b""
        for turn in (b"hello", b"more"):
            rest = turn
            for size in sizes:
                if rest:
                    await link.write(rest[:size])
                    rest = rest[size:]
            got += await link.read(AT_ONCE_S)
        await link.close()
        return got

    assert asyncio.run(run()) == b"worldless"


async def test_fast_does_not_wait_for_what_never_came(clock: RealClock) -> None:
    link = RecordedLink(SHORT, clock=clock)
    await link.open()
    async with asyncio.timeout(AT_ONCE_S):
        with pytest.raises(LinkTimeout):
            await link.read(60)
        await link.write(b"hel")
        with pytest.raises(LinkTimeout):
            await link.read(60)
        await link.write(b"lo")
        assert await link.read(60) == b"world"
    await link.close()


def test_real_pace_keeps_the_delays() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        link = RecordedLink(SHORT, clock=RealClock(), pace="real")
        await link.open()
        began = loop.time()
        await link.write(b"hello")
        with pytest.raises(LinkTimeout):
            await link.read(0.05)
        assert await link.read(AT_ONCE_S) == b"world"
        took_s = loop.time() - began
        await link.write(b"more")
        await link.close()  # with a piece still to come
        return took_s

    assert in_virtual_time(main()) == pytest.approx(0.2)


@pytest.mark.parametrize(("pace", "seconds"), [("real", 2.0), ("4", 0.5)])
def test_a_thousand_pieces_take_as_long_as_they_took(pace: str, seconds: float) -> None:
    """On a machine whose timers are late by a millisecond each; what is noted in between takes no time away."""
    said = [(n * 0.002, "rx", b"x") for n in range(1, 1001)]
    steps = events((0, "state", "up 9600 8N1 []"), (0, "tx", b"hello"), (0.001, "line", "2400 8N1"), *said)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        link = RecordedLink(steps, clock=RealClock(), pace=pace, sink=lambda _event: loop.sleep_through(0.001))
        await link.open()
        began, count = loop.time(), 0
        await link.write(b"hello")
        while count < len(said):
            count += len(await link.read(AT_ONCE_S))
        assert seconds <= loop.time() - began <= max(1.02 * seconds, 1.01)  # no less than a thousand late timers
        await link.close()

    in_virtual_time(main())


async def test_a_recorded_loss_is_replayed_and_then_goes_on(clock: RealClock) -> None:
    steps = events(
        (0, "state", "up 9600 8N1 [line]"),
        (0, "tx", b"one"),
        (0.1, "error", "the adapter was unplugged"),
        (0.1, "state", "lost"),
        (5, "state", "opening"),
        (5, "state", "up 9600 8N1 [line]"),
        (5, "tx", b"two"),
        (5.1, "rx", b"TWO"),
    )
    link = RecordedLink(steps, clock=clock)
    await link.open()
    assert link.line == Line(9600)
    await link.write(b"one")
    with pytest.raises(LinkLost, match="unplugged"):
        await link.read(AT_ONCE_S)
    await link.open()
    await link.write(b"two")
    assert await link.read(AT_ONCE_S) == b"TWO"
    assert link.finished
    await link.close()


async def test_only_one_link_of_several_is_replayed(clock: RealClock) -> None:
    mixed: Iterable[TraceEvent] = [*SHORT[:1], *events((0.1, "rx", b"other"), link="y:"), *SHORT[1:]]
    link = RecordedLink(mixed, clock=clock)
    await link.open()
    await link.write(b"hello")
    assert await link.read(AT_ONCE_S) == b"world"
    await link.close()


async def test_empty_and_wrong(clock: RealClock) -> None:
    with pytest.raises(LinkUnavailable) as caught:
        await RecordedLink([], clock=clock).open()
    assert isinstance(caught.value, HhtError)
    assert caught.value.code == "recording-empty"
    with pytest.raises(LinkUrlError) as refused:
        RecordedLink(SHORT, clock=clock, pace="slow")
    assert refused.value.code == "pace"
