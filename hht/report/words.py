"""Text for the page: device and file text is data, so markup is escaped and what cannot be seen is spelled out."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Any

from hht.clock import readable_times
from hht.i18n import _
from hht.work.devices import words_of
from hht.work.progress import VISIT_ENDED
from hht.work.top_up_seen import Seen
from hht.work.undone import FOLLOWED, SEALED

MAX_TEXT = 600
TONE_MARK = {"good": "✓ ", "warn": "⚠ ", "bad": "× "}  # glyphs that the fonts have
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # control, format (bidirectional marks among them), unassigned


def visible(text: object, limit: int = MAX_TEXT, covered: frozenset[int] | None = None) -> str:
    """`text` cut at `limit` characters; control and bidirectional characters, and those not `covered`, as escapes."""
    raw = str(text)
    cut = raw if len(raw) <= limit else raw[: limit - 1] + "…"
    return "".join(c if _drawable(c, covered) else _escaped(c) for c in cut)


def _drawable(character: str, covered: frozenset[int] | None) -> bool:
    return unicodedata.category(character) not in _HIDDEN and (covered is None or ord(character) in covered)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def safe(text: object, limit: int = MAX_TEXT, covered: frozenset[int] | None = None) -> str:
    """`visible` text with nothing that the page could take for markup."""
    return escape(visible(text, limit, covered), quote=True)


def when(text: object, *, utc: bool = True) -> str:
    """An ISO time with Z as "2026-11-21 06:17:53 UTC", without UTC where the page says so; anything else as it is."""
    shown = readable_times(str(text))
    return shown if utc else shown.removesuffix(" UTC")


def fact_words(fact: dict[str, Any]) -> str:
    """A fact with its mark. Times of ours are put for people; a device's own words stay as they are."""
    value = str(fact["value"])
    if not fact.get("from_device"):
        value = readable_times(value)
    return f"{TONE_MARK.get(fact['tone'], '')}{labelled(fact['label'], value)}"


def labelled(label: object, value: object) -> str:
    """“Label: value”; behind a question there is no colon."""
    return f"{label} {value}" if str(label).endswith("?") else f"{label}: {value}"


def span(start: str, end: str) -> str:
    """From when to when, the day once where it is the same."""
    first, last = when(start, utc=False), when(end)
    return _("{start} to {end}").format(start=first, end=last[11:] if first[:10] == last[:10] else last)


def device_words(device: dict[str, Any]) -> str:
    """A device of the job that no step worked on."""
    words = words_of(device["type"], device["device_id"], device.get("mpan", ""))
    return _("{device}: no step of this visit works on it").format(device=words)


def engineer_words(engineers: list[dict[str, str]]) -> list[str]:
    """Who was there: one line each, with a time where there was more than one."""
    words = []
    for one in engineers:
        name, identifier = one["name"], one["identifier"]
        who = f"{name} ({identifier})" if name and identifier else name or identifier or _("not stated")
        since = _("{who}, from {time}").format(who=who, time=when(one["from"]))
        words.append(since if len(engineers) > 1 else who)
    return words or [_("not stated")]


def link_words(links: list[dict[str, str]]) -> list[str]:
    """Every link over which the meter answered, from when to when."""
    told = [", ".join(filter(None, (use["link"], use.get("proof"), span(use["from"], use["to"])))) for use in links]
    return told or [_("The meter was not reached.")]


def reason_words(step: dict[str, Any]) -> str:
    """Why a step was left: the reason's words, then its code."""
    code, text = step["code"], step["message"]
    return f"{text} ({code})" if text and code else text or code


def note_words(step: dict[str, Any]) -> str:
    """What was noted when a step was left, on one line."""
    return _("Note: {note}").format(note=" / ".join(step["note"].split("\n")))


def left_by_a_person(step: dict[str, Any]) -> bool:
    """Whether a person left the step, not the visit by itself because of another."""
    return step["state"] == "left" and step["code"] not in FOLLOWED


def left_words(step: dict[str, Any]) -> str:
    """A step that was left, why, and what was noted."""
    note = ". " + note_words(step) if step["note"] else ""
    return f"{step['title']}: {reason_words(step)}{note}"


def ended_words(evidence: dict[str, Any]) -> str:
    """At which step the visit ended before all of it was done, when and why; "" where it did not. What was answered
    there under seal is not told, but that it ended the visit is."""
    told = next((one for one in evidence.get("not_done", ()) if one["code"] == VISIT_ENDED and one["because"]), None)
    if told is None:
        return ""
    step = next(one for one in evidence["steps"] if one["id"] == told["because"])
    words = _("At the step “{step}”, {time}: {reason}")
    if step["code"] == SEALED:
        words = _("At the step “{step}”, {time}: because of an answer that was given there. {reason}")
    return words.format(step=step["title"], time=when(step["finished_at"]) or "–", reason=told["reason"])


def item_words(item: str) -> str:
    """What was written, in words."""
    words = {
        "clock": _("Clock"),
        "import-mpan": _("Import MPAN"),
        "randomised-offset-limit": _("Randomised offset limit (s)"),
        "top-up": _("Top-up, electricity"),
        "gas-top-up": _("Top-up, gas"),
    }
    return words.get(item, item)


def result_words(result: str) -> str:
    """How a write ended."""
    words = {
        "written": _("Written"),
        "written-earlier": _("Written by an earlier attempt"),
        "by-the-desk": _("Done by the supplier, as the desk says"),
        "held-already": _("Held already, not written"),
        "accepted": _("Accepted by the meter"),
        "told-accepted": _("Accepted, as told by the person; not seen"),
        **{f"top-up-{seen.value}": _("Accepted ({how})").format(how=seen.words) for seen in Seen},
    }
    return words.get(result) or _("Failed: {code}").format(code=result or "?")


def state_word(state: str) -> str:
    """A step's state with its glyph: colour never alone."""
    words = {
        "done": "✓ " + _("done"),
        "failed": "× " + _("failed"),
        "left": "→ " + _("left"),
        "unknown": "? " + _("not known"),
        "waiting": "· " + _("not begun"),
        "ready": "· " + _("not begun"),
        "started": "… " + _("interrupted"),
        "stopped": "× " + _("stopped, not made safe"),
        "skipped": "· " + _("not needed"),
        "asking": "… " + _("waits for an answer"),
    }
    return words.get(state, state)


def outcome_words(outcome: str) -> str:
    """How the visit ended, in words."""
    words = {
        "complete": _("Complete"),
        "install-and-leave": _("Done in part: something remains to be done"),
        "made-safe": _("Made safe"),
        "abandoned": _("Abandoned"),
    }
    return words.get(outcome, _("Not ended"))


def outcome_warning(outcome: str) -> str:
    """What nobody may overlook at the top of the report; "" where there is no such thing."""
    if outcome == "abandoned":
        return "⚠ " + _("This visit was abandoned: the work of this job is not done.")
    if not outcome:
        return "⚠ " + _("This visit has not ended: this is how far it had come when the report was written.")
    return ""
