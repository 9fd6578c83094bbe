"""Negotiation of information field lengths and windows in SNRM and UA (DLMS Green Book 8.4.5.3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import MAX_INFO

_FORMAT, _GROUP = 0x81, 0x80
_MAX_INFO_TX, _MAX_INFO_RX, _WINDOW_TX, _WINDOW_RX = 5, 6, 7, 8
MAX_WINDOW = 7  # sequence numbers count to 8


@dataclass(frozen=True, slots=True)
class HdlcParameters:
    """What one end can do. Lengths in bytes (1..2030), windows in frames (1..7); the defaults are the standard's."""

    max_info_tx: int = 128
    max_info_rx: int = 128
    window_tx: int = 1
    window_rx: int = 1

    def __post_init__(self) -> None:
        lengths = (self.max_info_tx, self.max_info_rx)
        windows = (self.window_tx, self.window_rx)
        # 0 stands for "nothing said": a real meter answers so; `agreed_with` then takes the default
        if not all(0 <= n <= MAX_INFO for n in lengths) or not all(1 <= n <= MAX_WINDOW for n in windows):
            raise FrameError(
                _("HDLC parameters out of range: information {lengths}, windows {windows}.").format(
                    lengths=lengths, windows=windows
                ),
                remedy=_("Information fields hold 1 to 2030 bytes, windows 1 to 7 frames."),
                code="hdlc-parameters",
            )

    def encode(self) -> bytes:
        """The information field of a SNRM or UA."""
        body = b""
        for identifier, value in ((_MAX_INFO_TX, self.max_info_tx), (_MAX_INFO_RX, self.max_info_rx)):
            size = 1 if value <= 0xFF else 2
            body += bytes([identifier, size]) + value.to_bytes(size, "big")
        for identifier, value in ((_WINDOW_TX, self.window_tx), (_WINDOW_RX, self.window_rx)):
            body += bytes([identifier, 4]) + value.to_bytes(4, "big")
        return bytes([_FORMAT, _GROUP, len(body)]) + body

    @classmethod
    def parse(cls, info: bytes) -> HdlcParameters:
        """What the other end says; what it leaves out is the default. Unknown parameters are passed over.

        Raises FrameError when the field is damaged or a value is impossible.
        """
        if not info:
            return cls()
        if info[0] != _FORMAT or len(info) < 3:
            raise _damaged()
        values: dict[int, int] = {}
        for group, content in _fields(info[1:]):
            if group == _GROUP:
                values.update((key, int.from_bytes(value, "big")) for key, value in _fields(content))
        return cls(
            min(values.get(_MAX_INFO_TX, 128), MAX_INFO),
            min(values.get(_MAX_INFO_RX, 128), MAX_INFO),
            # 0 frames is "nothing said" too; a number that 3 bits cannot count is meant as "all you like"
            min(values.get(_WINDOW_TX, 1) or 1, MAX_WINDOW),
            min(values.get(_WINDOW_RX, 1) or 1, MAX_WINDOW),
        )

    def agreed_with(self, other: HdlcParameters) -> HdlcParameters:
        """What holds at this end once the `other` end has said what it can: the lesser of what meets."""
        return HdlcParameters(
            min(self.max_info_tx or 128, other.max_info_rx or 128),
            min(self.max_info_rx or 128, other.max_info_tx or 128),
            min(self.window_tx, other.window_rx),
            min(self.window_rx, other.window_tx),
        )


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of identifier, length, content. Raises FrameError where a length leads out of `data`."""
    offset = 0
    while offset < len(data):
        if offset + 2 > len(data) or offset + 2 + data[offset + 1] > len(data):
            raise _damaged()
        end = offset + 2 + data[offset + 1]
        yield data[offset], data[offset + 2 : end]
        offset = end


def _damaged() -> FrameError:
    return FrameError(
        _("The parameters in the connection's opening frame are damaged."),
        remedy=_("Connect again."),
        code="hdlc-parameters",
    )
