"""The notice of an unsafe situation, in large print, to be left at the premises; made of the customer's bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from hht.report.notes_story import unsafe_pairs
from hht.report.sheet import Sheet, paper, signed_words
from hht.report.strokes import drawn_strokes
from hht.report.words import when
from hht.work.ringing import emergency_number

if TYPE_CHECKING:
    from reportlab.platypus import Flowable


class NoSuchNotice(HhtError):
    """The visit has no unsafe situation with that notice."""

    default_code = "notice-unknown"


def unsafe_notice(bundle: bytes, number: str) -> bytes:
    """The notice `number` as PDF. Raises NoSuchNotice; BundleError where the bundle is not whole, or for others than
    the customer."""
    title = _("Warning: unsafe situation")

    def make(sheet: Sheet, key: str, at: str) -> list[Flowable]:
        proof = _("Signed record of the visit: key {key}, {at}.").format(key=key, at=when(at))
        return _flowables(sheet, number, title, proof)

    return paper(bundle, title, make)


def _flowables(sheet: Sheet, number: str, title: str, proof: str) -> list[Flowable]:
    situations: list[dict[str, Any]] = [dict(one) for one in sheet.told.get("unsafe", ())]
    situation = next((one for one in reversed(situations) if one["notice"] == number), None)
    if situation is None:
        raise NoSuchNotice(
            _("This visit has no notice “{number}”.").format(number=number),
            remedy=_("It has: {numbers}.").format(numbers=", ".join(one["notice"] for one in situations) or "–"),
        )
    visit = sheet.told["visit"][0]
    whom = _("Smell of gas: {gas}, from outside. Electricity network: {electricity}. Danger to life: {life}.")
    emergency = whom.format(**{code: emergency_number(code) for code in ("gas", "electricity", "life")})
    lines = [sheet.line(title, sheet.title), sheet.line(visit["address"]), sheet.line(emergency)]
    lines += sheet.part(str(situation["category_words"]), [str(situation["category_text"])])
    lines.append(sheet.line(_("Do not use it until somebody who is registered for it has put it right.")))
    for pairs in _paragraphs(unsafe_pairs(situation)[1:-1]):  # not the step
        lines.append(sheet.line(pairs))
    for one in sheet.told.get("signature", ()):
        if one["about"] == "notice" and one["at"] >= situation["at"]:
            drawing = drawn_strokes(one)
            lines += [sheet.line(signed_words(one))] + ([drawing] if drawing is not None else [])
            break
    return [*lines, sheet.line(proof)]


def _paragraphs(pairs: list[tuple[str, Any]]) -> list[str]:
    """What was found and done, each for itself; who was told and rung, and the notice, on a line each: one page."""
    texts = [
        f"{label}: {'; '.join(value) if isinstance(value, list) else value}"
        for label, value in pairs
        if value not in ("", [])
    ]
    found, done, *rest = texts
    return [found, done, ". ".join(rest[:-2]), ". ".join(rest[-2:])]
