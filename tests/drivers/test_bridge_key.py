"""A bridge that proves who it is, over a virtual radio: paired by its code, known by its key, and nobody in between.

A rogue bridge in front of a meter that protects what it says is in `tests/protocol/test_cosem_security.py` (altered and
replayed) and `tests/end_to_end/test_unprotected_no.py`, `test_unplugged.py` (held back, cut off).
Not verified on hardware.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.ble_bridge import BleBridgeLink
from drivers.ble_radio import BridgeSeen, BridgeTrust
from drivers.bridge_session import code_of, training_identity
from drivers.in_process import FarEnd
from drivers.virtual_ble.bridge import ADDRESS
from hht.errors import HhtError
from hht.link import Capability, Line, LinkLost, LinkUnavailable, TraceKind
from hht.link_url import LinkUrl
from hht.store.store import Store
from hht.store.vault import PassPhrase
from tests.drivers.conftest import RealClock, Trace, eventually
from tests.drivers.test_ble_bridge import read
from tests.store.conftest import CHEAP
from tests.support.sky import WAYS, Sky, sky_over
from ui import bridge_trust
from ui.bridge_trust import KnownBridges, known_bridges_of, pair_bridge

IDENTITY = Ed25519PrivateKey.from_private_bytes(b"i" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEY = IDENTITY.public_key().public_bytes_raw()
CODE = code_of(KEY)
URL = LinkUrl("ble", ADDRESS)
Meddle = Callable[[str, bytes], list[bytes]]
pytestmark = [pytest.mark.usefixtures("no_tasks"), pytest.mark.filterwarnings("error::UserWarning")]


@pytest.fixture
def known(tmp_path: Path, clock: RealClock) -> Iterator[KnownBridges]:
    words = PassPhrase("four unrelated words")
    entropy = random.Random(5).randbytes
    with Store.open(tmp_path / "store.db", words, training=False, clock=clock, entropy=entropy, cost=CHEAP) as store:
        yield known_bridges_of(tmp_path, clock, training=False, store=lambda: store)


@pytest.fixture
def meter() -> FarEnd:
    return FarEnd()


@pytest.fixture(params=WAYS[:2])
async def sky(request: pytest.FixtureRequest, meter: FarEnd) -> AsyncIterator[Sky]:
    meter.receive = lambda data: meter.send(data[::-1])  # type: ignore[method-assign]
    async with sky_over(request.param, meter, identity=IDENTITY) as sky:
        yield sky


async def paired(sky: Sky, known: KnownBridges, clock: RealClock, code: str = CODE) -> None:
    await pair_bridge(URL, code, "my probe", known, clock, echo="off", radio=sky.radio)


async def refused(sky: Sky, clock: RealClock, trust: BridgeTrust) -> LinkUnavailable:
    link = sky.link(clock, trust=trust)
    with pytest.raises(LinkUnavailable) as caught:
        await link.open()
    assert caught.value.remedy
    assert sky.bridge.pieces == [] or b"/?!" not in b"".join(sky.bridge.pieces)
    return caught.value


async def opened(sky: Sky, clock: RealClock, trust: BridgeTrust, **options: Any) -> BleBridgeLink:
    link = sky.link(clock, trust=trust, **options)
    await link.open()
    return link


async def test_a_paired_bridge_proves_itself_at_each_connect_and_carries_everything(
    sky: Sky, known: KnownBridges, clock: RealClock, trace: Trace
) -> None:
    stranger = await refused(sky, clock, known)
    assert stranger.code == "link-bridge-unknown"
    assert CODE not in f"{stranger.message} {stranger.remedy}", "the code is read off the bridge, not off the screen"
    await paired(sky, known, clock)
    seen: list[BridgeSeen] = []
    for _connect in range(2):
        link = await opened(sky, clock, known, sink=trace, on_port=seen.append)
        assert Capability.LINE in link.capabilities
        await link.set_line(Line(9600))
        message = bytes(range(256)) * 4
        await link.write(message)
        assert len(await read(link, len(message))) == len(message)
        await link.close()
        await eventually(lambda: not sky.bridge.connected)
    assert trace.bytes_of(TraceKind.TX) == message * 2, "the trace has the meter's bytes"
    assert message[:20] not in b"".join(sky.bridge.pieces), "and the air has not"
    assert 9600 in sky.bridge.speeds
    assert sky.bridge.commands == 0, "each piece is acknowledged"
    assert [one.proof for one in seen] == [f"authenticated as my probe ({CODE})"] * 2
    assert f"bridge authenticated as my probe ({CODE})" in trace.notes(TraceKind.LINE)


async def test_a_wrong_code_pairs_nothing(sky: Sky, known: KnownBridges, clock: RealClock) -> None:
    with pytest.raises(LinkUnavailable) as caught:
        await paired(sky, known, clock, code_of(OTHER.public_key().public_bytes_raw()))
    assert caught.value.code == "link-bridge-code"
    assert known.known() == ()


@pytest.mark.parametrize("identity", [OTHER, None], ids=["another key", "no key"])
async def test_another_bridge_in_its_place_is_refused(
    identity: Ed25519PrivateKey | None, known: KnownBridges, clock: RealClock, meter: FarEnd
) -> None:
    known.pair("my probe", KEY, ADDRESS)
    async with sky_over("bumble", meter, identity=identity) as sky:
        changed = await refused(sky, clock, known)
        assert changed.code == "link-bridge-changed"
        assert "my probe" in changed.message
        with pytest.raises(LinkUnavailable):
            known.accept(ADDRESS)
        known.forget("my probe")
        assert (await refused(sky, clock, known)).code != "link-bridge-changed"


async def test_a_known_key_at_another_address_is_that_bridge(sky: Sky, known: KnownBridges, clock: RealClock) -> None:
    known.pair("my probe", KEY, "F0:F1:F2:F3:F4:00")
    await (await opened(sky, clock, known)).close()
    assert [one.address for one in known.known()] == [ADDRESS]


async def test_who_claims_a_key_that_he_has_not_is_refused(
    known: KnownBridges, clock: RealClock, meter: FarEnd
) -> None:
    known.pair("my probe", KEY, ADDRESS)

    def claims(way: str, octets: bytes) -> list[bytes]:
        return [octets.replace(OTHER.public_key().public_bytes_raw(), KEY) if way == "down" else octets]

    async with sky_over("bumble", meter, identity=OTHER) as sky:
        sky.bridge.habits.meddles = claims
        assert (await refused(sky, clock, known)).code == "link-bridge-false"


def _altered(way: str, octets: bytes) -> list[bytes]:
    return [octets[:-1] + bytes([octets[-1] ^ 1])] if way == "down" else [octets]


def _repeated(way: str, octets: bytes) -> list[bytes]:
    return [octets, octets] if way == "down" else [octets]


def _altered_up(way: str, octets: bytes) -> list[bytes]:
    return [octets[:-1] + bytes([octets[-1] ^ 1])] if way == "up" else [octets]


async def until_lost(link: BleBridgeLink) -> bytes:
    """What comes back before the link is lost."""
    heard = b""
    with contextlib.suppress(LinkLost):
        await link.write(b"switch")
        while True:
            heard += await link.read(10)
            await link.write(b"on")
    return heard


@pytest.mark.parametrize("meddle", [_altered, _repeated, _altered_up])
async def test_who_stands_between_cuts_off_and_changes_nothing(
    meddle: Meddle, known: KnownBridges, clock: RealClock, meter: FarEnd
) -> None:
    told: list[bytes] = []

    def hear(data: bytes) -> None:
        told.append(data)
        meter.send(data[::-1])

    meter.receive = hear  # type: ignore[method-assign]
    known.pair("my probe", KEY, ADDRESS)
    async with sky_over("bumble", meter, identity=IDENTITY) as sky:
        link = await opened(sky, clock, known)
        await link.set_line(Line(9600))
        sky.bridge.habits.meddles = meddle
        assert await until_lost(link) in (b"", b"hctiws"), "what came whole, and nothing else"
        assert b"".join(told) in (b"", b"switch", b"switchon")
        await link.close()


async def test_without_a_key_training_uses_it_live_work_asks_and_both_say_so(
    known: KnownBridges, clock: RealClock, meter: FarEnd, tmp_path: Path
) -> None:
    training = known_bridges_of(tmp_path, clock, training=True)
    async with sky_over("bumble", meter) as sky:
        seen: list[BridgeSeen] = []
        await (await opened(sky, clock, training, on_port=seen.append)).close()
        await eventually(lambda: not sky.bridge.connected)
        asked = await refused(sky, clock, known)
        assert asked.code == "link-bridge-unproved"
        assert sky.bridge.pieces == [], "nothing was said to it"
        assert known.accept(ADDRESS).words == "not authenticated, accepted by hand"
        await (await opened(sky, clock, known, on_port=seen.append)).close()
        assert [one.proof for one in seen] == ["not authenticated", "not authenticated, accepted by hand"]
        with pytest.raises(LinkUnavailable) as no_key:
            await paired(sky, known, clock)
        assert no_key.value.code == "link-bridge-no-key"


def test_what_is_known_is_kept_apart_for_training_and_live_work(
    known: KnownBridges, clock: RealClock, tmp_path: Path
) -> None:
    training = known_bridges_of(tmp_path, clock, training=True)
    assert training.pair("emulated", training_identity().public_key().public_bytes_raw(), ADDRESS).code
    assert known.known() == ()
    with pytest.raises(LinkUnavailable) as everybodys:
        known.pair("emulated", training_identity().public_key().public_bytes_raw(), ADDRESS)
    assert everybodys.value.code == "link-bridge-training"
    assert known.pair("my probe", KEY, ADDRESS).code == CODE
    assert [one.name for one in training.known()] == ["emulated"]
    for name in ("", "x" * 61, "a\nb"):
        with pytest.raises(HhtError, match="name"):
            known.pair(name, KEY, ADDRESS)
    assert known.forget(CODE).name == "my probe"
    with pytest.raises(HhtError, match="No bridge"):
        known.forget("my probe")
    locked = known_bridges_of(tmp_path, clock, training=False)
    changes: list[Callable[[], object]] = [lambda: locked.accept(ADDRESS), lambda: locked.pair("mine", KEY, ADDRESS)]
    for change in changes:
        with pytest.raises(HhtError, match="locked"):
            change()
    path = tmp_path / "bridges.json"
    for spoilt in ("", "{", "{}", "[1]", json.dumps([{"name": "a"}]), json.dumps([{"name": "a", "key": "zz",
                   "address": ADDRESS, "training": False, "since": ""}])):  # fmt: skip
        path.write_text(spoilt)
        assert known.known() == ()


def test_no_bridge_is_forgotten_for_a_new_one_and_training_cannot_crowd_out_live_work(
    known: KnownBridges, clock: RealClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_trust, "_MOST", 5)
    known.pair("my probe", KEY, ADDRESS)
    training = known_bridges_of(tmp_path, clock, training=True)
    addresses = [f"AA:BB:CC:DD:EE:{number:02X}" for number in range(6)]
    for address in addresses[:-1]:
        training.accept(address)
    with pytest.raises(HhtError) as full:
        training.accept(addresses[-1])
    assert (full.value.code, "hht bridge forget" in full.value.remedy) == ("bridge-many", True)
    assert [one.address for one in training.known()] == addresses[:-1]
    assert [one.name for one in known.known()] == ["my probe"]
    with pytest.raises(LinkUnavailable) as impostor:
        known.judge(ADDRESS, "", None)
    assert impostor.value.code == "link-bridge-changed"
    training.accept(addresses[0])  # what is known already takes no more room
    training.forget(addresses[1])
    training.accept(addresses[-1])
    for address in addresses[:-2]:
        known.accept(address)
    before = (tmp_path / "bridges.json").read_bytes()
    for one_more in (lambda: known.accept(addresses[-1]), lambda: known.pair("other", bytes(32), addresses[-1])):
        with pytest.raises(HhtError) as full:
            one_more()
        assert full.value.code == "bridge-many"
    assert (tmp_path / "bridges.json").read_bytes() == before


def test_what_training_knew_when_both_kinds_stood_in_one_file_is_known_still(
    known: KnownBridges, clock: RealClock, tmp_path: Path
) -> None:
    known.pair("my probe", KEY, ADDRESS)
    path = tmp_path / "bridges.json"
    entry = {"name": "emulated", "key": "", "address": "AA:BB:CC:DD:EE:01", "training": True, "since": "2026-01-01"}
    path.write_text(json.dumps([entry, *json.loads(path.read_text())]))
    training = known_bridges_of(tmp_path, clock, training=True)
    known.accept("AA:BB:CC:DD:EE:02")
    assert [one.name for one in training.known()] == ["emulated"]
    before = path.read_bytes()
    training.accept("AA:BB:CC:DD:EE:03")
    assert len(training.known()) == 2
    assert path.read_bytes() == before
    assert len(known.known()) == 2
