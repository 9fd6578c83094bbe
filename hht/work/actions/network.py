"""The network operator's view of a meter: read, recomputed from its half-hours, shown; nothing is set or reset here.

What can be changed is the network operator's alone (service requests 6.5, 6.18, 6.27). Of the half-hours each day's
highest is kept, and no other: when people are at home is nobody's business here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from hht.client.api import Listeners, Meter, MeterError
from hht.client.network_data import NetworkData
from hht.clock import utc_text
from hht.i18n import _
from hht.readings import ProfileRow
from hht.work.actions.ask import ask
from hht.work.network_told import KEPT, changes_facts, kept_network, network_facts
from hht.work.network_view import (
    EXPORT_COLUMNS,
    HALF_HOUR,
    IMPORT_COLUMNS,
    Agreement,
    Compared,
    changes,
    half_hours,
    halves_of,
    rules,
)
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import senders
from hht.work.view import Fact, Outcome, Tone

WANTED, NOTHING = "wanted", "nothing"


@runtime_checkable
class HasNetworkData(Protocol):
    """A meter whose network data can be read."""

    async def read_network_data(self, since: datetime | None = None) -> NetworkData:
        """Maximum demand, voltage, power events."""
        ...

    async def read_exports(self, since: datetime | None = None) -> list[ProfileRow]:
        """The half-hours of export."""
        ...


def with_network_data(meter: Meter) -> HasNetworkData:
    """The meter as what can be read of it. Raises MeterError where this link shows nothing of it."""
    if isinstance(meter, HasNetworkData):
        return meter
    raise MeterError(
        _("Maximum demand and voltage counters of this meter cannot be read over this link."),
        remedy=_("Use a link on which the meter speaks COSEM, or choose Can't do this."),
        code="not-on-this-device",
    )


async def read_view(meter: Meter, now: datetime) -> tuple[NetworkData, list[Compared], dict[str, int], datetime]:
    """What the meter holds, its registers held against its half-hours, the highest of each day (W by date), and from
    when on half-hours were read: the days of the catalogue, or back to a register's own half-hour. Raises MeterError
    and what a link raises."""
    since = now - timedelta(days=int(rules()["read"]["days"]))
    data = await with_network_data(meter).read_network_data(since)
    older = [one.ended for one in data.demands if one.ended is not None and one.ended < since]
    since = min([since, *(ended - timedelta(hours=1) for ended in older)])
    rows: list[ProfileRow] = []
    await meter.stream_profile(since, None, Listeners(rows.extend))
    imports = half_hours(rows, IMPORT_COLUMNS)
    exports = half_hours(await with_network_data(meter).read_exports(since), EXPORT_COLUMNS)
    daily: dict[str, int] = {}
    for time, energy in imports:
        day = (time - HALF_HOUR).date().isoformat()
        daily[day] = max(daily.get(day, 0), round(energy * 2000))
    return data, halves_of(data, imports, exports, since), daily, since


async def network_data(ctx: StepContext) -> StepResult:
    """Read all of it and hold it against the half-hours; a register that differs is told, and nothing is put right."""
    meter = await ctx.meter()
    data, registers, daily, since = await read_view(meter, (await meter.read_clock()).time)
    facts = network_facts(data, registers, daily, since)
    told: dict[str, Any] = {KEPT: kept_network(data, registers, daily, since)}
    wrong = [one for one in registers if one.agreement is Agreement.DIFFERENT]
    if wrong:
        words = _("a maximum demand register is not what the half-hours say")
        told |= {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: words}
    return StepResult(facts, told)


async def network_changes(ctx: StepContext) -> StepResult:
    """Ask what is wanted, say whose it is, and refuse it for who is not the network operator. Raises StepError."""
    asked = await ask(ctx, before=changes_facts())
    wanted = asked.data[WANTED]
    if wanted == NOTHING:
        return StepResult((*asked.facts, *changes_facts()), asked.data)
    change = next(one for one in changes() if one.name == wanted)
    if ctx.job.party != "network-operator":
        words = _("{what} is the network operator's alone: service request {service} may be sent by {who} alone.")
        raise StepError(
            words.format(what=change.text, service=change.service, who=senders(change.service)),
            remedy=_("Nothing was sent. Try again with “nothing”; who wants it rings the network operator."),
            code="network-operators-alone",
        )
    at = utc_text(ctx.clock.now())
    words = _("service request {service}, by the network operator's own system; not seen done here at {at}")
    fact = Fact(change.text, words.format(service=change.service, at=at), Tone.WARN)
    best = {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: _("{what}: to be sent").format(what=change.text)}
    return StepResult((*asked.facts, fact), {**asked.data, **best})


NETWORK_DATA = Action("network-data", network_data)
NETWORK_CHANGES = Action("network-changes", network_changes, only_asks=True)
