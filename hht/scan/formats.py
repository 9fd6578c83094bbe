"""The table of label formats: data (`resources/catalogue/label_formats.toml`), and an engineer's own file beside it.

How to add a format is said at the head of that file. A file that is not exactly as it says is refused with the line's
name and the reason; so is a format whose own sample it does not read. Nothing in it is carried out or tried as a
pattern: a template has pieces between texts, and each piece ends where the next text begins.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text
from hht.scan.values import Field

MOST_OCTETS: Final = 256 * 1024  # of a table
LONGEST: Final = 4096  # characters of a label
FORMAT: Final = "hht-label-formats/1"
KINDS: Final = ("gs1", "template", "captions", "plain")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PIECE: Final = re.compile(r"\{([a-z0-9-]+)(?::([0-9]{1,3}))?\}")
_IDENTIFIER: Final = re.compile(r"[0-9]{2,4}")
_KEYS: Final = {"name", "title", "kind", "source", "verified", "sample"}
_OWN_KEYS: Final = {"gs1": "elements", "template": "template", "captions": "captions", "plain": "value"}


class FormatsError(HhtError):
    """A table of label formats that cannot be used."""

    default_code = "label-formats"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a template: a text, or a value (of `length` characters; 0: up to the next text)."""

    text: str = ""
    field: Field | None = None
    length: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A label, and what is to be read off it."""

    text: str = field(repr=False)
    values: tuple[tuple[Field, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """One way to write a label. `verified`: `source` says it, and nobody's memory."""

    name: str
    title: str
    kind: str
    source: str
    verified: bool
    samples: tuple[Sample, ...]
    fields: tuple[tuple[str, Field], ...] = ()  # by GS1 identifier or by caption; of a plain one its only field
    pieces: tuple[Piece, ...] = ()


@cache
def built_in() -> tuple[LabelFormat, ...]:
    """The table that comes with the program."""
    return parse_formats(resource_text("catalogue", "label_formats.toml"), "label_formats.toml", try_samples=False)


def parse_formats(text: str, source: str, *, try_samples: bool = True) -> tuple[LabelFormat, ...]:
    """The formats of a table. Raises FormatsError, which names the format and what is wrong with it."""
    if len(text) > MOST_OCTETS:
        raise _wrong(source, _("it has more than {most} characters").format(most=MOST_OCTETS))
    try:
        loaded = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _wrong(source, _("it is no TOML: {why}").format(why=error)) from error
    if set(loaded) != {"format", "label"} or loaded["format"] != FORMAT or not isinstance(loaded["label"], list):
        raise _wrong(
            source, _('it has `format = "{format}"`, then [[label]] tables, and nothing else').format(format=FORMAT)
        )
    formats = tuple(_format(source, entry, number) for number, entry in enumerate(loaded["label"], 1))
    names = [each.name for each in formats]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(source, _("two formats are called {name}").format(name=name))
    if try_samples:
        from hht.scan.labels import try_sample

        for each in formats:
            for sample in each.samples:
                if not try_sample(each, sample):
                    raise _wrong(source, _("the format does not read its own sample"), each.name)
    return formats


def _format(source: str, entry: Any, number: int) -> LabelFormat:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not _NAME.fullmatch(entry["name"]):
        raise _wrong(
            source, _("format {number} has no name of small letters, digits and hyphens").format(number=number)
        )
    name, kind = entry["name"], entry.get("kind")
    if kind not in KINDS:
        raise _wrong(source, _("its kind is one of {kinds}").format(kinds=", ".join(KINDS)), name)
    own = _OWN_KEYS[kind]
    if unlike := set(entry) ^ (_KEYS | {own}):
        words = _("it has exactly {keys}; look at {unlike}")
        raise _wrong(
            source, words.format(keys=", ".join(sorted(_KEYS | {own})), unlike=", ".join(sorted(unlike))), name
        )
    if not all(isinstance(entry[key], str) and 0 < len(entry[key]) <= 200 for key in ("title", "source")):
        raise _wrong(source, _("title and source are texts of up to 200 characters"), name)
    if not isinstance(entry["verified"], bool):
        raise _wrong(source, _("verified is true or false"), name)
    fields = _fields(source, name, kind, entry[own])
    pieces = _pieces(source, name, entry[own]) if kind == "template" else ()
    samples = _samples(source, name, entry["sample"])
    return LabelFormat(name, entry["title"], kind, entry["source"], entry["verified"], samples, fields, pieces)


def _fields(source: str, name: str, kind: str, told: Any) -> tuple[tuple[str, Field], ...]:
    if kind == "template":
        return ()
    if kind == "plain":
        return (("", _field(source, name, told)),)
    if not isinstance(told, dict) or not told:
        raise _wrong(source, _("{key} is a table and not empty").format(key=_OWN_KEYS[kind]), name)
    for key in told:
        if kind == "gs1" and not _IDENTIFIER.fullmatch(key):
            raise _wrong(source, _("“{key}” is no GS1 application identifier").format(key=key[:40]), name)
        if not 0 < len(key) <= 40 or key != key.strip() or not key[-1:].isalnum() or not key[:1].isalnum():
            raise _wrong(source, _("“{key}” is no caption").format(key=key[:40]), name)
    return tuple((key, _field(source, name, value)) for key, value in told.items())


def _field(source: str, name: str, told: Any) -> Field:
    try:
        return Field(told)
    except ValueError as error:
        words = _("“{told}” is none of {fields}")
        raise _wrong(source, words.format(told=str(told)[:40], fields=", ".join(Field)), name) from error


def _pieces(source: str, name: str, template: Any) -> tuple[Piece, ...]:
    """The pieces of ``Z:{device-id}$I:{install-code}``."""
    if not isinstance(template, str) or not 0 < len(template) <= 200:
        raise _wrong(source, _("template is a text of up to 200 characters"), name)
    pieces: list[Piece] = []
    at = 0
    for found in _PIECE.finditer(template):
        if found.start() > at:
            pieces.append(Piece(template[at : found.start()]))
        pieces.append(Piece(field=_field(source, name, found[1]), length=int(found[2] or 0)))
        at = found.end()
    if at < len(template):
        pieces.append(Piece(template[at:]))
    if any("{" in piece.text or "}" in piece.text for piece in pieces) or not any(piece.field for piece in pieces):
        raise _wrong(source, _("template has values in braces, such as {device-id}"), name)
    for one, other in pairwise(pieces):
        if one.field and other.field and not one.length:
            raise _wrong(source, _("where two values touch, the first says its length: {device-id:16}"), name)
    return tuple(pieces)


def _samples(source: str, name: str, told: Any) -> tuple[Sample, ...]:
    shape = _("it has at least one [[label.sample]] with text and values, and nothing else in it")
    if not isinstance(told, list) or not told:
        raise _wrong(source, shape, name)
    samples = []
    for entry in told:
        if not isinstance(entry, dict) or set(entry) != {"text", "values"} or not isinstance(entry["text"], str):
            raise _wrong(source, shape, name)
        values = entry["values"]
        if not isinstance(values, dict) or not values or not all(isinstance(value, str) for value in values.values()):
            raise _wrong(source, shape, name)
        samples.append(
            Sample(entry["text"], tuple((_field(source, name, key), value) for key, value in values.items()))
        )
    return tuple(samples)


def _wrong(source: str, why: str, name: str = "") -> FormatsError:
    where = _("format {name}: ").format(name=name) if name else ""
    return FormatsError(
        _("“{source}” cannot be used: {where}{why}.").format(source=source, where=where, why=why),
        remedy=_("Correct it as the head of label_formats.toml says, or take the file away."),
        **({"format": name} if name else {}),
    )
