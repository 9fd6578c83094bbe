"""Whose a bridge is among the programs of this computer: Bluetooth services let several use one connection unasked.

On Linux by the name of a socket, which goes with the process however that ends. On other systems a connection ends with
its program, and what two of them do to one bridge is not known: nothing is claimed there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import sys

from hht.i18n import _
from hht.link import LinkUnavailable


class Claim:
    """The claim to the bridge with that address; not yet made."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def take(self) -> None:
        """Make it. Raises LinkUnavailable ``link-busy`` where another terminal on this computer has it."""
        if sys.platform != "linux" or self._socket is not None:
            return
        bus = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")  # another bus, another radio
        name = hashlib.sha256(f"{bus} {self._address.upper()}".encode()).hexdigest()
        claimed = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claimed.bind(f"\0hht-ble-{name}")
        except OSError as error:
            claimed.close()
            if error.errno != errno.EADDRINUSE:
                return  # no such names here: then there is no claim, as on other systems
            message = _("The bridge {address} is in use by another terminal on this computer.")
            raise LinkUnavailable(
                message.format(address=self._address),
                code="link-busy",
                remedy=_("Close the connection there, then try again."),
            ) from error
        self._socket = claimed

    def drop(self) -> None:
        """Give it up; may be called twice."""
        claimed, self._socket = self._socket, None
        if claimed is not None:
            claimed.close()
