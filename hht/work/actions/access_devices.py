"""Consumers' devices: which of them hub and meters know, whether one is paired or gone, and the read that is refused.

Three words are kept apart: the desk's (it reads the logs of hub and meters), the meter's own (its Event and Security
Logs, by the probe), and the hub's own (its Device Log, by the dongle). Only what this terminal reads is a device fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from hht.desk.kinds import AskKind
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.actions.ask import ask
from hht.work.actions.following import looked_up
from hht.work.bearer import HubRow
from hht.work.device_logs import Known, consumers_of, rows_of
from hht.work.job import CAD, JobOther
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import Wanted
from hht.work.view import Fact, Outcome, Tone

FOUND = "find-devices"  # the step that found out which devices are meant
REFUSED_ALERT = 0x8F3E  # Unauthorised Communication Access attempted (GBCS table 16.2)
UNJOINED = 0x8F4B  # Unjoining succeeded (GBCS table 16.2)
LISTING = "ask-list-device"  # the step that had the hub list the device ...
REMOVING = "ask-remove-device"  # ... and the one that had it taken off again


@dataclass(frozen=True, slots=True)
class Logs:
    """Whom the hub lists, and whom the meters are joined to. `gas`: None where the job has no gas."""

    hub: tuple[Known, ...]
    meter: tuple[Known, ...]
    gas: tuple[Known, ...] | None

    def words(self, device: str) -> str:
        """What they say of one device."""
        listed = [row for row in self.hub if row.device == device]
        said = _("not listed") if not listed else _("on the HAN") if listed[0].joined else _("listed, not on the HAN")
        joined = [name for name, rows in self.ends() if device in [row.device for row in rows]]
        return f"{said}; {_('joined to {ends}').format(ends=', '.join(joined)) if joined else _('joined to no meter')}"

    def ends(self) -> Iterator[tuple[str, tuple[Known, ...]]]:
        """The meters, in words, with whom each is joined to."""
        yield _("electricity meter"), self.meter
        if self.gas is not None:
            yield _("gas proxy"), self.gas


async def _read(ctx: StepContext) -> Logs:
    hub = ctx.job.device("communications-hub")
    assert isinstance(hub, JobOther), "the step's condition is that the job has one"
    assert hub.gpf_id is not None, "a checked job gives a hub's GPF ID"
    gas = ctx.job.device("gas-meter") is not None
    listed = await _rows(ctx, "hub", hub.device_id, Type.CHF)
    meter = await _rows(ctx, "meter", ctx.device.device_id, Type.ESME)
    return Logs(listed, meter, await _rows(ctx, "gas", hub.gpf_id, Type.GPF) if gas else None)


async def _rows(ctx: StepContext, name: str, device: DeviceId, type_: Type) -> tuple[Known, ...]:
    report = await looked_up(ctx, name, Wanted(AskKind.READ_DEVICE_LOG, device, type_))
    rows = rows_of(report.answer)
    if rows is None:
        raise StepError(
            _("The desk's answer holds no log of {type} {device}.").format(type=type_, device=device),
            remedy=_("Ring the desk and have it read out; or choose Can't do this."),
            code="desk-no-log",
        )
    return rows


def _named(ctx: StepContext) -> tuple[str, ...]:
    """The consumer access devices of the job."""
    return tuple(str(one.device_id) for one in ctx.job.devices if one.type == CAD)


async def find(ctx: StepContext, *, every: bool) -> StepResult:
    """Which devices are meant: those of the job, and where `every`, each that hub or meters know besides. What is found
    is shown before a person is asked."""
    logs, named = await _read(ctx), _named(ctx)
    seen = [consumers_of(rows, named) for rows in (logs.hub, logs.meter, logs.gas or ())]
    devices = list(dict.fromkeys(one for found in seen for one in found)) if every else list(named)
    facts = tuple(_device(one, logs.words(one)) for one in devices)
    hub, meter, gas = ([one for one in found if one in devices] for found in seen)
    data = {"devices": devices, "hub": hub, "meter": meter, "gas": gas}
    if not devices:
        return StepResult((Fact(_("Customers' devices"), _("none is known here"), Tone.GOOD),), data)
    asked = await ask(ctx, before=facts)
    return StepResult((*facts, *asked.facts), {**asked.data, **data})


async def joined(ctx: StepContext) -> StepResult:
    """The device is on the HAN, and each meter answers it, by their own logs. Raises StepError where it is not so."""
    logs, (device, *_others) = await _read(ctx), _named(ctx)
    on = any(row.device == device and row.joined for row in logs.hub)
    lacks = [] if on else [_("communications hub")]
    lacks += [name for name, rows in logs.ends() if device not in [row.device for row in rows]]
    if lacks:
        raise StepError(
            _("{device} is not joined to: {lacks}.").format(device=device, lacks=", ".join(lacks)),
            remedy=_("Look at the device, wait until it has joined, then try again; or choose Can't do this."),
            code="device-not-joined",
        )
    fact = _device(device, logs.words(device), Tone.GOOD)
    return StepResult((fact, _desks_word()), {"device": device})


async def gone(ctx: StepContext) -> StepResult:
    """None of the devices is known to hub or meters any more. Raises StepError where one is."""
    logs, devices = await _read(ctx), _found(ctx)
    known = {row.device for rows in (logs.hub, *(rows for _name, rows in logs.ends())) for row in rows}
    still = [one for one in devices if one in known]
    if still:
        said = "; ".join(f"{one}: {logs.words(one)}" for one in still)
        raise StepError(
            _("Still known: {devices}.").format(devices=said),
            remedy=_("Have it unjoined and removed, then try again; or ring the desk."),
            code="device-still-there",
        )
    facts = [_device(one, logs.words(one), Tone.GOOD) for one in devices]
    return StepResult((*facts, _desks_word()), {"devices": devices})


def _device(device: str, words: str, tone: Tone = Tone.PLAIN) -> Fact:
    return Fact(_("Customer's device"), f"{device}: {words}", tone)


def _desks_word() -> Fact:
    return Fact(_("Read by"), _("the desk, from hub and meters; what this terminal reads itself stands apart"))


def _found(ctx: StepContext) -> list[str]:
    return [str(one) for one in ctx.data(FOUND).get("devices", ())]


# --- by the dongle --------------------------------------------------------------------------------------------------


async def by_radio(ctx: StepContext, *, listed: bool) -> StepResult:
    """The hub's own Device Log, over the HAN: a device fact. Raises StepError where it says otherwise than expected."""
    if ctx.bearer is None:
        words = _("not read: no dongle is named (--han)")
        return StepResult((Fact(_("Hub's own log"), words, Tone.WARN),), {"read": False})
    rows = {row.device: row for row in await ctx.bearer.device_log(lambda words: ctx.show((Fact(_("Now"), words),)))}
    devices = list(_named(ctx)[:1]) if listed else _found(ctx)
    facts = tuple(_radio_fact(one, rows.get(one), listed=listed) for one in devices)
    _tell_desk(ctx, rows, listed=listed)
    wrong = [one for one in devices if (one in rows) is not listed]
    if wrong:
        words = _("The hub's own log does not list {devices}.") if listed else _("The hub's own log lists {devices}.")
        raise StepError(
            words.format(devices=", ".join(wrong)),
            remedy=_("Wait a moment and try again; or ring the desk."),
            code="hub-log-otherwise",
        )
    return StepResult(facts, {"read": True})


def _radio_fact(device: str, row: HubRow | None, *, listed: bool) -> Fact:
    said = _("not listed") if row is None else row.words
    tone = Tone.GOOD if (row is not None) is listed else Tone.BAD
    return Fact(_("Hub's own log"), f"{device}: {said}", tone, from_device=True)


def _tell_desk(ctx: StepContext, rows: dict[str, HubRow], *, listed: bool) -> None:
    """The asks that the log shows: this terminal has seen them."""
    first = LISTING if listed else REMOVING
    for number in range(1, 1 + max(1, len(_found(ctx)))):
        report = ctx.desk.kept(first if number == 1 else f"{first}.{number}") if ctx.desk is not None else None
        if report is None or not report.state.final or report.ask.other is None:
            continue
        there = str(report.ask.other) in rows
        what = _("listed in the Device Log") if there else _("not listed in the Device Log")
        assert ctx.desk is not None
        ctx.desk.seen(report.ask.reference, what, agrees=there is listed, by=_("read from the hub by radio"))


# --- the refused read -----------------------------------------------------------------------------------------------


async def refused_read(ctx: StepContext) -> StepResult:
    """What the devices get when they read, as a person sees it; and the meter's own Security Log, where a probe reads
    it: what a person saw alone proves nothing, so without that row of each device the visit is not complete. Raises
    StepError where one of them still reads."""
    result = await ask(ctx)
    devices = _found(ctx)
    refused = await _refusals(ctx, devices) if ctx.visit.identity else {}
    facts = [Fact(_("Refused by the meter"), words, Tone.GOOD, from_device=True) for words in refused.values()]
    data = {**result.data, "refused": list(refused.values())}
    unseen = [one for one in devices if one not in refused]
    if unseen or not refused:
        label, words = _("Refused by the meter"), _("its own log shows none")
        facts.append(Fact(label, words if not refused else f"{', '.join(unseen)}: {words}", Tone.WARN))
        told = filter(None, (str(data.get(REMARK, "")), f"{label}: {', '.join(unseen)}: {words}"))
        data |= {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: "; ".join(told)}
    return StepResult((*result.facts, *facts), data)


async def _refusals(ctx: StepContext, devices: list[str]) -> dict[str, str]:
    """Of each device the latest read that the meter refused after it had unjoined it, both by the meter's own clock."""
    meter = await ctx.meter()
    unjoined = {row.information.strip(): row.time for row in await meter.read_log("event") if row.code == UNJOINED}
    found: dict[str, str] = {}
    for row in await meter.read_log("security"):
        device = row.information.strip()
        since = unjoined.get(device)
        if row.code == REFUSED_ALERT and device in devices and (since is None or row.time >= since):
            found[device] = f"{row.time:%Y-%m-%d %H:%M:%S} {device}"
    return found


FIND_EACH = Action("find-each-device", partial(find, every=True))
FIND_JOBS = Action("find-jobs-devices", partial(find, every=False))
DEVICE_JOINED = Action("device-joined", joined)
DEVICES_GONE = Action("devices-gone", gone)
HUB_LISTS = Action("hub-lists-device", partial(by_radio, listed=True))
HUB_FORGOT = Action("hub-forgot-devices", partial(by_radio, listed=False))
REFUSED_READ = Action("refused-read", refused_read)
