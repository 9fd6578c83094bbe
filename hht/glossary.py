"""Words of the trade with their other names, from ``resources/catalogue/glossary.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text


class GlossaryError(HhtError):
    """No term is called so."""

    default_code = "glossary"


@dataclass(frozen=True, slots=True)
class Term:
    """`name` as the terminal says it, `also`: what else it is called; `source`: a row of the requirements."""

    name: str
    also: tuple[str, ...]
    text: str
    source: str


@cache
def glossary() -> tuple[Term, ...]:
    """Every term, by name."""
    table = tomllib.loads(resource_text("catalogue", "glossary.toml"))["term"]
    terms = (Term(name, tuple(one["also"]), one["text"], one["source"]) for name, one in table.items())
    return tuple(sorted(terms, key=lambda term: term.name.casefold()))


def look_up(word: str) -> Term:
    """The term that is called `word`, by whichever of its names, in capitals or not. Raises GlossaryError."""
    wanted = " ".join(word.replace("-", " ").split()).casefold()
    for term in glossary():
        if wanted in {" ".join(name.replace("-", " ").split()).casefold() for name in (term.name, *term.also)}:
            return term
    raise GlossaryError(
        _("The glossary has no “{word}”.").format(word=word),
        remedy=_("Without a word, hht glossary lists every term that it has."),
    )
