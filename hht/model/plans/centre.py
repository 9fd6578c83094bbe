"""The centre of a premises and the parties it knows, as the file says them: ``[centre]`` and ``[[party]]``."""

from __future__ import annotations

from hht.i18n import _
from hht.model.parties import Party, UserRole
from hht.model.plan_file import Section
from hht.model.plans.checks import eui_64
from hht.model.wan.access import Certification, User
from hht.model.wan.arbitration import Arbitration
from hht.model.wan.configuration import USUAL_USERS, Arrangement, CentreConfiguration, Enrolment, Regime
from hht.model.wan.product_lists import CombinationStatus

_ROLES = tuple(role for role in UserRole if role is not UserRole.DCC)


def read_centre(top: Section, devices: tuple[str, ...]) -> CentreConfiguration | None:
    """What ``[centre]`` says, with the parties; None where the file has neither. `devices`: names in the file."""
    section, parties = top.optional("centre"), top.tables("party")
    if section is None and not parties:
        return None
    read = [_read_party(party, devices) for party in parties]
    for (user, _why), table in zip(read, parties, strict=True):
        if sum(other.party.name == user.party.name for other, _other_why in read) > 1:
            raise table.error("name", _("two parties are called “{name}”").format(name=user.party.name))
    users = tuple(user for user, _why in read) or USUAL_USERS
    section = section if section is not None else top.section("centre")
    usual = CentreConfiguration()
    configuration = CentreConfiguration(
        regime=Regime(section.choice("regime", tuple(Regime), usual.regime)),
        arbitration=Arbitration(section.choice("arbitration", tuple(Arbitration), usual.arbitration)),
        users=users,
        suspended=tuple((user.party.name, why) for user, why in read if why),
        unlisted=section.choices("unlisted", devices),
        expired=section.choices("expired", devices),
        combination=CombinationStatus(section.choice("combination", tuple(CombinationStatus), usual.combination)),
        lead_supplier=section.text("lead_supplier", ""),
        grace_days=section.whole("grace_days", usual.grace_days, low=1, high=366),
        daily_volume=section.whole("daily_volume", 0, low=0, high=1_000_000),
        highest_price=section.pence("highest_price_p", 0),
        highest_standing_charge=section.pence("highest_standing_charge_p", 0),
        smets1=Enrolment(section.choice("smets1", tuple(Enrolment), usual.smets1)),
        archive=section.yes_no("archive", False),
        on_change=Arrangement(section.choice("on_change", tuple(Arrangement), usual.on_change)),
        generation=section.choices("generation", devices),
        adoptable=section.yes_no("adoptable", False),
    )
    if configuration.lead_supplier not in ("", *(user.party.name for user in users)):
        raise section.error("lead_supplier", _("no party is called that"))
    section.done()
    return configuration


def _read_party(section: Section, devices: tuple[str, ...]) -> tuple[User, str]:
    """The user, and why it is suspended ("" when it is not)."""
    name = section.text("name", check=lambda value: "" if 1 <= len(value) <= 40 else _("write 1 to 40 characters"))
    role = UserRole(section.choice("role", _ROLES))
    usual = "critical" if role in (UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER) else "standard"
    user = User(
        Party(name, role, section.text("entity_id", "", check=eui_64)),
        Certification(section.choice("certified", tuple(Certification), usual)),
        section.choices("devices", devices),
    )
    why = section.text("suspended", "")
    section.done()
    return user, why
