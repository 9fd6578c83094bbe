"""Logarithms in whole numbers: the same tenths of a decibel on every machine, whatever its maths library."""

from __future__ import annotations

from functools import lru_cache

_ONE = 1 << 32
_TENTHS_PER_OCTAVE = 301_030  # 10 x 10 log10(2), in ten-thousandths


@lru_cache(maxsize=4096)
def tenths_db(numerator: int, denominator: int = 1) -> int:
    """100 log10(numerator / denominator), rounded down: a power ratio in tenths of a decibel. Both above 0."""
    if numerator <= 0 or denominator <= 0:
        raise ValueError("a ratio of positive numbers has a logarithm")
    if numerator < denominator:
        return -tenths_db(denominator, numerator)
    octaves = (numerator // denominator).bit_length() - 1
    mantissa = (numerator * _ONE) // (denominator << octaves)  # 1 to 2, in parts of 2^32
    fraction, half = 0, _ONE // 2
    while half:  # binary digits of the logarithm, by squaring
        mantissa = mantissa * mantissa // _ONE
        if mantissa >= 2 * _ONE:
            mantissa //= 2
            fraction += half
        half //= 2
    return ((octaves * _ONE + fraction) * _TENTHS_PER_OCTAVE + _ONE * 10) // (_ONE * 10_000)
