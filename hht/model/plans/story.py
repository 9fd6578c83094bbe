"""What a premises file tells of the other end of the WAN: ``[[story]]``."""

from __future__ import annotations

from collections.abc import Sequence

from hht.i18n import _
from hht.model.device import DeviceKind
from hht.model.plan_file import Section
from hht.model.plans import DevicePlan
from hht.model.wan.configuration import Arrangement, CentreConfiguration
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.story import REQUESTS, Act, Episode

_OF_SMETS1 = (Act.AUTHORISE, Act.TEST, Act.MIGRATE)


def read_story(top: Section, centre: CentreConfiguration | None, devices: Sequence[DevicePlan]) -> tuple[Episode, ...]:
    """Every ``[[story]]``; parties and devices in it must be those of the file, or have come in by it before."""
    tables = top.tables("story")
    if tables and centre is None:
        raise tables[0].error("act", _("a story needs a [centre]"))
    known = {user.party.name for user in centre.users} if centre is not None else set()
    episodes: list[Episode] = []
    for table in tables:
        episode = _read(table, known, {device.name for device in devices})
        if episode.act in _OF_SMETS1 and not any(_first(device) for device in devices):
            raise table.error("act", _("there is no SMETS1 electricity meter in this file"))
        if episode.gaining:
            known.add(episode.gaining)
        table.done()
        episodes.append(episode)
    return tuple(episodes)


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
