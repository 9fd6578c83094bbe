"""What the page of lights and displays shows. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hht.display_texts import DisplayText, Found, look_up, search
from hht.i18n import _
from hht.lights import LEAST_TAPS, LedTable, LightMeaning, by_description, by_taps, likely
from ui.light_words import fit_words, kind_words

_WORTH_SAYING = 0.05  # how likely a pattern must be to have its figure shown
_LOOK = {
    "fault": ("cross", "bad"),
    "refusal": ("warn", "warn"),
    "alert": ("warn", "warn"),
    "question": ("hand", "accent"),
}
_PLAIN = ("dot", "ink_soft")


@dataclass(frozen=True, slots=True)
class MeaningRow:
    """A line: something that is seen, and what it means. `label`: from where that is, verified or not."""

    title: str
    line: str
    word: str
    tone: tuple[str, str]
    detail: str
    label: str
    verified: bool

    @property
    def spoken(self) -> str:
        """All of it in words."""
        return ", ".join(part for part in (self.title, self.line, self.word, self.label) if part)


def light_rows(table: LedTable, led: str, taps_s: Sequence[float]) -> tuple[list[MeaningRow], LightMeaning | None]:
    """What a light can show, with how sure each pattern is by the taps, and the one that is found. Raises
    LightsError."""
    found = by_taps(table, led, taps_s) if len(taps_s) >= LEAST_TAPS else ()
    sure, best = {one.state: one.confidence for one in found}, likely(found)
    rows = []
    for state, (pattern, _text) in table.states(led).items():
        one = by_description(table, led, pattern.name)
        percent = min(99, round(100 * sure.get(state, 0)))
        word = _("sure to {percent} %").format(percent=percent) if sure.get(state, 0) >= _WORTH_SAYING else ""
        tone = ("check", "good") if best is not None and best.state == state else _PLAIN
        rows.append(MeaningRow(one.pattern.words, one.meaning, word, tone, "", one.label, one.verified))
    return rows, best


def tap_words(count: int, best: LightMeaning | None) -> tuple[str, str]:
    """(tone, words): what the taps came to."""
    if count < LEAST_TAPS:
        words = _("Tap once for each flash, eight times or so. {count} so far. Of a light that does not flash, choose.")
        return "plain", words.format(count=count)
    if best is None:
        return "warn", _("None of these is sure after {count} taps. Go on, or begin anew.").format(count=count)
    return "good", _("{led}: {meaning}").format(led=best.led, meaning=best.meaning)


def text_rows(typed: str) -> list[MeaningRow]:
    """The entries of the dictionary for what was typed: that text, one like it, else every one with these words; all of
    them for nothing. Raises DisplayTextError."""
    if not typed.strip():
        return [_text_row(entry, "") for entry in search("")]
    exact = [one for one in look_up(typed) if one.fit != "near"]
    if exact:
        return [_found_row(one) for one in exact]
    wordy: Iterable[DisplayText] = search(typed)
    near = [one for one in look_up(typed) if one.entry not in wordy]
    return [_text_row(entry, "") for entry in wordy] + [_found_row(one) for one in near]


def _found_row(found: Found) -> MeaningRow:
    return _text_row(found.entry, fit_words(found))


def _text_row(entry: DisplayText, fit: str) -> MeaningRow:
    return MeaningRow(
        " / ".join(entry.shows),
        f"{entry.of}. {fit}" if fit else entry.of,
        kind_words(entry.kind),
        _LOOK.get(entry.kind, _PLAIN),
        f"{entry.means} {entry.next_act}",
        entry.label,
        entry.verified,
    )
