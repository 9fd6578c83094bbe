"""Alerts heard on a HAN, for people and for programs: whose they are, what they say, and whether that is proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hht.alerts import alert_meaning
from hht.errors import HhtError
from hht.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from hht.client.radio.alerts import HeardAlert
    from hht.identifiers import DeviceId
    from hht.protocol.gbcs.keys import KeyRing
    from hht.protocol.gbcs.protection import Verdict


@dataclass(frozen=True, slots=True)
class AlertShown:
    """One alert. `text` for people; `fields` for programs; `problem`: why it is not to be believed."""

    text: str
    fields: dict[str, Any]
    problem: HhtError | None = None


def shown(heard: HeardAlert, keys: KeyRing) -> AlertShown:
    """What the octets say, checked with the keys at hand. Never raises: what cannot be read is said to be so."""
    from hht.protocol.gbcs.alerts import read_alert
    from hht.protocol.gbcs.envelope import parse
    from hht.protocol.gbcs.errors import GbcsError
    from hht.protocol.gbcs.protection import check, is_lawful

    fields: dict[str, Any] = {"device": str(heard.device), "bytes": len(heard.octets)}
    try:
        message = parse(heard.octets)
        alert = read_alert(message)
    except GbcsError as error:
        return AlertShown(_("{device}: an alert that cannot be read").format(device=heard.device), fields, error)
    verdict = check(message, keys)
    fields |= {
        "alert_code": f"{alert.code:04X}",
        "meaning": alert_meaning(alert.code),
        "message_code": f"{message.message_code:04X}",
        "counter": message.counter,
        "time": alert.time.strftime("%Y-%m-%dT%H:%M:%SZ") if alert.time is not None else "",
        "mac": verdict.mac.value,
        "signature": verdict.signature.value,
        "verified": verdict.vouched and message.originator == heard.device.to_bytes(),
    }
    if alert.instruction is not None:
        fields |= {"instruction": f"{alert.instruction.message_code:04X}", "of_counter": alert.instruction.counter}
    other = message.originator != heard.device.to_bytes()
    problem = _wrong(other=other, lawful=is_lawful(message), verdict=verdict)
    words = _("proven") if fields["verified"] and problem is None else _("not verifiable here")
    text = "{time}  {device}  {code}  {meaning}  ({words})".format(
        time=fields["time"] or "-", device=heard.device, code=fields["alert_code"], meaning=fields["meaning"],
        words=_("not to be believed") if problem is not None else words,
    )  # fmt: skip
    return AlertShown(text, fields, problem)


def _wrong(*, other: bool, lawful: bool, verdict: Verdict) -> HhtError | None:
    from hht.protocol.gbcs.errors import GbcsError
    from hht.protocol.gbcs.protection import Check

    remedy = _("Do not act upon it. Read the device's log, and tell the desk.")
    if other:
        return GbcsError(
            _("The hub gives an alert of another device under this one's name."),
            remedy=remedy,
            code="alert-other-device",
        )
    if not lawful:
        return GbcsError(
            _("The alert is not signed, or has no MAC, as it must be."), remedy=remedy, code="alert-protection"
        )
    if Check.INVALID in (verdict.mac, verdict.signature):
        return GbcsError(_("The alert was changed, or somebody else made it."), remedy=remedy, code="alert-forged")
    return None


def training_certificates(keys: KeyRing) -> Callable[[DeviceId], None]:
    """Adds a device's certificates to `keys`, once: in training alone, where they are everybody's."""
    from hht.emulation.gbcs.pki import device_certificate
    from hht.protocol.gbcs.certificates import KeyUsage

    def add(device: DeviceId) -> None:
        if not keys.knows(device.to_bytes()):
            for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
                keys.add_certificate(device_certificate(device.to_bytes(), usage))

    return add
