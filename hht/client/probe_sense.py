"""What an optical probe sees, told apart by the bytes as they come: for a screen while a connection is tried, and for
the sentence when it has failed. Knows no protocol, so that a screen has it before the protocols are loaded.

Sources: IEC 62056-21 (even parity, 300 baud, reaction at most 1.5 s); what two speeds make of each other follows from
how a UART samples: a sender that is ten times slower gives characters with one edge at most.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from hht.link import SIGN_ON_LINE, Line, TraceEvent, TraceKind
from hht.link_remedies import Way, way_of
from hht.parity import EVEN_PARITY, STRIP_PARITY

PATIENCE_S: Final = 0.6  # after the last character has left: a meter that reacts in its usual 0.2 s has begun by then
LONGER_S: Final = 2.5  # and one that was heard may take so long over what it is asked
LATEST_S: Final = 6.0  # one that was late once is waited for as long again; later than this it was off, and is back
_AS_LONG: Final = 1.5  # times what was seen
QUESTION_S: Final = 2.0  # what comes later than this after a question is no answer to it
FRESH_S: Final = 2.5  # a meter that was heard so long ago still talks
RADIO_S: Final = 0.5  # what comes through a BLE bridge may come so much later
_PAUSE_S: Final = 0.3  # within an answer
_SAMPLE: Final = 256  # bytes that are kept of a question and of what follows it
_FEW: Final = 4  # characters; of fewer nothing can be said but that they are garbled
_LIKE: Final = 2 / 3  # so much of a question comes back where an echo has holes
_ONE_EDGE: Final = frozenset(b"\x00\x80\xc0\xe0\xf0\xf8\xfc\xfe\xff")
_TEXT: Final = frozenset(range(0x20, 0x7F)) | frozenset(b"\r\n\x00\x01\x02\x03\x04\x06\x15")
_FLAG: Final = 0x7E
_ACK: Final = b"\x06"  # begins an acknowledgement; its confirmation may be missing, and is the same bytes (mode E)


class Sight(enum.StrEnum):
    """What the probe sees. The value is stable: it stands in codes and in ``--json``."""

    CLOSED = "closed"
    OPENING = "opening"
    GONE = "gone"  # the adapter was unplugged, the other end has ended
    QUIET = "quiet"  # nobody has been asked
    ASKING = "asking"  # the answer is not due yet
    SILENT = "silent"
    ECHO = "echo"  # the probe hears itself and nothing else
    LIFTED = "lifted"  # the meter was heard, and is no longer: the probe has come off
    LIGHT = "light"  # strong light or electrical noise: what comes was sent by nobody
    WEAK = "weak"  # the meter is heard, with wrong bits
    SPEED = "speed"  # somebody speaks at another speed
    GARBLED = "garbled"
    TALKING = "talking"

    @property
    def is_trouble(self) -> bool:
        """Whether a person has to do something."""
        return self in _TROUBLE


_TROUBLE: Final = frozenset(
    (Sight.GONE, Sight.SILENT, Sight.ECHO, Sight.LIFTED, Sight.LIGHT, Sight.WEAK, Sight.SPEED, Sight.GARBLED)
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What followed a question, as it was on the wire: `echoed` whether the question itself came back, `raw` what came
    besides. `unasked`: characters that came when nobody had been asked. `line`: the terminal's own settings."""

    raw: bytes = b""
    echoed: bool = False
    unasked: int = 0
    line: Line = SIGN_ON_LINE


def judge(evidence: Evidence) -> Sight:
    """What these bytes speak for."""
    raw, line = evidence.raw, evidence.line
    if not raw:
        if evidence.unasked >= _FEW:
            return Sight.LIGHT
        return Sight.ECHO if evidence.echoed else Sight.SILENT
    if _talks(raw, line):
        return Sight.TALKING
    if len(raw) < _FEW:
        return Sight.LIGHT if evidence.unasked >= _FEW else Sight.GARBLED
    if _is_weak(raw, line):
        return Sight.WEAK
    if evidence.unasked >= _FEW:
        return Sight.LIGHT
    if _one_edge_share(raw) >= 0.5 and (line.baud <= SIGN_ON_LINE.baud or 0xFF in raw):
        return Sight.LIGHT  # nobody is slower than 300 baud, and a slow sender gives no short pulse (FF)
    if has_one_edge(raw):
        return Sight.SPEED
    return Sight.GARBLED if line.bits == 7 and wrong_parity(raw) < 0.2 else Sight.SPEED


def wrong_parity(raw: bytes) -> float:
    """The share of `raw` with a wrong parity bit; 0 where none of them has one (a bridge or the port takes it off)."""
    if raw.isascii():
        return 0.0
    return sum(a != b for a, b in zip(raw, raw.translate(EVEN_PARITY), strict=True)) / len(raw)


def has_one_edge(raw: bytes) -> bool:
    """Whether it looks like what comes of a sender at a far lower speed: characters with one edge at most."""
    return bool(raw) and _one_edge_share(raw) >= 0.75


def _one_edge_share(raw: bytes) -> float:
    return sum(byte in _ONE_EDGE for byte in raw) / len(raw)


def _is_weak(raw: bytes, line: Line) -> bool:
    """A meter's words with wrong bits in them."""
    if line.bits == 7:
        readable = sum(byte in _TEXT for byte in raw.translate(STRIP_PARITY) if byte) / len(raw)
        return readable >= 0.6 and 0 < wrong_parity(raw) <= 0.35
    return _FLAG in (raw[0], raw[-1]) and not has_one_edge(raw)


def _talks(raw: bytes, line: Line) -> bool:
    """Sound text with sound parity, or the beginning of a frame whose length fits."""
    if line.bits == 7 or raw.startswith(_ACK):  # a confirmation keeps its parity bits
        told = raw.strip(b"\x00\xff\x7f")
        text = told.translate(STRIP_PARITY)
        return len(told) >= _FEW and told in (told.translate(EVEN_PARITY), text) and all(byte in _TEXT for byte in text)
    at = raw.find(_FLAG)
    while 0 <= at < len(raw) - 2:
        length = (raw[at + 1] & 7) << 8 | raw[at + 2]
        closing = at + length + 1
        if raw[at + 1] & 0xF0 == 0xA0 and length >= 7 and (closing >= len(raw) or raw[closing] == _FLAG):
            return True
        at = raw.find(_FLAG, at + 1)
    return False


def after_echo(question: bytes, heard: bytes) -> tuple[bool, bytes]:
    """Whether `heard` begins with an echo of `question`, holes or not, and what follows it."""
    if not question or not heard:
        return False, heard
    if heard.startswith(question):
        return True, heard[len(question) :]
    if question.startswith(heard):
        return True, b""
    at = matched = 0
    for byte in question:  # in order, with holes
        found = heard.find(byte, at, at + 3)
        if found >= 0:
            at, matched = found + 1, matched + 1
    return (True, heard[at:]) if matched >= _LIKE * len(question) and at <= len(question) else (False, heard)


# Told by what a line at a known speed makes of light and of other speeds. Behind a bridge or a gateway that sets the
# speed itself all of that is garbled, and no more is known.
_BY_THE_LINE: Final = frozenset((Sight.LIGHT, Sight.WEAK, Sight.SPEED))


class ProbeSense:
    """Feed it every trace event of a link; `sight` says what the probe sees. Knows no clock."""

    def __init__(self) -> None:
        self._restart(Sight.CLOSED)

    def _restart(self, state: Sight) -> None:
        self._state = state
        self._line = self._heard_at = SIGN_ON_LINE  # now, and when what was heard came
        self._judged_by = SIGN_ON_LINE  # the line by which what was heard was held to be speech or not
        self._has_line = True  # the speed is set from here
        self._radio_s = 0.0
        self._question = b""
        self._heard = bytearray()
        self._asked_s = self._left_s = self._unanswered_s = -1e9
        self._late_s = 0.0  # how long the meter has taken to answer at most
        self._talked_s = self._heard_s = -2e9
        self._is_asked = self._has_talked = self._is_missing = False
        self._is_waking = False
        self._before = Sight.ASKING
        self.unasked = 0

    def feed(self, event: TraceEvent) -> None:
        """Take one event in."""
        self._radio_s = RADIO_S if way_of(event.link) is Way.BRIDGE else 0.0
        if event.kind is TraceKind.TX:
            self._take_question(event)
        elif event.kind is TraceKind.RX:
            self._take_heard(event)
        elif event.kind is TraceKind.STATE:
            self._take_state(event.note)
        elif event.kind is TraceKind.LINE:
            self._line = _line_of(event.note) or self._line

    def sight(self, now_s: float) -> Sight:
        """What the probe sees at that monotonic time."""
        sight = self._sight(now_s)
        return Sight.GARBLED if sight in _BY_THE_LINE and not self._has_line else sight

    def _sight(self, now_s: float) -> Sight:
        if self._state is not Sight.QUIET:
            return self._state
        if now_s - self._talked_s < FRESH_S and self._talked_s >= self._asked_s:
            return Sight.TALKING
        if not self._is_asked:
            return Sight.LIGHT if self.unasked >= _FEW and not self._has_talked else Sight.QUIET
        found = judge(self.evidence)
        if found is Sight.TALKING or self._is_confirmed(found):
            return Sight.QUIET
        if now_s < self._due_s(found):
            return self._before if self._is_missing else Sight.ASKING
        return self._seen(found)

    def _seen(self, found: Sight) -> Sight:
        lifted = self._has_talked and found in (Sight.SILENT, Sight.ECHO, Sight.LIGHT)
        return Sight.LIFTED if lifted else found

    def _is_confirmed(self, found: Sight) -> bool:
        """Whether the question was an acknowledgement, and nothing speaks against its having been heard."""
        return self._question.startswith(_ACK) and found in (Sight.SILENT, Sight.ECHO)

    def _due_s(self, found: Sight) -> float:
        """Until when more may come that changes what is `found`."""
        if found in (Sight.SILENT, Sight.ECHO):
            longer_s = max(LONGER_S, min(_AS_LONG * self._late_s, LATEST_S))
            patience_s = longer_s if self._has_talked else PATIENCE_S
            return self._left_s + self._radio_s + (_PAUSE_S if self._is_missing else patience_s)
        return self._heard_s + _PAUSE_S

    @property
    def evidence(self) -> Evidence:
        """What followed the last question."""
        echoed, raw = after_echo(self._question, bytes(self._heard))
        return Evidence(raw, echoed, self.unasked, self._heard_at)

    def _take_question(self, event: TraceEvent) -> None:
        self._is_waking = not event.data.strip(b"\0")
        if self._is_waking:  # zeros wake, and ask nothing
            self._state = Sight.QUIET if self._state in (Sight.CLOSED, Sight.OPENING) else self._state
            return
        goes_on = event.monotonic_s <= self._left_s + 0.05 and not self._heard
        if not goes_on:  # until the second question is over, what the first one has shown stands
            found = judge(self.evidence)
            self._has_talked = self._has_talked or found is Sight.TALKING  # to its end
            unanswered = self._is_asked and self._talked_s < self._asked_s
            self._is_missing = unanswered and found is not Sight.TALKING and not self._is_confirmed(found)
            self._before = self._seen(found) if self._is_missing else Sight.ASKING
        self._question = (self._question if goes_on else b"") + event.data[:_SAMPLE]
        if not goes_on:
            self._heard.clear()
        self._state = Sight.QUIET if self._state in (Sight.CLOSED, Sight.OPENING) else self._state
        self._asked_s = event.monotonic_s
        lasts_s = len(event.data) * self._line.char_time_s
        self._left_s = max(event.monotonic_s, self._left_s if goes_on else event.monotonic_s) + lasts_s
        if goes_on or not self._is_missing:
            self._unanswered_s = self._left_s
        self._is_asked = True

    def _take_heard(self, event: TraceEvent) -> None:
        self._state = Sight.QUIET if self._state in (Sight.CLOSED, Sight.OPENING) else self._state
        if self._is_waking and not event.data.strip(b"\0"):
            return
        before_s, self._heard_s, self._heard_at = self._heard_s, event.monotonic_s, self._line
        late = event.monotonic_s > max(self._left_s, before_s) + QUESTION_S and not self._has_talked
        if not self._is_asked or late:
            self.unasked += len(event.data)
        is_full = len(self._heard) >= _SAMPLE and not late
        if not late:
            self._heard += event.data[: max(0, _SAMPLE - len(self._heard))]
        if self._talked_s >= self._asked_s:  # it goes on
            self._talked_s = event.monotonic_s
            return
        if is_full and self._line == self._judged_by:  # what is kept of it was judged before: a flood costs no more
            return
        self._judged_by = self._line
        told = event.data if late else self.evidence.raw
        if told and judge(Evidence(told, line=self._line)) is Sight.TALKING:
            self._talked_s, self.unasked = event.monotonic_s, 0
            late_s = event.monotonic_s - self._unanswered_s
            self._late_s = max(self._late_s, late_s if late_s <= LATEST_S else 0.0)

    def _take_state(self, note: str) -> None:
        word = note.partition(" ")[0].rstrip(":")
        if word == "opening":
            self._restart(Sight.OPENING)
        elif word == "up":
            self._state = Sight.QUIET
            settings, _bracket, capabilities = note.removeprefix("up ").partition(" [")
            self._line = _line_of(settings) or self._line
            self._has_line = not capabilities or "line" in capabilities.removesuffix("]").split()
        elif word == "lost":
            self._state = Sight.GONE
        elif word == "closed":
            self._state = Sight.CLOSED if self._state is not Sight.GONE else Sight.GONE


def _line_of(note: str) -> Line | None:
    """The settings that a trace event's note spells: "300 7E1"."""
    baud, _space, form = note.partition(" ")
    if not baud.isdigit() or len(form) != 3 or form[0] not in "78" or form[1] not in "NE" or form[2] not in "12":
        return None
    return Line(int(baud), int(form[0]), form[1], int(form[2]))
