"""What a meter can tell the people at home: who supplies them, messages, and the Customer Identification Number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.features.checks import require_digits, require_printable
from hht.model.han.requests import HanRequest
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.device import Device

LONGEST_NAME, LONGEST_TELEPHONE, LONGEST_MESSAGE = 15, 18, 116  # factbook 1.6 and chapter 9


@dataclass(frozen=True, slots=True)
class WriteContactDetails(Command):
    """The supplier's name and telephone number (ECS16)."""

    name: str
    telephone: str
    use_case: ClassVar[str] = "ECS16"


@dataclass(frozen=True, slots=True)
class WriteGasContactDetails(WriteContactDetails):
    """The same at a gas meter (GCS44)."""

    use_case: ClassVar[str] = "GCS44"


@dataclass(frozen=True, slots=True)
class SendMessage(Command):
    """A message from the supplier (ECS10)."""

    text: str
    use_case: ClassVar[str] = "ECS10"


@dataclass(frozen=True, slots=True)
class SendGasMessage(SendMessage):
    """The same at a gas meter (GCS07)."""

    use_case: ClassVar[str] = "GCS07"


@dataclass(frozen=True, slots=True)
class SendCin(Command):
    """A Customer Identification Number, four digits, to be read back as proof of being at the premises (ECS50)."""

    cin: str
    use_case: ClassVar[str] = "ECS50"


@dataclass(frozen=True, slots=True)
class SendGasCin(SendCin):
    """The same at a gas meter (GCS36)."""

    use_case: ClassVar[str] = "GCS36"


@dataclass(frozen=True, slots=True)
class ReadNotices(HanRequest):
    """What an in-home display shows of them: a `Notices`."""


@dataclass(frozen=True, slots=True)
class NoticesShown:
    """The fields as another device reads them."""

    contact_name: str
    contact_telephone: str
    message: str
    cin: str


class NoticesKept(NamedTuple):
    """The fields as a copy holds them; times are true, in ms."""

    contact_name: str
    contact_telephone: str
    message: str
    cin: str
    message_ms: int
    cin_ms: int


class Notices:
    """Contact, message and CIN of one meter. A message stays until it is acknowledged or followed by another."""

    def __init__(self, device: Device, contact_name: str = "", contact_telephone: str = "") -> None:
        self._device = device
        self.contact_name = contact_name
        self.contact_telephone = contact_telephone
        self.message = ""
        self.cin = ""
        self._message_ms = self._cin_ms = 0  # when they came, true time
        device.accept(
            dict.fromkeys((WriteContactDetails, WriteGasContactDetails), self._write_contact)
            | dict.fromkeys((SendMessage, SendGasMessage), self._take_message)
            | dict.fromkeys((SendCin, SendGasCin), self._take_cin)
        )
        device.forgets.append(self._forget)
        device.serve({ReadNotices: lambda _request, _asker: self.shown})

    @property
    def shown(self) -> NoticesShown:
        """The fields now."""
        return NoticesShown(*self.fields)

    @property
    def fields(self) -> tuple[str, str, str, str]:
        """The same, as `NoticesShown` has them in order."""
        return self.contact_name, self.contact_telephone, self.message, self.cin

    def kept(self) -> NoticesKept:
        """The fields with when message and CIN came."""
        return NoticesKept(*self.fields, self._message_ms, self._cin_ms)

    def go_on(self, kept: NoticesKept) -> None:
        """Go on in the place of another device's."""
        self.contact_name, self.contact_telephone, self.message, self.cin, self._message_ms, self._cin_ms = kept

    def acknowledge(self) -> None:
        """Somebody has read the message and presses the button."""
        if self.message:
            self.message = ""
            self._device.alert(AlertCode.MESSAGE_ACKNOWLEDGED)

    def _forget(self, since_ms: int) -> None:
        """New people since then: what came before was for others."""
        if self._message_ms <= since_ms:
            self.message = ""
        if self._cin_ms <= since_ms:
            self.cin = ""

    def _write_contact(self, command: WriteContactDetails, _sender: Party) -> object:
        require_printable(_("contact name"), command.name, LONGEST_NAME)
        require_printable(_("contact telephone number"), command.telephone, LONGEST_TELEPHONE)
        self.contact_name, self.contact_telephone = command.name, command.telephone
        return DONE

    def _take_message(self, command: SendMessage, _sender: Party) -> object:
        require_printable(_("message"), command.text, LONGEST_MESSAGE, shortest=1)
        if "crashes-on-message" in self._device.faults:
            self._device.alert(AlertCode.FAULT_PROGRAM_EXECUTION)
            self._device.alert(AlertCode.FAULT_UNEXPECTED_RESET)
            raise DeviceRefusal(
                Reason.OTHER, _("The meter has restarted over the message."), remedy=_("Do not send it again.")
            )
        self.message, self._message_ms = command.text, self._device.site.agenda.now_ms
        return DONE

    def _take_cin(self, command: SendCin, _sender: Party) -> object:
        require_digits(_("Customer Identification Number"), command.cin, 4)
        self.cin, self._cin_ms = command.cin, self._device.site.agenda.now_ms
        return DONE
