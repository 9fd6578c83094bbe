"""The sub-GHz part of a dual-band hub (GBCS use cases DBCH01 to DBCH05).

A mask of channels is a bit-string of 32: the page in the first five bits, and behind it the page's channels, the lowest
in the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hht.emulation.gbcs.logs import in_span, log_buffer
from hht.emulation.gbcs.translation import (
    Asked,
    Translation,
    a_number,
    by_access,
    entries_of,
    told,
    value,
)
from hht.i18n import _
from hht.model.communications_hub.sub_ghz import (
    PAGES,
    ChannelEvent,
    ReadSubGhzChannel,
    ReadSubGhzChannelLog,
    ReadSubGhzConfiguration,
    RequestSubGhzScan,
    SetSubGhzConfiguration,
    SubGhzSettings,
)
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.data import Data
from hht.protocol.gbcs.errors import MalformedPayload

_BITS, _PAGE_BITS = 32, 5
# Behind the four masks, in the order of the object: what makes the value, and how many of the object's units the
# setting's is (a duty cycle is written in hundredths of a per cent).
_NUMBERS: Final = (
    ("normal_limited_duty_cycle", cosem.long_unsigned, 10),
    ("limited_critical_duty_cycle", cosem.long_unsigned, 10),
    ("channel_changes_per_week", cosem.unsigned, 1),
    ("gsme_curfew_min", cosem.long_unsigned, 1),
    ("channel_quieter", cosem.unsigned, 1),
    ("channel_noisier", cosem.unsigned, 1),
    ("poor_communications", cosem.long_unsigned, 1),
    ("poor_communications_half_hours", cosem.unsigned, 1),
    ("noise_measurement_s", cosem.long_unsigned, 1),
    ("failure", cosem.long_unsigned, 1),
    ("retry", cosem.long_unsigned, 1),
)


def _mask(page: int, channels: Iterable[int]) -> Data:
    first = PAGES[page][0]
    bits = sum(1 << channel - first for channel in channels)
    return cosem.bit_string(f"{page:05b}{bits:0{_BITS - _PAGE_BITS}b}")


def _channels(mask: Any) -> Iterable[tuple[int, int]]:
    """(page, channel) of each bit that is set. Raises MalformedPayload."""
    if not isinstance(mask, str) or len(mask) != _BITS or int(mask[:_PAGE_BITS], 2) not in PAGES:
        raise MalformedPayload(_("A mask of channels names its page in five bits, and its channels in 27."))
    page = int(mask[:_PAGE_BITS], 2)
    first = PAGES[page][0]
    return [(page, first + number) for number, bit in enumerate(reversed(mask[_PAGE_BITS:])) if bit == "1"]


def _channel(asked: Asked, found: tuple[int, int]) -> AccessResponse:
    return told(asked, [_mask(found[0], found[1:])])


def _configuration(asked: Asked, found: SubGhzSettings) -> AccessResponse:
    masks = [_mask(page, [channel for known, channel in found.masks if known == page]) for page in PAGES]
    numbers = [make(getattr(found, name) * units) for name, make, units in _NUMBERS]
    return told(asked, [cosem.structure(*masks, *numbers)])


def _configure(asked: Asked) -> SetSubGhzConfiguration:
    found = entries_of(value(asked, 0), len(PAGES) + len(_NUMBERS))
    masks, numbers = found[: len(PAGES)], found[len(PAGES) :]
    settings = {}
    for (name, _make, units), number in zip(_NUMBERS, map(a_number, numbers), strict=True):
        settings[name], rest = divmod(number, units)
        if rest:
            raise MalformedPayload(_("A duty cycle is set in whole tenths of a per cent."))
    chosen = frozenset(channel for mask in masks for channel in _channels(mask))
    return SetSubGhzConfiguration(SubGhzSettings(masks=chosen, **settings))


def _read_log(asked: Asked) -> ReadSubGhzChannelLog:
    since_s, until_s = in_span(asked)
    return ReadSubGhzChannelLog(since_s, until_s)


def _log(asked: Asked, found: tuple[ChannelEvent, ...]) -> AccessResponse:
    """What stands beside each code is the channel, as eight octets: what it is in a real hub is in none of our
    sources."""
    return log_buffer(asked, [(one.time_s, one.code, one.channel.to_bytes(8, "big")) for one in found])


TABLE: Final[dict[int, Translation]] = {
    0x010A: by_access(lambda _asked: ReadSubGhzChannel(), _channel),
    0x010B: by_access(_read_log, _log),
    0x010C: by_access(lambda _asked: ReadSubGhzConfiguration(), _configuration),
    0x010D: by_access(_configure),
    0x010E: by_access(lambda _asked: RequestSubGhzScan()),
}
