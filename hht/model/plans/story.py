"""What a premises file tells of the other end of the WAN: ``[[story]]``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.plan_file import Section
from hht.model.plans import DevicePlan
from hht.model.wan.configuration import Arrangement
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.story import REQUESTS, Act, Episode

_OF_SMETS1 = (Act.AUTHORISE, Act.TEST, Act.MIGRATE)


class StoryReader:
    """Reads one ``[[story]]`` after the other: parties and devices in them must be those of the file, or have come in
    by one before. `centre`: whether anybody stands at the other end; `first`: the devices (None: not all are known)."""

    def __init__(
        self, parties: Collection[str], devices: Collection[str], *, centre: bool, first: Sequence[DevicePlan] | None
    ) -> None:
        self._parties, self._devices = set(parties), set(devices)
        self._centre = centre
        self._pair = first is None or any(_first(device) for device in first)

    def read(self, table: Section) -> Episode:
        """What it says. Raises PremisesError."""
        if not self._centre:
            raise table.error("act", _("a story needs a [centre]"))
        episode = _read(table, self._parties, self._devices)
        if episode.act in _OF_SMETS1 and not self._pair:
            raise table.error("act", _("there is no SMETS1 electricity meter in this file"))
        if episode.gaining:
            self._parties.add(episode.gaining)
        table.done()
        return episode


def _read(table: Section, parties: set[str], devices: set[str]) -> Episode:
    act = Act(table.choice("act", tuple(Act)))
    at = table.moment("at")
    if at is None:
        raise table.error("at", _("it is missing"))
    says = table.text("says", "")
    if act is Act.CHANGE_OF_SUPPLIER:
        party, gaining = _party(table, parties), table.text("gaining")
        if gaining in parties:
            raise table.error("gaining", _("a party is called that already"))
        leaves = Arrangement(table.choice("leaves", tuple(Arrangement))) if table.has("leaves") else None
        return Episode(at, act, party, gaining, leaves, says=says)
    if act is Act.REQUEST:
        device = table.choice("device", tuple(sorted(devices)))
        wanted = table.choice("request", tuple(REQUESTS))
        return Episode(at, act, _party(table, parties), device=device, request=wanted, says=says)
    return Episode(at, act, _party(table, parties) if act is Act.AUTHORISE else "", says=says)


def _party(table: Section, parties: set[str]) -> str:
    return table.choice("party", tuple(sorted(parties)))


def _first(device: DevicePlan) -> bool:
    return device.kind is DeviceKind.ESME and generation(device.identity) is Generation.SMETS1
