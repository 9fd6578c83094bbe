"""What a text on a display means: a dictionary by model, ``resources/catalogue/display_texts.toml``. Each entry says
its source and whether that is the maker's or a supplier's word for it.

A firmware version is no error code (painpoints P12), and a code to top up with is nobody's to look up: it is not
searched for, and never repeated.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from typing import Final

from hht.alerts import alert_meaning
from hht.errors import HhtError
from hht.i18n import _, per_language
from hht.resources import resource_text

DEVICES: Final = ("meter", "ihd", "ppmid")
LONGEST: Final = 100
_NEAR: Final = 0.75  # our own number: how like a text must be to be offered
_TOP_UP: Final = re.compile(r"(\d[ -]*){20}")
_ALERT: Final = re.compile(r"(0X)?(8[0-9A-F]{3})")


class DisplayTextError(HhtError):
    """What was typed is nothing to look up."""

    default_code = "display-text"


@dataclass(frozen=True, slots=True)
class DisplayText:
    """An entry. `device`: on whose display; `kind`: "state", "refusal", "value", "firmware", "alert", "fault" or
    "question"; `next_act`: what to do. `like`: what else fits, as a regular expression over capitals."""

    shows: tuple[str, ...]
    device: tuple[str, ...]
    kind: str
    manufacturer: str
    model: str
    means: str
    next_act: str
    verified: bool
    source: str
    like: str = ""

    @property
    def label(self) -> str:
        """Verified or not, and from where: beside every meaning that is told."""
        words = _("verified: {source}") if self.verified else _("unverified: {source}")
        return words.format(source=self.source)

    @property
    def of(self) -> str:
        """Whose display, for people."""
        who = " ".join(one for one in (self.manufacturer, self.model) if one != "*") or _("any maker")
        return f"{', '.join(self.device)}: {who}"

    @property
    def is_error(self) -> bool:
        """Whether it says that something is wrong."""
        return self.kind in ("refusal", "fault")


@dataclass(frozen=True, slots=True)
class Found:
    """An entry and how well it fits: "same" the text itself, "form" one of that form, "near" one that is like it, which
    is no answer but something to compare with; `other_model`: it is of another maker's or model's display."""

    entry: DisplayText
    fit: str
    other_model: bool = False


@per_language
def display_texts() -> tuple[DisplayText, ...]:
    """The whole dictionary, in its order and in the language in use; what displays show is as they show it."""
    raw = tomllib.loads(resource_text("catalogue", "display_texts.toml"))
    return tuple(
        DisplayText(
            tuple(row["shows"]), tuple(row["device"]), row["kind"], row["manufacturer"], row["model"], _(row["means"]),
            _(row["next"]), row["verified"], row["source"], row.get("like", ""),
        )
        for row in raw["text"]
    )  # fmt: skip


def look_up(text: str, *, device: str = "", manufacturer: str = "", model: str = "") -> tuple[Found, ...]:
    """What a text on a display means, the best first; nothing where nobody knows. `device`, `manufacturer`, `model`:
    of the display, "" where it is not known. An entry of another model is told last, and as that. Raises
    DisplayTextError for what is no such text, or a code to top up with."""
    wanted = _plain(text)
    found = [
        Found(entry, fit, not _of_model(entry, manufacturer, model))
        for entry in (*display_texts(), *_alert(wanted))
        if (not device or device in entry.device) and (fit := _fit(entry, wanted))
    ]
    if any(one.fit != "near" for one in found):
        found = [one for one in found if one.fit != "near"]
    rank = {"same": 0, "form": 1, "near": 2}
    return tuple(sorted(found, key=lambda one: (one.other_model, rank[one.fit])))


def search(words: str, *, device: str = "") -> tuple[DisplayText, ...]:
    """The entries that have all these words anywhere; every one for "". Raises DisplayTextError for a code to top up
    with."""
    _refuse_top_up(words)
    parts = words.upper().split()

    def has(entry: DisplayText) -> bool:
        whole = " ".join((*entry.shows, entry.means, entry.next_act, entry.of, entry.kind)).upper()
        return all(part in whole for part in parts)

    return tuple(entry for entry in display_texts() if (not device or device in entry.device) and has(entry))


def _plain(text: str) -> str:
    """In capitals, without what frames it. Raises DisplayTextError."""
    _refuse_top_up(text)
    wanted = " ".join(text.upper().strip(" \t\r\n'\"‘’“”.!").split())
    if not wanted or len(wanted) > LONGEST:
        raise DisplayTextError(
            _("That is no text of a display."),
            remedy=_("Type what stands there, as it stands there: up to {most} characters.").format(most=LONGEST),
        )
    return wanted


def _refuse_top_up(text: str) -> None:
    if _TOP_UP.search(text):
        raise DisplayTextError(
            _("That is a code to top up with: it is as good as money, and is not looked up."),
            remedy=_("Check it with hht check utrn -, and type here only what the display shows about it."),
            code="display-secret",
        )


def _fit(entry: DisplayText, wanted: str) -> str:
    shown = [text.upper() for text in entry.shows]
    if wanted in shown:
        return "same"
    if entry.like and re.fullmatch(entry.like, wanted):
        return "form"
    near = any(SequenceMatcher(None, wanted, text).ratio() >= _NEAR for text in shown)
    return "near" if near else ""


def _of_model(entry: DisplayText, manufacturer: str, model: str) -> bool:
    theirs, ours = _letters(manufacturer), _letters(entry.manufacturer)
    fits = not (theirs and ours) or theirs.startswith(ours) or ours.startswith(theirs)
    return fits and (not model or fnmatchcase(model.lower(), entry.model.lower()))


def _letters(name: str) -> str:
    """A maker's name without what people write in different ways."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _alert(wanted: str) -> tuple[DisplayText, ...]:
    """An alert code, which some displays show: its meaning is the same everywhere."""
    code = _ALERT.fullmatch(wanted)
    if code is None or (meaning := alert_meaning(int(code[2], 16))) == _("unknown code"):
        return ()
    act = _("Read the device's logs: they have it with its time (hht read LINK events).")
    return (
        DisplayText((wanted,), DEVICES, "alert", "*", "*", meaning, act, True, _("GBCS, the table of alert codes")),
    )
