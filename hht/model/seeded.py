"""Chance that is the same on every machine: one seed, one history, byte for byte.

Only integer arithmetic, so that nothing depends on a maths library. Numbers are drawn by *address* (seed and index),
not in sequence: the half-hour of a given day is the same whichever day the history starts.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def mix(seed: int, index: int) -> int:
    """64 well-mixed bits for (`seed`, `index`): the output function of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (seed + index * _GAMMA) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def subseed(seed: int, name: str) -> int:
    """An independent seed for the part called `name`, so that parts do not disturb one another's chance."""
    value = mix(seed & _MASK, 0x5EED)
    for byte in name.encode("utf-8"):
        value = mix(value, byte + 1)
    return value
