"""What the HAN page shows. Plain Python: what was found in; rows, lines and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.client.radio.survey import ChannelSeen, NetworkSeen, Survey, channel_mhz
from hht.i18n import _, ngettext
from ui.han_words import join_words

if TYPE_CHECKING:
    from ui.han import HanState, SurveyShown

FULL: Final = 255  # of energy and LQI
SHORT_HOUR_S: Final = 600  # what is left of the hub's hour is called short below this
Row = tuple[str, ...]


def verdict_words(verdict: str) -> str:
    """A channel's or a network's verdict (`hht.client.radio.survey`)."""
    return {
        "quiet": _("quiet"),
        "in use": _("in use"),
        "busy": _("busy"),
        "good": _("good"),
        "marginal": _("marginal"),
        "poor": _("poor"),
    }[verdict]


def short_id(device_id: str) -> str:
    """The end of a Device ID, by which people tell two apart."""
    return f"…{device_id[-5:]}"


# Channels ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelBar:
    """One channel in the picture. `hubs`: the GPF IDs of the networks heard on it; `own`: that of the chosen hub."""

    channel: int
    average: int
    peak: int
    verdict: str
    hubs: tuple[str, ...]
    own: bool

    @property
    def words(self) -> str:
        """It, in words."""
        words = _("channel {channel}, {mhz} MHz: mean {mean}, peak {peak}, {verdict}").format(
            channel=self.channel,
            mhz=channel_mhz(self.channel),
            mean=self.average,
            peak=self.peak,
            verdict=verdict_words(self.verdict),
        )
        if self.own:
            return _("{words}; your hub").format(words=words)
        if self.hubs:
            said = ngettext("{words}; {count} hub", "{words}; {count} hubs", len(self.hubs))
            return said.format(words=words, count=len(self.hubs))
        return words


def channel_bars(found: Survey | None, hub: str) -> list[ChannelBar]:
    """A bar for each channel; `hub`: the GPF ID of the chosen hub, as printed."""
    if found is None:
        return []
    return [_bar(one, [seen for seen in found.networks if seen.channel == one.channel], hub) for one in found.channels]


def _bar(one: ChannelSeen, here: Sequence[NetworkSeen], hub: str) -> ChannelBar:
    ids = tuple(seen.gpf_id for seen in here)
    return ChannelBar(one.channel, one.average, one.peak, one.verdict, ids, hub in ids)


def channel_row(bar: ChannelBar) -> Row:
    """A line of the table beside the picture."""
    hubs = _("yours") if bar.own else str(len(bar.hubs) or "")
    return (str(bar.channel), str(bar.average), str(bar.peak), verdict_words(bar.verdict), hubs)


def survey_words(bars: Sequence[ChannelBar]) -> str:
    """The picture of the channels in a sentence."""
    if not bars:
        return _("Nothing looked at yet.")
    quiet = sorted((bar for bar in bars if bar.verdict == "quiet"), key=lambda bar: (bar.peak, bar.channel))
    busy = [str(bar.channel) for bar in bars if bar.verdict == "busy"]
    words = _("Quietest: {channels}").format(channels=", ".join(str(bar.channel) for bar in quiet[:4]) or _("none"))
    own = next((bar for bar in bars if bar.own), None)
    if own is not None:
        words = _("Your hub is on channel {channel}, {verdict}. {words}").format(
            channel=own.channel, verdict=verdict_words(own.verdict), words=words
        )
    return _("{words}; busy: {channels}").format(words=words, channels=", ".join(busy)) if busy else words


def band_words() -> str:
    """What a dongle does not hear."""
    return _("2.4 GHz alone: this dongle's interface tells nothing of the four sub-GHz bands (863 to 921 MHz).")


# Signal over time ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signal:
    """A line in a picture: `number` is written at its end. `values`: by look, None where nothing was heard."""

    number: int
    name: str
    values: tuple[int | None, ...]
    own: bool = False

    @property
    def last(self) -> int | None:
        """The place of the latest value; None where there is none."""
        return next((at for at in range(len(self.values) - 1, -1, -1) if self.values[at] is not None), None)


def network_signals(found: Survey | None, hub: str) -> list[Signal]:
    """The LQI of each network, look by look; the strongest first."""
    if found is None:
        return []
    looks = range(1, len(found.times) + 1)
    return [
        Signal(number, seen.gpf_id, tuple(seen.lqis.get(look) for look in looks), seen.gpf_id == hub)
        for number, seen in enumerate(found.networks, 1)
    ]


def network_row(number: int, seen: NetworkSeen, found: Survey, now: datetime, hub: str) -> Row:
    """A line of the table of networks."""
    least, most = min(seen.lqis.values()), max(seen.lqis.values())
    latest = found.times[max(seen.lqis) - 1]
    heard = _("{heard} of {looks}").format(heard=len(seen.lqis), looks=len(found.times))
    return (
        str(number),
        seen.gpf_id,
        f"{seen.pan:04X}",
        str(seen.channel),
        f"{least}–{most}" if least != most else str(most),
        verdict_words(seen.verdict),
        f"{age_words((now - latest).total_seconds())} · {heard}",
        _("yours") if seen.gpf_id == hub else "",
    )


def signal_words(signals: Sequence[Signal], place: int, when: datetime) -> str:
    """Every line at one look, in words."""
    values = ", ".join(
        f"{one.number}: {_('not heard') if one.values[place] is None else one.values[place]}" for one in signals
    )
    return f"{when:%H:%M:%S}  {values}"


def signals_words(signals: Sequence[Signal], unit: str) -> str:
    """The picture of the lines, in a sentence."""
    if not signals:
        return _("Nothing heard yet.")
    told = (
        f"{one.number}: {one.name}, {unit} {one.values[one.last] if one.last is not None else _('not heard')}"
        for one in signals
    )
    return "; ".join(told)


def age_words(seconds: float) -> str:
    """How long ago something was heard."""
    if seconds < 1:
        return _("now")
    if seconds < 120:
        return _("{seconds:.0f} s ago").format(seconds=seconds)
    if seconds < 7200:
        return _("{minutes:.0f} min ago").format(minutes=seconds / 60)
    if seconds < 172_800:
        return _("{hours:.0f} h ago").format(hours=seconds / 3600)
    return _("{days:.0f} days ago").format(days=seconds / 86_400)


# On the HAN ----------------------------------------------------------------------------------------------------------


def progress_words(shown: SurveyShown) -> str:
    """How far a survey is."""
    return _("Look {done} of {total} done").format(done=shown.looks, total=shown.total)


def hour_words(state: HanState | None) -> tuple[str, str, str]:
    """(countdown, tone, note) of the hub's hour for handheld terminals."""
    if state is None or state.hour is None or state.left_s is None:
        return "–", "plain", _("not known: say when the hub is switched on")
    left = round(state.left_s)
    count = f"{left // 60}:{left % 60:02}"
    if not left:
        return _("over"), "bad", _("switch the hub off and on")
    note = _("since it was switched on") if state.hour.exact else _("at the most: say when it is switched on")
    return count, "warn" if left < SHORT_HOUR_S else "good" if state.hour.exact else "plain", note


def joined_words(state: HanState | None) -> tuple[str, str, str]:
    """(word, tone, note): is the terminal on the HAN?"""
    if state is not None and state.joined is not None:
        place = _("hub {hub}, channel {channel}, LQI {lqi}").format(
            hub=short_id(str(state.joined.gpf_id)), channel=state.joined.channel, lqi=state.joined.lqi
        )
        return _("On the HAN"), "good", place
    if state is not None and state.doing == "join":
        return _("Coming on"), "plain", join_words(state.step) if state.step is not None else _("Opening the dongle")
    return _("Not on a HAN"), "plain", _("nothing reaches a device by radio")


def joined_facts(state: HanState | None) -> list[tuple[str, str, str, bool]]:
    """Everything about where the terminal is."""
    if state is None or state.dongle is None:
        return []
    facts = [
        (_("Dongle"), _("Z-Stack {stack}, firmware {firmware}").format(
            stack=state.dongle.stack, firmware=state.dongle.firmware), "plain", False),
        (_("Terminal's Device ID"), str(state.dongle.device_id), "plain", False),
    ]  # fmt: skip
    if state.joined is not None:
        joined = state.joined
        facts += [
            (_("Hub (GPF ID)"), str(joined.gpf_id), "good", False),
            (_("PAN, address"), f"{joined.pan:04X}, {joined.address:04X}", "plain", False),
        ]
    return facts
