"""What was noted beside the steps, as it stands in the report: unsafe situations, how it ended, signatures, calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hht.i18n import _
from hht.report.strokes import drawn_strokes
from hht.report.words import when
from hht.work.coded import NoteError, codes
from hht.work.ending_early import FILE as ENDINGS
from hht.work.ending_early import flag_words
from hht.work.signing import FILE as SIGNING
from hht.work.signing import Manner
from hht.work.unsafe import Receipt, done_words, rung_words

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

Told = Mapping[str, Any]
Pair = tuple[str, Any]


class Page(Protocol):
    """What lays headings and pairs out."""

    def headed(self, text: str) -> list[Flowable]:
        """A heading."""
        ...

    def pairs(self, pairs: list[Pair]) -> Flowable:
        """Labels with their values."""
        ...


def note_flowables(page: Page, notes: Mapping[str, Sequence[Told]]) -> Iterator[Flowable]:
    """Everything that was noted, the most important first; nothing where nothing was."""
    from reportlab.platypus import KeepTogether

    for one in notes.get("unsafe", ()):
        yield from page.headed(_("Unsafe situation: notice {number}").format(number=one["notice"]))
        yield page.pairs(unsafe_pairs(one))
    for one in notes.get("ending", ()):
        yield from page.headed(_("Why the visit ended"))
        yield page.pairs(ending_pairs(one))
    for one in notes.get("signature", ()):
        yield from page.headed(_("Signature"))
        drawing = drawn_strokes(one)
        yield KeepTogether([page.pairs(signature_pairs(one)), *([drawing] if drawing is not None else [])])
    if photos := notes.get("photo", ()):
        yield from page.headed(_("Photos"))
        yield page.pairs([(photo_words(one), one["sha256"]) for one in photos])
    if calls := notes.get("call", ()):
        yield from page.headed(_("Calls"))
        yield page.pairs([(when(one["at"]), call_words(one)) for one in calls])


def unsafe_pairs(one: Told) -> list[Pair]:
    """An unsafe situation, label by label."""
    return [
        (_("Category"), [one.get("category_words", one["category"]), one.get("category_source", "")]),
        (_("Found"), one["found"]),
        (_("Done"), _safely(done_words, one)),
        (_("Told"), one["told"]),
        (_("Rung"), _safely(rung_words, one)),
        (_("Their reference"), one.get("reference", "")),
        (_("Notice"), f"{one['notice']}: {receipt_words(one)}"),
        (_("When"), when(one["at"])),
        (_("At the step"), one["step"]),
    ]


def receipt_words(one: Told) -> str:
    """Whether the notice was signed for."""
    return Receipt(one["receipt"]).words if one["receipt"] in list(Receipt) else str(one["receipt"])


def ending_pairs(one: Told) -> list[Pair]:
    """Why the visit ended, label by label."""
    group = codes(ENDINGS, "group").get(one["group"])
    photos = len(one["photos"])
    return [
        (_("Reason"), f"{group.title if group else one['group']}: {one['text']} ({one['code']})"),
        (_("Note"), one.get("note", "")),
        (_("Next appointment"), when(one["next_at"])),
        (_("For the next visit"), _safely(flag_words, one) if "flags" in one else ""),
        (_("Photo of the doorstep"), _("{count} bound").format(count=photos) if photos else one.get("no_photo", "")),
    ]


def signature_pairs(one: Told) -> list[Pair]:
    """Who signed what, label by label."""
    role = codes(SIGNING, "role").get(one["role"])
    manner = Manner(one["manner"]).words if one["manner"] in list(Manner) else one["manner"]
    return [
        (_("Signed by"), f"{one['name'] or '–'} ({role.text if role else one['role']})"),
        (_("What was signed"), one["words"]),
        (_("How"), f"{manner}: {one['reason']}" if one["reason"] else manner),
        (_("When"), when(one["at"])),
    ]


def photo_words(one: Told) -> str:
    """Which photo it is, and of which step."""
    words = _("Photo {number}, {step}") if one["step"] else _("Photo {number}")
    covered = _(", {count} covered").format(count=one["covered"]) if one.get("covered") else ""
    return words.format(number=one["number"], step=one["step"]) + covered


def call_words(one: Told) -> list[str]:
    """A call, on two lines."""
    return [f"{one['whom']}, {one['number']}: {one['result']}", one["read_out"]]


def _safely(words: Any, one: Told) -> list[str]:
    """Codes in words; a code that this program does not know (another wrote the bundle) as it stands."""
    try:
        return list(words(one))
    except NoteError:
        return [str(code) for key in ("done", "rung", "flags") if key in one for code in one[key]]
