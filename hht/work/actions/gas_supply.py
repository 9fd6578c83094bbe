"""The gas meter of a prepayment visit: asked by the desk, opened by its own flow test alone, and 0x81BF is a stop.

Nothing of this terminal opens a valve. What its log says of the last test counts more than what somebody has read off
its screen.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from hht.clock import iso_z
from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.actions.following import looked_up
from hht.work.items import Finding
from hht.work.step import Action, SafetyStop, StepContext, StepError, StepResult
from hht.work.supplier import Wanted
from hht.work.view import Fact, Tone

GAS_FLOWED: Final = "gas-flowed"  # the reason to leave that is the stop
CLOCKS: Final = timedelta(minutes=10)  # by which the meter's clock may be behind: rather an alert too many
UNCONTROLLED_FLOW: Final = 0x81BF  # armed again: gas flowed while the valve was tested (GBCS table 16.2)


async def gas_state(ctx: StepContext) -> StepResult:
    """Whether the valve is open, as the desk reads it (7.4). Raises StepError where there is no desk or no answer."""
    state = await _state(ctx)
    return StepResult((_fact(state),), {"supply": state})


async def gas_proved(ctx: StepContext) -> StepResult:
    """The valve open and no 0x81BF in the log of this visit. Raises SafetyStop where the meter's test found a flow,
    StepError where it is not open."""
    since = ctx.visit.steps["gas-safe-to-open"].finished_at
    flowed = await _flowed(ctx, since - CLOCKS if since else None)
    if flowed is not None:
        words = _("0x81BF at {time}: gas flowed during the meter's own test, and it shut its valve.")
        stop = next(reason.stop for reason in ctx.spec.leave if reason.code == GAS_FLOWED)
        assert stop is not None, "held by a test of the walkthrough"
        found = Finding("uncontrolled-gas-flow", words.format(time=iso_z(flowed)))
        raise SafetyStop(stop, "alert", f"{UNCONTROLLED_FLOW:04X}", found)
    state = await _state(ctx)
    if state != "enabled":
        raise StepError(
            _("The gas meter does not say that its valve is open: {state}.").format(state=_words(state)),
            remedy=_("Leave every tap shut. Wait until its test has ended, then try again; or choose Can't do this."),
            code="gas-not-open",
        )
    told = Fact(_("Flow test"), _("passed: no 0x81BF in its log"), Tone.GOOD, from_device=True)
    return StepResult((_fact(state), told), {"supply": state})


async def _flowed(ctx: StepContext, since: datetime | None) -> datetime | None:
    """When the log says 0x81BF for the last time in this visit; None where it does not."""
    told = await _told(ctx, "log", AskKind.READ_LOG, {"log": "event", **({"since": iso_z(since)} if since else {})})
    return last_flow(told)


def last_flow(told: Any) -> datetime | None:
    """When a log, in the common form of a desk's answer, says 0x81BF for the last time; None where it does not. Raises
    StepError where it says so without a time: that is no passed test."""
    rows = told if isinstance(told, list) else []
    times = [str(one.get("time")) for one in rows if isinstance(one, dict) and one.get("code") == UNCONTROLLED_FLOW]
    try:
        return datetime.fromisoformat(max(times)) if times else None
    except ValueError:
        raise _unread() from None


async def _state(ctx: StepContext) -> str:
    return str(await _told(ctx, "state", AskKind.READ_SUPPLY, {}))


async def _told(ctx: StepContext, name: str, kind: AskKind, details: dict[str, str]) -> Any:
    meter = ctx.job.device("gas-meter")
    assert meter is not None, "the step's condition is that the job has one"
    report = await looked_up(ctx, name, Wanted(kind, meter.device_id, Type.GSME, details))
    try:
        return json.loads(report.answer)
    except (ValueError, RecursionError):
        raise _unread() from None


def _unread() -> StepError:
    return StepError(
        _("The desk's answer cannot be read."),
        remedy=_("Try again: the meter is asked anew; or choose Can't do this."),
        code="answer-not-understood",
    )


def _words(state: str) -> str:
    return {"enabled": _("open"), "armed": _("armed: shut"), "disabled": _("shut")}.get(state, _("not known"))


def _fact(state: str) -> Fact:
    return Fact(_("Gas"), _words(state), Tone.GOOD if state == "enabled" else Tone.WARN, from_device=True)


GAS_STATE = Action("gas-state", gas_state, through="desk")
GAS_PROVED = Action("gas-proved", gas_proved, through="desk")
