"""Whether a text for customers is plain: short sentences, no abbreviation that nobody explains."""

from __future__ import annotations

import re

MOST_WORDS = 25  # public bodies' advice: 15 to 20 on the average, none above 25
KNOWN = frozenset({"MPAN", "MPRN", "UTC", "PDF"})  # numbers that stand on every bill; times and files
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
_SHORT = re.compile(r"\b[A-Z][A-Z0-9]{1,}\b")


def hard_sentences(text: str) -> list[str]:
    """The sentences that are too long, or hold an abbreviation that is not `KNOWN`."""
    return [one for one in _SENTENCE.split(text) if len(one.split()) > MOST_WORDS or set(_SHORT.findall(one)) - KNOWN]
