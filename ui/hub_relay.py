"""Hub work without a WAN and with data: the desk hands over each command as it is asked for, and gets each answer home.

What the desk hands over is held against the order before it may leave, as any command is (`hht.work.hub_orders`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hht.desk.carriage import COMMAND_OPEN
from hht.desk.errors import DeskError
from hht.desk.kinds import AskKind
from hht.desk.messages import Way as DeskWayOut
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.way import Brought, CommandCarrier, Found, Ticket
from hht.protocol.gbcs.answers import read_answer
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.work import hub_orders
from hht.work.hub_orders import HubOrder, OrderError, require_fits
from hht.work.hub_ways import OrderOutcome, OutcomeState, Prepared, outcome_of

if TYPE_CHECKING:
    from hht.desk.course import AskReport
    from hht.identifiers.install_code import InstallCode
    from ui.desks import Desks

_KINDS: Final = {
    hub_orders.READ_LOG: AskKind.READ_DEVICE_LOG,
    hub_orders.READ_LOGS: AskKind.READ_DEVICE_LOG,
    hub_orders.READ_PARTNERS: AskKind.READ_DEVICE_LOG,
    hub_orders.READ_HUB_EVENTS: AskKind.READ_LOG,
    hub_orders.READ_SECURITY_LOG: AskKind.READ_LOG,
    hub_orders.READ_HUB_SECURITY: AskKind.READ_LOG,
    hub_orders.READ_MODE: AskKind.READ_PAYMENT_MODE,
    hub_orders.READ_GAS_MODE: AskKind.READ_PAYMENT_MODE,
    hub_orders.READ_BALANCE: AskKind.READ_BALANCE,
    hub_orders.READ_SUPPLY: AskKind.READ_SUPPLY,
    hub_orders.READ_VALVE: AskKind.READ_SUPPLY,
    hub_orders.RESTORE: AskKind.RESTORE_DEVICE_LOG,
    hub_orders.RESTORE_GPF: AskKind.RESTORE_DEVICE_LOG,
    hub_orders.ADD: AskKind.WHITELIST,
    hub_orders.REMOVE: AskKind.REMOVE,
    **dict.fromkeys((0x000D, 0x00AB, 0x000E, 0x00AF), AskKind.JOIN),
    **dict.fromkeys((0x000F, 0x0010), AskKind.UNJOIN),
}
_AT: Final = {  # at which kind of device, where the order does not say
    **dict.fromkeys((hub_orders.READ_MODE, hub_orders.READ_BALANCE, hub_orders.READ_SUPPLY), "ESME"),
    **dict.fromkeys((hub_orders.READ_GAS_MODE, hub_orders.READ_VALVE), "GSME"),
    hub_orders.READ_SECURITY_LOG: "ESME",
    hub_orders.RESTORE: "CHF",
    hub_orders.RESTORE_GPF: "GPF",
}
_EVER: Final = "2000-01-01T00:00:00Z"  # GBCS counts from then
_MORE: Final = {
    hub_orders.READ_LOGS: {"keys": "yes"},
    hub_orders.READ_HUB_EVENTS: {"log": "event", "since": _EVER},
    hub_orders.READ_SECURITY_LOG: {"log": "security", "since": _EVER},
    hub_orders.READ_HUB_SECURITY: {"log": "security", "since": _EVER},
}
_TYPE_2_AS: Final = "IHD"  # joins have one number for displays and consumer access devices; a desk wants a name


def hands_over(code: int) -> bool:
    """Whether a desk hands over a command with that message code."""
    return code in _KINDS


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A desk and how it is reached. `home`: the premises of an emulated one; `job`: what the asks belong to."""

    desks: Desks
    url: str
    home: str = ""
    job: str = "hub"


class RelayWay:
    """A `hht.work.hub_ways.Way`. `codes`: install codes that the desk is told."""

    def __init__(self, line: DeskLine, carrier: CommandCarrier, codes: Mapping[DeviceId, InstallCode]) -> None:
        self._line = line
        self._carrier = carrier
        self._codes = codes

    async def prepare(self, order: HubOrder) -> Prepared:
        """Keep the ask; nothing leaves. Raises OrderError for what no desk hands over, AskRefused."""
        kind = _KINDS.get(order.code)
        if kind is None:
            raise OrderError(
                _("A desk hands over no command for this: {words}.").format(words=order.words),
                remedy=_("Nothing was sent. Take a pack along that has it."),
                code="hub-not-relayed",
            )
        named = order.details["at"]
        at = _name(named) if named == GbcsDeviceType.GPF.name else _AT.get(order.code) or _name(named)
        asked = self._line.desks.new(self._line.job, kind, str(order.target), at, self._details(order, kind))
        return Prepared(order, None, ask=asked.ask.reference)

    def _details(self, order: HubOrder, kind: AskKind) -> dict[str, str]:
        if order.about is None:
            return dict(_MORE.get(order.code, {}))
        if kind is AskKind.RESTORE_DEVICE_LOG:
            return {"old": str(order.about)}
        details = {"other": str(order.about)}
        if kind is AskKind.WHITELIST:
            details |= {"other_type": order.details["type"], "join_s": str(order.details["join_s"])}
            if order.about in self._codes:
                details["install_code"] = self._codes[order.about].reveal()
        elif kind in (AskKind.JOIN, AskKind.UNJOIN):
            details["other_type"] = _name(order.details["other_type"])
        return details

    async def carry(self, prepared: Prepared) -> OrderOutcome:
        """Have the desk hand it over, bring it, take the answer home. Raises OrderError ``hub-order-other``,
        ``hub-desk-refused`` (nothing left then), AnswerRefused, and what desk or way raise where they are lost."""
        line, order = self._line, prepared.order
        checked = _Checked(order, self._carrier)
        try:
            report = await line.desks.ask(
                line.url, prepared.ask, way=DeskWayOut.RELAY, home=line.home, carrier=checked, keys=KeyRing()
            )
        except DeskError as error:
            if error.code != COMMAND_OPEN:
                raise
            return OrderOutcome(order, OutcomeState.UNKNOWN, why=error.message)
        if checked.wrong is not None:
            raise checked.wrong
        if checked.command is None or checked.found is None:
            raise _refused(order, report)
        found = checked.found
        if found.brought is Brought.ANSWERED:
            answer = read_answer(found.octets, checked.command, KeyRing())
            return outcome_of(order, answer.message, vouched=answer.verdict.vouched)
        state = OutcomeState.UNDELIVERED if found.brought is Brought.NOT_BROUGHT else OutcomeState.UNKNOWN
        return OrderOutcome(order, state, why=found.why or _("no answer came"))


class _Checked:
    """A carrier that lets nothing leave but what does what was asked, and remembers what came of it."""

    def __init__(self, order: HubOrder, carrier: CommandCarrier) -> None:
        self._order = order
        self._carrier = carrier
        self.command: Envelope | None = None
        self.found: Found | None = None
        self.wrong: OrderError | None = None

    async def ticket(self, device: DeviceId) -> Ticket:
        """As the carrier beneath."""
        return await self._carrier.ticket(device)

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        """Bring it, if it is what was asked for."""
        message = parse(command)
        try:
            require_fits(self._order, message)
        except OrderError as error:
            self.wrong = error
            return Found(Brought.NOT_BROUGHT, why=error.message)
        self.command, self.found = message, Found(Brought.OPEN, why=_("the way to the device was lost"))
        self.found = await self._carrier.carry(device, command, ticket)
        return self.found

    async def outcome(self, device: DeviceId, ticket: Ticket, *, patient: bool = False) -> Found:
        """As the carrier beneath; what the way knows by now is what came of it."""
        known = await self._carrier.outcome(device, ticket, patient=patient)
        if self.command is not None and known.brought in (Brought.ANSWERED, Brought.NOT_BROUGHT):
            self.found = known
        return known


def _name(kind: str) -> str:
    return _TYPE_2_AS if kind == GbcsDeviceType.TYPE_2.name else kind


def _refused(order: HubOrder, report: AskReport) -> OrderError:
    return OrderError(
        _("The desk hands over no command for “{words}”: {why}").format(
            words=order.words, why=report.why or report.state.value
        ),
        remedy=report.remedy or _("Nothing was sent. Ask the desk what it needs."),
        code="hub-desk-refused",
        reference=report.ask.reference,
    )
