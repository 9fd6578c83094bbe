"""Why a domain is open: which look would have ruled out what is left of it, and why it was not made or did not."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hht.diagnosis.evidence import Evidence, Observation
from hht.diagnosis.knowledge import Cause, Knowledge, Look
from hht.errors import HhtError
from hht.i18n import _


class Why(enum.StrEnum):
    """Why a look has not ruled out a cause; the value is stable. In this order: what one could still do comes first."""

    PROVEN = "cause-proven"
    TIME = "time-box"
    NOT_WORTH = "not-worth"
    ENDED = "came-right"
    SAFETY = "safety"
    HAZARD = "hazard"
    FAILED = "failed"
    NOT_TOLD = "not-told"
    NO_WAY = "no-link"
    NO_DEVICE = "no-device"
    NOT_PASSED = "not-passed"
    NO_LOOK = "no-look"


_ORDER: Final = tuple(Why)
_CLOSED: Final = frozenset({Why.HAZARD, Why.NO_WAY, Why.NO_DEVICE})


@dataclass(frozen=True, slots=True)
class Unmade:
    """Why looks were not made, by name, or why those that were told nothing (`trouble`)."""

    why: Mapping[str, Why] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)  # of those without a link: what leads there
    trouble: Mapping[str, HhtError] = field(default_factory=dict)

    @property
    def closed(self) -> frozenset[str]:
        """The looks that could not have been made here, by name."""
        return frozenset(name for name, why in self.why.items() if why in _CLOSED)


@dataclass(frozen=True, slots=True)
class Missing:
    """A look that would have ruled out `causes` (None: none could), and why it has not. `means`: the kind of link that
    was missing; `trouble`: what stood in its way; `seen`: what it told instead, which `words` leaves to be added."""

    look: Look | None
    why: Why
    causes: tuple[Cause, ...]
    means: str = ""
    trouble: HhtError | None = None
    seen: Observation | None = None

    @property
    def words(self) -> str:
        """For people; without what was read, which may be a number of the home."""
        if self.look is None:
            titles = "; ".join(cause.title for cause in self.causes)
            return _("no look here can rule out: {causes}").format(causes=titles)
        return _("{look}: {why}").format(look=self.look.words, why=self._why())

    def _why(self) -> str:
        if self.why is Why.NO_WAY:
            return {
                "probe": _("not made, no meter's port was named"),
                "han": _("not made, no dongle was named"),
                "desk": _("not made, no desk was named"),
                "eyes": _("not made, nobody was there to look"),
            }[self.means]
        if self.why is Why.FAILED and self.trouble is not None:
            return _("could not be made ({code})").format(code=self.trouble.code)
        if self.why is Why.NO_DEVICE and self.look is not None and "prepayment" in self.look.needs:
            return _("not made, nothing says that this home pays in advance")
        return {
            Why.PROVEN: _("not made, the cause was proved before"),
            Why.TIME: _("not made, the time box was full"),
            Why.ENDED: _("not made, what was wrong came right before"),
            Why.SAFETY: _("not made, people are made safe first"),
            Why.HAZARD: _("not made, it may do harm as things stand"),
            Why.NOT_TOLD: _("made, and nothing could be told"),
            Why.NO_DEVICE: _("not made, the device that it looks at was not named"),
            Why.NOT_PASSED: _("made, and not passed"),
        }.get(self.why, _("not made, it would not have told the causes apart"))


def unmade_looks(
    known: Knowledge,
    evidence: Evidence,
    home: frozenset[str],
    able: Collection[str],
    harmful: Collection[str],
    rest: Why,
    trouble: Mapping[str, HhtError],
) -> Unmade:
    """Why each look was not made. `able`: those that there is a way for; `harmful`: those that could do harm; `rest`:
    why nothing else was made."""
    why: dict[str, Why] = {}
    means: dict[str, str] = {}
    for look in known.looks.values():
        if look.name in evidence.looked:
            continue
        if not set(look.needs) <= home:
            why[look.name] = Why.NO_DEVICE
        elif look.name not in able:
            why[look.name], means[look.name] = Why.NO_WAY, look.means
        else:
            why[look.name] = Why.HAZARD if look.name in harmful else rest
    for look in known.looks.values():
        if why.get(look.name) is rest:
            _by_its_first(look, why, means)
    return Unmade(why, means, trouble)


def _by_its_first(look: Look, why: dict[str, Why], means: dict[str, str]) -> None:
    """A look whose predecessor could not be made could not be made either, and for that reason."""
    for name in look.after:
        if why.get(name) in (Why.NO_WAY, Why.NO_DEVICE, Why.HAZARD):
            why[look.name] = why[name]
            if name in means:
                means[look.name] = means[name]
            return


def missing(known: Knowledge, evidence: Evidence, left: Iterable[Cause], unmade: Unmade) -> tuple[Missing, ...]:
    """What would have ruled out the causes that are left, those of most causes first."""
    found: dict[tuple[str, Why], list[Cause]] = {}
    first: dict[tuple[str, Why], Missing] = {}
    for cause in left:
        one = _best(known, evidence, cause, unmade)
        key = ("" if one.look is None else one.look.name, one.why)
        found.setdefault(key, []).append(cause)
        first.setdefault(key, one)
    every = [
        Missing(one.look, one.why, tuple(found[key]), one.means, one.trouble, one.seen) for key, one in first.items()
    ]
    return tuple(sorted(every, key=lambda one: (-len(one.causes), "" if one.look is None else one.look.name)))


def _best(known: Knowledge, evidence: Evidence, cause: Cause, unmade: Unmade) -> Missing:
    every = [_one(known, evidence, cause, reading, unmade) for reading in sorted(known.ruled[cause.name])]
    if not every:
        return Missing(None, Why.NO_LOOK, (cause,))
    return min(every, key=lambda one: (_ORDER.index(one.why), 0.0 if one.look is None else one.look.minutes))


def _one(known: Knowledge, evidence: Evidence, cause: Cause, reading: str, unmade: Unmade) -> Missing:
    look, seen = known.look_of(reading), evidence.of(reading)
    if look.name not in evidence.looked:
        why = unmade.why.get(look.name, Why.NOT_WORTH)
        return Missing(look, why, (cause,), unmade.means.get(look.name, ""))
    if seen is not None:
        return Missing(look, Why.NOT_PASSED, (cause,), seen=seen)
    trouble = unmade.trouble.get(look.name)
    return Missing(look, Why.NOT_TOLD if trouble is None else Why.FAILED, (cause,), trouble=trouble)


__all__ = ["Missing", "Unmade", "Why", "missing", "unmade_looks"]
