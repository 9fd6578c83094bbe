"""Ports by names that people recognise; likeliest first; the same adapter found again under another name."""

from __future__ import annotations

from typing import Any

from serial.tools.list_ports_common import ListPortInfo

from drivers.discovery import describe_ports, find_port, list_serial_ports, ports_in_words


def port(device: str, **fields: Any) -> ListPortInfo:
    info = ListPortInfo(device)
    for name, value in fields.items():
        setattr(info, name, value)
    return info


FTDI = {"vid": 0x0403, "pid": 0x6001, "manufacturer": "FTDI", "product": "FT232R USB UART", "serial_number": "A50285BI"}
CP210X = {"vid": 0x10C4, "pid": 0xEA60, "manufacturer": "Silicon Labs", "serial_number": "0001", "location": "1-2"}


def test_names_and_order() -> None:
    ports = describe_ports(
        [
            port("/dev/ttyS0", description="ttyS0"),
            port("/dev/ttyACM0", vid=0x2341, pid=0x0043, manufacturer="Arduino", product="Uno"),
            port("/dev/ttyUSB1", **CP210X),
            port("/dev/ttyUSB0", **FTDI),
        ]
    )
    assert [p.device for p in ports] == ["/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyACM0", "/dev/ttyS0"]
    assert ports[0].title == "FTDI FT232R USB UART, no. A50285BI"
    assert ports[0].url == "optical:/dev/ttyUSB0"
    assert ports[0].hint
    assert ports[1].title == "Silicon Labs CP210x", "0001 is what every such chip says: no identity"
    assert not ports[2].hint
    assert ports[3].title == "ttyS0"


def test_maker_is_not_said_twice() -> None:
    (only,) = describe_ports([port("COM5", vid=1, pid=2, manufacturer="Redz", product="RedZ KMK 119")])
    assert only.title == "RedZ KMK 119"


def test_found_again_after_renumbering() -> None:
    first = describe_ports([port("COM7", **FTDI), port("COM8", **CP210X)])
    later = describe_ports([port("COM3", **CP210X), port("COM12", **FTDI)])
    assert [find_port(p.identity, later) for p in first] == [later[1], later[0]]
    moved = describe_ports([port("COM3", **{**CP210X, "location": "1-3"})])
    assert find_port(first[1].identity, moved) is None, "without a number of its own, the socket is all there is"
    twins = describe_ports([port("COM3", **FTDI), port("COM4", **FTDI)])
    assert find_port(first[0].identity, twins) is None, "not told apart: the engineer chooses"
    assert str(first[0].identity) == "0403:6001/A50285BI"
    assert str(first[1].identity) == "10C4:EA60/@1-2"


def test_what_is_here_can_be_listed() -> None:
    assert all(p.device and p.title for p in list_serial_ports())
    assert ports_in_words().endswith(".")
