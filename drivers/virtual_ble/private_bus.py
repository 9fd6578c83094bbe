"""A D-Bus of one's own: a `dbus-daemon` in a folder that nobody else may enter. It needs no system bus and no rights.

A program whose environment says ``DBUS_SYSTEM_BUS_ADDRESS=…`` takes it for the system's.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from drivers.virtual_ble import VirtualRadioMissing
from hht.i18n import _

VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
_LIMIT_S = 10.0
_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>{address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy></busconfig>"""
# The daemon ends with its standard input: also when this program is killed and can tidy up nothing any more.
_DAEMON = """
dbus-daemon --config-file="$1/bus.conf" --nofork --nopidfile --print-address=1 &
read -r _
kill $!
wait $!
rm -rf "$1"
"""


class PrivateBus:
    """A running daemon."""

    def __init__(self, folder: Path) -> None:
        """Start it, with its socket in `folder`. Raises VirtualRadioMissing where it does not start."""
        self.address = f"unix:path={folder}/bus"
        (folder / "bus.conf").write_text(_CONFIGURATION.format(address=self.address), encoding="utf-8")
        pipe = subprocess.PIPE
        self._daemon = subprocess.Popen(
            ["/bin/sh", "-c", _DAEMON, "sh", str(folder)],
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C at the terminal ends this program, which then ends the daemon
        )
        if not (self._daemon.stdout and self._daemon.stdout.readline()):  # its address: it listens
            self.kill()
            raise VirtualRadioMissing(
                _("dbus-daemon did not start in {folder}.").format(folder=folder),
                remedy=_("Set TMPDIR to a folder with a short name and some room, and check dbus-daemon --version."),
            )

    def kill(self) -> None:
        """End it at once; who is connected, loses the connection."""
        for pipe in (self._daemon.stdin, self._daemon.stdout):
            if pipe is not None:
                pipe.close()
        self._daemon.wait(_LIMIT_S)


@contextlib.contextmanager
def private_bus() -> Iterator[PrivateBus]:
    """A bus as long as the context lasts. Raises as `PrivateBus`."""
    with tempfile.TemporaryDirectory(prefix="hht-bus-", ignore_cleanup_errors=True) as folder:
        bus = PrivateBus(Path(folder))
        try:
            yield bus
        finally:
            bus.kill()
