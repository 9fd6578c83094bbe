"""A serial port at the far end of a network, whose line is set from here: `rfc2217://host:port` (RFC 2217)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from drivers.com_port_control import Agreement, ComPortControl
from drivers.tcp import CONNECT_LIMIT_S, TcpLink, host_and_port
from hht.clock import Clock
from hht.i18n import _
from hht.link import SIGN_ON_LINE, Capability, Line, LinkUnavailable, TraceSink

ANSWER_LIMIT_S = 3.0  # the server's part in a negotiation
_SOFT = (8, "N", 1)  # what the port does while parity is done here


class Rfc2217Link(TcpLink):
    """Bytes through the serial port that the server at `host`:`port` lends, as through one of this computer's."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        clock: Clock,
        sink: TraceSink | None = None,
        name: str | None = None,
        line: Line = SIGN_ON_LINE,
        echo: str = "auto",
        hard_parity: bool = False,
        dtr: bool = True,
        rts: bool = True,
        connect_limit_s: float = CONNECT_LIMIT_S,
    ) -> None:
        """The options are those of `drivers.optical_probe.OpticalProbeLink`."""
        super().__init__(
            host,
            port,
            clock=clock,
            sink=sink,
            name=name or f"rfc2217://{host_and_port(host, port)}",
            connect_limit_s=connect_limit_s,
            line=line,
            capabilities=Capability.LINE
            | Capability.ECHO
            | (Capability.HARD_PARITY if hard_parity else Capability.NONE),
            echo=echo,
        )
        self._hard, self._power = hard_parity, (dtr, rts)
        self._control = ComPortControl()
        self._news = asyncio.Event()

    async def _open(self) -> None:
        self._control = ComPortControl()
        await super()._open()
        try:
            self._say(self._control.greeting())
            await self._answer(lambda: self._control.agreement is not Agreement.OPEN)
            if self._control.agreement is not Agreement.YES:
                raise self._no_control()
            dtr, rts = self._power
            self._say(self._control.power(dtr=dtr, rts=rts) + self._control.purge())
            await self._set_line(self._line)
        except EOFError:
            await self._close()
            raise self._no_control() from None
        except BaseException:  # cancelled too: a link that did not come up is not closed again
            await self._close()
            raise

    async def _set_line(self, line: Line) -> None:
        wanted = line if self._hard else Line(line.baud, *_SOFT)
        self._say(self._control.line(wanted))
        await self._answer(lambda: self._control.answered(wanted) is not None)
        if self._is_gone():
            raise EOFError
        answer = self._control.answered(wanted)
        if answer is None:
            raise self._no_answer(wanted)
        if not answer:
            message = _("The port behind {link} cannot do {line}.").format(link=self._title, line=wanted)
            raise LinkUnavailable(message, remedy=_("Use another adapter, or another speed."))

    async def _answer(self, there: Callable[[], bool]) -> None:
        """Wait until `there()`, the server has had its time, or it has gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_LIMIT_S):
                while not there() and not self._is_gone():
                    self._news.clear()
                    await self._news.wait()

    def _is_gone(self) -> bool:
        return self._wire is None or self._wire.gone.is_set() or bool(self._cause)

    def _lose(self, error: BaseException) -> None:
        super()._lose(error)
        self._news.set()

    def _no_answer(self, line: Line) -> LinkUnavailable:
        message = _("The serial server of {link} has not said within {seconds} s whether its port is set to {line}.")
        return LinkUnavailable(
            message.format(link=self._title, seconds=f"{ANSWER_LIMIT_S:g}", line=line),
            remedy=_("Check the adapter at the serial server, and that no other program has it; then try again."),
        )

    def _no_control(self) -> LinkUnavailable:
        address = host_and_port(self._host, self._port)
        if self._control.agreement is Agreement.NO:
            cause = _("it lends its port without control of the line")
        elif self._is_gone() or self._control.agreement is Agreement.YES:
            cause = _("it ended the connection")
        else:
            cause = _("no RFC 2217 answer within {seconds} s").format(seconds=f"{ANSWER_LIMIT_S:g}")
        message = _("{address} does not let the line be set from here: {cause}.").format(address=address, cause=cause)
        remedy = _("Turn RFC 2217 on at the serial server, or set its speed there and use tcp://{address}.")
        return LinkUnavailable(message, code="link-no-line-control", remedy=remedy.format(address=address))

    def _say(self, words: bytes) -> None:
        if self._wire is not None:
            self._wire.transport.write(words)

    def _encoded(self, raw: bytes) -> bytes:
        return self._control.escaped(raw)

    def _feed(self, raw: bytes) -> None:
        try:
            heard = self._control.hear(raw)
        except ValueError as error:
            self._lose(OSError(str(error)))
            return
        self._say(heard.reply)
        self._news.set()
        super()._feed(heard.data)
