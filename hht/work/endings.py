"""What a step's attempt ended with, as an error that a person can do something about."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from hht.client.api import MeterError
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link_remedies import Trouble, remedy_for
from hht.work.asking import Deadline
from hht.work.step import StepError
from hht.work.walkthrough import StepSpec

SLEPT_S: Final = 30.0  # that time has leapt: no step's waits do that

_log = logging.getLogger(__name__)


class Wakefulness:
    """Whether the computer slept since `begin`. Linux and macOS stop the clock that timers go by, Windows does not:
    there every timer is long overdue when it wakes."""

    def __init__(self, clock: Clock, deadline: Deadline) -> None:
        self._clock, self._deadline = clock, deadline
        self._began_at, self._began_s = clock.now(), 0.0

    def begin(self) -> None:
        """An attempt begins."""
        self._began_at, self._began_s = self._clock.now(), asyncio.get_running_loop().time()

    @property
    def slept_s(self) -> float:
        """For how many seconds; 0 where it was awake, and negative where its clock was set back by so much."""
        elapsed_s = (self._clock.now() - self._began_at).total_seconds()
        stood_s = elapsed_s - (asyncio.get_running_loop().time() - self._began_s)
        if elapsed_s < 0 and stood_s < -SLEPT_S:
            return stood_s
        slept_s = max(stood_s, self._deadline.overdue_s)
        return slept_s if slept_s > SLEPT_S else 0.0


def ending(error: BaseException | None, spec: StepSpec, link: str, deadline: Deadline, slept_s: float) -> HhtError:
    """`error` of the step `spec` over `link`, in words. What the meter refused or an action found stays as it is."""
    if isinstance(error, TimeoutError) and deadline.expired:
        error = _too_late(spec, link)
    elif not isinstance(error, HhtError):
        _log.error("internal error in step %s", spec.id, exc_info=error)
        return _internal(error)
    if slept_s and not isinstance(error, MeterError | StepError):
        return _slept(error, slept_s)
    return error


def _too_late(spec: StepSpec, link: str) -> HhtError:
    return HhtError(
        _("“{title}” did not finish within {seconds} s.").format(title=spec.title, seconds=spec.deadline_s),
        remedy=remedy_for(Trouble.SLOW, link),
        code="deadline",
    )


def _internal(error: BaseException | None) -> HhtError:
    return HhtError(
        _("The step stopped by a fault of this program ({name}).").format(name=type(error).__name__),
        remedy=_("Save the trace and send it to the depot with the log; then try again."),
        code="internal-error",
    )


def _slept(error: HhtError, slept_s: float) -> HhtError:
    if slept_s < 0:
        words = _("{error} Meanwhile this computer's clock was set back by {minutes} min.")
        remedy = _("Look at the computer's date and time, then try again: the step reads before it repeats anything.")
        return HhtError(
            words.format(error=error.message, minutes=round(-slept_s / 60)), remedy=remedy, code="clock-set"
        )
    words = _("{error} Meanwhile this computer slept for {minutes} min, or its clock was set.")
    return HhtError(
        words.format(error=error.message, minutes=round(slept_s / 60)),
        remedy=_(
            "Keep the computer awake (lid open, power supply), look whether it is still connected to the meter, then "
            "try again: the step reads before it repeats anything."
        ),
        code="computer-slept",
    )
