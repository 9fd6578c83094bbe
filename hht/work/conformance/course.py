"""All checks, one after the other; what each found goes to whoever listens as soon as it is found."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TypeVar

from hht.client.api import MeterError
from hht.client.radio.errors import DongleError, HubError
from hht.diagnosis.evidence import Frames
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError
from hht.packs.errors import PackError
from hht.protocol.cosem.errors import DataAccessError
from hht.store.errors import StoreError
from hht.work.conformance.electricity import CHECKS
from hht.work.conformance.rows import Check, ConformingMeter, Finding, Said, Subject, Verdict
from hht.work.hub_facts import HubFactsError
from hht.work.hub_hand import HubWorkError
from hht.work.hub_orders import OrderError

_On = TypeVar("_On")
_WAY_LOST = (LinkError, DongleError, HubError, StoreError)  # nothing is said of the device by it
_NOT_HAD = (HubWorkError, OrderError, PackError)  # no command for it, or no answer: nobody knows
_NOT_TOLD = ("not-shown", "not-on-this-device", "meter-refused", "hub-facts-refused")


def findings(
    meter: ConformingMeter,
    link: str,
    events: Callable[[], int],
    checks: Sequence[Check[Subject]] = CHECKS,
    on_check: Callable[[str], None] = lambda _name: None,
) -> AsyncGenerator[Finding, None]:
    """What each check finds at a meter's own port; as `found_at`."""
    return found_at(Subject(meter), link, events, checks, on_check)


async def found_at(
    subject: _On,
    link: str,
    events: Callable[[], int],
    checks: Sequence[Check[_On]],
    on_check: Callable[[str], None] = lambda _name: None,
) -> AsyncGenerator[Finding, None]:
    """What each check finds. `events`: how many events the link's trace has so far; `on_check` is told the name of
    each as it begins. An answer that makes no sense fails
    the row it was asked for, a refusal leaves it open; raises LinkError, DongleError, HubError, StoreError: a way that
    is gone says nothing of the device."""
    for check in checks:
        on_check(check.name)
        first = events() + 1
        said = await _asked(check, subject)
        yield Finding(check.name, check.rows, said, Frames(link, first, max(events(), first)))


async def _asked(check: Check[_On], subject: _On) -> Said:
    try:
        return await check.run(subject)
    except _WAY_LOST:
        raise
    except DataAccessError as refusal:
        words = _("This client may not see it: {why} Another one may (--client, and its --keys).")
        return Said(Verdict.NOT_SHOWN, words.format(why=refusal.message))
    except _NOT_HAD as error:
        return Said(Verdict.NOT_SHOWN, f"{error.message} {error.remedy}")
    except HhtError as error:
        shown = isinstance(error, MeterError | HubFactsError) and error.code in _NOT_TOLD
        return Said(Verdict.NOT_SHOWN if shown else Verdict.FAIL, error.message)
