"""What is known of faults: symptoms, looks, readings, causes and exclusions, as data that is checked when it is read.

Weights are our own estimates (painpoints, section D: no public frequencies), and are kept where they can be edited.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hht.diagnosis.domains import Domain
from hht.errors import HhtError
from hht.i18n import _, per_language
from hht.resources import resource_path

HAZARDS: Final = ("replay", "quarantine", "wrong-signer", "lock-out", "unsafe-supply")  # never retried (painpoints C4)
MEANS: Final = ("probe", "han", "desk", "eyes")
TELLING: Final = 0.96  # how surely a cause shows what it is said to show
RULES_OUT: Final = 0.1  # a cause is ruled out by what is as usual where it would be so at most so often, against others
NOTHING_WRONG: Final = "nothing-wrong"
WORDS: Final = ("words", "title", "why", "next", "dont", "retry")  # of an entry, for people; and a reading's values


class KnowledgeError(HhtError):
    """What is known of faults contradicts itself."""

    default_code = "diagnosis-knowledge"


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a look can tell: `values` in words by value, `usual` where nothing is wrong; `noise`: how often it
    is another one there all the same. `codes`: for what logs tell, the alert codes of each value but the usual, of
    which there have to be `least`. `needs`: what the home must have. `of`: the domain that stays open where
    it is not as usual and no cause is known that shows it so."""

    name: str
    words: str
    usual: str
    values: Mapping[str, str]
    noise: float = 0.03
    codes: Mapping[str, list[str]] = field(default_factory=dict)
    least: int = 1
    needs: tuple[str, ...] = ()
    of: Domain | None = None

    def chance(self, value: str, expected: Mapping[str, float] | None) -> float:
        """How likely `value` is where `expected` is (None: what is usual)."""
        sure = {self.usual: 1 - self.noise} if expected is None else expected
        rest = max(1 - sum(sure.values()), 0.004)
        others = max(len(self.values) - len(sure), 1)
        return sure.get(value, rest / others)


@dataclass(frozen=True, slots=True)
class Look:
    """A test. `means`: what it needs (probe, han, desk, eyes); `minutes` it costs; `reads`: what it tells. `hazard`: it
    is not made where a cause of that hazard is likely. `after`: looks that have to be made before. `ends`: where a
    reading is one of these values, what was wrong has been put right by the look itself, and no other is made.
    `upsets`: it interrupts what works, and is not made for the sake of a domain alone, unless that is asked for."""

    name: str
    words: str
    means: str
    minutes: float
    reads: tuple[str, ...]
    hazard: str = ""
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # what the home must have: "gas", "prepayment", ...
    ends: Mapping[str, list[str]] = field(default_factory=dict)
    upsets: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause. `expects`: chances of values by reading, where they differ from what is usual; `symptoms` it is told by;
    `rows`: of painpoints; `retry`: what may be tried again ("": nothing); `dont`: what must not be, and why. `at_once`:
    a symptom on which nothing is looked at: people are made safe first. `needs`: it can be here only where the home is
    known to have this; `device`: it cannot be here where the home is known to be without ("gas", "ihd")."""

    name: str
    domain: Domain | None
    title: str
    why: str
    next: str
    rows: tuple[str, ...] = ()
    weight: float = 1.0
    symptoms: tuple[str, ...] = ()
    expects: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    retry: str = ""
    dont: str = ""
    hazard: str = ""
    needs: tuple[str, ...] = ()
    at_once: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A passed test: where `reading` is one of `values`, none of `causes` is the cause."""

    name: str
    words: str
    reading: str
    values: frozenset[str]
    causes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of it, each by name. `ruled`: by cause, the readings that rule it out where they are as usual."""

    symptoms: Mapping[str, str]
    readings: Mapping[str, Reading]
    looks: Mapping[str, Look]
    causes: Mapping[str, Cause]
    exclusions: tuple[Exclusion, ...]
    ruled: Mapping[str, frozenset[str]]

    def look_of(self, reading: str) -> Look:
        """The look that tells a reading. Raises KeyError."""
        found = next((one for one in self.looks.values() if reading in one.reads), None)
        if found is None:
            raise KeyError(reading)
        return found


@per_language
def knowledge() -> Knowledge:
    """What the program knows, in the language in use. Raises OSError, KnowledgeError of a broken installation."""
    folder = resource_path("catalogue", "diagnosis")
    return read_knowledge((path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))), _)


def read_knowledge(texts: Iterable[str], speak: Callable[[str], str] = str) -> Knowledge:
    """The knowledge in these TOML texts together; what people read goes through `speak`. Raises KnowledgeError."""
    tables: dict[str, dict[str, Any]] = {}
    for text in texts:
        for kind, entries in tomllib.loads(text).items():
            held = tables.setdefault(kind, {})
            for name, entry in entries.items():
                _require(name not in held, _("“{name}” stands twice").format(name=name))
                held[name] = in_words(entry, speak)
    readings = {name: _reading(name, entry) for name, entry in tables["reading"].items()}
    causes = {name: _cause(name, entry, readings) for name, entry in tables["cause"].items()}
    exclusions = tuple(_exclusion(name, entry) for name, entry in tables.get("exclusion", {}).items())
    found = Knowledge(
        tables["symptom"],
        readings,
        {name: _look(name, entry) for name, entry in tables["look"].items()},
        causes,
        exclusions,
        {name: _ruled(cause, readings, exclusions) for name, cause in causes.items()},
    )
    _check(found)
    return found


def in_words(entry: Any, speak: Callable[[str], str]) -> Any:
    """What people read of an entry (a symptom is nothing but words)."""
    if isinstance(entry, str):
        return speak(entry)
    told = {key: speak(words) if key in WORDS and words else words for key, words in entry.items()}
    if "values" in told and isinstance(told["values"], dict):
        told["values"] = {value: speak(words) for value, words in told["values"].items()}
    return told


def _reading(name: str, entry: dict[str, Any]) -> Reading:
    of = entry.pop("of", "")
    return Reading(name, needs=tuple(entry.pop("needs", ())), of=Domain(of) if of else None, **entry)


def _look(name: str, entry: dict[str, Any]) -> Look:
    lists: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("reads", "after", "needs")}
    return Look(name, **(entry | lists))


def _cause(name: str, entry: dict[str, Any], readings: Mapping[str, Reading]) -> Cause:
    domain = entry.pop("domain")
    expects = {key: _chances(name, key, told, readings) for key, told in entry.pop("expects", {}).items()}
    lists: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("rows", "symptoms", "needs")}
    return Cause(name, Domain(domain) if domain else None, expects=expects, **(entry | lists))


def _chances(cause: str, reading: str, told: Any, readings: Mapping[str, Reading]) -> dict[str, float]:
    """ "v": that value; ["v", "w"]: one of them, equally; {v = 0.6}: as it says."""
    _require(reading in readings, f"{cause}: {reading}")
    if isinstance(told, dict):
        chances = {value: float(chance) for value, chance in told.items()}
    else:
        values = [told] if isinstance(told, str) else told
        chances = dict.fromkeys(values, TELLING / len(values))
    unknown = set(chances) - set(readings[reading].values)
    _require(not unknown and 0 < sum(chances.values()) <= 1.0001, f"{cause}: {reading}: {unknown or chances}")
    return chances


def _exclusion(name: str, entry: dict[str, Any]) -> Exclusion:
    named = entry["causes"]
    return Exclusion(name, entry["words"], entry["reading"], frozenset(entry["values"]), frozenset(named))


def _ruled(cause: Cause, readings: Mapping[str, Reading], exclusions: Iterable[Exclusion]) -> frozenset[str]:
    """The readings that rule a cause out where they are as usual: by an exclusion, or because it shows others."""
    named = {
        test.reading for test in exclusions if cause.name in test.causes and readings[test.reading].usual in test.values
    }
    for name, expected in cause.expects.items():
        one = readings[name]
        if one.chance(one.usual, expected) <= RULES_OUT * one.chance(one.usual, None):
            named.add(name)
    return frozenset(named)


def _check(found: Knowledge) -> None:
    """Every name that is used is known; what must never be tried again offers no retry; no exclusion excludes a cause
    by what that very cause shows."""
    told = {reading for look in found.looks.values() for reading in look.reads}
    _require(
        told == set(found.readings), _("readings and looks differ: {what}").format(what=told ^ set(found.readings))
    )
    for reading in found.readings.values():
        _require(reading.usual in reading.values, reading.name)
    for look in found.looks.values():
        _require(look.means in MEANS and look.hazard in ("", *HAZARDS) and look.minutes > 0, look.name)
        _require(set(look.after) <= set(found.looks) and set(look.ends) <= set(look.reads), look.name)
    for cause in found.causes.values():
        _require(set(cause.symptoms) <= set(found.symptoms), f"{cause.name}: {cause.symptoms}")
        _require(cause.hazard in ("", *HAZARDS), f"{cause.name}: {cause.hazard}")
        _require(not (cause.hazard and cause.retry), _("{name}: a retry is a hazard").format(name=cause.name))
        _require(not cause.hazard or bool(cause.dont), _("{name}: what not to do is missing").format(name=cause.name))
    for exclusion in found.exclusions:
        _require(exclusion.causes <= set(found.causes), f"{exclusion.name}: {exclusion.causes - set(found.causes)}")
        _require(exclusion.values <= set(found.readings[exclusion.reading].values), exclusion.name)
        for name in exclusion.causes:
            chances = found.causes[name].expects.get(exclusion.reading, {})
            shown = set(chances) & exclusion.values
            _require(
                not shown, _("{name} excludes {cause}, which shows just that").format(name=exclusion.name, cause=name)
            )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise KnowledgeError(
            _("What is known of faults contradicts itself: {what}.").format(what=what),
            remedy=_("Install the program anew; if it stays, report it."),
        )


__all__ = [
    "HAZARDS",
    "NOTHING_WRONG",
    "Cause",
    "Exclusion",
    "Knowledge",
    "KnowledgeError",
    "Look",
    "Reading",
    "knowledge",
    "read_knowledge",
]
