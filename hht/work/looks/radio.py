"""Looks with the dongle."""

from __future__ import annotations

from typing import Final

from hht.client.radio.survey import BUSY, GOOD_LQI, MARGINAL_LQI, survey
from hht.diagnosis.knowledge import Knowledge, Look
from hht.errors import HhtError
from hht.i18n import _
from hht.work.looks.ways import Found, Ways

_LET_IN: Final = "let-in"


async def air(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Whether the home's hub is heard where the engineer stands, and whether its channel is free."""
    assert ways.dongle is not None
    async with ways.dongle() as dongle:
        found = await survey(dongle, ways.clock, looks=1)
    own = next((one for one in found.networks if one.gpf_id == str(ways.home.devices["gpf"])), None)
    if own is None:
        return {"air.hub": ("none", _("{count} other networks").format(count=len(found.networks)))}
    lqi = own.average_lqi
    grade = "good" if lqi > GOOD_LQI else "weak" if lqi < MARGINAL_LQI else "fair"
    channel = next(one for one in found.channels if one.channel == own.channel)
    return {
        "air.hub": (grade, _("LQI {lqi}").format(lqi=lqi)),
        "air.channel": ("busy" if channel.peak >= BUSY else "free", _("energy {peak}").format(peak=channel.peak)),
    }


async def window(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Within the hour after power-on: does the hub let a terminal come onto its HAN?"""
    assert ways.dongle is not None
    assert ways.member is not None
    async with ways.dongle() as dongle:
        member = ways.member(dongle)
        try:
            await member.join(ways.home.devices["gpf"])
        except HhtError as error:
            return {"window.answer": ("shut", f"{error.code}: {error.message}")}
        await member.leave()
    return {"window.answer": (_LET_IN, _("on the HAN and off again"))}


__all__ = ["air", "window"]
