"""Long inputs: up to a mebibyte, whole, in pieces and octet by octet, for what hears streams or takes whole files.

What grows faster than its input does not show in 16 KiB. Here time may grow with the input, and no faster: 100 ms for
every 16 KiB that come, and for every 2048 pieces in which they do. Memory stays below the 64 MB that everything has.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import process_time
from typing import Final

from tests.fuzz import corpus
from tests.fuzz.job import Report
from tests.fuzz.judge import Hung, Judge
from tests.fuzz.mutation import Messages, Soil, grow
from tests.fuzz.target import Target

BY_OCTET: Final = 1 << 15  # octets that come one by one: each is a call
_WEIGHED: Final = 4  # one input in so many has its memory measured
_STEP_OCTETS, _STEP_PIECES = 1 << 14, 1 << 11


def steps(messages: Messages) -> int:
    """How many times the time of a short input this one may take."""
    return 1 + sum(map(len, messages)) // _STEP_OCTETS + len(messages) // _STEP_PIECES


def run(target: Target, seed: int, count: int, *, seconds: float = float("inf")) -> Report:
    """Try `count` long inputs from `seed` on, or as many as `seconds` of CPU allow. What fails is not kept, it would be
    too long: the same seed makes it again."""
    report, began = Report(target.name), process_time()
    soil = Soil(corpus.load(target.seeds), target.words, target.repair, target.meaning, target.fixed)
    with Judge() as judge:
        for number in range(seed, seed + count):
            if process_time() - began > seconds:
                break
            report.inputs += 1
            try:
                messages = grow_long(soil, Random(f"long {number} {target.name}"), target.longest, stream=target.stream)
            except Hung:
                continue  # in a reader that the mutation uses, which is a target too
            attempt = judge.weigh if number % _WEIGHED == 0 else judge.fair
            verdict = attempt(target, messages, steps(messages))
            report.outcomes.add(verdict.outcome)
            if verdict.failure is not None:
                report.failures.append((verdict.failure, (f"long seed {number}".encode(),)))
    report.seconds = process_time() - began
    return report


def grow_long(soil: Soil, random: Random, longest: int, *, stream: bool) -> Messages:
    """One input; what are settings of the target stays."""
    messages = grow(soil, random)
    head, body = messages[: soil.fixed], b"".join(messages[soil.fixed :])
    size = min(longest, 1 << random.randrange(12, 21))
    cut = random.choice(_CUTS) if stream else _whole
    if cut is _octets:
        size = min(size, BY_OCTET)
    return head + cut(random.choice(_STRETCHES)(body, soil, random, size)[:size], random)


# --- how it becomes long


def _again(octets: bytes, _soil: Soil, _random: Random, size: int) -> bytes:
    """The whole of it again and again."""
    return octets * (1 + size // max(1, len(octets)))


def _part_again(octets: bytes, _soil: Soil, random: Random, size: int) -> bytes:
    """A part of it again and again, amid the rest."""
    start = random.randrange(len(octets) + 1)
    part = octets[start : start + random.choice((1, 2, 3, 8, 64))] or b"\x00"
    return octets[:start] + part * (max(0, size - len(octets)) // len(part)) + octets[start:]


def _words(octets: bytes, soil: Soil, random: Random, size: int) -> bytes:
    """Words of its language, one after the other."""
    words = [random.choice(soil.words or (b"\x00", b"0")) for _word in range(8)]
    line = b"".join(words) or b"\x00"
    return octets + line * (1 + size // len(line))


def _endless(octets: bytes, _soil: Soil, random: Random, size: int) -> bytes:
    """A beginning, and then one octet that does not stop."""
    return (
        octets[: random.randrange(len(octets) + 1)] + bytes((random.choice((0, 0x20, 0x30, 0x41, 0x7D, 0xFF)),)) * size
    )


def _noise(octets: bytes, _soil: Soil, random: Random, size: int) -> bytes:
    return octets + random.randbytes(size)


def _listed(octets: bytes, soil: Soil, random: Random, size: int) -> bytes:
    """A list, or a text, that says how long it is, and is so long; behind a beginning, or alone."""
    head = octets[: random.randrange(len(octets) + 1)] if random.random() < 0.5 else random.choice((b"", *_ANSWERS))
    item = random.choice(_ITEMS)
    count = max(1, (size - len(head) - 6) // len(item))
    if random.random() < 0.2:
        return head + b"\x09\x84" + (count * len(item)).to_bytes(4, "big") + item * count
    return head + b"\x01\x84" + count.to_bytes(4, "big") + item * count


_ITEMS: Final = (b"\x00", b"\x11\x05", b"\x02\x01\x00", b"\x02\x03\x09\x0c" + bytes.fromhex("07ea0b15060a0000000000 00")
                 + b"\x06\x00\x00\x00\x01\x06\x00\x00\x00\x02", b"\x09\x00", b"\x0a\x01x")  # fmt: skip
_ANSWERS: Final = (
    b"\xc4\x01\xc1\x00",
    b"\x0f\x40\x00\x00\x01\x00",
    b"\xc1\x01\xc1\x00\x08\x00\x00\x01\x00\x00\xff\x02\x00",
)
_STRETCHES: Final[tuple[Callable[[bytes, Soil, Random, int], bytes], ...]] = (
    _again, _part_again, _part_again, _words, _endless, _noise, _listed, _listed,
)  # fmt: skip


# --- how it comes


def _whole(octets: bytes, _random: Random) -> Messages:
    return (octets,)


def _octets(octets: bytes, _random: Random) -> Messages:
    return tuple(octets[at : at + 1] for at in range(len(octets)))


def _pieces(octets: bytes, random: Random) -> Messages:
    """Of any size, and many of them small."""
    pieces: list[bytes] = []
    at, mean = 0, random.choice((64, 512, 4096))
    while at < len(octets):
        size = 1 + int(random.expovariate(1 / mean))
        pieces.append(octets[at : at + size])
        at += size
    return tuple(pieces)


_CUTS: Final = (_whole, _octets, _pieces, _pieces)
