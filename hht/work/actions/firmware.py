"""Firmware at a visit: versions and joins read, the product list asked, the supplier's pack delivered, all read again.

The terminal makes no activation: the supplier's command names the image by its hash, and comes in a pack. Where nobody
knows what became of it, a read says so, and nothing is sent again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.actions.following import looked_up
from hht.work.bearer import BroughtEntry, PackBearer
from hht.work.compatibility import need_of, verdict
from hht.work.device_logs import rows_of
from hht.work.devices import device_kind
from hht.work.firmware_rules import Installed, gbcs_clash, retry_rules
from hht.work.job import METER, JobFirmware, JobOther
from hht.work.progress import AT_BEST, REMARK
from hht.work.reasons import Standing
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.supplier import Wanted
from hht.work.van import VanDevice
from hht.work.view import Fact, Outcome, Tone

BEFORE, CHECK, ACTIVATE = "firmware-before", "firmware-list", "activate-firmware"
GAS, HUB = "gas-meter", "communications-hub"
_VERSION: Final = re.compile(r"(?<![0-9A-F])[0-9A-F]{8}(?![0-9A-F])")
_NOT_READ: Final = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: versions by type of device (``""``: not read), and who is joined to the hub (None: not read)."""

    versions: Mapping[str, str]
    joined: tuple[str, ...] | None
    facts: tuple[Fact, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """For the record."""
        return {"versions": dict(self.versions), "joined": None if self.joined is None else list(self.joined)}


async def firmware_before(ctx: StepContext) -> StepResult:
    """Read everything before anything is done. Raises StepError where what is to change cannot be read."""
    seen = await _seen(ctx)
    for one in ctx.job.firmware:
        if seen.versions.get(one.type, _NOT_READ) == _NOT_READ:
            raise _not_read(one)
    return StepResult(seen.facts, seen.plain)


async def firmware_list(ctx: StepContext) -> StepResult:
    """Is each target on the product list, for this model, with this image, beside these partners? Raises StepError
    where it is not, or nobody knows: then nothing is sent."""
    products = ctx.van.products() if ctx.van is not None else None
    if products is None or not ctx.job.firmware:
        raise StepError(
            _("There is no product list to look the version up in, or the job names none."),
            remedy=_("Take the desk's list in (hht van products), or choose Can't do this: nothing is activated."),
            code="no-product-list",
        )
    today = ctx.clock.now().date()
    facts: list[Fact] = [Fact(_("Product list"), f"{products.title}, {products.issued}")]
    for one in ctx.job.firmware:
        device = ctx.job.device(one.type)
        assert device is not None, "a checked job names firmware for devices that it has"
        target = _target(ctx, one)
        found = verdict(target, need_of(ctx.job, device), products, today, today)
        against = [one for one in found.reasons if one.standing is not Standing.MAY and _concerns(one.code)]
        words = " ".join(reason.words for reason in against) or _("listed for this model, with this image")
        facts.append(Fact(f"{device_kind(one.type)} {one.version}", words, Tone.WARN if against else Tone.GOOD))
        facts.append(Fact(_("Image (SHA-256)"), one.image_hash))
        if any(reason.standing is Standing.MUST_NOT for reason in against):
            ctx.show(tuple(facts))
            raise StepError(
                _("{device} {version} must not run here: {why}").format(
                    device=device_kind(one.type), version=one.version, why=words
                ),
                remedy=_("Nothing was sent. Ring the desk, and choose Can't do this."),
                code="firmware-not-listed",
            )
    installed = [Installed(kind, version) for kind, version in ctx.data(BEFORE)["versions"].items() if version]
    facts += _partners(gbcs_clash(products, installed, ctx.job.firmware))
    return StepResult(tuple(facts), {"targets": {one.type: one.version for one in ctx.job.firmware}})


def _concerns(code: str) -> bool:
    """Whether a reason speaks of the image: periods of installation and a device's own certificate do not."""
    return not code.startswith(("validity", "certificate", "own-certificate", "no-certificate"))


def _target(ctx: StepContext, one: JobFirmware) -> VanDevice:
    """The job's device as it would be with the image; maker and model as it says them, or as its row has them."""
    device = ctx.job.device(one.type)
    assert device is not None
    assert ctx.van is not None
    products = ctx.van.products()
    identity = ctx.visit.identity if one.type == METER else {}
    maker, model = str(identity.get("manufacturer", "")), str(identity.get("model", ""))
    if not model and products is not None:
        now = str(ctx.data(BEFORE)["versions"].get(one.type, ""))
        rows = [row for row in products.products if (row.type, row.firmware) == (one.type, now)]
        new = [row for row in products.products if (row.firmware, row.firmware_hash) == (one.version, one.image_hash)]
        row = next((row for row in new if row.words in {old.words for old in rows}), None)
        maker, model = (row.manufacturer, row.model) if row is not None else ("", "")
    variant = getattr(device, "variant", "")
    return VanDevice(one.type, device.device_id, maker, model, one.version, one.image_hash, "", variant)


def _partners(clashes: list[str]) -> Iterator[Fact]:
    if not clashes:
        yield Fact(_("Beside its partners"), _("nothing on the list speaks against it (rule unverified)"), Tone.GOOD)
    for words in clashes:
        yield Fact(_("Beside its partners"), words, Tone.WARN)


async def activate_firmware(ctx: StepContext) -> StepResult:
    """Deliver the supplier's pack, unless everything runs already. What came of a command that nobody knows is read in
    the next step. Raises StepError where there is no way onto the HAN, or the product list was not asked."""
    targets = ctx.data(CHECK).get("targets")
    if not targets:
        raise StepError(
            _("The product list was not asked: nothing is activated."),
            remedy=_("Go back to that step, or choose Can't do this."),
            code="firmware-not-checked",
        )
    before = ctx.data(BEFORE)["versions"]
    if all(before.get(kind) == version for kind, version in targets.items()):
        fact = Fact(_("Nothing to do"), _("every target runs already: nothing was sent"), Tone.GOOD)
        return StepResult((fact,), {"activation": "already"})
    if ctx.bearer is None:
        raise StepError(
            _("Cannot be done here: no way onto the hub's HAN is named."),
            remedy=_("Name the dongle with --han, or choose Can't do this: the supplier activates it from afar."),
            code="no-han",
        )
    waited = _waiting(ctx, ctx.bearer)
    try:
        brought = await ctx.bearer.deliver(lambda words: ctx.show((Fact(_("Now"), words),)))
    except HhtError as error:
        if _waiting(ctx, ctx.bearer) == waited:
            raise  # nothing has left
        words = _("{why} What left is read next; it is not sent again.").format(why=error.message)
        return StepResult((Fact(_("Not certain"), words, Tone.WARN),), {"activation": "unknown"})
    facts = tuple(_entry(one) for one in brought.entries)
    done = all(one.done or one.void for one in brought.entries) and not brought.held
    told = {"pack": brought.name, "activation": "answered" if done else "unknown", "held": brought.held}
    if not done:
        words = _("What became of it is read next; it is not sent again.")
        facts = (*facts, Fact(_("Not certain"), words, Tone.WARN))
    return StepResult(facts, told)


def _waiting(ctx: StepContext, bearer: PackBearer) -> int:
    """How many of the pack's commands for the devices of the job have not left."""
    return sum(bearer.waiting_for(device.device_id) for device in ctx.job.devices)


def _entry(one: BroughtEntry) -> Fact:
    return Fact(one.title, one.held or one.words, Tone.GOOD if one.done else Tone.WARN)


async def firmware_after(ctx: StepContext) -> StepResult:
    """Read everything again, as often as a start takes. Raises StepError where a device that was to change does not
    tell: that stays unknown until it does."""
    rules = retry_rules()
    seen = await _seen(ctx)
    for _try in range(rules.times):
        if all(seen.versions.get(one.type) == one.version for one in ctx.job.firmware):
            break
        ctx.show((*seen.facts, Fact(_("Again"), _("in {seconds} s: it may be starting").format(seconds=rules.pause_s))))
        await asyncio.sleep(rules.pause_s)
        seen = await _seen(ctx)
    for one in ctx.job.firmware:
        if not seen.versions.get(one.type):
            raise _unknown(one)
    return _compared(ctx, seen)


def _compared(ctx: StepContext, seen: Seen) -> StepResult:
    """Versions and joins, against what was read before."""
    before, facts, wrong = ctx.data(BEFORE), list(seen.facts), list[str]()
    for one in ctx.job.firmware:
        runs, label = seen.versions[one.type], device_kind(one.type)
        was = before["versions"].get(one.type, "")
        if runs == one.version:
            words = _("{was} → {runs}: as ordered. The device took the image by its hash; it tells none itself.")
            facts.append(Fact(label, words.format(was=was, runs=runs), Tone.GOOD))
            continue
        words = _("runs {runs}, was to run {wanted}: not activated, or it went back")
        facts.append(Fact(label, words.format(runs=runs, wanted=one.version), Tone.BAD))
        wrong.append(f"{label}: {words.format(runs=runs, wanted=one.version)}")
    lost = sorted(set(before["joined"] or ()) - set(seen.joined or ())) if seen.joined is not None else []
    if seen.joined is None or before["joined"] is None:
        facts.append(Fact(_("Joins"), _("not compared: they could not be read before and after"), Tone.WARN))
        wrong.append(_("joins not compared"))
    elif lost:
        words = _("gone from the HAN: {devices}").format(devices=", ".join(lost))
        facts.append(Fact(_("Joins"), words, Tone.BAD))
        wrong.append(words)
    else:
        facts.append(Fact(_("Joins"), _("as before: {count}").format(count=len(seen.joined)), Tone.GOOD))
    data = {**seen.plain, "lost": lost, "back": not any(one.tone is Tone.BAD for one in facts)}
    if wrong:
        data |= {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: "; ".join(wrong)}
    return StepResult(tuple(facts), data)


async def _seen(ctx: StepContext) -> Seen:
    """The meter by its own port; gas meter, hub and joins by the desk. What cannot be read is told, and no version."""
    versions: dict[str, str] = {}
    facts: list[Fact] = []
    for kind, read in ((METER, _own), (GAS, _gas), (HUB, _hub)):
        if ctx.job.device(kind) is None:
            continue
        try:
            versions[kind] = await read(ctx)
            facts.append(Fact(_("{device} runs").format(device=device_kind(kind)), versions[kind], from_device=True))
        except (StepError, LinkError) as error:
            versions[kind] = _NOT_READ
            label = _("{device} runs").format(device=device_kind(kind))
            facts.append(Fact(label, _("not read: {why}").format(why=error.message), Tone.WARN))
    joined: tuple[str, ...] | None = None
    try:
        joined = await _joined(ctx)
        facts.append(Fact(_("Joined to the hub"), ", ".join(joined) or _("nobody"), from_device=True))
    except (StepError, LinkError) as error:
        facts.append(Fact(_("Joined to the hub"), _("not read: {why}").format(why=error.message), Tone.WARN))
    return Seen(versions, joined, tuple(facts))


async def _own(ctx: StepContext) -> str:
    """In a new conversation: what was read in one before is remembered there."""
    try:
        return (await (await ctx.meter(fresh=True)).identify()).firmware
    except LinkError:
        raise
    except HhtError as error:
        raise StepError(error.message, remedy=error.remedy, code=error.code) from error


async def _gas(ctx: StepContext) -> str:
    return await _asked(ctx, GAS, Type.GSME)


async def _hub(ctx: StepContext) -> str:
    return await _asked(ctx, HUB, Type.GPF)


async def _asked(ctx: StepContext, kind: str, type_: Type) -> str:
    """By the desk (service request 11.2)."""
    device = ctx.job.device(kind)
    assert device is not None
    gpf = device.gpf_id if isinstance(device, JobOther) else None
    named = gpf if type_ is Type.GPF and gpf is not None else device.device_id
    report = await looked_up(ctx, type_.lower(), Wanted(AskKind.READ_FIRMWARE, named, type_))
    found = _VERSION.search(report.answer.upper())
    if found is None:
        raise StepError(
            _("The answer names no version."), remedy=_("Try again, or ring the desk."), code="no-firmware-version"
        )
    return found[0]


async def _joined(ctx: StepContext) -> tuple[str, ...]:
    """Who is on the HAN, by the hub's Device Log."""
    hub = ctx.job.device(HUB)
    assert hub is not None, "the walkthrough requires a hub"
    report = await looked_up(ctx, "joins", Wanted(AskKind.READ_DEVICE_LOG, hub.device_id, Type.CHF))
    rows = rows_of(report.answer)
    if rows is None:
        raise StepError(
            _("The Device Log cannot be understood."), remedy=_("Try again, or ring the desk."), code="log-unreadable"
        )
    return tuple(sorted(row.device for row in rows if row.joined))


def _not_read(one: JobFirmware) -> StepError:
    return StepError(
        _("The version of the {device} cannot be read: nobody could tell what an activation did.").format(
            device=device_kind(one.type)
        ),
        remedy=_("Try again; a gas meter wakes within half an hour. Else choose Can't do this: nothing was sent."),
        code="firmware-not-read",
    )


def _unknown(one: JobFirmware) -> StepError:
    return StepError(
        _("Which version the {device} runs is not known: it did not tell.").format(device=device_kind(one.type)),
        remedy=_("Wait, and try again: a read settles it. Send nothing again, and switch nothing off."),
        code="firmware-unknown",
    )


FIRMWARE_BEFORE = Action(BEFORE, firmware_before)
FIRMWARE_LIST = Action(CHECK, firmware_list)
ACTIVATE_FIRMWARE = Action(ACTIVATE, activate_firmware, through="han")
FIRMWARE_AFTER = Action("firmware-after", firmware_after)
