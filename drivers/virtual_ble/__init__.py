"""A virtual radio: a probe's BLE bridge, the air, and an `org.bluez` of its own through which bleak reaches it.

From HCI up it is a real stack (Bumble, a development dependency: imported nowhere else in the program); only the air
and what bridges do wrong are simulated. For ``hht emulate --ble`` and for tests.
"""

from __future__ import annotations

import shutil

from hht.errors import HhtError


class VirtualRadioMissing(HhtError):
    """Something that the virtual radio needs is not here."""

    default_code = "virtual-radio-missing"


def has_daemon() -> bool:
    """Whether a private bus can be had here."""
    return shutil.which("dbus-daemon") is not None
