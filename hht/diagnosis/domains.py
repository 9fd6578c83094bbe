"""Whose fault it can be: the domains of a verdict (painpoints P23)."""

from __future__ import annotations

import enum

from hht.i18n import _


class Domain(enum.StrEnum):
    """A fault domain. The first seven are those that people argue about; the value is stable."""

    METER = "meter"
    HAN = "han"
    HUB = "hub"
    WAN = "wan"
    CENTRE = "centre"
    SUPPLIER = "supplier"
    CONSUMER = "consumer-device"
    SUPPLY = "supply"  # the street's electricity, the tails, the gas pipes: the network operator's, or an electrician's
    TOOLS = "tools"  # the terminal's own probe
    SITE = "site"  # a locked box, a meter out of reach

    @property
    def words(self) -> str:
        """For people."""
        return _words()[self]


def _words() -> dict[Domain, str]:
    return {
        Domain.METER: _("Meter"),
        Domain.HAN: _("Home network (HAN)"),
        Domain.HUB: _("Communications hub"),
        Domain.WAN: _("WAN"),
        Domain.CENTRE: _("Centre (DCC)"),
        Domain.SUPPLIER: _("Supplier's side"),
        Domain.CONSUMER: _("Consumer device"),
        Domain.SUPPLY: _("Supply before the meter"),
        Domain.TOOLS: _("Probe of the terminal"),
        Domain.SITE: _("Access on site"),
    }


__all__ = ["Domain"]
