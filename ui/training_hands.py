"""Somebody's hands at an emulated home, for visits without a screen: what is pressed before a question is answered.

Orders stand in the answers file under ``hands:QUESTION``, with semicolons between them: ``DEVICE CONTROL`` or
``DEVICE CONTROL TYPED`` (`hht.model.training.controls` says what can be pressed), ``wait SECONDS``, by which the
home's own time goes on at once, ``until HH:MM``, by which it goes on to that time of its day (UTC), ``stand DEVICE``,
by which the terminal is carried to where that device is, ``image DEVICE VERSION``, by which the supplier's image has
come to that device, and ``load METER WATTS``, by which an appliance is plugged in at that meter's home (0: pulled out).
Under ``beside:STEP`` they are done twice a second for as long as the step runs and asks nothing: somebody beside a gas
meter that sleeps. Training
alone, and at a home that lives in this process.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.link_url import parse_link_url
from hht.work.view import StepState

if TYPE_CHECKING:
    from hht.model.electricity_meter import ElectricityMeter
    from hht.model.premises import Premises
    from hht.work.view import VisitView
    from ui.living import LivingPremises

HANDS: Final = "hands:"  # before a question's id
BESIDE: Final = "beside:"  # before a step's id
WAIT: Final = "wait"
UNTIL: Final = "until"
STAND: Final = "stand"
IMAGE: Final = "image"
LOAD: Final = "load"
MOST_W: Final = 3680  # of a plug
MOST_S: Final = 7200
BESIDE_S: Final = 0.5


class HandsRefused(HhtError):
    """An order that nobody can carry out here. Nothing of it was done."""

    default_code = "training-hands"


class TrainingHands:
    """At the home of the link `link()`. `say` hears what each device answered."""

    def __init__(self, living: LivingPremises, link: Callable[[], str], say: Callable[[str], None]) -> None:
        self._living, self._link, self._say = living, link, say

    def do(self, orders: str) -> None:
        """Carry them out, in their order. Raises HandsRefused, and what a device says no with."""
        url = parse_link_url(self._link())
        if url.scheme != "emulated":
            raise HandsRefused(
                _("At this link nobody's hands can be lent: the devices are real."),
                remedy=_("Press the buttons yourself, and leave “hands:” out of the answers file."),
            )
        premises = self._living.premises(url)
        for order in orders.split(";"):
            words = order.split(maxsplit=2)
            if words:
                self._one(premises, order.strip(), words)

    async def beside(self, answers: Mapping[str, str], view: Callable[[], VisitView]) -> None:
        """Until cancelled: what `answers` say is done while a step runs. A device's no is said and not fatal, since a
        button is pressed again. Raises HandsRefused."""
        from hht.model.refusal import DeviceRefusal

        while True:
            await asyncio.sleep(BESIDE_S)
            now = view()
            orders = answers.get(BESIDE + now.current)
            if not orders or now.step(now.current).state is not StepState.STARTED:
                continue
            try:
                self.do(orders)
            except DeviceRefusal as error:
                self._say(str(error))

    def _one(self, premises: Premises, order: str, words: list[str]) -> None:
        from hht.model.training.panel import press_control

        if words[0] == WAIT and len(words) == 2:
            premises.site.clock.jump(_seconds(words[1], order))
            premises.site.catch_up()
            return
        if words[0] == UNTIL and len(words) == 2:
            premises.site.clock.jump(_until(words[1], order, premises.site.clock.now()))
            premises.site.catch_up()
            return
        if words[0] == STAND and len(words) == 2:
            _carry(premises, words[1], order)
            return
        if words[0] == IMAGE and len(words) == 3 and re.fullmatch("[0-9A-F]{8}", words[2], re.ASCII):
            _bring_image(premises, words[1], words[2], order)
            return
        if words[0] == LOAD and len(words) == 3 and words[1] in [one.name for one in _homes(premises)]:
            _plug(next(one for one in _homes(premises) if one.name == words[1]), _watts(words[2], order))
            return
        if len(words) < 2 or words[0] not in [device.name for device in premises.devices]:
            raise HandsRefused(
                _("“{order}” is no order: there is no such device here.").format(order=order),
                remedy=_("Write “DEVICE CONTROL”, such as “cad-1 join”, or “wait 60”."),
            )
        said = press_control(premises, words[0], words[1], words[2] if len(words) > 2 else "")
        self._say(f"{words[0]} {words[1]}: {said}")


def _bring_image(premises: Premises, name: str, version: str, order: str) -> None:
    """The image of that version for that device's model has come over the WAN, whole."""
    from hht.model.communications_hub.images import firmware_of
    from hht.model.features.firmware import FirmwareImage

    device = next((one for one in premises.devices if one.name == name), None)
    firmware = firmware_of(device) if device is not None else None
    if device is None or firmware is None:
        raise HandsRefused(
            _("“{order}”: no device of that name takes an image here.").format(order=order),
            remedy=_("Name a meter (image esme-1 00020132)."),
        )
    firmware.receive(FirmwareImage(version, device.identity.manufacturer, device.identity.model))


def _carry(premises: Premises, device: str, order: str) -> None:
    """The terminal, with its dongle, stands where a device is, in no box."""
    from hht.emulation.radio.air import TERMINAL
    from hht.model.radio.medium import RadioMedium

    medium = premises.medium
    spot = medium.house.spots.get(device) if isinstance(medium, RadioMedium) else None
    if not isinstance(medium, RadioMedium) or spot is None:
        raise HandsRefused(
            _("“{order}”: nobody knows where that is in this home.").format(order=order),
            remedy=_("Name a device that the premises has a place for (stand gsme-1)."),
        )
    medium.house = replace(medium.house, spots={**medium.house.spots, TERMINAL: replace(spot, box=None)})
    medium.moved()


def _homes(premises: Premises) -> list[ElectricityMeter]:
    from hht.model.electricity_meter import ElectricityMeter

    return premises.of(ElectricityMeter)


def _plug(meter: ElectricityMeter, watts: int) -> None:
    """An appliance at the home that the meter is said to be of, whoever's wires go through it."""
    from hht.model.consumer import ApplianceShape

    home = meter.consumer
    before = [one for one in home.appliances if one.shape.name == LOAD]
    if before:
        home.change(lambda: home.appliances.remove(before[0]))
    if watts:
        home.plug(ApplianceShape(LOAD, watts))


def _watts(text: str, order: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MOST_W:
        return int(text)
    raise HandsRefused(
        _("“{order}”: that is no load.").format(order=order),
        remedy=_("Write whole watts from 0 to {most}.").format(most=MOST_W),
    )


def _seconds(text: str, order: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MOST_S and len(text) <= 6:
        return int(text)
    raise HandsRefused(
        _("“{order}”: that is no time to wait.").format(order=order),
        remedy=_("Write whole seconds from 1 to {most}.").format(most=MOST_S),
    )


def _until(text: str, order: str, now: datetime) -> float:
    """Seconds from `now` to that time, of this day or the next."""
    try:
        hour = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise HandsRefused(
            _("“{order}”: that is no time of the day.").format(order=order),
            remedy=_("Write hours and minutes, UTC, such as until 09:30."),
        ) from None
    then = datetime.combine(now.date(), hour, now.tzinfo)
    return ((then - now) % timedelta(days=1)).total_seconds()
