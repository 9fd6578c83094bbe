"""All checks, one after the other; what each found goes to whoever listens as soon as it is found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from hht.client.api import MeterError
from hht.diagnosis.evidence import Frames
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError
from hht.protocol.cosem.errors import DataAccessError
from hht.work.conformance.electricity import CHECKS
from hht.work.conformance.rows import Check, ConformingMeter, Finding, Said, Subject, Verdict


async def findings(
    meter: ConformingMeter, link: str, events: Callable[[], int], checks: Sequence[Check] = CHECKS
) -> AsyncIterator[Finding]:
    """What each check finds. `events`: how many events the link's trace has so far. An answer that makes no sense fails
    the row it was asked for, a refusal leaves it open; raises LinkError: a link that is gone says nothing of the
    meter."""
    subject = Subject(meter)
    for check in checks:
        first = events() + 1
        said = await _asked(check, subject)
        yield Finding(check.name, check.rows, said, Frames(link, first, max(events(), first)))


async def _asked(check: Check, subject: Subject) -> Said:
    try:
        return await check.run(subject)
    except LinkError:
        raise
    except DataAccessError as refusal:
        return Said(Verdict.NOT_SHOWN, _("This client may not see it: {why}").format(why=refusal.message))
    except MeterError as error:
        shown = error.code in ("not-shown", "not-on-this-device", "meter-refused")
        return Said(Verdict.NOT_SHOWN if shown else Verdict.FAIL, error.message)
    except HhtError as error:
        return Said(Verdict.FAIL, error.message)
