"""Links by URL: what is understood, what is refused, and that nothing secret is repeated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.link_url import LinkUrlError, parse_link_url, reaches_han


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("tcp://127.0.0.1:4059", "127.0.0.1", 4059),
        ("tcp://meter-7.example:1", "meter-7.example", 1),
        ("rfc2217://192.0.2.7:2217?parity=hard", "192.0.2.7", 2217),
        ("tcp://[::1]:4059", "::1", 4059),
        ("tcp://[fe80::1%eth0]:4059?framing=wrapper", "fe80::1%eth0", 4059),
    ],
)
def test_hosts_and_ports(text: str, host: str, port: int) -> None:
    url = parse_link_url(text)
    assert url.host_and_port() == (host, port)
    assert str(url) == text


@pytest.mark.parametrize(
    "text",
    [
        "tcp://::1:4059",
        "rfc2217://host",
        "rfc2217:host:2217",
        "tcp://[::1]4059",
        "tcp://[::1:4059",
        "tcp://[meter]:4059",
        "tcp://]:4059",
        "tcp://a b:4059",
        "tcp://host/path:80",
        "tcp://:4059",
        "tcp://host",
        "tcp:host:1",
    ],
)
def test_what_names_no_host_and_port(text: str) -> None:
    with pytest.raises(LinkUrlError) as caught:
        parse_link_url(text)
    assert "[::1]" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "tcp://user:geheim@host:1",
        "tcp://user:geheim@host",
        "tcp:user:geheim@host:1",
        "tcp://us?er:geheim@host:1",
        "http://user:geheim@host",
        "optical://user:geheim@host",
        "user:geheim@host:1",
        "geheim@host",
    ],
)
def test_a_password_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(LinkUrlError) as caught:
        parse_link_url(text)
    assert "geheim" not in f"{caught.value.message} {caught.value.remedy} {caught.value.details}"


def test_files_may_have_an_at_sign_in_their_names() -> None:
    assert parse_link_url("recorded:visit@home.jsonl").target == "visit@home.jsonl"


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("dongle:/dev/ttyACM0", "OpticalProbeLink", "dongle:/dev/ttyACM0"),
        ("dongle:tcp://127.0.0.1:6638", "TcpLink", "dongle:tcp://127.0.0.1:6638"),
        ("dongle:ble:F0:F1:F2:F3:F4:F5", "BleBridgeLink", "dongle:ble:F0:F1:F2:F3:F4:F5"),
    ],
)
def test_a_dongle_is_reached_by_port_host_and_bridge(text: str, kind: str, name: str) -> None:
    from hht.clock import ManualClock
    from ui.wired_links import dongle_link

    url = parse_link_url(text)
    assert reaches_han(url)
    link = dongle_link(url, None, ManualClock(datetime(2026, 3, 1, tzinfo=UTC)))
    assert (type(link).__name__, link.name, str(url)) == (kind, name, name)


def test_an_emulated_premises_is_reached_by_port_or_by_dongle() -> None:
    assert reaches_han(parse_link_url("emulated:dual-fuel?via=han&firmware=1.2&hub=fresh"))
    assert not reaches_han(parse_link_url("emulated:dual-fuel?via=port"))
    assert not reaches_han(parse_link_url("tcp://127.0.0.1:4059"))
