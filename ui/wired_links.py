"""Links to the world outside of this process, made from their URLs. What carries them is loaded when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hht.clock import Clock
from hht.link import Link, TraceSink
from hht.link_url import LinkUrl

if TYPE_CHECKING:
    from drivers.ble_radio import BridgeTrust
    from ui.known_ports import Opened

OnPort = Callable[["Opened"], None]  # which adapter or bridge was opened; see `OpticalProbeLink`, `BleBridgeLink`
Maker = Callable[[LinkUrl, TraceSink | None, Clock, OnPort | None, "BridgeTrust | None"], Link]


def _optical(
    url: LinkUrl, sink: TraceSink | None, clock: Clock, on_port: OnPort | None, _trust: BridgeTrust | None
) -> Link:
    from drivers.optical_probe import OpticalProbeLink

    return OpticalProbeLink(url.target, clock=clock, sink=sink, on_port=on_port, **_probe(url))


def _far_port(
    url: LinkUrl, sink: TraceSink | None, clock: Clock, _on_port: OnPort | None, _trust: BridgeTrust | None
) -> Link:
    from drivers.rfc2217 import Rfc2217Link

    host, port = url.host_and_port()
    return Rfc2217Link(host, port, clock=clock, sink=sink, **_probe(url))


def _tcp(
    url: LinkUrl, sink: TraceSink | None, clock: Clock, _on_port: OnPort | None, _trust: BridgeTrust | None
) -> Link:
    from drivers.tcp import TcpLink

    host, port = url.host_and_port()
    return TcpLink(host, port, clock=clock, sink=sink)


def _bridge(
    url: LinkUrl, sink: TraceSink | None, clock: Clock, on_port: OnPort | None, trust: BridgeTrust | None
) -> Link:
    from drivers.ble_bridge import BleBridgeLink

    echo = url.option("echo", "auto")
    return BleBridgeLink(url.target, clock=clock, sink=sink, on_port=on_port, echo=echo, trust=trust)


def dongle_link(url: LinkUrl, sink: TraceSink | None, clock: Clock, trust: BridgeTrust | None = None) -> Link:
    """The way to a radio dongle: a serial port at 115200 baud, TCP, or a BLE bridge. `url` has the scheme "dongle".

    DTR and RTS are low unless it says otherwise: sticks have reset and bootloader on them, and power on neither.
    """
    from hht.client.radio.host import DONGLE_LINE

    name, (inner, _colon, rest) = str(url), url.target.partition(":")
    if inner == "tcp":
        from drivers.tcp import TcpLink

        host, port = LinkUrl("tcp", rest.removeprefix("//")).host_and_port()
        return TcpLink(host, port, clock=clock, sink=sink, name=name)
    if inner == "ble":
        from drivers.ble_bridge import BleBridgeLink

        return BleBridgeLink(rest, clock=clock, sink=sink, echo="off", name=name, trust=trust)
    from drivers.optical_probe import OpticalProbeLink

    dtr, rts = url.option("dtr", "off") == "on", url.option("rts", "off") == "on"
    return OpticalProbeLink(
        url.target, clock=clock, sink=sink, name=name, line=DONGLE_LINE, echo="off", dtr=dtr, rts=rts
    )


def desk_link(url: LinkUrl, sink: TraceSink | None, clock: Clock) -> Link:
    """The way to a desk that listens on TCP. `url` has the scheme "desk"."""
    from drivers.tcp import TcpLink

    host, port = LinkUrl("tcp", url.target.removeprefix("tcp://")).host_and_port()
    return TcpLink(host, port, clock=clock, sink=sink, name=str(url))


def _probe(url: LinkUrl) -> dict[str, Any]:
    """What the URL says of the probe and its port."""
    return {
        "echo": url.option("echo", "auto"),
        "hard_parity": url.option("parity", "soft") == "hard",
        "dtr": url.option("dtr", "on") == "on",
        "rts": url.option("rts", "on") == "on",
    }


WIRED: Final[Mapping[str, Maker]] = {"ble": _bridge, "optical": _optical, "rfc2217": _far_port, "tcp": _tcp}
"""By the scheme of the URL."""
