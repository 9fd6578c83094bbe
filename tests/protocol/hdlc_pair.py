"""A client and a server with a channel between them that a test can spoil, and a timer that only runs in the test."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator

from hht.protocol.hdlc import Connected, Disconnected, HdlcClient, HdlcParameters, HdlcServer, Received

Channel = Callable[[list[bytes]], list[bytes]]


def frames_of(data: bytes) -> list[bytes]:
    """The frames in what a station has sent, one after the other, by their length fields."""
    found = []
    while data:
        end = 2 + ((data[1] & 0x07) << 8 | data[2])
        found.append(data[:end])
        data = data[end:]
    return found


def clean(frames: list[bytes]) -> list[bytes]:
    """A channel that changes nothing."""
    return frames


class Pair:
    """A client and a server; the server answers each message with ``re:`` and the message."""

    def __init__(
        self,
        channel: Channel = clean,
        client: HdlcParameters | None = None,
        server: HdlcParameters | None = None,
    ) -> None:
        self.client = HdlcClient(16, 1, proposed=client or HdlcParameters())
        self.server = HdlcServer(1, server or HdlcParameters())
        self.channel = channel
        self.executed: list[bytes] = []
        self.got: list[object] = []
        self.rounds = 0
        self.timeouts = 0

    def _serve(self, data: bytes) -> None:
        for event in self.server.receive(data):
            if isinstance(event, Received):
                self.executed.append(event.apdu)
                self.server.send(b"re:" + event.apdu)

    def until(self, kind: type[object]) -> object:
        """Turn the wheel until the client reports `kind` or the end; the timer runs out when nothing arrives."""
        for _round in range(3000):
            self.rounds += 1
            for piece in self.channel(frames_of(self.client.data_to_send())):
                self._serve(piece)
            events: list[object] = []
            for piece in self.channel(frames_of(self.server.data_to_send())):
                events += self.client.receive(piece)
            self.got += events
            for event in events:
                if isinstance(event, kind | Disconnected):
                    return event
            if not events and not self.client._out:
                self.timeouts += 1
                self.client.timeout()
        raise AssertionError("a hang")

    def talk(self, *messages: bytes) -> list[bytes]:
        """Connect, send each message, return the answers; stops where the connection ends."""
        self.client.connect()
        answers: list[bytes] = []
        if not isinstance(self.until(Connected), Connected):
            return answers
        for message in messages:
            self.client.send(message)
            event = self.until(Received)
            if not isinstance(event, Received):
                break
            answers.append(event.apdu)
        return answers


class SlowLine:
    """Client and server on a line with delays in a virtual time: bytes in order, each burst later than the last.

    `delay()` gives the seconds that one burst takes; None loses it. The timer is `patience` seconds.
    """

    def __init__(self, delay: Callable[[], float | None], parameters: HdlcParameters, *, patience: float = 1.0) -> None:
        self.client = HdlcClient(16, 1, proposed=parameters)
        self.server = HdlcServer(1, parameters)
        self.delay, self.patience = delay, patience
        self.now = 0.0
        self.executed: list[bytes] = []
        self._arrivals: list[tuple[float, int, bool, bytes]] = []
        self._free = {True: 0.0, False: 0.0}
        self._count = 0

    def _send(self, data: bytes, *, to_server: bool) -> None:
        delay = self.delay()
        if not data or delay is None:
            return
        self._free[to_server] = max(self._free[to_server], self.now + delay)
        self._count += 1
        heapq.heappush(self._arrivals, (self._free[to_server], self._count, to_server, data))

    def events(self, limit: int = 5000) -> Iterator[object]:
        """What the client reports, as time goes by; raises AssertionError when it never ends."""
        deadline = self.now + self.patience
        for _step in range(limit):
            out = self.client.data_to_send()
            if out:
                self._send(out, to_server=True)
                deadline = self.now + self.patience
            if self._arrivals and self._arrivals[0][0] <= deadline:
                self.now, _number, to_server, data = heapq.heappop(self._arrivals)
                if to_server:
                    for event in self.server.receive(data):
                        if isinstance(event, Received):
                            self.executed.append(event.apdu)
                            self.server.send(b"re:" + event.apdu)
                    self._send(self.server.data_to_send(), to_server=False)
                else:
                    yield from self.client.receive(data)
                    deadline = self.now + self.patience
            else:
                self.now = deadline
                deadline += self.patience
                self.client.timeout()
        raise AssertionError("a hang")

    def talk(self, messages: list[bytes]) -> list[bytes]:
        """Connect and exchange `messages`; the answers."""
        self.client.connect()
        answers: list[bytes] = []
        stream = self.events()
        for event in stream:
            if isinstance(event, Connected | Received):
                if isinstance(event, Received):
                    answers.append(event.apdu)
                if len(answers) == len(messages):
                    return answers
                self.client.send(messages[len(answers)])
            elif isinstance(event, Disconnected):
                break
        return answers


def lossy(seed: int, drop: float, flip: float, double: float) -> Channel:
    """A channel that drops, damages and doubles frames; each frame on its own."""
    rng = random.Random(seed)

    def channel(frames: list[bytes]) -> list[bytes]:
        pieces = []
        for frame in frames:
            whole = bytearray(frame)
            if rng.random() < drop:
                continue
            if rng.random() < flip:
                whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
            pieces += [bytes(whole)] * (2 if rng.random() < double else 1)
        return pieces

    return channel
