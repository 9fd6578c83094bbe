"""One mechanism for every text that people read: window, command line and core.

Write ``_("text with {name}").format(name=...)`` (never an f-string inside ``_``: it cannot be extracted). Catalogues
live in ``resources/locale/<language>/LC_MESSAGES/hht.mo``; ``make translations`` extracts and compiles them with Babel.
"""

from __future__ import annotations

import functools
import gettext
import os
from collections.abc import Callable
from typing import Final, TypeVar

from hht.pseudo_locale import PSEUDO, PseudoTranslations
from hht.resources import resource_path

_Read = TypeVar("_Read")
ENVIRONMENT: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # as gettext has them: the first that says something
_translation: gettext.NullTranslations = gettext.NullTranslations()


def use_language(language: str | None) -> None:
    """Speak `language` ("en", "cy", or "en_XA" to look at layouts); None follows the environment (LANGUAGE, LC_ALL,
    LC_MESSAGES, LANG)."""
    global _translation
    if (language or _of_environment()) == PSEUDO:
        _translation = PseudoTranslations()
        return
    files = gettext.find("hht", str(resource_path("locale")), [language] if language else None, all=True)
    _translation = _translation_of(tuple(files))


@functools.cache
def _translation_of(files: tuple[str, ...]) -> gettext.NullTranslations:
    """The texts of these catalogues, the first of which that knows a text tells it. The same for the same files: what
    was read in a language (`per_language`) is not read again because a program takes that language again."""
    found: gettext.NullTranslations | None = None
    for file in reversed(files):
        with open(file, "rb") as opened:
            one = gettext.GNUTranslations(opened)
        if found is not None:
            one.add_fallback(found)
        found = one
    return found or gettext.NullTranslations()


def _of_environment() -> str:
    """The first language that the environment asks for, without its encoding; "": it asks for none."""
    asked = next((os.environ[name] for name in ENVIRONMENT if os.environ.get(name)), "")
    return asked.split(":")[0].split(".")[0]


def texts_in_use() -> object:
    """What texts come from now: another one for each language."""
    return _translation


def _(text: str) -> str:
    """`text` in the language in use."""
    return _translation.gettext(text)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form that fits the number `n`, in the language in use."""
    return _translation.ngettext(singular, plural, n)


def per_language(read: Callable[[], _Read]) -> Callable[[], _Read]:
    """`read` once for each language in use: for catalogues whose texts are translated as they are read."""
    kept: list[tuple[object, _Read]] = []

    @functools.wraps(read)
    def once() -> _Read:
        if not kept or kept[0][0] is not _translation:
            kept[:] = [(_translation, read())]
        return kept[0][1]

    return once
