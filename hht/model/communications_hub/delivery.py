"""A remote party's command on its way to a device of the HAN: at once to one that listens, else at its next wake.

The party learns what became of it from the delivery: answered, refused by the device, or not delivered (0x819D when a
sleeping gas meter did not fetch it in time). Nothing here is tried again by itself.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from hht.model.agenda import HOUR_MS
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.device import Device
from hht.model.han.network import HanFailure, HomeAreaNetwork
from hht.model.han.requests import HanRequest
from hht.model.han.traffic import End
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site

FETCHED_WITHIN_MS = 24 * HOUR_MS  # our own number


class DeliveryState(enum.StrEnum):
    """What has become of it."""

    WAITING = "waiting for the device to wake"
    ANSWERED = "answered"
    REFUSED = "refused by the device"
    UNDELIVERED = "not delivered"


@dataclass(slots=True)
class Delivery:
    """`answer` is what the device returned; `problem` says why there is none. `check` is what the device asks before it
    carries the command out (DeviceRefusal: it does not)."""

    target: str
    command: Command
    sender: Party
    check: Callable[[Device], None] | None = None
    state: DeliveryState = DeliveryState.WAITING
    answer: object = None
    problem: str = ""
    listeners: list[Callable[[Delivery], None]] = field(default_factory=list)

    def then(self, listener: Callable[[Delivery], None]) -> None:
        """Call `listener` when it has come to its end; at once if it has."""
        if self.state is DeliveryState.WAITING:
            self.listeners.append(listener)
        else:
            listener(self)

    def end(self, state: DeliveryState, answer: object = None, problem: str = "") -> None:
        """It has come to its end."""
        self.state, self.answer, self.problem = state, answer, problem
        for listener in self.listeners:
            listener(self)

    def carry_out(self, device: Device) -> None:
        """Let the device carry it out."""
        try:
            if self.check is not None:
                self.check(device)
            answer = device.execute(self.command, self.sender)
        except DeviceRefusal as refusal:
            self.end(DeliveryState.REFUSED, problem=refusal.message)
        else:
            self.end(DeliveryState.ANSWERED, answer)


@dataclass(frozen=True, slots=True)
class SealedMessage(Command):
    """A message whose octets are the sender's and the device's own matter: the hub carries them as they are."""

    use_case: ClassVar[str] = ""

    octets: bytes


@dataclass(slots=True)
class MessageDelivery(Delivery):
    """A `SealedMessage` on its way; `read` gives the device's answer to it (DeviceRefusal: it gives none)."""

    read: Callable[[Device, bytes], bytes] | None = None

    def carry_out(self, device: Device) -> None:
        """Hand the device the octets."""
        assert self.read is not None
        assert isinstance(self.command, SealedMessage)
        try:
            answer = self.read(device, self.command.octets)
        except DeviceRefusal as refusal:
            self.end(DeliveryState.REFUSED, problem=refusal.message)
        else:
            self.end(DeliveryState.ANSWERED, answer)


@dataclass(slots=True)
class Errand:
    """What a device of the premises asks of one that sleeps: it is asked when it wakes. `done` None until then."""

    asker: Device
    target: Device
    request: HanRequest
    done: bool | None = None
    said: str = ""
    listeners: list[Callable[[Errand], None]] = field(default_factory=list)

    def then(self, listener: Callable[[Errand], None]) -> None:
        """Call `listener` when it is done."""
        self.listeners.append(listener)

    def run(self) -> None:
        """The target is awake."""
        try:
            self.target.answer(self.request, self.asker)
        except DeviceRefusal as refusal:
            self.done, self.said = False, refusal.message
        else:
            self.done = True
        for listener in self.listeners:
            listener(self)


class Deliveries:
    """The hub's way to its devices, and what waits for one to wake. `inside`: the hub's own logical devices by ID."""

    def __init__(self, site: Site, hub: Device, network: HomeAreaNetwork, inside: dict[str, Device]) -> None:
        self._site = site
        self._hub = hub
        self._network = network
        self._inside = inside
        self.waiting: dict[str, list[Delivery]] = {}
        self._errands: list[Errand] = []

    def errand(self, asker: Device, target: Device, request: HanRequest) -> Errand:
        """Keep a request of another device until `target` wakes. HanFailure where it may not ask at all."""
        self._network.permit(asker, target, request)
        errand = Errand(asker, target, request)
        self._errands.append(errand)
        return errand

    def deliver(
        self, device_id: str, command: Command, sender: Party, *, check: Callable[[Device], None] | None = None
    ) -> Delivery:
        """Bring a command to the device with this ID; `check` as `Delivery` has it."""
        return self.send(Delivery(device_id, command, sender, check))

    def send(self, delivery: Delivery) -> Delivery:
        """Bring a delivery to its device, or keep it until that wakes."""
        self._site.catch_up()
        device_id = delivery.target
        if device_id in self._inside:
            delivery.carry_out(self._inside[device_id])
            return delivery
        node = self._network.members.get(device_id)
        if node is None or not node.joined or not self._network.powered:
            delivery.end(DeliveryState.UNDELIVERED, problem="it is not on the HAN")
        elif node.sleepy:
            self.keep(delivery)
        else:
            self._bring(delivery, node.device)
        return delivery

    def keep(self, delivery: Delivery) -> None:
        """Keep it for a device that sleeps, whether or not that is on the HAN yet."""
        self.waiting.setdefault(delivery.target, []).append(delivery)
        self._site.agenda.after(FETCHED_WITHIN_MS, lambda: self._late(delivery))

    def woken(self, device: Device) -> bool:
        """A sleeping device listens now: it fetches what waits for it, in the order in which it came. Whether there was
        something."""
        if not self.waiting and not self._errands:
            return False
        fetched = self.waiting.pop(device.identity.device_id, [])
        for delivery in fetched:
            if delivery.state is DeliveryState.WAITING:
                self._bring(delivery, device)
        errands = [errand for errand in self._errands if errand.target is device]
        self._errands = [errand for errand in self._errands if errand.target is not device]
        for errand in errands:
            errand.run()
        return bool(fetched or errands)

    def _bring(self, delivery: Delivery, device: Device) -> None:
        try:
            self._network.carry(device.name)
        except HanFailure as failure:
            self._hub.alert(AlertCode.DELIVERY_TO_ESME_FAILED, device.identity.device_id)
            delivery.end(DeliveryState.UNDELIVERED, problem=failure.message)
            return
        if self._network.traffic is None:
            delivery.carry_out(device)
            return
        hub, there = End(self._hub.name, self._hub.kind), End(device.name, device.kind)
        self._network.note(hub, there, delivery.command, local=False)
        delivery.carry_out(device)
        self._network.note(there, hub, delivery.answer, local=False, answers=delivery.command)

    def _late(self, delivery: Delivery) -> None:
        if delivery.state is DeliveryState.WAITING:
            self._hub.alert(AlertCode.GSME_COMMAND_NOT_RETRIEVED, delivery.target)
            delivery.end(DeliveryState.UNDELIVERED, problem="the meter did not fetch it in time")
