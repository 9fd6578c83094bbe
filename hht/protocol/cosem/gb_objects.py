"""What GB's objects are called (`resources/catalogue/gb_objects.json`): as GBCS and SMETS spell it, else in words.

What they spell as one word (``LoadLimitCounter``) stays so in every language; all else is translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from hht.i18n import _
from hht.resources import resource_text

_SPELLED: Final = re.compile(r"\S*[a-z][A-Z]\S*|/")  # BillingCalendar, AuxiliaryController[1]; one beside another
_NUMBERED: Final = re.compile(r"(.+) ([0-9]+)")


@cache
def object_names() -> Mapping[str, str]:
    """{"class/OBIS": name}, in English; group F of 255 is left out."""
    names: dict[str, str] = json.loads(resource_text("catalogue", "gb_objects.json"))["objects"]
    return names


def translatable(name: str) -> tuple[str, str]:
    """What of a name is translated, ``{number}`` where one ends it, and that number; "" of what is spelled."""
    if all(map(_SPELLED.fullmatch, name.split())):
        return "", ""
    numbered = _NUMBERED.fullmatch(name)
    return (f"{numbered[1]} {{number}}", numbered[2]) if numbered else (name, "")


def in_words(name: str) -> str:
    """A name of `object_names`, in the language in use."""
    text, number = translatable(name)
    return _(text).format(number=number) if text else name
