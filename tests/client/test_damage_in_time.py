"""What damage costs in seconds on a line of 9600 baud with 20 ms turnaround, and what a sound line takes: virtual time.

Nothing may be waited for that can be seen to be lost: the cost is that of the frames that are sent again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from hht.client.deadlines import Timing
from tests.support.counted_read import TURNAROUND_S
from tests.support.damaging_meter import Damage
from tests.support.timed_read import Timed, sound, timed_read

EVERY = 20
DAYS = 12
POLL_S = 0.05  # an RR, and the turnaround: what it takes to ask again
PAUSE_S = 0.08  # in a turn, once it is known how evenly this meter talks
LOST_REPLY_S = Timing().slack_s + 5 * TURNAROUND_S  # once it is known how quickly it answers


def _flip(octets: bytes, at: int) -> bytes:
    changed = bytearray(octets)
    changed[at] ^= 0x55
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "information": lambda frame, rng: _flip(frame, rng.randrange(8, len(frame) - 3)),
    "header": lambda frame, rng: _flip(frame, rng.randrange(3, 8)),
    "length": lambda frame, _rng: _flip(frame, 2),
    "a lost byte": lambda frame, rng: frame[: (at := rng.randrange(1, len(frame)))] + frame[at + 1 :],
    "a byte twice": lambda frame, rng: frame[: (at := rng.randrange(1, len(frame)))] + frame[at - 1 :],
    "all of it": lambda _frame, _rng: b"",
    "its end": lambda frame, rng: frame[: rng.randrange(5, len(frame) - 1)],
}


def now_and_then(damage: Callable[[bytes, random.Random], bytes]) -> Damage:
    """Every twentieth frame."""
    rng = random.Random(5)
    return lambda octets, number: octets if number % EVERY else damage(octets, rng)


@cache
def read(info: int, window: int, damage: str = "") -> Timed:
    """Read `DAYS` days on the paced line."""
    return timed_read(DAYS, info, window, now_and_then(DAMAGES[damage]) if damage else sound)


@pytest.mark.parametrize(("info", "window"), [(2030, 7), (128, 7), (128, 1)])
def test_a_sound_line_takes_what_was_counted(info: int, window: int) -> None:
    timed = read(info, window)
    assert timed.counted.rows == DAYS * 48
    assert timed.repeated == []
    assert timed.seconds == pytest.approx(timed.counted.seconds, rel=0.01)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("window", [1, 7])
def test_damage_costs_what_is_sent_again(window: int, damage: str) -> None:
    clean, spoilt = read(128, window), read(128, window, damage)
    assert spoilt.counted.rows == DAYS * 48
    assert spoilt.damaged >= 4
    if window == 1:
        assert len(spoilt.repeated) == spoilt.damaged
    else:  # go-back-N: what followed in the same window is sent again, for DLMS has no selective reject
        assert spoilt.damaged <= len(spoilt.repeated) <= spoilt.damaged * window
    over_s = spoilt.seconds - clean.seconds - spoilt.repeated_s
    # Where the header is sound it tells whose turn it is; else the line's silence does, or that nothing begins
    pause_s = {"information": 0.0, "all of it": LOST_REPLY_S}.get(damage, PAUSE_S)
    before_it_is_known_s = Timing().octet_s + Timing().slack_s
    assert over_s <= before_it_is_known_s + spoilt.damaged * (POLL_S + pause_s)
