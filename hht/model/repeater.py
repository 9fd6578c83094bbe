"""A repeater: it passes on what it hears, while it is plugged in and the hub lists it (HAN-26, HAN-27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.radio.medium import RadioMedium, WiredMedium
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises


@dataclass(frozen=True, slots=True)
class RepeaterConfiguration:
    """A repeater as it stands in its premises."""

    name: str
    identity: DeviceIdentity
    han: HanPlan | None = None

    @property
    def kind(self) -> DeviceKind:
        """A repeater."""
        return DeviceKind.REPEATER

    def build(self, premises: Premises) -> Repeater:
        """The repeater, on a plug of the premises."""
        repeater = Repeater(self, premises.site, premises.medium)
        if self.han is not None:
            repeater.node = self.han.node(repeater)
        return repeater


class Repeater(Device):
    """It helps only while it has power; pulling it out hurts only whoever is heard through it."""

    kind = DeviceKind.REPEATER

    def __init__(self, configuration: RepeaterConfiguration, site: Site, medium: object) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self._radio = medium if isinstance(medium, RadioMedium) else None
        if isinstance(medium, WiredMedium):
            self._radio = medium.radio

    @property
    def plugged(self) -> bool:
        """Whether it passes on what it hears."""
        return self._radio is not None and self.name in self._radio.repeaters

    def switch(self, on: bool) -> None:
        """Plug it in, or pull it out."""
        if self._radio is None:
            return
        if on and self.name not in self._radio.repeaters:
            self._radio.repeaters.append(self.name)
        elif not on and self.name in self._radio.repeaters:
            self._radio.repeaters.remove(self.name)
        if self.node is not None:
            self.node.power(on)
