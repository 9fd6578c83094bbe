"""The centre of a premises and the parties it knows, as the file says them: ``[centre]`` and ``[[party]]``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hht.i18n import _
from hht.model.parties import Party, UserRole
from hht.model.plan_file import Section
from hht.model.plans.checks import eui_64
from hht.model.wan.access import Certification, User
from hht.model.wan.arbitration import Arbitration
from hht.model.wan.configuration import USUAL_USERS, Arrangement, CentreConfiguration, Enrolment, Regime
from hht.model.wan.product_lists import CombinationStatus

_ROLES = tuple(role for role in UserRole if role not in (UserRole.DCC, UserRole.HEAD_END))


def read_centre(
    top: Section, devices: tuple[str, ...], parties: Sequence[tuple[User, str]], known: Collection[str]
) -> CentreConfiguration:
    """What ``[centre]`` says (all as usual where it is left out), with the parties, each with why it is suspended.
    `devices`: names in the file; `known`: those of parties, of such too as are wrong."""
    section = top.section("centre")
    users = tuple(user for user, _why in parties) or USUAL_USERS
    usual = CentreConfiguration()
    configuration = CentreConfiguration(
        regime=Regime(section.choice("regime", tuple(Regime), usual.regime)),
        arbitration=Arbitration(section.choice("arbitration", tuple(Arbitration), usual.arbitration)),
        users=users,
        suspended=tuple((user.party.name, why) for user, why in parties if why),
        unlisted=section.choices("unlisted", devices),
        not_notified=section.choices("not_notified", devices),
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
    if configuration.lead_supplier not in ("", *known):
        raise section.error("lead_supplier", _("no party is called that"))
    section.done()
    return configuration


def read_party(section: Section, devices: tuple[str, ...], before: Sequence[tuple[User, str]]) -> tuple[User, str]:
    """The user that a ``[[party]]`` says, and why it is suspended ("" when it is not); no two are called alike."""
    name = section.text("name", check=lambda value: "" if 1 <= len(value) <= 40 else _("write 1 to 40 characters"))
    if any(name == user.party.name for user, _why in before):
        raise section.error("name", _("two parties are called “{name}”").format(name=name))
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
