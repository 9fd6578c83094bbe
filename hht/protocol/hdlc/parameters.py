"""Negotiation of information field lengths and windows in SNRM and UA (DLMS Green Book 8.4.5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.hdlc.frame import MAX_INFO

_FORMAT, _GROUP = 0x81, 0x80
_MAX_INFO_TX, _MAX_INFO_RX, _WINDOW_TX, _WINDOW_RX = 5, 6, 7, 8


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
        if not all(0 <= n <= MAX_INFO for n in lengths) or not all(1 <= n <= 7 for n in windows):
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
        if len(info) < 3 or info[0] != _FORMAT or info[1] != _GROUP or info[2] != len(info) - 3:
            raise _damaged()
        values: dict[int, int] = {}
        offset = 3
        while offset < len(info):
            if offset + 2 > len(info) or offset + 2 + info[offset + 1] > len(info):
                raise _damaged()
            size = info[offset + 1]
            values[info[offset]] = int.from_bytes(info[offset + 2 : offset + 2 + size], "big")
            offset += 2 + size
        return cls(
            min(values.get(_MAX_INFO_TX, 128), MAX_INFO),
            min(values.get(_MAX_INFO_RX, 128), MAX_INFO),
            values.get(_WINDOW_TX, 1),
            values.get(_WINDOW_RX, 1),
        )

    def agreed_with(self, other: HdlcParameters) -> HdlcParameters:
        """What holds at this end once the `other` end has said what it can: the lesser of what meets."""
        return HdlcParameters(
            min(self.max_info_tx or 128, other.max_info_rx or 128),
            min(self.max_info_rx or 128, other.max_info_tx or 128),
            min(self.window_tx, other.window_rx),
            min(self.window_rx, other.window_tx),
        )


def _damaged() -> FrameError:
    return FrameError(
        _("The parameters in the connection's opening frame are damaged."),
        remedy=_("Connect again."),
        code="hdlc-parameters",
    )
