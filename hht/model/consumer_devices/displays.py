"""In-home display and prepayment interface: what they show, and what can be pressed on the second.

A display asks the meters again when what it shows is older than its refresh time (electricity about 10 s, gas about 30
min: factbook 2.11), and only while somebody looks: nothing polls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.agenda import DAY_MS, SECOND_MS
from hht.model.consumer_devices.collected import Collected, NotJoined, collect
from hht.model.consumer_devices.pages import display_pages
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.features.display import Page
from hht.model.features.firmware import ActivateFirmware, ActivationResult, Firmware, FirmwareImage, TransferResult
from hht.model.features.logs_read import offer_logs
from hht.model.features.remote_display import PressButton, ReadDisplay
from hht.model.han.joins import offer_joins
from hht.model.han.network import HanFailure
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.communications_hub.delivery import Errand
    from hht.model.plans.han import HanPlan
    from hht.model.premises import Premises


MONTH_MS = 365 * DAY_MS // 12
FREE_MONTHS = 12  # OLC-05


@dataclass(frozen=True, slots=True)
class DisplayConfiguration:
    """An IHD or PPMID as it stands in its premises. `abandoned`: the people have put it into a drawer; `refresh_s`,
    `gas_refresh_s`: how old what it shows may be; `account`: it shows the balance in credit mode too; `paid_after`
    months from its installation what was used before costs extra (0: never; a domestic display's never within 12)."""

    name: str
    identity: DeviceIdentity
    kind: DeviceKind = DeviceKind.IHD
    abandoned: bool = False
    refresh_s: int = 10
    gas_refresh_s: int = 1800
    account: bool = True
    paid_after: int = 0
    han: HanPlan | None = None

    def build(self, premises: Premises) -> HomeDisplay:
        """The display, on a plug of its own."""
        kind = PrepaymentInterface if self.kind is DeviceKind.PPMID else HomeDisplay
        device = kind(self, premises.site)
        if self.han is not None:
            device.node = self.han.node(device)
            if self.kind is DeviceKind.PPMID:
                offer_joins(device, device.node)
        return device


class HomeDisplay(Device):
    """An in-home display. `collect` asks at once; `pages` shows what was collected within the refresh time."""

    kind = DeviceKind.IHD

    def __init__(self, configuration: DisplayConfiguration, site: Site) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.kind = configuration.kind
        self.configuration = configuration
        self.firmware = Firmware(self)
        self.on = not configuration.abandoned
        self.held: list[Page] | None = None  # it hangs: what it goes on showing
        self.installed_ms = site.agenda.now_ms
        self._seen: tuple[int, Collected] | None = None  # when it last asked the electricity meters
        self._gas_ms = 0  # when it last asked for gas

    def collect(self) -> Collected:
        """Ask every meter."""
        self.site.catch_up()
        return collect(self)

    def pages(self) -> list[Page]:
        """What somebody who looks at it sees; nothing while it is off."""
        if not self.on:
            return []
        if self.held is not None:
            return list(self.held)
        return display_pages(self.looked_at(), account=self.configuration.account, history=self.whole)

    @property
    def whole(self) -> bool:
        """Whether all its functions are free of charge now."""
        months = self.configuration.paid_after
        return not months or self.site.now_ms - self.installed_ms < months * MONTH_MS

    def looked_at(self) -> Collected:
        """What it shows to somebody who looks: asked again where that is older than its refresh times."""
        now_ms = self.site.now_ms
        configuration = self.configuration
        if self._seen is not None and now_ms - self._seen[0] < configuration.refresh_s * SECOND_MS:
            return self._aged(self._seen[1], now_ms)
        before, fresh = self._seen[1] if self._seen is not None else None, self.collect()
        young = now_ms - self._gas_ms < configuration.gas_refresh_s * SECOND_MS
        if before is not None and before.gas is not None and young:
            fresh = replace(fresh, gas=before.gas, gas_prepayment=before.gas_prepayment)
        else:
            self._gas_ms = now_ms
        self._seen = now_ms, fresh
        return self._aged(fresh, now_ms)

    @staticmethod
    def _aged(collected: Collected, now_ms: int) -> Collected:
        """With the age that its gas has now."""
        gas = collected.gas
        return collected if gas is None else replace(collected, gas_age_s=(now_ms - gas.time_ms) // SECOND_MS)

    def people_changed(self) -> None:
        """What it collected is of the earlier people."""
        self._seen = None

    def renew(self, image: FirmwareImage, party: Party) -> ActivationResult:
        """Whoever supplied it renews its firmware by a way of its own: no hub brings a Type 2 device an image. It runs
        at once where it was made for this display and came whole."""
        if self.firmware.receive(image) is not TransferResult.COMPLETE:
            return ActivationResult.NO_IMAGE_HELD
        return self.firmware.activate(ActivateFirmware(image.sha256), party)

    def switch(self, on: bool) -> None:
        """Plug it in, or put it into a drawer."""
        self.on = on
        self.held = self._seen = None
        if self.node is not None:
            self.node.power(on)


@dataclass(slots=True)
class Pressed:
    """What came of pressing something: at once, or when the gas meter has woken (`done` None until then)."""

    button: str
    done: bool | None = None
    said: str = ""
    errand: Errand | None = field(default=None, repr=False)


class PrepaymentInterface(HomeDisplay):
    """A PPMID: the display and the buttons of both meters, away from them (PPM-01, PPM-02)."""

    kind = DeviceKind.PPMID

    def __init__(self, configuration: DisplayConfiguration, site: Site) -> None:
        super().__init__(configuration, site)
        offer_logs(self)

    def pages(self) -> list[Page]:
        """Its own pages, and every page of both meters' displays."""
        if not self.on:
            return []
        if self.held is not None:
            return list(self.held)
        collected = self.looked_at()
        made = super().pages()
        for one in collected.electricity:
            made += self._meter_pages(one.meter)
        if collected.gas is not None:
            made += list(collected.gas.pages)
        return made

    def press(self, meter: Device, button: str, typed: str = "") -> Pressed:
        """Press a button of `meter` from here: "enable", "emergency-credit" or "utrn" with the 20 digits typed.

        Never raises for what the meter or the HAN says: the answer stands in `said`. NotJoined when this device is
        joined to nothing.
        """
        self.site.catch_up()
        network = self.node.network if self.node is not None and self.node.joined else None
        if network is None or not self.on:
            raise NotJoined(
                _("This device is on no home area network."), remedy=_("Switch it on, or let it join the hub.")
            )
        self._seen = None  # what it showed is not so any more
        request = PressButton(button, typed)
        pressed = Pressed(button)
        if meter.node is not None and meter.node.sleepy and network.errands is not None:
            pressed.errand = network.errands(self, meter, request)
            pressed.said = _("Waiting for the gas meter to wake")
            pressed.errand.then(lambda errand: _settle(pressed, errand))
            return pressed
        try:
            network.ask(self, meter, request)
        except (HanFailure, DeviceRefusal) as error:
            pressed.done, pressed.said = False, error.message
        else:
            pressed.done, pressed.said = True, _("Done")
        return pressed

    def _meter_pages(self, name: str) -> list[Page]:
        assert self.node is not None
        assert self.node.network is not None
        network = self.node.network
        meter = next(node.device for node in network.members.values() if node.device.name == name)
        try:
            answer = network.ask(self, meter, ReadDisplay())
        except (HanFailure, DeviceRefusal):
            return []
        assert isinstance(answer, tuple)
        return list(answer)


def _settle(pressed: Pressed, errand: Errand) -> None:
    pressed.done, pressed.said = errand.done, errand.said or _("Done")
