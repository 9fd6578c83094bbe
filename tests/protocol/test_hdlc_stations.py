"""Client and server stations against each other, over channels that lose, damage, double and swap."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from hht.errors import HhtError
from hht.protocol.hdlc import (
    Connected,
    Control,
    Disconnected,
    Frame,
    HdlcAddress,
    HdlcClient,
    HdlcLinkError,
    HdlcParameters,
    HdlcServer,
    Received,
)

Channel = Callable[[bytes], list[bytes]]


def clean(data: bytes) -> list[bytes]:
    """A channel that changes nothing."""
    return [data]


class Pair:
    """A client and a server; the server answers each message with `answer(message)`."""

    def __init__(
        self,
        channel: Channel = clean,
        client: HdlcParameters | None = None,
        server: HdlcParameters | None = None,
        answer: Callable[[bytes], bytes] = lambda message: b"re:" + message,
    ) -> None:
        self.client = HdlcClient(16, 1, proposed=client or HdlcParameters(128, 128, 1, 1))
        self.server = HdlcServer(1, server or HdlcParameters(128, 128, 1, 1))
        self.channel, self.answer = channel, answer
        self.executed: list[bytes] = []
        self.got: list[object] = []
        self.rounds = 0

    def _serve(self, data: bytes) -> None:
        for event in self.server.receive(data):
            if isinstance(event, Received):
                self.executed.append(event.apdu)
                self.server.send(self.answer(event.apdu))

    def until(self, kind: type[object]) -> object:
        """Turn the wheel until the client reports `kind`; a virtual timer runs out when nothing arrives."""
        for _round in range(2000):
            self.rounds += 1
            for piece in self.channel(self.client.data_to_send()):
                self._serve(piece)
            events: list[object] = []
            for piece in self.channel(self.server.data_to_send()):
                events += self.client.receive(piece)
            self.got += events
            for event in events:
                if isinstance(event, kind | Disconnected):
                    return event
            if not events and not self.client._out:
                self.client.timeout()
        raise AssertionError("a hang")

    def talk(self, *messages: bytes) -> list[bytes]:
        self.client.connect()
        assert isinstance(self.until(Connected), Connected)
        answers = []
        for message in messages:
            self.client.send(message)
            event = self.until(Received)
            assert isinstance(event, Received)
            answers.append(event.apdu)
        return answers


@pytest.mark.parametrize("window", [1, 3, 7])
@pytest.mark.parametrize("info", [32, 128, 2030])
@pytest.mark.parametrize("size", [1, 124, 125, 126, 128, 5000])
def test_segments_both_ways(window: int, info: int, size: int) -> None:
    parameters = HdlcParameters(info, info, window, window)
    pair = Pair(client=parameters, server=parameters)
    message = random.Random(size).randbytes(size)
    assert pair.talk(message, message[::-1]) == [b"re:" + message, b"re:" + message[::-1]]
    assert pair.executed == [message, message[::-1]]


def test_negotiation_takes_the_lesser() -> None:
    pair = Pair(client=HdlcParameters(2030, 2030, 7, 7), server=HdlcParameters(128, 256, 2, 3))
    pair.talk(b"x")
    assert pair.client.parameters == HdlcParameters(256, 128, 3, 2)
    assert pair.server.parameters == HdlcParameters(128, 256, 2, 3)


def test_disconnect_and_silence_after_it() -> None:
    pair = Pair()
    pair.talk(b"x")
    pair.client.disconnect()
    assert pair.until(Disconnected) == Disconnected(refused=False)
    assert not pair.server.connected
    assert not pair.client.awaiting


def test_no_answer_ends_with_a_sentence() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    sent = [client.data_to_send()]
    for _ in range(3):
        client.timeout()
        sent.append(client.data_to_send())
    assert all(sent)
    with pytest.raises(HdlcLinkError) as caught:
        client.timeout()
    assert not client.awaiting
    assert caught.value.code == "hdlc-no-answer"
    assert "probe" in caught.value.remedy


def test_refused_connection() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    refusal = Frame(HdlcAddress(16), HdlcAddress(1), Control.DM).encode()
    assert client.receive(refusal) == [Disconnected(refused=True)]


def test_frames_for_somebody_else_are_dropped() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    client.receive(Frame(HdlcAddress(17), HdlcAddress(1), Control.UA).encode())
    client.receive(Frame(HdlcAddress(16), HdlcAddress(2), Control.UA).encode())
    assert client.awaiting
    server = HdlcServer(1)
    server.receive(Frame(HdlcAddress(2), HdlcAddress(16), Control.SNRM).encode())
    assert server.data_to_send() == b""


def test_a_second_client_is_told_that_it_is_not_connected() -> None:
    pair = Pair()
    pair.talk(b"x")
    pair.server.receive(Frame(HdlcAddress(1), HdlcAddress(17), Control.RR).encode())
    assert b"\x1f" in pair.server.data_to_send()


def lossy(seed: int, drop: float, flip: float, double: float) -> Channel:
    """A channel that drops, damages and doubles frames; each frame on its own."""
    rng = random.Random(seed)

    def channel(data: bytes) -> list[bytes]:
        pieces = []
        for frame in data.split(b"\x7e"):
            if not frame:
                continue
            whole = bytearray(b"\x7e" + frame + b"\x7e")
            if rng.random() < drop:
                continue
            if rng.random() < flip:
                whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
            pieces += [bytes(whole)] * (2 if rng.random() < double else 1)
        return pieces

    return channel


@pytest.mark.parametrize("seed", range(60))
def test_lossy_channels_deliver_exactly_once_or_say_so(seed: int) -> None:
    rng = random.Random(seed)
    parameters = HdlcParameters(
        rng.choice([32, 128]), rng.choice([32, 128]), rng.choice([1, 4, 7]), rng.choice([1, 4, 7])
    )
    # Messages without 7E, so that the channel can tell the frames apart
    messages = [bytes(rng.choice(b"abcdefgh") for _ in range(rng.randrange(1, 900))) for _ in range(6)]
    pair = Pair(lossy(seed, 0.06, 0.04, 0.1), parameters, parameters)
    problem = None
    answers: list[bytes] = []
    try:
        answers = pair.talk(*messages)
    except HhtError as error:
        problem = error
    if problem:
        assert problem.code.startswith("hdlc-")
        assert problem.remedy
    else:
        assert answers == [b"re:" + m for m in messages]
        assert pair.executed == messages
    assert pair.executed == messages[: len(pair.executed)], "something was executed twice or out of order"


def transcript() -> list[bytes]:
    """Every piece of a clean conversation, in order, both directions mixed as they went."""
    pieces: list[bytes] = []

    def channel(data: bytes) -> list[bytes]:
        if data:
            pieces.append(data)
        return [data] if data else []

    Pair(channel).talk(b"first", b"second" * 40)
    return pieces


def damage(index: int, change: Callable[[bytes], list[bytes]]) -> Channel:
    """A channel that applies `change` to the piece number `index` and nothing else."""
    counter = iter(range(10_000))

    def channel(data: bytes) -> list[bytes]:
        if not data:
            return []
        return change(data) if next(counter) == index else [data]

    return channel


CHANGES: dict[str, Callable[[bytes, int], list[bytes]]] = {
    "truncated": lambda data, at: [data[:at]],
    "cut in front": lambda data, at: [data[at:]],
    "flipped": lambda data, at: [data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]],
    "byte lost": lambda data, at: [data[:at] + data[at + 1 :]],
    "byte doubled": lambda data, at: [data[: at + 1] + data[at:]],
    "flag inserted": lambda data, at: [data[:at] + b"\x7e" + data[at:]],
    "noise inserted": lambda data, at: [data[:at] + b"\x7e\xa7\xff\x00" + data[at:]],
    "two pieces": lambda data, at: [data[:at], data[at:]],
    "doubled": lambda data, at: [data, data],
}


@pytest.mark.parametrize("name", CHANGES)
def test_hostile_sweep_at_every_byte(name: str) -> None:
    """Each change at each byte of each piece of a conversation: the right answer, or a sentence; never a hang."""
    change = CHANGES[name]
    recovered = 0
    pieces = transcript()
    for index, piece in enumerate(pieces):
        for at in range(len(piece)):
            pair = Pair(damage(index, lambda data, at=at: change(data, min(at, len(data) - 1))))
            try:
                answers = pair.talk(b"first", b"second" * 40)
            except HhtError:
                continue  # a sentence; anything else fails the test
            recovered += 1
            assert answers == [b"re:first", b"re:" + b"second" * 40]
            assert pair.executed == [b"first", b"second" * 40]
    assert recovered > 0.9 * sum(map(len, pieces))


def test_endless_nothing_yet_is_noticed() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    client.receive(Frame(HdlcAddress(16), HdlcAddress(1), Control.UA).encode())
    client.send(b"x")
    nothing_yet = Frame(HdlcAddress(16), HdlcAddress(1), Control.RR, receive_number=1).encode()
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(nothing_yet * 200)
    assert caught.value.code == "hdlc-no-progress"


def test_a_message_without_end_is_noticed() -> None:
    client = HdlcClient(16, 1, max_apdu=1000)
    client.connect()
    client.receive(Frame(HdlcAddress(16), HdlcAddress(1), Control.UA).encode())
    client.send(b"x")
    segments = [
        Frame(HdlcAddress(16), HdlcAddress(1), Control.I, True, number % 8, 1, True, b"\xe6\xe7\x00" * 30).encode()
        for number in range(200)
    ]
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(b"".join(segments))
    assert caught.value.code == "hdlc-message-too-long"
