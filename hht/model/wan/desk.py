"""A supplier's desk: it seals commands, and prepares work for a visit that somebody else carries out.

A pack is a list of commands for one device in their order, each sealed for it, single-use, with an expiry. They are
carried unchanged, one after the other; the first that fails ends the pack (factbook 3.6).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from hht.errors import HhtError
from hht.i18n import _
from hht.model.agenda import DAY_MS
from hht.model.commands import Command
from hht.model.device import Device
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal
from hht.model.use_cases import use_case
from hht.model.wan.centre import Centre
from hht.model.wan.requests import ServiceRequest, Transaction
from hht.model.wan.sealing import Seal

VALID_MS = 7 * DAY_MS  # our own number


class DeskError(HhtError):
    """A pack cannot be prepared, or not be carried out so."""

    default_code = "desk"


class Step(enum.StrEnum):
    """Where one prepared command stands."""

    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(slots=True)
class Prepared:
    """One command of a pack. `roles`: remote parties that the device carries it out for; `answer` is the device's."""

    order: int
    command: Command
    seal: Seal
    roles: tuple[str, ...]
    expires_ms: int
    step: Step = Step.READY
    answer: object = None
    problem: str = ""


@dataclass(slots=True)
class Pack:
    """Work for one device, by one party."""

    device: str
    sender: Party
    commands: list[Prepared] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything has been done."""
        return all(entry.step is Step.DONE for entry in self.commands)


class Desk:
    """One supplier's desk at a centre."""

    def __init__(self, centre: Centre, party: Party) -> None:
        self.centre = centre
        self.party = party

    def seal(self, device: str, command: Command) -> Seal:
        """Seal a command for the device of that name; the counter rises by one."""
        target = self.centre.devices[device].identity.device_id
        return self.centre.signing_key(self.party).seal(command, target, self.centre.next_counter(self.party))

    def send(self, device: str, command: Command) -> Transaction:
        """Seal a command and send it over the WAN."""
        return self.centre.request(ServiceRequest(self.party, device, command, self.seal(device, command)))

    def prepare(self, device: str, commands: Sequence[Command], *, valid_ms: int = VALID_MS) -> Pack:
        """Prepare a visit's commands for one device. DeskError names the first that this party may not send."""
        target = self.centre.devices[device]
        for number, command in enumerate(commands, 1):
            denial = self.centre.access.check(self.party, command, target.kind, target.name)
            if denial is not None:
                raise DeskError(
                    _("Command {number}, {use_case}: {why}.").format(
                        number=number, use_case=command.use_case, why=denial[1]
                    ),
                    remedy=_("Leave it out, or have the party prepare it whose it is."),
                )
        expires_ms = self.centre.site.now_ms + valid_ms
        pack = Pack(device, self.party)
        for number, command in enumerate(commands, 1):
            roles = tuple(sorted(use_case(command.use_case).roles))
            pack.commands.append(Prepared(number, command, self.seal(device, command), roles, expires_ms))
        return pack


def carry_out(pack: Pack, order: int, device: Device, centre: Centre) -> Prepared:
    """Bring command number `order` to the device at the premises, as it was sealed. DeskError out of order, twice,
    expired, or after a failure; a refusal of the device ends the pack."""
    entry = pack.commands[order - 1] if 1 <= order <= len(pack.commands) else None
    if entry is None or entry.step is not Step.READY:
        raise DeskError(_("Command {number} is not to be sent.").format(number=order), remedy=_("Send the next one."))
    if any(earlier.step is not Step.DONE for earlier in pack.commands[: order - 1]):
        raise DeskError(
            _("Command {number} comes after others.").format(number=order), remedy=_("Keep to the order of the pack.")
        )
    if centre.site.now_ms >= entry.expires_ms:
        raise DeskError(_("The pack has expired."), remedy=_("Have the supplier's desk prepare it anew."))
    try:
        centre.guard.verify(device, entry.command, pack.sender, entry.seal)
        entry.answer = device.execute(entry.command, pack.sender)
    except DeviceRefusal as refusal:
        entry.step, entry.problem = Step.FAILED, refusal.message
        for later in pack.commands[order:]:
            later.step = Step.NOT_TRIED
    else:
        entry.step = Step.DONE
    return entry
