"""One mechanism for every text that people read: window, command line and core.

Write ``_("text with {name}").format(name=...)`` (never an f-string inside ``_``: it cannot be extracted). Catalogues
live in ``resources/locale/<language>/LC_MESSAGES/hht.mo``; ``make translations`` extracts and compiles them with Babel.
"""

from __future__ import annotations

import gettext

from hht.resources import resource_path

_translation: gettext.NullTranslations = gettext.NullTranslations()


def use_language(language: str | None) -> None:
    """Speak `language` ("en", "cy", ...); None follows the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG)."""
    global _translation
    languages = [language] if language else None
    _translation = gettext.translation("hht", str(resource_path("locale")), languages=languages, fallback=True)


def texts_in_use() -> object:
    """What texts come from now: another one after each `use_language`."""
    return _translation


def _(text: str) -> str:
    """`text` in the language in use."""
    return _translation.gettext(text)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form that fits the number `n`, in the language in use."""
    return _translation.ngettext(singular, plural, n)
