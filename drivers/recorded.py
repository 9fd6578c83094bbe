"""A recorded conversation, replayed at byte level: `recorded:FILE`.

The recording's sent bytes are one stream; each received piece is released once the stream has been sent up to where
the recording had it. So the replay depends neither on how writes are cut into pieces nor on any protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from math import isinf

from drivers.base import BaseLink
from hht.clock import Clock
from hht.i18n import _
from hht.link import Capability, Line, LinkLost, LinkState, LinkUnavailable, TraceEvent, TraceKind, TraceSink
from hht.link_url import pace_factor

_SHOWN = 16  # bytes of a difference that are shown

_UP_NOTE = re.compile(r"up (\d{2,7}) ([78])([NE])([12]) \[([a-z_ ]*)\]")


class RecordingMismatch(LinkLost):
    """What was sent is not what was recorded. `details`: offset, expected and actual (hex from the difference on)."""

    default_code = "recording-mismatch"


@dataclass(frozen=True, slots=True)
class _Release:
    """Something that comes once `after` bytes have been sent."""

    after: int
    delay_s: float  # since the bytes before it, sent or received
    data: bytes  # b"" means: the link is lost
    cause: str = ""


class RecordedLink(BaseLink):
    """Replays `events` (those of one link; of the first that has bytes, where there are several).

    strict: a byte that differs from the recording is a `RecordingMismatch`; lenient: it is noted in the trace and the
    recorded answer comes all the same. pace "fast": answers come at once, and so does a LinkTimeout where the
    recording has nothing; "real": with the recorded delays; a number: that many times as fast. Raises LinkUrlError for
    any other pace.
    """

    def __init__(
        self,
        events: Iterable[TraceEvent],
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        strict: bool = True,
        pace: str = "fast",
        masked: Callable[[Sequence[TraceEvent]], Iterable[TraceEvent]] | None = None,
        on_difference: Callable[[int], None] = lambda _offset: None,
    ) -> None:
        """`masked`: gives the same events with asterisks for secrets, of which no error then shows a byte.
        `on_difference` is told, where it is lenient, at which byte something else was sent; for each that differs."""
        factor = pace_factor(pace)
        chosen = _of_one_link(events)
        line, capabilities = _opened_as(chosen)
        super().__init__(
            name or f"recorded:{chosen[0].link if chosen else ''}",
            clock=clock,
            sink=sink,
            line=line,
            capabilities=capabilities,
            paced=False,
        )
        self.mismatches = 0
        self._strict, self._paced_by, self._on_difference = strict, factor, on_difference
        self._masked = partial(masked, chosen) if masked is not None else None
        self._real = not isinf(factor)
        self._stream, self._releases = _script(chosen)
        self._sent_to = self._next = 0
        self._timer: asyncio.TimerHandle | None = None
        self._before = self._due = 0.0  # loop times of the bytes before, and of the next: what is late does not add up

    @property
    def finished(self) -> bool:
        """Everything recorded has been sent and received."""
        return self._sent_to >= len(self._stream) and self._next >= len(self._releases)

    @property
    def tx_left(self) -> int:
        """Recorded bytes that have not been sent yet."""
        return len(self._stream) - self._sent_to

    async def _open(self) -> None:
        if not self._stream and not self._releases:
            message = _("The recording holds no bytes.")
            raise LinkUnavailable(message, remedy=_("Choose another recording."), code="recording-empty")
        if self.finished:
            self._sent_to = self._next = 0
        self._before = self._now()
        asyncio.get_running_loop().call_soon(self._release)

    async def _write(self, raw: bytes) -> None:
        recorded = self._stream[self._sent_to : self._sent_to + len(raw)]
        if recorded == raw:
            self._sent_to += len(raw)
        elif self._strict:
            raise self._differs(raw, recorded)
        else:
            self.mismatches += 1
            self._trace(TraceKind.ERROR, note=f"differs from the recording at byte {self._sent_to}")
            self._on_difference(self._sent_to)
            self._sent_to = self._end_of_turn()
        self._sent(raw)
        self._before = max(self._before, self._now())
        self._release()
        await asyncio.sleep(0)

    async def _close(self) -> None:
        self._stop_timer()

    async def _wait_for_input(self, limit_s: float) -> None:
        if self._real or (self._next < len(self._releases) and self._releases[self._next].after <= self._sent_to):
            await super()._wait_for_input(limit_s)
            return
        await asyncio.sleep(0)
        self._deliver(self._echo.expire())
        if not self._rx:
            self._require_up()
            raise self._timeout_error(limit_s)

    def _differs(self, raw: bytes, recorded: bytes) -> RecordingMismatch:
        same = next((i for i, (a, b) in enumerate(zip(raw, recorded, strict=False)) if a != b), len(recorded))
        offset = self._sent_to + same
        secret = self._has_secret(self._sent_to, max(self._end_of_turn(), offset + _SHOWN))
        self._cause = _("it differs from the recording")
        self._lose(OSError(self._cause))
        remedy = _(
            "Leave out what was said of the association (--security, --client, …): the recording knows. "
            "What it holds is shown by: hht trace show FILE"
        )
        if secret:
            message = _("At byte {offset} something else was to be sent than the recording has; a secret stands there.")
            return RecordingMismatch(message.format(offset=offset), remedy=remedy, offset=offset)
        expected, actual = self._stream[offset : offset + _SHOWN], raw[same : same + _SHOWN]
        message = _("At byte {offset} the recording has {expected}, but {actual} was to be sent ({bytes}).").format(
            offset=offset,
            expected=expected.hex() or _("nothing more"),
            actual=actual.hex(),
            bytes=_byte_by_byte(offset, expected, actual),
        )
        return RecordingMismatch(message, remedy=remedy, offset=offset, expected=expected.hex(), actual=actual.hex())

    def _has_secret(self, start: int, end: int) -> bool:
        """Whether a secret stands in what was sent from `start` to `end` when this was recorded."""
        if self._masked is None:
            return False
        shown = b"".join(event.data for event in self._masked() if event.kind is TraceKind.TX)
        return shown[start:end] != self._stream[start:end]

    def _end_of_turn(self) -> int:
        """Where the recording's present run of sent bytes ends: at the next thing received."""
        return next((r.after for r in self._releases[self._next :] if r.after > self._sent_to), len(self._stream))

    def _release(self) -> None:
        """Let out what is due; with the real pace, one piece per timer."""
        while self._is_held() and self._timer is None and self._next < len(self._releases):
            release = self._releases[self._next]
            if release.after > self._sent_to:
                return
            self._due = self._before + release.delay_s / self._paced_by
            if self._real and self._due > self._now():
                self._timer = asyncio.get_running_loop().call_at(self._due, self._let_out_in_time)
                return
            self._let_out()

    def _is_held(self) -> bool:
        return self._state in (LinkState.UP, LinkState.OPENING)

    def _let_out_in_time(self) -> None:
        self._stop_timer()
        self._let_out()
        self._release()

    def _let_out(self) -> None:
        release = self._releases[self._next]
        self._before = max(self._before, self._due)
        self._next += 1
        if release.data:
            self._feed(release.data)
        else:
            self._lose(OSError(release.cause) if release.cause else EOFError())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _remedy(self) -> str:
        return _("The recording says so: replay it from its beginning.")


def _byte_by_byte(offset: int, recorded: bytes, sent: bytes) -> str:
    """Each byte that differs: where it stands, what was recorded, what was to be sent; -- where there is none."""
    pairs = enumerate(zip_longest(recorded, sent), offset)
    return ", ".join(f"{at}: {_octet(one)}≠{_octet(other)}" for at, (one, other) in pairs if one != other)


def _octet(value: int | None) -> str:
    return "--" if value is None else f"{value:02x}"


def openings(events: Iterable[TraceEvent]) -> list[list[TraceEvent]]:
    """The events of the first link that has bytes, cut where it was opened anew; openings without a byte are left
    out."""
    cut: list[list[TraceEvent]] = [[]]
    for event in _of_one_link(events):
        again = event.kind is TraceKind.STATE and _UP_NOTE.match(event.note)
        if again and any(earlier.data for earlier in cut[-1]):
            cut.append([])
        cut[-1].append(event)
    return [some for some in cut if any(event.data for event in some)]


def _of_one_link(events: Iterable[TraceEvent]) -> list[TraceEvent]:
    everything = list(events)
    link = next((event.link for event in everything if event.data), None)
    return [event for event in everything if event.link == link]


def _opened_as(events: Sequence[TraceEvent]) -> tuple[Line, Capability]:
    """Line settings and capabilities as the recording's first "up" states them."""
    for event in events:
        if event.kind is TraceKind.STATE and (match := _UP_NOTE.match(event.note)):
            baud, bits, parity, stop, words = match.groups()
            capabilities = Capability.NONE
            for word in words.split():
                capabilities |= Capability.__members__.get(word.upper(), Capability.NONE)
            return Line(int(baud), int(bits), parity, int(stop)), capabilities
    has_line = any(event.kind is TraceKind.LINE for event in events)
    return Line(), Capability.LINE if has_line else Capability.NONE


def _script(events: Sequence[TraceEvent]) -> tuple[bytes, list[_Release]]:
    stream, releases = bytearray(), []
    before_s, cause = events[0].monotonic_s if events else 0.0, ""
    for event in events:
        delay_s = max(0.0, event.monotonic_s - before_s)
        if event.kind is TraceKind.TX:
            stream += event.data
        elif event.kind is TraceKind.RX and event.data:
            releases.append(_Release(len(stream), delay_s, event.data))
        elif event.kind is TraceKind.STATE and event.note.split(" ")[0] == "lost":
            releases.append(_Release(len(stream), delay_s, b"", cause))
        else:
            cause = event.note if event.kind is TraceKind.ERROR else cause
            continue  # what is said in between takes no time of its own
        before_s = event.monotonic_s
    return bytes(stream), releases
