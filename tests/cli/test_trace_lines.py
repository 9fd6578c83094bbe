"""Frames put together of the events of a trace, for the trace drawer and `hht trace show`."""

from __future__ import annotations

from datetime import UTC, datetime

from hht.link import TraceEvent, TraceKind
from hht.protocol.iec62056_21 import even_parity
from ui.trace_lines import FrameAssembler

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ANSWER = even_parity(b"/HHT5\\2HT100\r\n")


def lines_of(*events: tuple[TraceKind, bytes, str]) -> list[tuple[TraceKind, bytes, str]]:
    assembler = FrameAssembler()
    made = [TraceEvent(NOW, float(at), "optical:x", *event) for at, event in enumerate(events)]
    lines = [line for event in made for line in assembler.feed(event)] + assembler.flush()
    return [(line.event.kind, line.event.data, line.event.note) for line in lines]


def test_what_the_link_notes_amid_an_answer_does_not_cut_it() -> None:
    """That a probe does not echo is known when the first characters of the meter's first answer have come."""
    no_echo = (TraceKind.LINE, b"", "no echo")
    whole = (TraceKind.RX, ANSWER, "")
    first, rest = (TraceKind.RX, ANSWER[:5], ""), (TraceKind.RX, ANSWER[5:], "")
    assert lines_of(first, no_echo, rest) == [whole, no_echo]
    assert lines_of(no_echo, first, rest) == [no_echo, whole]
    assert lines_of(first, no_echo) == [first, no_echo], "nothing is lost where nothing more comes"


def test_a_change_of_speed_ends_what_came_before_it() -> None:
    faster = (TraceKind.LINE, b"", "9600 8N1")
    first, rest = (TraceKind.RX, ANSWER[:5], ""), (TraceKind.RX, ANSWER[5:], "")
    assert lines_of(first, faster, rest) == [first, faster, rest]
