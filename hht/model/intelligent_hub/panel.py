"""Display and keypad of an intelligent hub: both fuels on one display, one keypad for both (IH-14, IH-24).

Gas is the hub's own account. Electricity is asked of the meter, to which the hub is wired; what is typed for it goes to
the meter. Without power there is no display.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.device import Device, DeviceKind
from hht.model.features.checks import require
from hht.model.features.display import Button, Display, Page
from hht.model.features.remote_display import PressButton, ReadDisplay
from hht.model.han.network import HanFailure
from hht.model.han.requests import HanRequest
from hht.model.prepayment.commands import ReadPrepayment
from hht.model.prepayment.records import PrepaymentShown
from hht.model.prepayment.settings import PaymentMode
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.intelligent_hub.account import AccountingGasProxy


class HubDisplay(Display):
    """The display of the hub that the account is in."""

    def __init__(self, proxy: AccountingGasProxy) -> None:
        super().__init__(proxy, proxy.tenancy)
        self._proxy = proxy

    def offer_electricity(self) -> None:
        """Show the electricity meter, and take top-ups for it."""
        self.add(self._electricity_page)
        self.offer(
            Button(
                "electricity-utrn",
                _("Add credit for electricity"),
                self._electricity_prepaid,
                self._type_electricity,
                typed=_("UTRN, 20 digits"),
            )
        )

    def offer_reading(self) -> None:
        """Take a reading that somebody has read off the gas meter."""
        self.offer(
            Button(
                "gas-reading",
                _("Type the gas meter's reading"),
                lambda: True,
                self._take_reading,
                typed=_("Reading with check digits, 12 digits"),
            )
        )

    def _take_reading(self, typed: str) -> None:
        self._proxy.typed_reading(typed)

    @property
    def lit(self) -> bool:
        """Whether the hub has power."""
        node = self._proxy.node
        return node is not None and node.network is not None and node.network.powered

    def pages(self) -> list[Page]:
        """As any display; nothing without power."""
        return super().pages() if self.lit else []

    def press(self, name: str, typed: str = "") -> None:
        """As at any display. DeviceRefusal without power."""
        self._proxy.site.catch_up()
        require(
            self.lit,
            _("The hub has no power: its display is dark."),
            _("Wait for the mains, or see to its supply."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        super().press(name, typed)

    # --- electricity -----------------------------------------------------------------------------------------------

    def _meter(self) -> Device | None:
        node = self._proxy.node
        members = node.network.members.values() if node is not None and node.network is not None else ()
        return next((one.device for one in members if one.device.kind is DeviceKind.ESME and one.joined), None)

    def _ask(self, request: HanRequest) -> object:
        """What the first electricity meter answers. DeviceRefusal where it does not."""
        meter, node = self._meter(), self._proxy.node
        if meter is None or node is None or node.network is None:
            raise DeviceRefusal(
                Reason.TEMPORARY_FAILURE,
                _("There is no electricity meter here."),
                remedy=_("Let the meter join the hub."),
            )
        try:
            node.network.reach(meter)
        except HanFailure as error:
            raise DeviceRefusal(Reason.TEMPORARY_FAILURE, error.message, remedy=error.remedy) from None
        return meter.answer(request, self._proxy)

    def _electricity_page(self) -> Page | None:
        if self._meter() is None:
            return None
        try:
            pages = self._ask(ReadDisplay())
        except DeviceRefusal as refusal:
            return Page(_("Electricity"), (refusal.message,))
        assert isinstance(pages, tuple)
        lines = tuple(f"{page.title}: {'; '.join(page.lines)}" for page in pages)
        return Page(_("Electricity"), lines, private=True)

    def _electricity_prepaid(self) -> bool:
        try:
            shown = self._ask(ReadPrepayment())
        except DeviceRefusal:
            return False
        assert isinstance(shown, PrepaymentShown)
        return shown.registers.mode is PaymentMode.PREPAYMENT

    def _type_electricity(self, typed: str) -> None:
        self._ask(PressButton("utrn", typed))
