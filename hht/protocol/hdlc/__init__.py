"""HDLC as DLMS/COSEM uses it: one frame codec, a client (primary) and a server (secondary) station, sans I/O."""

from hht.protocol.hdlc.client import HdlcClient
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress, parse_frame
from hht.protocol.hdlc.parameters import HdlcParameters
from hht.protocol.hdlc.reader import FrameFault, FrameReader
from hht.protocol.hdlc.server import FrmrReason, HdlcServer
from hht.protocol.hdlc.station import (
    Connected,
    Disconnected,
    Dropped,
    HdlcEvent,
    HdlcLinkError,
    NobodyAnswers,
    Notified,
    Received,
    Sent,
)

__all__ = [
    "Connected",
    "Control",
    "Disconnected",
    "Dropped",
    "Frame",
    "FrameFault",
    "FrameReader",
    "FrmrReason",
    "HdlcAddress",
    "HdlcClient",
    "HdlcEvent",
    "HdlcLinkError",
    "HdlcParameters",
    "HdlcServer",
    "NobodyAnswers",
    "Notified",
    "Received",
    "Sent",
    "parse_frame",
]
