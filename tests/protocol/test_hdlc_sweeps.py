"""Every way to spoil a conversation: the right message exactly once, or a sentence; never a hang, never a wrong one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.errors import HhtError
from hht.protocol.hdlc import (
    Connected,
    Control,
    Frame,
    HdlcAddress,
    HdlcClient,
    HdlcLinkError,
    HdlcParameters,
    HdlcServer,
    Received,
)
from tests.protocol.hdlc_pair import Channel, Pair, SlowLine, lossy

MESSAGES = (b"first", b"second" * 40, b"third")
ANSWERS = [b"re:" + message for message in MESSAGES]
SHAPES = {
    "128 window 1": HdlcParameters(),
    "32 window 3": HdlcParameters(32, 32, 3, 3),
    "40 window 7": HdlcParameters(40, 40, 7, 7),
}


def is_a_sentence(error: HhtError) -> None:
    """An error that a person can do something about, of this layer."""
    assert error.code.startswith("hdlc-")
    assert error.message.endswith(".")
    assert error.remedy


def outcome(pair: Pair) -> bool:
    """Let `pair` talk: True when all went right, False when it ended with an error. Anything else fails the test."""
    answers: list[bytes] = []
    try:
        answers = pair.talk(*MESSAGES)
    except HhtError as error:
        is_a_sentence(error)
    assert pair.executed == list(MESSAGES[: len(pair.executed)]), "executed twice, wrongly, or out of order"
    assert answers == ANSWERS[: len(answers)]
    return len(answers) == len(MESSAGES)


def transcript(shape: HdlcParameters) -> list[bytes]:
    """Every frame of a clean conversation, both directions in the order in which they went."""
    frames: list[bytes] = []

    def channel(burst: list[bytes]) -> list[bytes]:
        frames.extend(burst)
        return burst

    assert outcome(Pair(channel, shape, shape))
    return frames


def spoil(index: int, change: Callable[[bytes], list[bytes]]) -> Channel:
    """A channel that applies `change` to the frame number `index` of the conversation and nothing else."""
    counter = iter(range(1_000_000))

    def channel(burst: list[bytes]) -> list[bytes]:
        pieces: list[bytes] = []
        for frame in burst:
            pieces += change(frame) if next(counter) == index else [frame]
        return pieces

    return channel


def at_byte(change: Callable[[bytes, int], list[bytes]], at: int) -> Callable[[bytes], list[bytes]]:
    """`change` at byte `at`, or at the last where there is none."""
    return lambda data: change(data, min(at, len(data) - 1))


def with_before(other: bytes) -> Callable[[bytes], list[bytes]]:
    """`other` in front of what is sent."""
    return lambda data: [other, data]


CHANGES: dict[str, Callable[[bytes, int], list[bytes]]] = {
    "truncated": lambda data, at: [data[:at]],
    "cut in front": lambda data, at: [data[at:]],
    "inverted": lambda data, at: [data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]],
    "byte lost": lambda data, at: [data[:at] + data[at + 1 :]],
    "byte doubled": lambda data, at: [data[: at + 1] + data[at:]],
    "flag inserted": lambda data, at: [data[:at] + b"\x7e" + data[at:]],
    "frame begun inside": lambda data, at: [data[:at] + b"\x7e\xa7\xff\x00" + data[at:]],
    "two pieces": lambda data, at: [data[:at], data[at:]],
    "a copy inside": lambda data, at: [data[:at] + data + data[at:]],
}


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CHANGES)
def test_one_change_at_every_byte(name: str, shape: str) -> None:
    change, parameters, recovered, total = CHANGES[name], SHAPES[shape], 0, 0
    for index, frame in enumerate(transcript(parameters)):
        for at in range(len(frame)):
            recovered += outcome(Pair(spoil(index, at_byte(change, at)), parameters, parameters))
            total += 1
    assert recovered == total  # one spoilt frame is always made good


@pytest.mark.sampled(one_in=3)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_single_bit(shape: str) -> None:
    parameters = SHAPES[shape]
    for index, frame in enumerate(transcript(parameters)):
        for bit in range(len(frame) * 8):

            def change(data: bytes, bit: int = bit) -> list[bytes]:
                spoilt = bytearray(data)
                spoilt[bit // 8 % len(data)] ^= 1 << bit % 8
                return [bytes(spoilt)]

            assert outcome(Pair(spoil(index, change), parameters, parameters))


@pytest.mark.parametrize("shape", SHAPES)
def test_frames_lost_doubled_and_swapped(shape: str) -> None:
    parameters = SHAPES[shape]
    count = len(transcript(parameters))
    for index in range(count):
        assert outcome(Pair(spoil(index, lambda data: []), parameters, parameters))
        assert outcome(Pair(spoil(index, lambda data: [data, data]), parameters, parameters))
        assert outcome(Pair(spoil(index, lambda data: [data] * 20), parameters, parameters))
    for first in range(count):
        for second in range(first + 1, count):
            lost = {first, second}
            counter = iter(range(1_000_000))

            def channel(burst: list[bytes], lost: set[int] = lost, counter: Iterator[int] = counter) -> list[bytes]:
                return [frame for frame in burst if next(counter) not in lost]

            assert outcome(Pair(channel, parameters, parameters))


@pytest.mark.parametrize("shape", SHAPES)
def test_bursts_in_another_order(shape: str) -> None:
    parameters = SHAPES[shape]
    for seed in range(100):
        rng = random.Random(seed)

        def channel(burst: list[bytes], rng: random.Random = rng) -> list[bytes]:
            return rng.sample(burst, len(burst))

        outcome(Pair(channel, parameters, parameters))


@pytest.mark.parametrize("shape", SHAPES)
def test_old_frames_come_again_later(shape: str) -> None:
    """Each frame of the conversation once more at each later moment: stale, sound, and never delivered."""
    parameters = SHAPES[shape]
    frames = transcript(parameters)
    # Numbers count to 8: an older copy than that cannot be told from a new frame by anybody
    for old in range(len(frames)):
        for moment in range(old + 1, min(len(frames), old + 6)):
            outcome(Pair(spoil(moment, with_before(frames[old])), parameters, parameters))


def hostile_frames() -> list[bytes]:
    """Sound frames with every control field, information or none, for us, from us and for others."""
    found = []
    for destination, source in ((16, 1), (1, 16), (16, 16), (0x7F, 1), (5, 9)):
        for control in Control:
            for number in (0, 3, 7):
                for info in (b"", b"\x81\x80\x14\x05\xff", b"\x00" * 200):
                    for final in (False, True):
                        to, by = HdlcAddress(destination), HdlcAddress(source)
                        found.append(Frame(to, by, control, final, number, 7 - number, final, info).encode())
    return found


def test_hostile_frames_at_every_moment() -> None:
    """Whoever can write sound frames can end the conversation, not hang or crash it."""
    moments = len(transcript(SHAPES["128 window 1"]))
    for hostile in hostile_frames():
        for moment in range(moments):
            pair = Pair(spoil(moment, with_before(hostile)))
            try:
                pair.talk(*MESSAGES)
            except HhtError as error:
                is_a_sentence(error)
            assert set(pair.executed) <= set(MESSAGES)
            assert pair.rounds < 300


@pytest.mark.sampled(one_in=4)
@pytest.mark.parametrize("seed", range(150))
def test_lossy_channels(seed: int) -> None:
    rng = random.Random(seed)
    parameters = HdlcParameters(
        rng.choice([32, 128]), rng.choice([32, 128]), rng.choice([1, 4, 7]), rng.choice([1, 4, 7])
    )
    messages = [rng.randbytes(rng.randrange(1, 900)) for _ in range(6)]
    pair = Pair(lossy(seed, 0.06, 0.04, 0.1), parameters, parameters)
    answers: list[bytes] = []
    try:
        answers = pair.talk(*messages)
    except HhtError as error:
        is_a_sentence(error)
    else:
        assert len(answers) == len(messages)
    assert answers == [b"re:" + m for m in messages[: len(answers)]]
    assert pair.executed == messages[: len(pair.executed)], "executed twice or out of order"


@pytest.mark.soak
def test_lossy_channels_in_numbers() -> None:
    for seed in range(150, 20_000):
        test_lossy_channels(seed)


@pytest.mark.sampled(one_in=4)
@pytest.mark.parametrize("seed", range(80))
def test_a_slow_line_and_a_hasty_timer(seed: int) -> None:
    """Answers that come when the timer has run out already: copies go both ways, and everything happens once."""
    rng = random.Random(seed)

    def delay() -> float | None:
        return None if rng.random() < 0.03 else rng.uniform(0.05, 0.8)

    window = rng.choice([1, 2, 7])
    messages = [rng.randbytes(rng.randrange(1, 500)) for _ in range(8)]
    line = SlowLine(delay, HdlcParameters(64, 64, window, window))
    answers: list[bytes] = []
    try:
        answers = line.talk(messages)
    except HdlcLinkError as error:
        is_a_sentence(error)
    assert answers == [b"re:" + m for m in messages[: len(answers)]]
    assert line.executed == messages[: len(line.executed)]


def test_one_damaged_frame_in_fifty_costs_no_restart() -> None:
    """A long read over a bad line: it completes, and the timer hardly ever has to run out."""
    counter = iter(range(1_000_000))

    def channel(burst: list[bytes]) -> list[bytes]:
        pieces = []
        for frame in burst:
            spoilt = bytearray(frame)
            if next(counter) % 50 == 49:
                spoilt[len(frame) // 2] ^= 0x10
            pieces.append(bytes(spoilt))
        return pieces

    parameters = HdlcParameters(128, 128, 7, 7)
    pair = Pair(channel, parameters, parameters)
    message = random.Random(1).randbytes(60_000)
    assert pair.talk(message) == [b"re:" + message]
    assert pair.executed == [message]
    assert pair.timeouts <= 12  # only where a request frame, or one without information, was hit
    ideal = 2 * 60_000 / 125 / 7
    assert pair.rounds < 1.35 * ideal


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=80), max_size=30), st.booleans())
def test_stations_survive_anything(chunks: list[bytes], connected: bool) -> None:
    client, server = HdlcClient(16, 1), HdlcServer(1)
    client.connect()
    if connected:
        server.receive(client.data_to_send())
        assert isinstance(client.receive(server.data_to_send())[0], Connected)
        client.send(b"x")
    for chunk in chunks:
        for event in server.receive(chunk):
            assert not isinstance(event, Received)
        server.data_to_send()
        try:
            assert not any(isinstance(event, Received) for event in client.receive(chunk))
        except HhtError as error:
            is_a_sentence(error)
