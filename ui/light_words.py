"""Words and plain facts about lights and display texts, the same for window and command line."""

from __future__ import annotations

from typing import Any

from hht.display_texts import DisplayText, Found
from hht.i18n import _
from hht.lights import LightMeaning


def light_words(one: LightMeaning) -> str:
    """A light, its pattern and what that means."""
    return _("{led}, {pattern}: {meaning}").format(led=one.led, pattern=one.pattern.words, meaning=one.meaning)


def sure_words(one: LightMeaning) -> str:
    """How sure the pattern is, as a person may take it."""
    return _("sure of the pattern to {percent} %").format(percent=min(99, round(one.confidence * 100)))


def plain_light(one: LightMeaning) -> dict[str, Any]:
    """For JSON."""
    return {
        "led": one.led,
        "state": one.state,
        "pattern": one.pattern.name,
        "meaning": one.meaning,
        "confidence": round(one.confidence, 3),
        "verified": one.verified,
        "source": one.label,
    }


def kind_words(kind: str) -> str:
    """What sort of text it is."""
    return {
        "state": _("how it stands: no error"),
        "refusal": _("a refusal"),
        "value": _("a value: no error"),
        "firmware": _("a firmware version: no error code"),
        "alert": _("an alert code"),
        "fault": _("a fault"),
        "question": _("a question to the person at the meter"),
    }[kind]


def fit_words(found: Found) -> str:
    """How far the entry is about the text that was typed; "" where it is that text, of that model."""
    words = []
    if found.fit == "near":
        words.append(_("not this text, but like it: compare"))
    if found.other_model:
        words.append(_("another model's display"))
    return "; ".join(words)


def plain_text_entry(entry: DisplayText) -> dict[str, Any]:
    """For JSON."""
    return {
        "shows": list(entry.shows),
        "device": list(entry.device),
        "manufacturer": entry.manufacturer,
        "model": entry.model,
        "kind": entry.kind,
        "is_error": entry.is_error,
        "meaning": entry.means,
        "next": entry.next_act,
        "verified": entry.verified,
        "source": entry.source,
    }
