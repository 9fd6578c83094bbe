"""The line to a desk, at both ends, and what is said on the phone."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, Final

from hht.clock import ManualClock
from hht.desk.course import Course
from hht.desk.errors import DeskError
from hht.desk.messages import LineReader, Message, decode, encode
from hht.desk.records import RecordKind
from hht.desk.spoken import hear, read_out, typed_reference
from hht.emulation.desk_end import EmulatedDesk
from hht.model.premises import Premises, load_premises
from tests.desk.making import Kept, an_ask, asked
from tests.fuzz.meaning import spoil_json
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.texts import START, text_of


def _read(messages: Messages) -> list[Message]:
    """The lines of an input, which may come in any pieces. Raises DeskError at the first that is none."""
    reader = LineReader()
    return [decode(line) for octets in messages for line in reader.feed(octets)]


def lines(messages: Messages) -> Hashable:
    """What is read is written as the same."""
    found = _read(messages)
    for message in found:
        assert decode(encode(message)) == message
    return tuple(type(message).__name__ for message in found[:6])


def answers(messages: Messages) -> Hashable:
    """A terminal that has asked, before a desk that says anything: the state is what the records say, a result stands,
    and nothing that the desk says is a fact at the device."""
    kept = asked(an_ask())
    kept.append(RecordKind.OFFERED, {"way": "wan"})
    reader, refused = LineReader(), 0
    for octets in messages:
        for line in reader.feed(octets):
            try:
                refused += _taken(kept, line)
            except DeskError:
                refused += 1
    found = Course(kept.all()).report()
    assert found.fact is None
    return found.state, found.contradiction != "", len(found.commands), min(refused, 3)


def _taken(kept: Kept, line: bytes) -> bool:
    before = Course(kept.all()).report()
    news = Course(kept.all()).take(decode(line))
    if news is None:
        return True
    kept.append(*news)
    after = Course(kept.all()).report()
    assert not before.state.final or after.state is before.state, "what ended is something else now"
    assert Course(kept.all()).take(decode(line)) is None, "the same once more is news"
    return False


@cache
def _home() -> Premises:
    return load_premises("dual-fuel-connected", clock=ManualClock(START), days=1)


def asks(messages: Messages) -> Hashable:
    """An emulated desk before a terminal that says anything."""
    desk, said = EmulatedDesk(_home()), list[Message]()
    for message in _read(messages):
        desk.hear(message, said.append)
    for message in said:
        assert decode(encode(message)) == message
    return tuple(type(message).__name__ for message in said[:6])


def readout(messages: Messages) -> Hashable:
    """What was heard of a read-out is what was read out."""
    found = hear(text_of(messages))
    assert hear(read_out(found).text) == found
    return found.kind


def reference(messages: Messages) -> Hashable:
    """The desk's reference, typed in."""
    found = typed_reference(an_ask(), text_of(messages))
    assert typed_reference(an_ask(), found.text) == found
    return found.outcome


_WORDS: Final = (
    b"{", b"}", b'"', b",", b":", b"\n", b"null", b"true", b'"desk":1', b'"desk":2', b'"say":"result"', b'"ask"',
    b"1" * 400, b"\\ud800", b"NaN", b"[[[[", b"\xff", b"\xef\xbb\xbf", b"C5H66S35", b"wan", b"relay", b"done",
    b"00-DB-12-34-56-79-01-A0",
)  # fmt: skip
_SAID: Final = (b" // ", b"CHECK ", b"ASK ", b"WHAT ", b"ESME ", b"\n", b"-", b"0", b"O", b"\xd9\xa3", b"\xff", b"T")


def _target(name: str, run: Any, seeds: str, **more: Any) -> Target:
    return Target(name, run, seeds, (DeskError,), **more)


TARGETS: Final = [
    _target(
        "desk-lines", lines, "desk-lines", words=_WORDS, meaning=spoil_json, sample=500, longest=MEBIBYTE, stream=True
    ),
    _target("desk-answers", answers, "desk-answers", words=_WORDS, meaning=spoil_json, sample=300),
    _target("desk-asks", asks, "desk-asks", words=_WORDS, meaning=spoil_json, sample=150),
    _target("desk-readout", readout, "desk-readouts", words=_SAID, sample=300),
    _target("desk-reference", reference, "desk-references", words=_SAID, sample=300),
]
