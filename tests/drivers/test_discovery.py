"""Ports by names that people recognise; likeliest first; the same adapter found again under another name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serial.tools.list_ports_common import ListPortInfo

from drivers.discovery import describe_ports, find_port, lasting_url, list_serial_ports, locate, ports_in_words
from drivers.port_identity import PortIdentity, parse_identity
from hht.link import LinkUnavailable
from hht.link_url import parse_link_url


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
    assert [p.url for p in ports[2:]] == ["optical:usb:2341:0043/@", "optical:/dev/ttyS0"]
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
    assert [p.url for p in first] == ["optical:usb:0403:6001/A50285BI", "optical:usb:10C4:EA60/@1-2"]


def test_one_number_on_two_adapters_is_no_identity() -> None:
    here, there = ({**FTDI, "location": place} for place in ("1-1", "1-4.2"))
    twins = describe_ports([port("/dev/ttyUSB0", **here), port("/dev/ttyUSB1", **there)])
    assert [p.url for p in twins] == ["optical:usb:0403:6001/@1-1", "optical:usb:0403:6001/@1-4.2"]
    (left,) = describe_ports([port("/dev/ttyUSB5", **there)])
    assert left.url == "optical:usb:0403:6001/A50285BI"
    assert find_port(twins[1].identity, [left]) == left, "its twin has gone: the socket still says which it was"
    with pytest.raises(LinkUnavailable, match="cannot be told") as caught:
        locate("usb:0403:6001/A50285BI", lambda: twins)
    assert caught.value.code == "link-ambiguous"


def test_channels_of_one_adapter_are_told_apart() -> None:
    four = [
        port(f"/dev/ttyUSB{n}", vid=0x0403, pid=0x6011, serial_number="FT4CH", location=f"1-2:1.{n}") for n in range(3)
    ]
    assert [p.url for p in describe_ports(four)] == [
        "optical:usb:0403:6011/FT4CH",
        "optical:usb:0403:6011/FT4CH+1",
        "optical:usb:0403:6011/FT4CH+2",
    ]


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        # FTDI's driver hides the location and appends the channel's letter to the number
        ({"vid": 0x0403, "pid": 0x6001, "serial_number": "A50285BIA"}, "usb:0403:6001/A50285BI"),
        ({"vid": 0x0403, "pid": 0x6011, "serial_number": "FT4CHC"}, "usb:0403:6011/FT4CH+2"),
        # ... and without a number of its own Windows makes one up, of which pyserial keeps the beginning
        ({"vid": 0x0403, "pid": 0x6001, "serial_number": "5"}, "usb:0403:6001/@"),
        ({"vid": 0x1A86, "pid": 0x7523, "serial_number": "5&2C13A1B&0&3", "location": "1-3"}, "usb:1A86:7523/@1-3"),
        ({"vid": 0x10C4, "pid": 0xEA60, "serial_number": "0001", "location": "1-3"}, "usb:10C4:EA60/@1-3"),
        ({"vid": 0x10C4, "pid": 0xEA70, "serial_number": "007", "location": "1-3:x.1"}, "usb:10C4:EA70/007+1"),
        (
            {"hwid": "BTHENUM\\{00001101-0000-1000-8000-00805F9B34FB}_LOCALMFG&0002\\7&2F1&0&98D331F5A1B2_C00000000"},
            "bt:98D331F5A1B2",
        ),
    ],
)
def test_what_windows_calls_an_adapter(fields: dict[str, Any], identity: str) -> None:
    (found,) = describe_ports([port("COM7", **fields)])
    assert found.url == f"optical:{identity}"
    assert parse_identity(identity) == found.identity
    assert parse_link_url(found.url).target == identity


def test_a_port_that_is_no_adapter_has_only_its_name() -> None:
    incoming = "BTHENUM\\{00001101-0000-1000-8000-00805F9B34FB}_LOCALMFG&0000\\7&2F1&0&000000000000_00000000"
    for name, hwid in (("/dev/ttyS0", "PNP0501"), ("COM1", "ACPI\\PNP0501\\1"), ("COM9", incoming)):
        (found,) = describe_ports([port(name, hwid=hwid)])
        assert found.url == f"optical:{name}"


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 9))
def test_any_number_can_be_written_and_read(number: str, place: str, channel: int) -> None:
    identity = PortIdentity(0x403, 0x6001, number, "" if number else place, channel)
    assert parse_identity(str(identity)) == identity
    assert "?" not in str(identity)


@given(st.text(max_size=60))
def test_any_name_is_an_identity_or_a_path(text: str) -> None:
    identity = parse_identity(text)
    assert identity is None or parse_identity(str(identity)) == identity


def test_what_is_kept_of_a_link_is_never_a_port_name() -> None:
    ports = describe_ports([port("COM7", **FTDI), port("COM1", hwid="ACPI\\PNP0501")])
    lasting = {
        "optical:COM7": "optical:usb:0403:6001/A50285BI",
        "optical:COM7?baud=2400&echo=on": "optical:usb:0403:6001/A50285BI?baud=2400&echo=on",
        "optical:COM1": "optical:COM1",
        "dongle:COM7": "dongle:usb:0403:6001/A50285BI",
        "dongle:tcp://127.0.0.1:9999": "dongle:tcp://127.0.0.1:9999",
        "optical:/dev/pts/4": "optical:/dev/pts/4",
        "optical:usb:10C4:EA60/@1-2": "optical:usb:10C4:EA60/@1-2",
        "tcp://127.0.0.1:4059": "tcp://127.0.0.1:4059",
        "": "",
    }
    assert {url: lasting_url(url, lambda: ports) for url in lasting} == lasting


def test_an_adapter_that_is_not_there_is_named_with_those_that_are() -> None:
    ports = describe_ports([port("COM3", **CP210X)])
    with pytest.raises(LinkUnavailable, match=r"FTDI USB serial, no\. A50285BI is not plugged in") as caught:
        locate("usb:0403:6001/A50285BI", lambda: ports)
    assert caught.value.code == "link-absent"
    assert "COM3 (Silicon Labs CP210x)" in caught.value.remedy
    with pytest.raises(LinkUnavailable, match="CP210x, in USB socket 1-7"):
        locate("usb:10C4:EA60/@1-7", list)
    with pytest.raises(LinkUnavailable, match="Bluetooth device 98D331F5A1B2"):
        locate("bt:98D331F5A1B2", list)
    assert locate("COM3", lambda: ports) == ("COM3", ports[0])
    assert locate("/dev/pts/1", lambda: ports) == ("/dev/pts/1", None)


def test_what_is_here_can_be_listed() -> None:
    assert all(p.device and p.title for p in list_serial_ports())
    assert ports_in_words().endswith(".")
