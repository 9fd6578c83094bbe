"""What every link shares: states, the read buffer, the trace, software parity, echo, the transmit clock.

A driver derives from `BaseLink` and gives `_open`, `_write`, `_close` (and `_set_line` where it has a line); it pushes
what arrives with `_feed` and says with `_lose` that the transport has gone. All of it on the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.causes import LOSSES, cause_of
from drivers.echo import EchoCanceller
from drivers.woken import woken
from hht.clock import Clock
from hht.i18n import _
from hht.link import (
    SIGN_ON_LINE,
    Capability,
    Line,
    LinkLost,
    LinkState,
    LinkTimeout,
    LinkUnavailable,
    TraceEvent,
    TraceKind,
    TraceSink,
)
from hht.link_remedies import Trouble, remedy_for
from hht.parity import EVEN_PARITY, STRIP_PARITY

_ODD = bytes(b for b in range(256) if b.bit_count() % 2)

CLOSE_LIMIT_S = 2.0
SETTLE_S = 0.01  # between the last stop bit and another speed: a meter may answer at the new one after 20 ms
ECHO_SLACK_S = 0.25  # an echo comes back with the last stop bit; USB adapters hold it for 16 ms, busy machines longer
HEARD_KEPT = 256  # bytes after a write: enough to tell an echo, noise and another speed apart
HOLD_INPUT_AT = 256 * 1024  # unread bytes at which the driver is asked to stop reading ...
DROP_INPUT_AT = 1024 * 1024  # ... and at which a driver that cannot loses them (a probe that floods)


class BaseLink:
    """Shared behaviour of all links (see `hht.link.Link` for the contract). `sink` must not raise."""

    def __init__(
        self,
        name: str,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        line: Line | None = None,
        capabilities: Capability = Capability.NONE,
        echo: str = "auto",
        paced: bool = True,
    ) -> None:
        """`paced` False: bytes take no time here (in process), so a change of speed waits for nothing."""
        self.on_state: list[Callable[[LinkState], None]] = []
        self._parity_errors = 0
        self._parity_seen = False  # whether the far end sends parity bits at all: some bridges strip them
        self._odd = 0  # characters that would be wrong if it does
        self._name, self._clock, self._sink = name, clock, sink
        self._title = name
        self._first_line = self._line = line or Line()
        self._capabilities = capabilities
        self._state = LinkState.CLOSED
        self._cause = ""
        self._rx = bytearray()
        self._heard = bytearray()
        self._wake = asyncio.Event()
        self._echo = EchoCanceller(echo if Capability.ECHO in capabilities else "off", note=self._note_line)
        self._paced = paced
        self._tx_done = 0.0  # loop time at which the last stop bit has left
        self._bytes_tx = self._bytes_rx = 0
        self._holding = self._overflowing = False
        self._closing: asyncio.Task[None] | None = None

    # What the contract shows -------------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """The link's URL."""
        return self._name

    @property
    def title(self) -> str:
        """What people call it."""
        return self._title

    @property
    def capabilities(self) -> Capability:
        """What the link can do beyond moving bytes."""
        return self._capabilities

    @property
    def state(self) -> LinkState:
        """Where the link is in its life."""
        return self._state

    @property
    def line(self) -> Line:
        """The line settings in force."""
        return self._line

    @property
    def bytes_tx(self) -> int:
        """Bytes sent over the link's whole life."""
        return self._bytes_tx

    @property
    def bytes_rx(self) -> int:
        """Bytes received over the link's whole life, cancelled echo left out."""
        return self._bytes_rx

    @property
    def echoes(self) -> bool | None:
        """Whether what is sent comes back; None while that is not known."""
        return self._echo.echoes

    @property
    def echo_bytes(self) -> int:
        """Bytes of echo that were taken out. Grows while nothing else arrives: the probe hears only itself."""
        return self._echo.cancelled_bytes

    @property
    def heard_since_write(self) -> bytes:
        """The first bytes that came after the last write, as they were on the wire."""
        return bytes(self._heard)

    @property
    def parity_errors(self) -> int:
        """Characters with a wrong parity bit, where parity is done in software."""
        return self._parity_errors

    @property
    def software_parity(self) -> bool:
        """7E1 is in force and done here: bit 7 is parity on the wire."""
        return self._line.bits == 7 and self._line.parity == "E" and Capability.HARD_PARITY not in self._capabilities

    @property
    def tx_remaining_s(self) -> float:
        """Seconds until everything written has left, by our own transmit clock (a driver's says it too early)."""
        return max(0.0, self._tx_done - asyncio.get_running_loop().time())

    # Life --------------------------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Open it; raises LinkUnavailable."""
        if self._state in (LinkState.UP, LinkState.OPENING):
            raise RuntimeError(f"{self._name} is open already")
        await self.close()  # a lost link still holds what is left of its transport
        self._rx.clear()
        self._heard.clear()
        self._wake.clear()
        self._echo.relearn()
        self._line, self._tx_done, self._cause = self._first_line, 0.0, ""
        self._holding = self._overflowing = False
        self._set_state(LinkState.OPENING)
        try:
            await self._open()
        except LinkUnavailable as error:
            self._set_state(LinkState.CLOSED, error.code)
            raise
        except BaseException as error:
            self._set_state(LinkState.CLOSED, type(error).__name__)
            raise
        if self._closed_meanwhile():
            await self._close_bounded()
            raise LinkUnavailable(
                _("{link} was closed while it was being opened.").format(link=self._title), remedy=_("Open it again.")
            )
        if not self._cause:  # else it was lost in the same moment: the first read says so
            self._set_state(LinkState.UP, self._describe_line())

    def _closed_meanwhile(self) -> bool:
        return self._state is LinkState.CLOSED

    async def close(self) -> None:
        """Close it: never raises, at most 2 s. If the caller is cancelled meanwhile, it still closes first."""
        if self._closing is None:
            if self._state is LinkState.CLOSED:
                return
            self._cause = self._cause or _("it was closed here")
            self._set_state(LinkState.CLOSED)
            self._wake.set()
            self._closing = asyncio.ensure_future(self._close_bounded())
        closing, cancelled = self._closing, None
        while not closing.done():
            try:
                await asyncio.wait({closing})
            except asyncio.CancelledError as error:
                cancelled = error
        self._closing = None
        if cancelled is not None:
            raise cancelled

    async def _close_bounded(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._close()
        except LOSSES as error:  # TimeoutError is one of them
            self._trace(TraceKind.ERROR, note=f"closing: {cause_of(error)}")

    # Bytes -------------------------------------------------------------------------------------------------------
    async def write(self, data: bytes) -> None:
        """Hand `data` over for sending. Raises LinkLost; LinkTimeout where nothing is taken for seconds."""
        self._require_up()
        self._expire_echo()
        raw = data.translate(EVEN_PARITY) if self.software_parity else bytes(data)
        try:
            await self._write(raw)
        except LOSSES as error:
            self._lose(error)
            raise self._lost_error() from error

    async def read(self, timeout: float) -> bytes:
        """At least one byte; LinkTimeout after `timeout` seconds, LinkLost once all that had arrived is read."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        if timeout <= 0:
            await asyncio.sleep(0)  # whoever polls still lets the loop breathe
        while not self._rx:
            self._require_up()
            left = deadline - loop.time()
            if left <= 0:
                raise self._timeout_error(timeout)
            self._wake.clear()
            await self._wait_for_input(self._patience(left))
            self._expire_echo()
        data = bytes(self._rx)
        self._rx.clear()
        self._allow_input()
        return data

    async def _wait_for_input(self, limit_s: float) -> None:
        await woken(self._wake, limit_s)

    async def set_line(self, line: Line) -> None:
        """Change the speed once all has left and settled (a character's time, at most 10 ms: meters that react in
        20 ms are followed in time); without a line, the parity rule only. Raises LinkLost; LinkUnavailable where the
        port cannot do that speed (it stays as it was)."""
        self._require_up()
        if Capability.LINE in self._capabilities:
            settle_s = min(self._line.char_time_s, SETTLE_S) * self._paced
            while (wait := self._tx_done + settle_s - self._now()) > 0:
                await asyncio.sleep(wait)
                self._require_up()
            try:
                await self._set_line(line)
            except LinkUnavailable:
                self._note_line(f"refused {line}")
                raise
            except LOSSES as error:
                self._lose(error)
                raise self._lost_error() from error
        if line == SIGN_ON_LINE:
            self._deliver(self._echo.expire())
            self._echo.relearn()  # learnt once per sign-on
            self._parity_seen, self._odd = False, 0
        self._line = line
        self._note_line(str(line))

    def discard_input(self) -> bytes:
        """Forget what has arrived and not been read; returns it."""
        self._expire_echo()
        data = bytes(self._rx)
        self._rx.clear()
        self._allow_input()
        return data

    # What drivers give -------------------------------------------------------------------------------------------
    async def _open(self) -> None:
        raise NotImplementedError

    async def _close(self) -> None:
        raise NotImplementedError

    async def _write(self, raw: bytes) -> None:
        """Send `raw`, calling `_sent` for each piece as it is handed over. May raise any of `LOSSES`, LinkTimeout."""
        raise NotImplementedError

    async def _set_line(self, line: Line) -> None:
        """Re-clock the port; only called with `Capability.LINE`."""

    def _pause_input(self) -> None:
        """Too much lies unread: stop reading if that is possible."""

    def _resume_input(self) -> None:
        """It has been read: go on."""

    def _remedy(self) -> str:
        return _("Check the connection, then try again: the step reads before it repeats anything.")

    # What drivers call -------------------------------------------------------------------------------------------
    def _sent(self, raw: bytes) -> None:
        """`raw` is on its way. Must run before anything that could be its echo is fed."""
        self._bytes_tx += len(raw)
        takes_time = self._paced and Capability.LINE in self._capabilities
        self._tx_done = max(self._tx_done, self._now()) + len(raw) * self._line.char_time_s * takes_time
        self._echo.sent(raw)
        self._heard.clear()
        self._trace(TraceKind.TX, raw)

    def _feed(self, raw: bytes) -> None:
        """`raw` arrived."""
        if self._state not in (LinkState.UP, LinkState.OPENING) or not raw:
            return
        self._trace(TraceKind.RX, raw)
        if len(self._heard) < HEARD_KEPT:
            self._heard += raw[: HEARD_KEPT - len(self._heard)]
        self._deliver(self._echo.received(raw))

    def _lose(self, error: BaseException) -> None:
        """The transport has gone. Readers and writers hear of it; resources are freed by `close` or by reopening."""
        if self._state in (LinkState.UP, LinkState.OPENING):
            self._cause = cause_of(error)
            self._trace(TraceKind.ERROR, note=self._cause)
            self._deliver(self._echo.expire())
            self._set_state(LinkState.LOST)
        self._wake.set()

    # Inside ------------------------------------------------------------------------------------------------------
    def _deliver(self, raw: bytes) -> None:
        if not raw:
            return
        if self.software_parity:
            self._judge_parity(raw)
            raw = raw.translate(STRIP_PARITY)
        room = DROP_INPUT_AT - len(self._rx)
        if len(raw) > room:
            if not self._overflowing:
                self._trace(TraceKind.ERROR, note="more arrived than is read: bytes dropped")
            self._overflowing, raw = True, raw[:room]
        self._bytes_rx += len(raw)
        self._rx += raw
        self._wake.set()
        if len(self._rx) > HOLD_INPUT_AT and not self._holding:
            self._holding = True
            self._pause_input()

    def _judge_parity(self, raw: bytes) -> None:
        """Count wrong parity bits, once the far end has been seen to send such bits."""
        self._odd += len(raw) - len(raw.translate(None, _ODD))
        self._parity_seen = self._parity_seen or not raw.isascii()
        if self._parity_seen and self._odd:
            self._parity_errors += self._odd
            self._trace(TraceKind.ERROR, note=f"parity: {self._odd} of {len(raw)} characters")
            self._odd = 0

    def _allow_input(self) -> None:
        self._overflowing = False
        if self._holding:
            self._holding = False
            self._resume_input()

    def _expire_echo(self) -> None:
        if self._echo.pending and self._now() > self._tx_done + ECHO_SLACK_S:
            self._deliver(self._echo.expire())

    def _patience(self, left_s: float) -> float:
        """How long to wait: no longer than an echo that has begun may take to end."""
        if not self._echo.holding:
            return left_s
        return min(left_s, max(0.0, self._tx_done + ECHO_SLACK_S + 0.001 - self._now()))

    def _require_up(self) -> None:
        if self._state is not LinkState.UP:
            raise self._lost_error()

    def _lost_error(self) -> LinkLost:
        cause = self._cause or _("it was not opened")
        message = _("The connection {link} is gone: {cause}.").format(link=self._title, cause=cause)
        return LinkLost(message, remedy=self._remedy(), link=self._name)

    def _timeout_error(self, timeout: float) -> LinkTimeout:
        message = _("Nothing arrived on {link} within {seconds} s.").format(link=self._title, seconds=f"{timeout:.3g}")
        return LinkTimeout(message, remedy=remedy_for(Trouble.SILENT, self))

    def _set_state(self, state: LinkState, note: str = "") -> None:
        if state is self._state:
            return
        self._state = state
        self._trace(TraceKind.STATE, note=f"{state.value} {note}".strip())
        for callback in list(self.on_state):
            callback(state)

    def _describe_line(self) -> str:
        names = [flag.name.lower() for flag in Capability if flag in self._capabilities and flag.name]
        return f"{self._line} [{' '.join(names)}]"

    def _note_line(self, text: str) -> None:
        self._trace(TraceKind.LINE, note=text)

    def _trace(self, kind: TraceKind, data: bytes = b"", note: str = "") -> None:
        if self._sink is not None:
            self._sink(TraceEvent(self._clock.now(), self._clock.monotonic(), self._name, kind, data, note))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
