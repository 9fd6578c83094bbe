"""The monitor-and-test API of TI's Z-Stack network processors (ZNP): how a radio dongle is spoken to.

Both ends, sans I/O. Sources: the project's notes on the dongle (commands, identifiers, fields) and TI's published API.
A frame is ``FE | length | cmd0 | cmd1 | data | FCS``, FCS the exclusive or of all between. One synchronous request
(SREQ) is open at a time and has one answer (SRSP); an asynchronous one (AREQ) may come at any moment.
"""

from __future__ import annotations

from hht.protocol.znp.frame import Damage, Frame, ZnpReader
from hht.protocol.znp.messages import Command, command_of, frame_of

__all__ = ["Command", "Damage", "Frame", "ZnpReader", "command_of", "frame_of"]
