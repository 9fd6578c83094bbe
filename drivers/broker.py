"""A broker that carries letters between terminals and a depot: MQTT 5 with a session that outlives the connection.

The broker is a postman, no party: what it carries is sealed and signed (`hht.depot.cards`), and what it loses or
doubles is found out by the ends. Tried against Mosquitto 2; not against others.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
import threading
from dataclasses import dataclass, field
from importlib import import_module
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from drivers.causes import cause_of
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkTimeout, LinkUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SESSION_S: Final = 30 * 86_400  # the broker keeps what comes for a terminal that is away
KEEP_ALIVE_S: Final = 30
OPEN_LIMIT_S: Final = 15.0
PUBLISH_LIMIT_S: Final = 30.0
_MOST_WAITING: Final = 10_000  # letters that came and nobody has looked at yet ...
_MOST_HELD: Final = 64 << 20  # ... and octets of them
MOST_LETTER: Final = 512 * 1024  # octets; the broker keeps longer ones to itself
_TAKEN_OVER: Final = 142  # MQTT 5, 3.14.2.1: another client came with the same name; Mosquitto 2.0 does not say it
_BRIEF_S: Final = 5.0  # a connection that was let in and lasted no longer ...
_BRIEF: Final = 3  # ... so often in a row: each of two takes the place of the other
OUSTED_S: Final = 30.0  # after that, until one comes again
RETURN_S: Final = 1.0  # after a lost connection, until the next try
STOP_LIMIT_S: Final = 5.0
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class BrokerUrlError(HhtError):
    """The name of a broker that cannot be understood."""

    default_code = "broker-url"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, and who one is there. `authority`: certificates (PEM) that vouch for it (mqtts); "" for those
    that the system trusts."""

    host: str
    port: int
    secure: bool
    user: str = ""
    password: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{'mqtts' if self.secure else 'mqtt'}://{self.host}:{self.port}"


def broker_address(text: str, *, password: str = "", authority: str = "") -> BrokerAddress:
    """``mqtt://[USER@]HOST[:PORT]`` or ``mqtts://…`` (TLS). Raises BrokerUrlError; a password in it is refused."""
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts, port = None, 0
    if parts is None or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BrokerUrlError(
            _("“{text}” names no broker.").format(text=text[:80]),
            remedy=_("Write mqtt://HOST:PORT, or mqtts://HOST:PORT for one with TLS."),
        )
    if parts.password is not None:
        raise BrokerUrlError(
            _("A password does not belong into the name of a broker: others on this computer can see it."),
            remedy=_("Put it into a file and name that: --password-file FILE."),
            code="broker-password",
        )
    return BrokerAddress(parts.hostname, port, parts.scheme == "mqtts", parts.username or "", password, authority)


class Broker:
    """One connection, opened again by itself when it is lost. `name`: who this is to the broker; `topics`: what it
    wants to hear, also of the time when it was away. Everything that speaks MQTT is done in one thread of its own."""

    def __init__(
        self,
        address: BrokerAddress,
        name: str,
        topics: Sequence[str],
        on_ousted: Callable[[HhtError], object] | None = None,
    ) -> None:
        """`on_ousted` hears when another one took its place under the same name; it comes again after a while then.
        Without it, that ends what is done here: the next letter that is asked for, or given, raises LinkUnavailable."""
        self.address, self._name, self._topics, self._on_ousted = address, name, tuple(topics), on_ousted
        self._line: _Line | None = None
        self._heard: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(_MOST_WAITING)
        self._held = 0  # octets that wait there
        self._ousted: HhtError | None = None

    async def open(self) -> None:
        """Connect and say what is wanted. Raises LinkUnavailable."""
        loop = asyncio.get_running_loop()
        self._line = _Line(self.address, self._name, self._topics, loop, self._put, self._oust)
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):  # wait_for may swallow that one is cancelled
                await self._line.opened
        except (OSError, ValueError, TimeoutError, _RefusedError) as error:
            await self.close()
            why = str(error) if isinstance(error, _RefusedError) else cause_of(error)
            raise LinkUnavailable(
                _("The broker {name} cannot be reached: {why}.").format(name=self.address, why=why),
                remedy=_what_to_do(error),
            ) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Go; the broker keeps what comes meanwhile."""
        line, self._line = self._line, None
        if line is not None:
            await asyncio.to_thread(line.stop)

    async def publish(self, topic: str, octets: bytes) -> None:
        """Give a letter to the broker; it has it when this returns. Raises LinkTimeout, LinkUnavailable."""
        if self._ousted is not None:
            raise self._ousted
        if self._line is None:
            raise self._silent()
        taken = self._line.publish(topic, octets)
        try:
            async with asyncio.timeout(PUBLISH_LIMIT_S):
                await taken
        except TimeoutError:
            raise self._silent() from None

    async def next(self, limit_s: float) -> tuple[str, bytes] | None:
        """The next letter with its topic; None where none came for so long. Raises LinkUnavailable ``broker-twin``."""
        try:
            async with asyncio.timeout(limit_s):
                got = await self._heard.get()
        except TimeoutError:
            return None
        if self._ousted is not None:
            raise self._ousted
        self._held -= len(got[1]) if got is not None else 0
        return got

    def _put(self, topic: str, octets: bytes) -> None:
        if not self._heard.full() and self._held + len(octets) <= _MOST_HELD:  # else it is lost: the ends find that out
            self._held += len(octets)
            self._heard.put_nowait((topic, octets))

    def _oust(self) -> None:
        error = LinkUnavailable(
            _("The broker {name} ends the connection: another one comes to it under the same name.").format(
                name=self.address
            ),
            remedy=_(
                "Is the program open twice? Else another laptop has the same key: have the copy enrolled anew. Where "
                "there is none, the network may break off each time: try again."
            ),
            code="broker-twin",
        )
        if self._on_ousted is not None:
            self._on_ousted(error)
            return
        self._ousted = error
        if not self._heard.full():
            self._heard.put_nowait(None)

    def _silent(self) -> LinkTimeout:
        return LinkTimeout(
            _("The broker {name} does not take what is sent.").format(name=self.address),
            remedy=_("Look whether there is a network, then try again: what arrived is not sent twice."),
        )


def _what_to_do(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _(
            "Look at this computer's clock, and whether the certificate (PEM) that vouches for the broker is named."
        )
    if isinstance(error, _RefusedError):
        return _("Ask whoever runs the broker: user, password, and what this terminal may read and write there.")
    return _("Look whether there is a network, whether its name and port are right, and try again.")


class _RefusedError(Exception):
    """The broker's own words for not letting one in."""


class _Line(threading.Thread):
    """The thread. paho's own one can hang for ever when it is stopped while it connects again."""

    def __init__(
        self,
        address: BrokerAddress,
        name: str,
        topics: tuple[str, ...],
        loop: asyncio.AbstractEventLoop,
        heard: Callable[[str, bytes], object],
        ousted: Callable[[], object],
    ) -> None:
        super().__init__(name="broker", daemon=True)
        self.opened: asyncio.Future[None] = loop.create_future()
        self._address, self._client_name, self._topics, self._loop, self._tell = address, name, topics, loop, heard
        self._ousted, self._rest_s = ousted, RETURN_S
        self._in_since, self._brief = 0.0, 0  # when it was let in (the loop's time; 0.0: not), brief ones in a row
        self._orders: SimpleQueue[tuple[str, bytes, asyncio.Future[None]]] = SimpleQueue()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._ends = threading.Event()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self.start()

    # From the loop's thread ------------------------------------------------------------------------------------------

    def publish(self, topic: str, octets: bytes) -> asyncio.Future[None]:
        """Done when the broker has it."""
        taken: asyncio.Future[None] = self._loop.create_future()
        self._orders.put((topic, octets, taken))
        self._ring()
        return taken

    def stop(self) -> None:
        """End the thread; it may still be trying to connect, and ends by itself then."""
        self._ends.set()
        self._ring()
        self.join(STOP_LIMIT_S)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._rope.send(b".")

    # The thread itself -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Connect, carry, connect again, until `stop`."""
        try:
            client = self._made()
            client.connect(
                self._address.host, self._address.port, KEEP_ALIVE_S, clean_start=False, properties=_lasting_session()
            )
            while not self._ends.is_set():
                if client.socket() is None:
                    self._return(client)
                else:
                    self._carry(client)
            client.disconnect()
        except (OSError, ValueError) as error:
            self._say(_set_error, self.opened, error)
        finally:
            self._bell.close()
            self._rope.close()

    def _carry(self, client: Any) -> None:
        """What is to be read and written now."""
        line = client.socket()
        readable, writable, _odd = select.select([line, self._bell], [line] if client.want_write() else [], [], 1.0)
        if self._bell in readable:
            with contextlib.suppress(BlockingIOError):
                self._bell.recv(4096)
        while not self._orders.empty() and not self._ends.is_set():
            topic, octets, taken = self._orders.get()
            self._waiting[client.publish(topic, octets, qos=1).mid] = taken
        if line in readable:
            client.loop_read()
        if client.socket() is not None and (line in writable or client.want_write()):
            client.loop_write()
        client.loop_misc()

    def _return(self, client: Any) -> None:
        """The connection was lost: once more, after a moment. What was not acknowledged goes again."""
        rest_s, self._rest_s = self._rest_s, RETURN_S
        if not self._ends.wait(rest_s):
            with contextlib.suppress(OSError, ValueError):
                client.reconnect()

    def _made(self) -> Any:
        mqtt: Any = import_module("paho.mqtt.client")  # its types leave out what its manual has
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self._client_name, protocol=mqtt.MQTTv5)
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password or None)
        if self._address.secure:
            client.tls_set_context(ssl.create_default_context(cadata=self._address.authority or None))
        client.connect_timeout = OPEN_LIMIT_S / 2
        client.on_connect = self._connected
        client.on_disconnect = self._gone
        client.on_message = lambda _c, _u, got: self._say(self._tell, got.topic, got.payload)
        client.on_publish = lambda _c, _u, mid, _r, _p: self._say(_set_done, self._waiting.pop(mid, None))
        return client

    def _connected(self, client: Any, _user: object, _flags: object, reason: Any, _more: object) -> None:
        if reason.is_failure:
            self._say(_set_error, self.opened, _RefusedError(str(reason)))
            return
        self._in_since = self._loop.time()
        if self._topics:
            client.subscribe([(topic, _as_it_comes()) for topic in self._topics])
        self._say(_set_done, self.opened)

    def _gone(self, _client: Any, _user: object, _flags: object, reason: Any, _more: object) -> None:
        lasted_s, was_in = self._loop.time() - self._in_since, self._in_since > 0.0
        self._in_since = 0.0
        if was_in:
            self._brief = self._brief + 1 if lasted_s < _BRIEF_S and not self._ends.is_set() else 0
        if reason.value == _TAKEN_OVER or self._brief >= _BRIEF:
            self._brief, self._rest_s = 0, OUSTED_S  # else two of one name take the place from one another for ever
            self._say(self._ousted)

    def _say(self, call: Callable[..., object], *words: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call, *words)


def _lasting_session() -> Any:
    properties: Any = import_module("paho.mqtt.properties")
    session = properties.Properties(import_module("paho.mqtt.packettypes").PacketTypes.CONNECT)
    session.SessionExpiryInterval, session.MaximumPacketSize = SESSION_S, MOST_LETTER
    return session


def _as_it_comes() -> Any:
    """Once at least, and nothing that somebody left at the broker for whoever comes (retained): no letter is."""
    options: Any = import_module("paho.mqtt.subscribeoptions")
    return options.SubscribeOptions(qos=1, retainHandling=options.SubscribeOptions.RETAIN_DO_NOT_SEND)


def _set_done(waits: asyncio.Future[None] | None) -> None:
    if waits is not None and not waits.done():
        waits.set_result(None)


def _set_error(waits: asyncio.Future[None], error: Exception) -> None:
    if not waits.done():
        waits.set_exception(error)
