"""What is known of each kind of timer: ``resources/catalogue/timers.toml``, so that an employer may set it."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text


class TimerKind(enum.StrEnum):
    """What runs out."""

    HUB_WINDOW = "hub-window"
    WAN_SEARCH = "wan-search"
    JOIN = "join"
    GAS_WAKE = "gas-wake"
    SUPPLY_OFF = "supply-off"
    LONE_WORKER = "lone-worker"
    APPOINTMENT = "appointment"
    PACK = "pack"
    REGISTRATION = "registration"
    INSTRUMENT = "instrument"
    HUB_GRACE = "hub-grace"

    @property
    def words(self) -> str:
        """What it is, for people: short enough for the head of a window."""
        return {
            TimerKind.HUB_WINDOW: _("Hub window"),
            TimerKind.WAN_SEARCH: _("WAN search"),
            TimerKind.JOIN: _("Joining"),
            TimerKind.GAS_WAKE: _("Gas meter wakes"),
            TimerKind.SUPPLY_OFF: _("Supply off"),
            TimerKind.LONE_WORKER: _("Lone worker"),
            TimerKind.APPOINTMENT: _("Appointment"),
            TimerKind.PACK: _("Pack"),
            TimerKind.REGISTRATION: _("Registration"),
            TimerKind.INSTRUMENT: _("Calibration"),
            TimerKind.HUB_GRACE: _("Another hub"),
        }[self]

    @property
    def before(self) -> str:
        """What to do while there is time."""
        return {
            TimerKind.HUB_WINDOW: _(
                "Join the hub's HAN and do there what has to be done: then it lets no terminal in."
            ),
            TimerKind.WAN_SEARCH: _(
                "Let the hub search meanwhile; an aerial or another place is tried while there is time."
            ),
            TimerKind.JOIN: _("Have the device look for the network now: then the hub lets it in no more."),
            TimerKind.GAS_WAKE: _("Stay near: then it fetches what waits for it. Its button wakes it at once."),
            TimerKind.SUPPLY_OFF: _(
                "Tell the customer how much longer it takes, before the time you told them is over."
            ),
            TimerKind.LONE_WORKER: _("Renew your lone-worker timer: nothing was entered here for a while."),
            TimerKind.APPOINTMENT: _("Be at the door before it ends, or tell the desk now."),
            TimerKind.PACK: _("Deliver it before then, or ask the desk for a new one."),
            TimerKind.REGISTRATION: _("Renew it: the steps that need it are shut from then on."),
            TimerKind.INSTRUMENT: _("Have it calibrated: what it measures does not count from then on."),
            TimerKind.HUB_GRACE: _(
                "Have another hub commissioned there: the other devices stay commissioned only till then."
            ),
        }[self]

    @property
    def after(self) -> str:
        """What to do once it is over."""
        return {
            TimerKind.HUB_WINDOW: _("Switch the hub off and on: it opens anew for an hour. Its HAN and devices stay."),
            TimerKind.WAN_SEARCH: _("No WAN in time is no failure: say so, and go on as install and leave."),
            TimerKind.JOIN: _("Ask for it once more (8.11), then let the device look again."),
            TimerKind.GAS_WAKE: _("Not heard at its time: wake it by its button."),
            TimerKind.SUPPLY_OFF: _("The customer is waiting: tell them why, and when the supply is on."),
            TimerKind.LONE_WORKER: _("Renew your lone-worker timer now, or somebody is sent to look for you."),
            TimerKind.APPOINTMENT: _("Missed: ring the desk; the customer may be due a payment."),
            TimerKind.PACK: _("It is refused now: ask the desk for a new one."),
            TimerKind.REGISTRATION: _("Not to be used: renew it (hht wallet add)."),
            TimerKind.INSTRUMENT: _("Not to be used: have it calibrated (hht wallet add)."),
            TimerKind.HUB_GRACE: _("No hub came in time: ask the desk what is still commissioned there."),
        }[self]


@dataclass(frozen=True, slots=True)
class TimerRule:
    """`lasts`: None where the timer itself says its end. `warnings`: so long before the end, the longest first."""

    kind: TimerKind
    lasts: timedelta | None
    warnings: tuple[timedelta, ...]
    steps: tuple[tuple[str, str], ...]  # (the step that begins it, the one that ends it or "")
    pounds: str
    source: str
    verified: bool

    @property
    def standing(self) -> str:
        """How far what it says is to be believed, and what is paid, labelled."""
        paid = _("£{pounds} to the customer").format(pounds=self.pounds) if self.pounds else ""
        label = "" if self.verified else _("unverified")
        return ", ".join(word for word in (paid, label) if word)


@cache
def timer_rules() -> Mapping[TimerKind, TimerRule]:
    """Every rule. Raises ValueError or KeyError where the table is not right (held by a test)."""
    plain = tomllib.loads(resource_text("catalogue", "timers.toml"))["timer"]
    return {kind: _rule(kind, plain[kind.value]) for kind in TimerKind}


def _rule(kind: TimerKind, plain: dict[str, Any]) -> TimerRule:
    warnings = tuple(timedelta(seconds=one) for one in plain["warn_s"])
    if not warnings or list(warnings) != sorted(set(warnings), reverse=True) or warnings[-1] <= timedelta(0):
        raise ValueError(f"timers.toml: {kind}: warn_s: seconds before the end expected, the longest first")
    lasts = timedelta(seconds=plain["lasts_s"]) if "lasts_s" in plain else None
    steps = tuple((begins, ends) for begins, ends in plain["steps"])
    return TimerRule(kind, lasts, warnings, steps, plain.get("pounds", ""), plain["source"], plain["verified"])
