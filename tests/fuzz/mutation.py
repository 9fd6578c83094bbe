"""Spoils messages, from a seed: the same seed gives the same inputs on every computer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

Messages: TypeAlias = tuple[bytes, ...]
Change: TypeAlias = Callable[[bytes, Random], bytes]

MAX_MESSAGES: Final = 48
MAX_OCTETS: Final = 16 * 1024  # of all messages of an input
_LENGTHS: Final = (
    b"\x00", b"\x01", b"\x7f", b"\x80", b"\x81\x00", b"\x81\xff", b"\x82\x00\x00", b"\x82\x01\x00", b"\x82\xff\xff",
    b"\x83\xff\xff\xff", b"\x84\x00\x00\x00\x01", b"\x84\x7f\xff\xff\xff", b"\x84\xff\xff\xff\xff", b"\x85", b"\xff",
    b"\xff\xff", b"\xff\xff\xff\xff", b"\x80\x00", b"\x7f\xff", b"\x00\x00\x00\x00",
)  # fmt: skip
_OCTETS: Final = (0, 1, 2, 3, 0x09, 0x0A, 0x0D, 0x13, 0x20, 0x28, 0x29, 0x2F, 0x7E, 0x7F, 0x80, 0x81, 0xFE, 0xFF)
_OPENERS: Final = (b"\x02\x01", b"\x01\x01", b"\x13\x02\x01", b"[", b'{"a":', b"(", b"\xdf\x00\x00\x00\x00\x00", b"/")


@dataclass(frozen=True, slots=True)
class Soil:
    """What inputs grow from: `pool` of whole ones, `words` that mean something, `repair` that makes checksums right,
    `meaning` that changes what a message means and leaves it well written.

    `fixed`: how many messages at the beginning are settings of the target, changed but never moved.
    """

    pool: Sequence[Messages]
    words: Sequence[bytes] = ()
    repair: Change | None = None
    meaning: Change | None = None
    fixed: int = 0


def grow(soil: Soil, random: Random) -> Messages:
    """One input."""
    messages = list(random.choice(soil.pool))
    for _turn in range(1 + min(int(random.expovariate(0.7)), 12)):
        if len(messages) > soil.fixed and random.random() < 0.3:
            random.choice(_SEQUENCES)(messages, soil, random)
        if messages:
            _spoil_one(messages, soil, random)
    return _bounded(messages[:MAX_MESSAGES])


def _spoil_one(messages: list[bytes], soil: Soil, random: Random) -> None:
    low = soil.fixed if soil.fixed < len(messages) and random.random() < 0.9 else 0
    at = random.randrange(low, len(messages))
    if soil.meaning is not None and at >= soil.fixed and random.random() < 0.5:
        octets = soil.meaning(messages[at], random)
    else:
        octets = random.choice(_SPOILERS)(messages[at], soil, random)
    if soil.repair is not None and at >= soil.fixed and random.random() < 0.8:
        octets = soil.repair(octets, random)
    messages[at] = octets


def _bounded(messages: list[bytes]) -> Messages:
    room = MAX_OCTETS
    out: list[bytes] = []
    for octets in messages:
        out.append(octets[:room])
        room -= len(out[-1])
    return tuple(out)


def _place(octets: bytes, random: Random) -> int:
    """Heads matter most: half of the places are among the first 24 octets."""
    end = min(len(octets), 24) if random.random() < 0.5 else len(octets)
    return random.randrange(end) if end else 0


def _range(octets: bytes, random: Random) -> tuple[int, int]:
    start = _place(octets, random)
    longest = len(octets) - start
    size = random.randrange(longest + 1) if random.random() < 0.3 else min(longest, 1 + int(random.expovariate(0.2)))
    return start, start + size


# --- one message


def _flip(octets: bytes, _soil: Soil, random: Random) -> bytes:
    if not octets:
        return octets
    at = _place(octets, random)
    return octets[:at] + bytes((octets[at] ^ 1 << random.randrange(8),)) + octets[at + 1 :]


def _change(octets: bytes, _soil: Soil, random: Random) -> bytes:
    at = _place(octets, random)
    new = random.choice(_OCTETS) if random.random() < 0.5 else random.randrange(256)
    return octets[:at] + bytes((new,)) + octets[at + 1 :]


def _nudge(octets: bytes, _soil: Soil, random: Random) -> bytes:
    """A count that is one too many, or one too few."""
    if not octets:
        return octets
    at = _place(octets, random)
    return octets[:at] + bytes(((octets[at] + random.choice((-2, -1, 1, 2))) & 0xFF,)) + octets[at + 1 :]


def _insert(octets: bytes, soil: Soil, random: Random) -> bytes:
    at = _place(octets, random) if random.random() < 0.8 else len(octets)
    word = soil.words and random.random() < 0.6
    new = random.choice(soil.words) if word else random.randbytes(random.randrange(1, 9))
    return octets[:at] + new + octets[at:]


def _overwrite(octets: bytes, soil: Soil, random: Random) -> bytes:
    at = _place(octets, random)
    new = random.choice(soil.words) if soil.words else random.randbytes(random.randrange(1, 5))
    return octets[:at] + new + octets[at + len(new) :]


def _delete(octets: bytes, _soil: Soil, random: Random) -> bytes:
    start, end = _range(octets, random)
    return octets[:start] + octets[end:]


def _cut(octets: bytes, _soil: Soil, random: Random) -> bytes:
    return octets[: random.randrange(len(octets) + 1)]


def _lie(octets: bytes, _soil: Soil, random: Random) -> bytes:
    """A length that is another one."""
    at, new = _place(octets, random), random.choice(_LENGTHS)
    return octets[:at] + new + octets[at + random.choice((0, 1, len(new))) :]


def _rarely_much(random: Random, most: int) -> int:
    """A power of two: mostly a small one, because long inputs take long."""
    return random.randrange(1, most) if random.random() < 0.1 else random.randrange(1, 4)


def _repeat(octets: bytes, _soil: Soil, random: Random) -> bytes:
    start, end = _range(octets, random)
    times = min(1 << _rarely_much(random, 12), MAX_OCTETS // max(1, end - start))
    return octets[:start] + octets[start:end] * times + octets[end:]


def _nest(octets: bytes, soil: Soil, random: Random) -> bytes:
    """Something that opens, again and again, around what is there."""
    at = _place(octets, random)
    own = octets[max(0, at - random.randrange(1, 6)) : at]
    opener = own if own and random.random() < 0.5 else random.choice((*_OPENERS, *soil.words))
    times = random.choice((2, 15, 16, 17, 18, 1 << _rarely_much(random, 13)))
    return octets[:at] + opener * min(times, 1 + MAX_OCTETS // len(opener)) + octets[at:]


def _splice(octets: bytes, soil: Soil, random: Random) -> bytes:
    donor = random.choice(random.choice(soil.pool) or (b"",))
    start, end = _range(donor, random)
    at = _place(octets, random)
    kept = octets[at:] if random.random() < 0.5 else octets[at + end - start :]
    return octets[:at] + donor[start:end] + kept


def _swap_octets(octets: bytes, _soil: Soil, random: Random) -> bytes:
    start, end = _range(octets, random)
    return octets[:start] + octets[start:end][::-1] + octets[end:]


def _noise(_octets: bytes, _soil: Soil, random: Random) -> bytes:
    return random.randbytes(random.randrange(64))


_SPOILERS: Final = (
    _flip, _flip, _change, _change, _nudge, _nudge, _insert, _overwrite, _delete, _cut, _lie, _lie, _repeat, _nest,
    _splice, _splice, _swap_octets, _noise,
)  # fmt: skip


# --- the order of messages


def _twice(messages: list[bytes], soil: Soil, random: Random) -> None:
    """A message comes again, now or later."""
    at = random.randrange(soil.fixed, len(messages))
    messages.insert(random.randrange(at, len(messages)) + 1, messages[at])


def _lost(messages: list[bytes], soil: Soil, random: Random) -> None:
    del messages[random.randrange(soil.fixed, len(messages))]


def _overtaken(messages: list[bytes], soil: Soil, random: Random) -> None:
    one, other = (random.randrange(soil.fixed, len(messages)) for _end in range(2))
    messages[one], messages[other] = messages[other], messages[one]


def _foreign(messages: list[bytes], soil: Soil, random: Random) -> None:
    """A message of another conversation."""
    donor = random.choice(soil.pool)[soil.fixed :]
    if donor:
        messages.insert(random.randrange(soil.fixed, len(messages) + 1), random.choice(donor))


def _flood(messages: list[bytes], soil: Soil, random: Random) -> None:
    at = random.randrange(soil.fixed, len(messages))
    messages[at:at] = [messages[at]] * (1 << _rarely_much(random, 6))


def _in_pieces(messages: list[bytes], soil: Soil, random: Random) -> None:
    at = random.randrange(soil.fixed, len(messages))
    cut = random.randrange(len(messages[at]) + 1)
    messages[at : at + 1] = [messages[at][:cut], messages[at][cut:]]


def _joined(messages: list[bytes], soil: Soil, random: Random) -> None:
    at = random.randrange(soil.fixed, len(messages))
    messages[at : at + 2] = [b"".join(messages[at : at + 2])]


def _broken_off(messages: list[bytes], soil: Soil, random: Random) -> None:
    del messages[random.randrange(soil.fixed, len(messages)) + 1 :]


def _crossed(messages: list[bytes], soil: Soil, random: Random) -> None:
    """The beginning of one conversation, the end of another."""
    donor = random.choice(soil.pool)[soil.fixed :]
    at = random.randrange(soil.fixed, len(messages))
    messages[at:] = donor[random.randrange(len(donor) + 1) :]


_SEQUENCES: Final = (_twice, _lost, _overtaken, _foreign, _flood, _in_pieces, _joined, _broken_off, _crossed)
