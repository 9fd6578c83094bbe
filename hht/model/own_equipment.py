"""A supplier's own communications equipment at a site that the DCC does not serve: a modem wired to meters (CHR-05).

It is no communications hub: it makes no HAN, mirrors no gas meter, and so takes in no consumer's device (CHR-06,
CHR-09). Whoever asks it to is told why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from hht.i18n import _
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.device import Alert, Device, DeviceIdentity, DeviceKind
from hht.model.han.node import CONSUMERS
from hht.model.mains import Mains
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from hht.model.premises import Premises


@dataclass(frozen=True, slots=True)
class ModemConfiguration:
    """A modem as it stands in its premises. `serves`: names of the meters that it is wired to (before it in the file);
    `covered`: whether its network is there."""

    name: str
    identity: DeviceIdentity
    serves: tuple[str, ...]
    covered: bool = True

    @property
    def kind(self) -> DeviceKind:
        """A modem."""
        return DeviceKind.MODEM

    def build(self, premises: Premises) -> Modem:
        """The modem, fed from before the meter."""
        modem = Modem(self, premises.site, premises.mains)
        for name in self.serves:
            modem.wire(premises.find(name))
        return modem


class Modem(Device):
    """One modem. `far` takes the meters' alerts; while nothing gets through they are lost (the logs have them)."""

    kind = DeviceKind.MODEM

    def __init__(self, configuration: ModemConfiguration, site: Site, mains: Mains) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.configuration = configuration
        self.covered = configuration.covered
        self.far: Callable[[Alert], None] | None = None
        self._mains = mains
        self.accept({AddToDeviceLog: self._no_network})

    def wire(self, device: Device) -> None:
        """Connect a meter: its alerts go this way."""
        device.uplink = self._alerted

    def serves(self, device: Device) -> bool:
        """Whether it is wired to this device, or is it."""
        return device is self or device.name in self.configuration.serves

    @property
    def trouble(self) -> str:
        """Why nothing gets through; "" when it does."""
        if not any(self._mains.live):
            return _("the modem has no power")
        return "" if self.covered else _("the modem finds no network")

    def _alerted(self, alert: Alert) -> None:
        if self.far is None or self.trouble:
            self.site.tell(alert.device, f"alert {alert.code:04X} went nowhere", self.trouble or "nobody listens")
        else:
            self.far(alert)

    def _no_network(self, command: AddToDeviceLog, _sender: Party) -> NoReturn:
        if command.kind is DeviceKind.GSME:
            why, remedy = _("There is no gas mirror in it."), _("Have a communications hub fitted.")
        elif command.kind in CONSUMERS:
            why = _("It makes no home area network: a consumer's device has nothing to join.")
            remedy = _("Ask the supplier for the data by its website, or have a communications hub fitted.")
        else:
            why, remedy = _("It makes no home area network."), _("Wire the device to it.")
        raise DeviceRefusal(Reason.UNKNOWN_ITEM, why, remedy=remedy)
