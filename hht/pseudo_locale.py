"""A language that nobody speaks, for looking at layouts: texts with accents, in brackets, and with them 40 % longer.

What stands in no catalogue stays plain English and shows by that; what has too little room is cut. Placeholders stay
as they are. Made of the English texts as they are asked for: `LANGUAGE=en_XA`.
"""

from __future__ import annotations

import gettext
import re
from typing import Final

PSEUDO: Final = "en_XA"
LONGER: Final = 0.4
# placeholders of str.format and of argparse
_KEPT: Final = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|%%|%\([a-z_]+\)[a-z]|%[rs])")
_ACCENTS: Final = str.maketrans("aceginosuwyzACEGINOSUWYZ", "åçéĝîñöšüŵÿžÅÇÉĜÎÑÖŠÜŴŸŽ")


def pseudo(text: str) -> str:
    """`text` in that language; an empty one stays empty."""
    if not text:
        return text
    owed, parts = 0.5 - len("[]"), []
    for number, part in enumerate(_KEPT.split(text)):
        if number % 2:
            parts.append(part)
            continue
        for letter in part:
            owed += LONGER if letter.isalpha() else 0
            parts.append(letter)
            if letter.isalpha() and owed >= 1:
                owed -= 1
                parts.append(letter.lower())
    shown = (
        part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(_KEPT.split("".join(parts)))
    )
    longer = "".join(shown)
    words = longer.rstrip()
    return f"[{words}]{longer[len(words) :]}"


class PseudoTranslations(gettext.NullTranslations):
    """Speaks it."""

    def gettext(self, message: str) -> str:
        """`message`, longer."""
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """As English counts."""
        return pseudo(msgid1 if n == 1 else msgid2)
