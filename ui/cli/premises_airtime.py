"""``hht premises NAME --airtime`` and ``--complaint``: how long its HAN is on the air, and what others lose to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, Output
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.emulation.airtime import Demand, Service
    from hht.model.premises import Premises

_HISTORY_DAYS = 8


def show_airtime(name: str, output: Output, *, homes: int) -> int:
    """Tell each service, then each band for so many homes in reach of one another."""
    from hht.emulation.airtime import CONSULTED_KHZ, demand, homes_in, services
    from hht.model.premises import load_premises
    from hht.model.radio.bands import BANDS

    premises = load_premises(name, clock=SystemClock(), days=_HISTORY_DAYS)
    found = services(premises)
    for one in found:
        text = _("{name}: {frames} frames, {octets} octets on the air, every {every:.0f} s")
        text = text.format(name=one.name, frames=one.frames, octets=one.octets, every=one.every_s)
        output.emit("service", text, **asdict(one))
    for band in BANDS:
        _band(premises, found, demand(found, band, homes), output)
    enough = {band: homes_in(CONSULTED_KHZ, found, band) for band in ("2400", "868")}
    text = _(
        "2 MHz last for {wide} homes in reach of one another at 250 kbit/s in 2 MHz, or {narrow} at 100 kbit/s in "
        "200 kHz channels. Counted: frames made with this home's values, with headers and acknowledgements; how often "
        "they go, and how much of the air can be used, are figures for training, not verified."
    )
    output.emit("result", text.format(wide=enough["2400"], narrow=enough["868"]), ok=True, homes_in_2_mhz=enough)
    return DONE


def _band(premises: Premises, found: tuple[Service, ...], wanted: Demand, output: Output) -> None:
    """One band, and what the crowd does to this home's own frames."""
    from hht.emulation.airtime import crowd

    words = _("wide enough") if wanted.fits else _("TOO NARROW")
    text = _("{band} MHz: {homes} homes need {khz:.0f} kHz of {there:.0f} kHz, {words}").format(
        band=wanted.band, homes=wanted.homes, khz=wanted.khz, there=wanted.available_khz, words=words
    )
    delays = crowd(premises, wanted)
    slow: dict[str, object] = {}
    if delays is not None:
        frames = next(one.frames for one in found if one.name == "history")
        before, behind = (delay * frames / 1000 for delay in delays)
        slow = {"delay_ms": list(delays), "history_s": [before, behind]}
        text += "\n    " + _(
            "a frame to the hub takes {one} ms alone and {other} ms among them: 13 months take {before:.0f} s and "
            "{behind:.0f} s, for the others on air"
        ).format(one=delays[0], other=delays[1], before=before, behind=behind)
    output.emit("band", text, **asdict(wanted), fits=wanted.fits, busy=wanted.busy, **slow)


def show_complaint(name: str, output: Output) -> int:
    """Answer a complaint about interference at the first hub, with the survey before and behind."""
    from hht.emulation.complaint import answer, first_hub
    from hht.model.premises import load_premises

    premises = load_premises(name, clock=SystemClock(), days=_HISTORY_DAYS)
    found = answer(premises, first_hub(premises))
    for when, title, seen in (("before", _("Before"), found.before), ("behind", _("Behind"), found.behind)):
        channels = ", ".join(f"{band} MHz: {channel}" for band, channel in seen.channels)
        lines = [
            _("{when}: HAN on {channels}; {served} of {members} devices heard").format(
                when=title, channels=channels, served=seen.served, members=seen.members
            )
        ]
        for one in seen.neighbours:
            verdict = _("works acceptably") if one.acceptable else _("DISTURBED")
            text = _("    {name} loses {lost:.1f} % of its time: {verdict}")
            lines.append(text.format(name=one.name, lost=one.lost / 10, verdict=verdict))
        quiet = [str(energy.channel) for energy in seen.scan if not energy.busy]
        lines.append(_("    quiet channels: {channels}").format(channels=", ".join(quiet) or _("none")))
        output.emit("survey", "\n".join(lines), when=when, fine=seen.fine, **asdict(seen))
    done = "; ".join(part for part in (found.did, found.left) if part) or _("the HAN is not what disturbs anybody")
    output.emit("result", done, ok=True, resolved=found.resolved, did=found.did, left=found.left)
    return DONE
