"""A supplier has firmware brought to a device (SR 11.1): the centre checks, the hub hands it on (FUN-02, CH-06).

Another firmware is another Device Model (SEC-07): it must stand on the Central Products List before it is sent, and at
a SMETS1 site the combination that it makes must be an eligible one (S1E-29).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.communications_hub.images import ImageTransfer
from hht.model.device import Device
from hht.model.features.firmware import FirmwareImage, TransferResult
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal
from hht.model.wan.access import Denial, services
from hht.model.wan.centre import Centre
from hht.model.wan.module import WanModule
from hht.model.wan.product_lists import CombinationStatus, Product, product_of

_SERVICE = "11.1"


@dataclass(slots=True)
class Distribution:
    """One image on its way. `denial` and `why`: what kept it from going, or from arriving ("": nothing); `transfer`:
    the hub's part of it, once it has come there."""

    device: str
    image: FirmwareImage
    denial: Denial | None = None
    why: str = ""
    transfer: ImageTransfer | None = field(default=None, repr=False)

    @property
    def result(self) -> TransferResult | None:
        """How it ended at the device; None while it is on its way, or where it never went."""
        return None if self.transfer is None else self.transfer.result


def distribute(centre: Centre, sender: Party, device: str, image: FirmwareImage) -> Distribution:
    """Send an image to the device of that name; follow what is returned. KeyError when no device is called so."""
    centre.site.catch_up()
    target = centre.devices[device]
    sent = Distribution(device, image)
    user = centre.access.users.get(sender.name)
    product = Product(target.kind, image.manufacturer, image.model, image.version)
    unlisted = centre.lists.problem(product, centre.register.today, outside=centre.register.outside)
    objection = centre.register.objection(target, _SERVICE, sender)
    module = centre.module_of(target)
    if user is None or sender.role not in services()[_SERVICE].roles:
        sent.denial, sent.why = Denial.ROLE, _("{sender} may not send firmware").format(sender=sender)
    elif not user.responsible(target.kind, device):
        sent.denial, sent.why = (
            Denial.NOT_RESPONSIBLE,
            _("{device} is not {sender}'s").format(device=device, sender=sender.name),
        )
    elif objection is not None:
        sent.denial, sent.why = objection
    elif unlisted:
        sent.denial, sent.why = Denial.NOT_LISTED, unlisted
    elif not _eligible_then(centre, target, product):
        why = _("with {version} the combination would not be an eligible one")
        sent.denial, sent.why = Denial.NOT_ELIGIBLE, why.format(version=image.version)
    elif module is None or not module.listening:
        sent.why = _("no hub reaches the device") if module is None else module.trouble.value
    else:
        centre.site.agenda.after(
            module.configuration.latency_ms, lambda: _arrive(module, target.identity.device_id, sent)
        )
    centre.site.tell(centre.name, f"firmware {image.version} for {device}", sent.why or str(sender))
    return sent


def _eligible_then(centre: Centre, device: Device, product: Product) -> bool:
    """Whether a SMETS1 site's combination is an eligible one with this model in it (S1E-29). Others need none."""
    whole, now = centre.register.combination(), product_of(device.kind, device.identity)
    if now not in whole or centre.register.outside:
        return True
    return centre.lists.status((whole - {now}) | {product}) is CombinationStatus.ELIGIBLE


def _arrive(module: WanModule, device_id: str, sent: Distribution) -> None:
    if not module.listening:
        sent.why = module.trouble.value
        return
    try:
        sent.transfer = module.hub.images.take(sent.image, device_id)
    except DeviceRefusal as refusal:
        sent.why = refusal.message
