"""The sub-GHz part of a dual-band hub: its configuration, the channel in use, its log, and scans for a quieter one.

The items are those of 0-0:94.44.10.0 to .3 (DBCH01 to DBCH05); bounds are DUIS's, where it has any. What their numbers
count is not in our sources where a comment says so, and the usual values are our own: configurable data. The band of
the model has ten channels around 868 MHz: 19 to 28 of the GB plan (863.25 MHz + 0.2 MHz each; factbook 1.7, from
memory).
"""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.agenda import DAY_MS
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.device import DeviceKind
from hht.model.features.checks import require, require_range
from hht.model.parties import Party
from hht.model.radio.bands import BANDS
from hht.model.radio.medium import RadioMedium, WiredMedium

if TYPE_CHECKING:
    from hht.model.communications_hub.hub import CommunicationsHub

BAND = "868"
FIRST_CHANNEL = 18  # of the GB plan, before the model's first (which has the number 1)
PAGES = {28: (0, 26), 29: (27, 34), 30: (35, 61), 31: (0, 26)}  # first and last channel (31: of the upper band)
LOG_KEPT = 100  # logEntries[0..100]
COMMANDS_A_DAY, SCANS_A_DAY = 3, 1  # our own numbers
WEEK_MS = 7 * DAY_MS


def _every_channel() -> frozenset[tuple[int, int]]:
    return frozenset((page, channel) for page, (first, last) in PAGES.items() for channel in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class SubGhzSettings:
    """The configuration of a hub's sub-GHz radio. `masks`: the channels that it may use, by (page, channel); duty
    cycles in tenths of a per cent; percentages in hundredths; the curfew in minutes, the noise measurement period in s.
    """

    masks: frozenset[tuple[int, int]] = _every_channel()
    normal_limited_duty_cycle: int = 10
    limited_critical_duty_cycle: int = 15
    channel_changes_per_week: int = 3
    gsme_curfew_min: int = 360
    channel_quieter: int = 10  # by so many per cent of the time (what it counts is not in our sources)
    channel_noisier: int = 20  # from so many per cent of the time on (likewise)
    poor_communications: int = 1_000
    poor_communications_half_hours: int = 100
    noise_measurement_s: int = 60
    failure: int = 1_000
    retry: int = 2_000


_USUAL = SubGhzSettings()
_BOUNDS = {  # DUIS where it has them; else what fits the field
    "normal_limited_duty_cycle": (5, 20),
    "limited_critical_duty_cycle": (5, 28),
    "channel_changes_per_week": (1, 7),
    "gsme_curfew_min": (1, 65_535),
    "channel_quieter": (1, 255),
    "channel_noisier": (0, 20),
    "poor_communications": (100, 10_000),
    "poor_communications_half_hours": (50, 150),
    "noise_measurement_s": (1, 65_535),
    "failure": (100, 10_000),
    "retry": (100, 10_000),
}


class ScanOutcome(enum.StrEnum):
    """What became of a request for a scan, as DUIS calls it. (What the radio has sent is not counted: its duty cycle is
    never too high here.)"""

    ACCEPTED = "ScanRequestAccepted"
    HANDHELD = "HHTConnected"
    JOINING = "JoiningIsCurrentlyPermitted"
    IMAGE = "GSMEOTADistributionUnderway"
    SCANS_TODAY = "TooManyScansToday"
    COMMANDS_TODAY = "TooManyCommandsToday"
    SCANS_THIS_WEEK = "TooManyScansThisWeek"


@dataclass(frozen=True, slots=True)
class ReadSubGhzChannel(Command):
    """The channel in use (DBCH01): (page, channel)."""

    use_case: ClassVar[str] = "DBCH01"


@dataclass(frozen=True, slots=True)
class ReadSubGhzChannelLog(Command):
    """The Sub GHz Channel Log (DBCH02): a tuple of `ChannelEvent`, oldest first, of these moments (Unix s, both
    included)."""

    since_s: int = 0
    until_s: int = (1 << 32) - 1
    use_case: ClassVar[str] = "DBCH02"


@dataclass(frozen=True, slots=True)
class ReadSubGhzConfiguration(Command):
    """`SubGhzSettings` (DBCH03)."""

    use_case: ClassVar[str] = "DBCH03"


@dataclass(frozen=True, slots=True)
class SetSubGhzConfiguration(Command):
    """Another configuration (DBCH04)."""

    settings: SubGhzSettings
    use_case: ClassVar[str] = "DBCH04"


@dataclass(frozen=True, slots=True)
class RequestSubGhzScan(Command):
    """Look for a quieter channel (DBCH05): a `ScanOutcome`."""

    use_case: ClassVar[str] = "DBCH05"


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """One entry of the log: when (Unix s), which alert, and of which channel (0: of none)."""

    time_s: int
    code: AlertCode
    channel: int


class SubGhz:
    """The sub-GHz radio of one dual-band hub. `log`: its Channel Log."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        self.settings = _USUAL
        self.log: deque[ChannelEvent] = deque(maxlen=LOG_KEPT)
        self._asked_ms: list[int] = []  # of the last week, as the scans
        self._scans_ms: list[int] = []
        hub.accept(
            {
                ReadSubGhzChannel: lambda _command, _sender: self.channel,
                ReadSubGhzChannelLog: self._read_log,
                ReadSubGhzConfiguration: lambda _command, _sender: self.settings,
                SetSubGhzConfiguration: self._configure,
                RequestSubGhzScan: lambda _command, _sender: self._request(),
            }
        )

    @property
    def channel(self) -> tuple[int, int]:
        """The (page, channel) in use; on a bench without radio the first that the model has."""
        radio = self._radio()
        chosen = radio.channels.get((self._hub.name, BAND), 1) if radio is not None else 1
        return _planned(chosen)

    def _radio(self) -> RadioMedium | None:
        medium = self._hub.network.medium
        radio = medium.radio if isinstance(medium, WiredMedium) else medium
        return radio if isinstance(radio, RadioMedium) else None

    def _read_log(self, command: ReadSubGhzChannelLog, _sender: Party) -> tuple[ChannelEvent, ...]:
        return tuple(event for event in self.log if command.since_s <= event.time_s <= command.until_s)

    def _configure(self, command: SetSubGhzConfiguration, _sender: Party) -> object:
        settings = command.settings
        for field in fields(settings):
            if field.name != "masks":
                require_range(field.name.replace("_", " "), getattr(settings, field.name), *_BOUNDS[field.name])
        require(
            settings.limited_critical_duty_cycle > settings.normal_limited_duty_cycle,
            _("The critical duty cycle is not above the limited one."),
            _("Let it be higher."),
        )
        unknown = settings.masks - _every_channel()
        require(
            not unknown and bool(settings.masks),
            _("The channel masks hold no channel, or one that there is not."),
            _("Choose channels of the pages 28 to 31."),
        )
        self.settings = settings
        self._note(AlertCode.SUB_GHZ_CONFIGURATION_CHANGED)
        return DONE

    # --- scans -----------------------------------------------------------------------------------------------------

    def _request(self) -> ScanOutcome:
        outcome = self._assess()
        now_ms = self._hub.site.agenda.now_ms
        self._asked_ms = [*(ms for ms in self._asked_ms if ms > now_ms - WEEK_MS), now_ms]
        self._note(AlertCode.SUB_GHZ_CHANNEL_SCAN_ASSESSED, outcome.value)
        if outcome is ScanOutcome.ACCEPTED:
            self._scan()
        return outcome

    def _assess(self) -> ScanOutcome:
        hub, now_ms = self._hub, self._hub.site.agenda.now_ms
        if sum(ms > now_ms - DAY_MS for ms in self._asked_ms) >= COMMANDS_A_DAY:
            return ScanOutcome.COMMANDS_TODAY
        if hub.handheld.terminal is not None:
            return ScanOutcome.HANDHELD
        if hub.network.lets_join:
            return ScanOutcome.JOINING
        if any(one.result is None and self._is_gas(one.device_id) for one in hub.images.transfers):
            return ScanOutcome.IMAGE
        if sum(ms > now_ms - DAY_MS for ms in self._scans_ms) >= SCANS_A_DAY:
            return ScanOutcome.SCANS_TODAY
        if sum(ms > now_ms - WEEK_MS for ms in self._scans_ms) >= self.settings.channel_changes_per_week:
            return ScanOutcome.SCANS_THIS_WEEK
        return ScanOutcome.ACCEPTED

    def _is_gas(self, device_id: str) -> bool:
        node = self._hub.network.members.get(device_id)
        return node is not None and node.device.kind is DeviceKind.GSME

    def _scan(self) -> None:
        """Listen to every channel, and go to the quietest that may be used, where it is worth the while: the devices
        follow."""
        hub, radio, now_ms = self._hub, self._radio(), self._hub.site.agenda.now_ms
        self._scans_ms = [*(ms for ms in self._scans_ms if ms > now_ms - WEEK_MS), now_ms]
        self._note(AlertCode.SUB_GHZ_CHANNEL_SCAN_STARTED)
        if radio is None:
            self._note(AlertCode.SUB_GHZ_CHANNEL_NOT_CHANGED)
            return
        heard = {energy.channel: energy.busy for energy in radio.scan(BANDS[BAND], hub.name, now_ms)}
        present = radio.channels.get((hub.name, BAND), 1)
        usable = [channel for channel in heard if _planned(channel) in self.settings.masks]
        quietest = min(usable, key=lambda channel: heard[channel], default=present)
        gain = heard[present] - heard[quietest]
        if heard[present] < self.settings.channel_noisier * 10 or gain < self.settings.channel_quieter * 10:
            self._note(AlertCode.SUB_GHZ_CHANNEL_NOT_CHANGED)
            return
        radio.channels[hub.name, BAND] = quietest
        self._note(AlertCode.SUB_GHZ_CHANNEL_CHANGED, f"channel {_planned(quietest)[1]}")

    def _note(self, code: AlertCode, information: str = "") -> None:
        time_s = self._hub.site.agenda.now_ms // 1000
        self.log.append(ChannelEvent(time_s, code, self.channel[1]))
        self._hub.alert(code, information)


def _planned(channel: int) -> tuple[int, int]:
    """A channel of the model as the GB plan numbers it: (page, channel)."""
    number = FIRST_CHANNEL + channel
    page = next(page for page, (first, last) in PAGES.items() if first <= number <= last)
    return page, number
