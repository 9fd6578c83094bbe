"""Echo cancelling for probes that hear themselves: all or nothing, learnt once at sign-on.

Why so careful: a request and its answer may share a beginning (``/?!`` and ``/LGZ...``; two HDLC frames both begin
7E A0), and at the switch to mode E the meter's answer *equals* the request. So what looks like an echo is held until
the whole of it has matched, whether the probe echoes is decided on the first exchange and kept, and where an echo is
damaged nothing is taken away: the protocols above reject what is not theirs.
"""

from __future__ import annotations

from collections.abc import Callable

ECHO_MODES = ("auto", "on", "off")

# A damaged first echo still shows that the probe echoes: more than this part of it came back, and all but so many
# bytes. Answers share less with their request: an identification one byte of five, a UA or DM frame six bytes of nine
# with its DISC frame where both ends have the same address, and a UA frame that agrees to everything all but three
# with its SNRM frame.
_LIKENESS, _MISSING = 2 / 3, 2
_SAMPLE = 64  # bytes of the first exchange that are compared


class EchoCanceller:
    """Takes the echo of what was sent out of what was received. Not thread-safe; knows no clock."""

    def __init__(self, mode: str = "auto", *, note: Callable[[str], None] | None = None) -> None:
        if mode not in ECHO_MODES:
            raise ValueError(f"echo is one of {', '.join(ECHO_MODES)}, not {mode!r}")
        self.mode = mode
        self.echoes: bool | None = {"auto": None, "on": True, "off": False}[mode]
        self.cancelled_bytes = 0
        self.damaged = 0  # echoes that did not come back whole
        self._note = note or (lambda text: None)
        self._expected = bytearray()
        self._held = bytearray()
        self._question = b""  # the undecided first request ...
        self._sample = bytearray()  # ... and what came after it

    @property
    def pending(self) -> bool:
        """An echo is still expected, or part of one is held back."""
        return bool(self._expected)

    @property
    def holding(self) -> bool:
        """Part of an echo has come and is held back."""
        return bool(self._held)

    def relearn(self) -> None:
        """A new sign-on begins: in mode ``auto`` what was learnt is forgotten."""
        if self.mode == "auto":
            self.echoes = None
        self._expected.clear()
        self._held.clear()
        self._question = b""
        self._sample.clear()

    def sent(self, raw: bytes) -> None:
        """`raw` left on the wire. Call before anything received after it is passed to `received`."""
        self._judge(final=True)
        if self.echoes is not False:
            self._expected += raw

    def received(self, raw: bytes) -> bytes:
        """What of `raw` (and of what was held before) is not echo; maybe nothing yet."""
        if self._question:
            self._sample += raw
            self._judge(final=False)
        if not self._expected:
            return raw
        self._held += raw
        length = min(len(self._held), len(self._expected))
        if self._held[:length] != self._expected[:length]:
            return self._mismatch()
        if length < len(self._expected):
            return b""
        rest = bytes(self._held[length:])
        self._held.clear()
        self._expected.clear()
        self.cancelled_bytes += length
        self._decide(True, "")
        return rest

    def expire(self) -> bytes:
        """The time for an echo has passed: expect it no longer, give back what was held."""
        if not self._expected:
            return b""
        released = bytes(self._held)
        if self.echoes or released:
            self.damaged += 1
            self._note(f"echo incomplete: {len(released)} of {len(self._expected)} bytes")
        if released and self.echoes is None:
            self._question, self._sample = bytes(self._expected[:_SAMPLE]), self._held[:]
            self._judge(final=True)
        self._expected.clear()
        self._held.clear()
        return released

    def _mismatch(self) -> bytes:
        released = bytes(self._held)
        if self.echoes is None:
            self._question, self._sample = bytes(self._expected[:_SAMPLE]), self._held[:]
            self._judge(final=False)
        elif self.echoes:
            self.damaged += 1
            self._note("echo damaged: passed on")
        self._held.clear()
        self._expected.clear()
        return released

    def _judge(self, *, final: bool) -> None:
        """Decide on the first exchange, once enough of it has been seen (or no more of it will be)."""
        question = self._question
        if not question or (len(self._sample) < len(question) and not final):
            return
        common = _common(question, bytes(self._sample[: len(question)]))
        echo = common > _LIKENESS * len(question) and common >= len(question) - _MISSING
        self._question = b""
        self._sample.clear()
        if echo:
            self.damaged += 1
        self._decide(echo, " (its echo came back damaged)" if echo else "")

    def _decide(self, echoes: bool, how: str) -> None:
        if self.echoes is None:
            self.echoes = echoes
            self._note(("the probe echoes" if echoes else "no echo") + how)


def _common(a: bytes, b: bytes) -> int:
    """Length of the longest common subsequence: how much of `a` is left in `b`, in order."""
    row = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for column, y in enumerate(b, 1):
            above = row[column]
            row[column] = previous + 1 if x == y else max(above, row[column - 1])
            previous = above
    return row[-1]
