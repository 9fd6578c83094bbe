"""What can be wrong in an exchange of a hub, each with its remedy."""

from __future__ import annotations

from datetime import datetime

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.work.hub_hand import HubWorkError


def silent(silent: dict[DeviceId, str]) -> HubWorkError:
    """Devices that have not been shown to talk, and why."""
    first, why = next(iter(silent.items()))
    return HubWorkError(
        _("{count} devices have not been shown to talk, {device} among them: {why}").format(
            count=len(silent), device=first, why=why
        ),
        remedy=_(
            "See that it has power and is near the hub, wake a gas meter by its button, then prove once more. Where "
            "the new hub has been on for 60 minutes, it serves no terminal any more, and nothing that waits for a gas "
            "meter comes back: switch the hub off and on first. The snapshot is kept until every device talks or is "
            "given up with a reason."
        ),
        code="hub-device-silent",
        devices=[str(one) for one in silent],
    )


def kind_unknown(devices: frozenset[DeviceId]) -> HubWorkError:
    """Nobody told what these devices are."""
    names = ", ".join(sorted(map(str, devices)))
    return HubWorkError(
        _("No device tells what {devices} is.").format(devices=names),
        remedy=_("See its label, and say it: --device ID=ESME (or GSME, PPMID, HCALCS, IHD, CAD) for each."),
        code="hub-kind-unknown",
        devices=sorted(map(str, devices)),
    )


def log_empty(hub: DeviceId) -> HubWorkError:
    """There is nobody on the log: it was lost, or the hub serves nobody."""
    return HubWorkError(
        _("The Device Log of {hub} is empty: it has lost it, or no device ever joined.").format(hub=hub),
        remedy=_(
            "Where devices were on it, go by the centre's copy: hht han exchange dead. Else abandon the exchange."
        ),
        code="hub-log-empty",
    )


def copy_differs(missing: frozenset[DeviceId], more: frozenset[DeviceId]) -> HubWorkError:
    """The copy has other devices than the hub: `missing` in it, or `more` than the hub lists."""
    if missing:
        return copy_other(_("it lacks {devices}").format(devices=", ".join(sorted(map(str, missing)))))
    names = ", ".join(sorted(map(str, more)))
    return copy_other(_("it has {devices}, which the hub does not list any more").format(devices=names))


def ids_alike() -> HubWorkError:
    """CHF ID and GPF ID are one."""
    return HubWorkError(
        _("A hub has two Device IDs, and one was given twice."),
        remedy=_("Scan both labels of the hub: CHF ID and GPF ID."),
        code="hub-ids",
    )


def copy_other(why: str) -> HubWorkError:
    """The copy is of something else than what is on the hub."""
    return HubWorkError(
        _("The centre's copy is not what is on the hub: {why}.").format(why=why),
        remedy=_("Leave the old hub where it is. Let it send its log (WAN, or read it for the desk), and ask again."),
        code="hub-copy-other",
    )


def copy_old(taken: datetime, since: datetime) -> HubWorkError:
    """The copy is older than the log."""
    words = _("The centre's copy of {taken:%Y-%m-%d %H:%M:%S} is older than the log itself, {since:%Y-%m-%d %H:%M:%S}.")
    return HubWorkError(
        words.format(taken=taken, since=since),
        remedy=_(
            "Leave the old hub where it is. Have the desk compare the fingerprint, or wait for the hub to send it."
        ),
        code="hub-copy-old",
    )
