"""Many terminals and one depot over a real broker, which dies and comes again, as do they."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from drivers.broker import MOST_LETTER, Broker, BrokerUrlError, broker_address
from hht.depot.shelf import Shelf
from hht.errors import HhtError
from hht.link import LinkUnavailable
from tests.depot.mosquitto import Mosquitto, needs_mosquitto
from tests.depot.places import Van, arrived, depot_in
from ui.depot_kept import authority_of
from ui.depots import Met, Served, down, meet, serve, up
from ui.system import SystemClock

AT_ONCE = 12  # terminals that are at the broker at the same time


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker")
    yield made
    made.close()


class Street:
    """A depot, its terminals, their broker: who comes when and dies when is drawn from one seed."""

    def __init__(self, folder: Path, broker: Mosquitto, count: int, seed: int) -> None:
        self.chance, self.broker, self.served = Random(seed), broker, Served()
        self.folder = folder / "depot"
        self.shelf = depot_in(self.folder, self.chance)
        self.vans = [Van(number, self.chance, items=2, most=60_000) for number in range(count)]
        self.posted = {}
        for van in self.vans:
            self.shelf.know(van.card.write())
            self.posted[van.card.key] = self.shelf.post(van.card.key, "job.json", van.card.key.encode())
        self.meetings = 0

    async def depot(self) -> None:
        """Answers, dies, is started again over the same folder."""
        while True:
            with contextlib.suppress(HhtError):
                post = Broker(broker_address(self.broker.url), f"hht-{self.shelf.card.key}", [up("+")])
                await post.open()
                try:
                    await serve(post, self.shelf, self.served)
                finally:
                    await post.close()

    def reborn(self) -> None:
        """The depot's process is another one: only the folder is left."""
        self.shelf.close()
        self.shelf = Shelf(self.folder, SystemClock())

    async def meeting(self, van: Van) -> Met | None:
        """One terminal comes; None where it broke off."""
        self.meetings += 1
        post = Broker(broker_address(self.broker.url), f"hht-{van.card.key}", [down(van.card.key)])
        with contextlib.suppress(HhtError):
            try:
                await post.open()
                return await meet(post, van, van.keys, van.card, self.shelf.card, van.meeting(), patience_s=1.0)
            finally:
                await post.close()
        return None

    def left(self) -> list[Van]:
        """Who has something to bring, or to fetch."""
        return [van for van in self.vans if van.waiting() or self.posted[van.card.key] not in van.jobs]

    async def live(self, *, troubled: bool) -> None:
        """Terminals come until nothing is left; with troubles for as long as half of them have not been."""
        depot = asyncio.create_task(self.depot())
        gate = asyncio.Semaphore(AT_ONCE)

        async def come(van: Van, *, dies: bool) -> None:
            async with gate:
                task = asyncio.create_task(self.meeting(van))
                if dies:
                    await asyncio.wait([task], timeout=self.chance.random() / 2)
                    task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

        for turn in range(50):
            left = self.left()
            if not left:
                break
            trouble = troubled and turn < 3
            coming = asyncio.gather(*(come(van, dies=trouble and self.chance.random() < 0.3) for van in left))
            if trouble:
                await asyncio.wait([coming], timeout=1.0)
                self.broker.kill()
                depot.cancel()
                await asyncio.wait([depot])
                self.reborn()
                self.broker.start()
                depot = asyncio.create_task(self.depot())
            await coming
        depot.cancel()
        await asyncio.wait([depot])

    def judge(self) -> None:
        """Nothing lost, nothing twice."""
        assert self.left() == []
        arrived(self.shelf, self.vans)
        for van in self.vans:
            assert list(van.jobs) == [self.posted[van.card.key]]
            assert van.jobs[self.posted[van.card.key]] == van.card.key.encode()
        self.shelf.close()


@needs_mosquitto
@pytest.mark.timeout(240)
async def test_many_terminals_bring_all_home_though_broker_and_depot_die(tmp_path: Path, broker: Mosquitto) -> None:
    street = Street(tmp_path, broker, 25, seed=1)
    await street.live(troubled=True)
    street.judge()


@pytest.mark.soak
@needs_mosquitto
@pytest.mark.timeout(3600)
async def test_five_hundred_terminals(tmp_path: Path, broker: Mosquitto) -> None:
    street = Street(tmp_path, broker, 500, seed=2)
    await street.live(troubled=True)
    street.judge()
    assert street.meetings >= 500


@needs_mosquitto
async def test_what_comes_while_a_terminal_is_away_is_there_when_it_returns(broker: Mosquitto) -> None:
    address = broker_address(broker.url)
    for _visit in range(2):  # its session is known from the first on
        away = Broker(address, "hht-away", ["hht/1/down/away"])
        await away.open()
        await away.close()
    sender = Broker(address, "hht-sender", [])
    await sender.open()
    await sender.publish("hht/1/down/away", b"while you were out")
    await sender.close()
    await asyncio.to_thread(broker.until_on_disk, b"while you were out")
    broker.kill()
    broker.start()
    await away.open()
    assert await away.next(20) == ("hht/1/down/away", b"while you were out")
    await away.close()


async def test_a_broker_that_is_not_there_is_told_of() -> None:
    with pytest.raises(LinkUnavailable) as caught:
        await Broker(broker_address("mqtt://127.0.0.1:1"), "hht-x", []).open()
    assert "mqtt://127.0.0.1:1" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text", ["", "mqtt://", "http://h", "mqtt://h/path", "mqtt://h:port", "mqtt://h?x=1", "h:1883"]
)
def test_what_names_no_broker_is_refused(text: str) -> None:
    with pytest.raises(BrokerUrlError):
        broker_address(text)


def test_a_password_in_the_name_is_refused_and_not_repeated() -> None:
    with pytest.raises(BrokerUrlError) as caught:
        broker_address("mqtt://me:secret@h")
    assert "secret" not in str(caught.value)
    address = broker_address("mqtts://me@h", password="secret")
    assert (address.user, address.port, address.secure) == ("me", 8883, True)
    assert "secret" not in repr(address)


@needs_mosquitto
async def test_what_was_left_at_the_broker_and_what_is_too_long_does_not_come(broker: Mosquitto) -> None:
    address = broker_address(broker.url)
    client: Any = import_module("paho.mqtt.publish")
    await asyncio.to_thread(client.single, up("x"), b"of yesterday", qos=1, retain=True, port=broker.port)
    depot, sender = Broker(address, "hht-depot", [up("+")]), Broker(address, "hht-sender", [])
    await depot.open()
    await sender.open()
    await sender.publish(up("x"), bytes(MOST_LETTER + 1))
    await sender.publish(up("x"), b"of today")
    assert await depot.next(10) == (up("x"), b"of today")
    await sender.close()
    await depot.close()


async def until_ousted(*brokers: Broker) -> tuple[HhtError, Broker]:
    """Which of these is told that another one has its name, and what it is told."""
    asked = {asyncio.create_task(one.next(60)): one for one in brokers}
    done, waits = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
        await asyncio.wait([task])
    task = done.pop()
    error = task.exception()
    assert isinstance(error, HhtError)
    return error, asked[task]


@needs_mosquitto
async def test_two_of_one_key_are_told_and_do_not_take_the_place_from_one_another_for_ever(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.broker.RETURN_S", 0.02)
    address = broker_address(broker.url)
    pair = [Broker(address, "hht-k", [down("k")]) for _laptop in range(2)]
    for one in pair:
        await one.open()
    error, out = await until_ousted(*pair)
    assert (type(error), error.code) == (LinkUnavailable, "broker-twin")
    with pytest.raises(LinkUnavailable):
        await out.publish(up("k"), b"x")
    for one in pair:
        await one.close()

    told, heard = list[HhtError](), asyncio.Event()

    def ousted(error: HhtError) -> None:
        told.append(error)
        heard.set()

    depots = [Broker(address, "hht-depot", [up("+")], ousted) for _process in range(2)]
    for one in depots:
        await one.open()
    await heard.wait()
    assert [error.code for error in told] == ["broker-twin"]
    for one in depots:
        await one.close()


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this computer, vouched for by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a broker of this test")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    plain = PrivateFormat.PKCS8, NoEncryption()
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, *plain))
    return paths


@needs_mosquitto
async def test_a_broker_with_tls_and_a_user_lets_in_who_trusts_it_and_whom_it_knows(tmp_path: Path) -> None:
    paths = own_certificate(tmp_path)
    broker = Mosquitto(tmp_path / "broker", paths, ("van7", "right"))
    url, authority = broker.url.replace("mqtts://", "mqtts://van7@"), authority_of(paths[0].read_bytes(), "cert.pem")
    try:
        refused: list[tuple[str, str]] = []
        for password, vouched in (("right", ""), ("wrong", authority)):
            post = Broker(broker_address(url, password=password, authority=vouched), "hht-x", [])
            with pytest.raises(LinkUnavailable) as caught:
                await post.open()
            refused.append((caught.value.message, caught.value.remedy))
        assert "its certificate is not trusted" in refused[0][0]
        assert "clock" in refused[0][1]
        assert "Not authorized" in refused[1][0]
        assert "user, password" in refused[1][1]
        post = Broker(broker_address(url, password="right", authority=authority), "hht-x", ["hht/1/down/x"])
        await post.open()
        await post.publish("hht/1/down/x", b"in")
        assert await post.next(10) == ("hht/1/down/x", b"in")
        await post.close()
    finally:
        broker.close()
