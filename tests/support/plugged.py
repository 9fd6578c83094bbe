"""Run under umockdev-run: USB adapters that are plugged in, opened, pulled out and renumbered; a line of JSON for each.

``/dev/ttyUSB*`` are symbolic links of the mocked /dev to live ptys; everything above them is the program's own code.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from datetime import UTC, datetime

from drivers.discovery import list_serial_ports
from drivers.in_process import FarEnd
from drivers.optical_probe import OpticalProbeLink
from drivers.serve_pty import PtyServer
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.link import Line
from tests.drivers.conftest import AT_ONCE_S, eventually

ADAPTERS = (  # tty, USB identity, maker, product, serial number
    ("ttyUSB0", "0403", "6015", "FTDI", "FT230X Basic UART", "DK0FLAG1"),
    ("ttyUSB1", "10c4", "ea60", "Silicon Labs", "CP2104 USB to UART Bridge Controller", "0001"),
    ("ttyUSB2", "10c4", "ea60", "Silicon Labs", "CP2102 USB to UART Bridge Controller", "0001"),
    ("ttyUSB3", "067b", "2303", "Prolific Technology Inc.", "USB-Serial Controller", ""),
    ("ttyUSB4", "1a86", "7523", "", "USB Serial", ""),
)


def description() -> str:
    """The adapters as umockdev wants them."""
    out: list[str] = []
    for place, (name, vid, pid, maker, product, serial) in enumerate(ADAPTERS):
        usb = f"/devices/pci0000:00/0000:00:14.0/usb1/1-{place + 1}"
        out += [f"P: {usb}", f"N: bus/usb/001/00{place + 2}", "E: DEVTYPE=usb_device", "E: SUBSYSTEM=usb"]
        out += [f"A: idVendor={vid}\\n", f"A: idProduct={pid}\\n", "A: bNumInterfaces= 1\\n"]
        told = {"manufacturer": maker, "product": product, "serial": serial}
        out += [f"A: {key}={value}\\n" for key, value in told.items() if value]
        inside = f"{usb}/1-{place + 1}:1.0"
        out += ["", f"P: {inside}", "E: DEVTYPE=usb_interface", "E: SUBSYSTEM=usb", "A: bInterfaceNumber=00\\n"]
        out += ["", f"P: {inside}/{name}", "E: SUBSYSTEM=usb-serial"]
        out += ["", f"P: {inside}/{name}/tty/{name}", f"N: {name}", "E: SUBSYSTEM=tty", f"E: DEVNAME=/dev/{name}"]
        out += [f"L: device=../../../{name}", ""]
    return "\n".join(out)


def _for_real(*words: str) -> None:
    """A command on the real file system: only this process lives in the mocked one."""
    subprocess.run(words, env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}, check=True)


def _plug(root: str, name: str, server: PtyServer) -> None:
    _for_real("ln", "-sfn", server.path, f"{root}/dev/{name}")


def _rename(root: str, before: str, after: str) -> None:
    """The kernel gives the adapter in the first socket another name."""
    usb = f"{root}/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0"
    _for_real("rm", "-f", f"{root}/dev/{before}", f"{root}/sys/class/tty/{before}")
    _for_real("mv", f"{usb}/{before}", f"{usb}/{after}")
    _for_real("mv", f"{usb}/{after}/tty/{before}", f"{usb}/{after}/tty/{after}")
    _for_real("ln", "-sfn", f"../../../{after}", f"{usb}/{after}/tty/{after}/device")
    inside = f"../../devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/{after}/tty/{after}"
    _for_real("ln", "-sfn", inside, f"{root}/sys/class/tty/{after}")


def _tell(what: str, **facts: object) -> None:
    print(json.dumps({"what": what, **facts}), flush=True)


async def _lost_in(link: OpticalProbeLink, *, writing: bool) -> str:
    try:
        while writing:
            await link.write(bytes(64))
        await link.read(3600)  # it hears of it at once, not when its patience ends
    except HhtError as error:
        return error.code
    return ""


async def main() -> None:
    """The story."""
    root = os.environ["UMOCKDEV_DIR"]
    _tell("ports", ports=[[p.url, p.device, p.title] for p in list_serial_ports() if p.vid is not None])
    probe = next(port for port in list_serial_ports() if port.serial_number == "DK0FLAG1")
    clock = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
    link = OpticalProbeLink(probe.url.removeprefix("optical:"), clock=clock, line=Line(115200), echo="off")
    name = "ttyUSB0"
    for writing, after in ((False, "ttyUSB7"), (True, "ttyUSB9")):
        end = FarEnd()
        server = PtyServer(end)
        await server.start()
        _plug(root, name, server)
        await link.open()
        await link.write(b"/?!\r\n")
        await eventually(lambda end=end: bytes(end.heard) == b"/?!\r\n")  # type: ignore[misc]
        end.send(b"/LGZ5\r\n")
        heard = b""
        while not heard.endswith(b"\n"):
            heard += await link.read(AT_ONCE_S)
        losing = asyncio.create_task(_lost_in(link, writing=writing))
        await asyncio.sleep(0.02)
        server.unplug()
        code = await losing
        _tell("unplugged", heard=heard.decode(), writing=writing, code=code)
        await link.close()
        _rename(root, name, after)
        name = after
    _for_real("touch", f"{root}/dev/{name}")
    _tell("renamed", ports=[[p.url, p.device] for p in list_serial_ports() if p.identity == probe.identity])
    _for_real("rm", "-rf", f"{root}/sys/class/tty/{name}", f"{root}/dev/{name}")
    try:
        await link.open()
    except HhtError as error:
        _tell("absent", code=error.code, message=error.message)


if __name__ == "__main__":
    asyncio.run(main())
