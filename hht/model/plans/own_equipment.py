"""A supplier's own communications equipment, as a premises file says it."""

from __future__ import annotations

from hht.i18n import _
from hht.model.own_equipment import ModemConfiguration
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name
from hht.model.plans.communications_hub import read_identity


def read_modem(section: Section) -> ModemConfiguration:
    """The modem in one ``[[device]]`` table; ``serves`` names meters that stand before it."""
    serves = section.names("serves")
    if not serves:
        raise section.error("serves", _("a modem is wired to one meter at least"))
    configuration = ModemConfiguration(
        name=section.text("id", check=device_name),
        identity=read_identity(section),
        serves=serves,
        covered=section.yes_no("covered", True),
    )
    section.done()
    return configuration
