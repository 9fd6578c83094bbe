"""What a label says: a scanned text held against the table of formats, every value checked, nothing corrected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from hht.identifiers import IdentifierError, gs1
from hht.scan.formats import LONGEST, LabelFormat, Piece, Sample, built_in
from hht.scan.pictures import FoundCode
from hht.scan.values import Field, LabelValue, value_of

_NOISE = "\x00\x02\x03\x1d\x1e\x04\r\n\t \ufeff\u200b\u200e\u200f*"
_DIGITS = re.compile(r"[0-9 ]+")
_HEX = re.compile(r"[0-9A-Fa-f :.\-]+")
_PLAIN_LENGTHS = {
    Field.MPAN: (13, 21),
    Field.MPRN: range(6, 11),
    Field.UTRN: (20,),
    Field.GTIN: (14,),
    Field.DEVICE_ID: (16,),
    Field.INSTALL_CODE: (32, 36),
}
_OF_DIGITS = (Field.MPAN, Field.MPRN, Field.UTRN, Field.GTIN)
_LINE_LOSS_CLASS = range(5, 8)  # of a full MPAN's characters: those that may be letters


@dataclass(frozen=True, slots=True)
class Label:
    """What a text says by one format."""

    format: LabelFormat
    values: tuple[LabelValue, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with any of its values."""
        return not any(value.error for value in self.values)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was scanned: the text as it came, and every format that it may be, the likelier first. None: unknown."""

    text: str = field(repr=False)
    labels: tuple[Label, ...]
    code: FoundCode | None = None

    def values(self, *kinds: Field) -> tuple[LabelValue, ...]:
        """What it may be that is one of `kinds`, each text once, the good ones first."""
        found = {
            (value.kind, value.typed): value for label in self.labels for value in label.values if value.kind in kinds
        }
        return tuple(sorted(found.values(), key=lambda value: value.error is not None))

    @property
    def secret(self) -> bool:
        """Whether `text` holds something that nobody may see."""
        return any(value.secret for label in self.labels for value in label.values)


def read_label(text: str, own: Sequence[LabelFormat] = (), *, checked: bool = True, allow_test: bool = False) -> Scan:
    """What `text` says, by the engineer's `own` formats and those of the program.

    Formats that have a mark of their own (GS1, a template, captions) go before bare numbers. Never raises: a value that
    cannot be right says why, and stays as it was read.
    """
    bare = text.strip(_NOISE)
    if not bare or len(text) > LONGEST:
        return Scan(text, ())
    symbology = gs1.symbology_of(bare)
    left = bare[len(symbology) :].strip(_NOISE)
    labels = []
    for each in (*own, *built_in()):
        found = _read(each, left, symbology)
        if found:
            values = (value_of(kind, typed, checked=checked, allow_test=allow_test) for kind, typed in found)
            labels.append(Label(each, tuple(values)))
    marked = [label for label in labels if label.format.kind != "plain"]
    alone = [label for label in labels if any(_is_secret(value) for value in label.values)]
    return Scan(text, tuple(sorted(marked or alone or labels, key=lambda label: (not label.good, -len(label.values)))))


def _is_secret(value: LabelValue) -> bool:
    """Whether it is one, and so must not be shown as a serial number; 20 digits far from any UTRN are none."""
    return value.secret and (value.error is None or value.error.code != "utrn-range")


def read_code(code: FoundCode, own: Sequence[LabelFormat] = (), *, allow_test: bool = False) -> Scan:
    """What a code of a picture says."""
    scan = read_label(code.as_scanned, own, checked=code.checked, allow_test=allow_test)
    return Scan(code.text, scan.labels, code)


def try_sample(each: LabelFormat, sample: Sample) -> bool:
    """Whether the format reads exactly the sample's values, and each of them is good."""
    bare = sample.text.strip(_NOISE)
    symbology = gs1.symbology_of(bare)
    found = [pair for pair in _read(each, bare[len(symbology) :], symbology) if pair[0] is not Field.OTHER]
    return sorted(found) == sorted(sample.values) and not any(value_of(*pair).error for pair in found)


def _read(each: LabelFormat, text: str, symbology: str) -> list[tuple[Field, str]]:
    """The values of `text` by one format; none where it is not of that format."""
    if each.kind == "gs1":
        return _by_elements(dict(each.fields), text, symbology)
    if each.kind == "template":
        return _by_template(each.pieces, text)
    if each.kind == "captions":
        return _by_captions(each.fields, text)
    return _plain(each.fields[0][1], text, symbology)


def _by_elements(fields: dict[str, Field], text: str, symbology: str) -> list[tuple[Field, str]]:
    try:
        elements = gs1.elements_of(text, symbology=symbology) or []
    except IdentifierError:
        return []
    return [(fields[each.identifier], each.value) for each in elements if each.identifier in fields]


def _by_template(pieces: tuple[Piece, ...], text: str) -> list[tuple[Field, str]]:
    """Each piece in turn: a text has to stand there (in either case), a value ends where the next text begins."""
    found: list[tuple[Field, str]] = []
    at, low = 0, text.lower()
    if len(low) != len(text):  # letters that are longer in small ones: no label of ours
        return []
    for number, piece in enumerate(pieces):
        if piece.field is None:
            if not low.startswith(piece.text.lower(), at):
                return []
            at += len(piece.text)
            continue
        following = pieces[number + 1].text.lower() if number + 1 < len(pieces) else ""
        end = at + piece.length if piece.length else low.find(following, at) if following else len(text)
        if not at < end <= len(text):
            return []
        found.append((piece.field, text[at:end]))
        at = end
    return found if at == len(text) else []


@cache
def _captions(fields: tuple[tuple[str, Field], ...]) -> re.Pattern[str]:
    """Captions, the longest first: with a mark behind them anywhere, with a space alone where a line begins."""
    names = "|".join(re.escape(name) for name, _field in sorted(fields, key=lambda pair: -len(pair[0])))
    return re.compile(
        rf"(?:(?<=[\n;,|])|^)[ \t]*({names})(?:[ \t]*[:=#]|[ \t]|(?=[\r\n]))|(?<![^\s;,|])({names})[ \t]*[:=#]",
        re.I | re.A,
    )


def _by_captions(fields: tuple[tuple[str, Field], ...], text: str) -> list[tuple[Field, str]]:
    """A value begins behind its caption and ends at the next one, at a line's end or at ; , |."""
    kinds = {name.lower(): kind for name, kind in fields}
    marks = list(_captions(fields).finditer(text))
    found = []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends[: len(marks)], strict=True):
        rest = text[mark.end() : end]
        value = re.split(r"[\n\r;,|]", rest.strip(), maxsplit=1)[0].strip()
        if value:
            found.append((kinds[(mark[1] or mark[2]).lower()], value))
    return found


def _plain(kind: Field, text: str, symbology: str) -> list[tuple[Field, str]]:
    """A number alone, known by its characters and how many they are; what a product's code holds is a GTIN alone."""
    if symbology.startswith("]E"):
        return [(kind, text)] if kind is Field.GTIN else []
    if kind in (Field.SERIAL, Field.OTHER):
        return [(kind, text)] if value_of(Field.SERIAL, text).error is None else []
    compact = "".join(text.split()) if kind in _OF_DIGITS else "".join(c for c in text if c.isalnum())
    if len(compact) not in _PLAIN_LENGTHS.get(kind, _as_a_device_id(kind)):
        return []
    if kind is Field.MPAN and len(compact) == 21:
        compact = "".join(c for place, c in enumerate(compact) if place not in _LINE_LOSS_CLASS)
        return [(kind, text)] if _DIGITS.fullmatch(compact) else []
    return [(kind, text)] if (_DIGITS if kind in _OF_DIGITS else _HEX).fullmatch(text) else []


def _as_a_device_id(kind: Field) -> tuple[int, ...]:
    return (16,) if kind in (Field.CHF_ID, Field.GPF_ID) else ()


def all_values(scans: Iterable[Scan], *kinds: Field) -> Iterator[tuple[Scan, LabelValue]]:
    """What several scans have of `kinds`."""
    for scan in scans:
        for value in scan.values(*kinds):
            yield scan, value
