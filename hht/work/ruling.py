"""What a rule comes to for one job: a sentence, how much it weighs, and where it is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hht.work.reasons import Standing
from hht.work.rule_book import rule_book
from hht.work.view import Fact, Tone


@dataclass(frozen=True, slots=True)
class Ruling:
    """`code` is stable; `rule`: its name in the book, or the `source` itself; `general`: so at every site, of which an
    engineer need not be told on every job."""

    code: str
    standing: Standing
    label: str
    words: str
    rule: str = ""
    source: str = ""
    general: bool = False

    @property
    def said(self) -> str:
        """Where it is said, for people; whether only from memory."""
        return self.source or rule_book().rule(self.rule).label

    @property
    def tone(self) -> Tone:
        """How it is shown."""
        return Tone.PLAIN if self.standing is Standing.MAY else self.standing.tone

    @property
    def fact(self) -> Fact:
        """As a line on a page."""
        return Fact(self.label, f"{self.words} [{self.said}]", self.tone)


def weighed(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """The weightiest first, else as they came."""
    weight = list(reversed(Standing))
    return tuple(sorted(rulings, key=lambda one: weight.index(one.standing)))
