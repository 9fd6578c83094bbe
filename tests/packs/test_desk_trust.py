"""Whose packs are taken: kept in the store, one set for live work and one for training, which never mix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hht.clock import ManualClock
from hht.emulation.gbcs.pki import device_certificate, organisation_certificate
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.packs import envelope
from hht.packs.acceptance import accept
from hht.packs.envelope import DeskKey
from hht.packs.errors import PackError
from hht.packs.kept import PackStore
from hht.packs.pack import PackDevice
from hht.packs.sealing import terminal_key_name
from hht.packs.training_desk import training_desk_key
from hht.protocol.gbcs.certificates import KeyUsage, read_certificate
from hht.protocol.gbcs.crypto import PublicKey
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.training_trust import is_of_training
from hht.work import hub_orders
from tests.packs.making import (
    ARM,
    CODE,
    ESME,
    MADE,
    READ_MPAN,
    READ_SWITCH,
    command,
    desk,
    desk_key,
    entry,
    pack,
    terminal_key,
)
from tests.packs.test_packs import HERE
from tests.protocol.gbcs_vectors import certificates, training_key
from tests.store.conftest import OpenStore
from tests.store.test_store import LIVE
from ui import desk_trust
from ui.compose import Composer
from ui.desk_trust import DeskTrust
from ui.hub_work import HubPlace, HubWorkService
from ui.pack_trust import gate_of
from ui.packs import HanWay, Packs
from ui.terminal_key import kept_key


def pem(key: PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


MINE = pem(desk_key().public_key())


def test_a_desk_is_kept_listed_and_taken_out(open_store: OpenStore) -> None:
    with open_store(training=True) as store:
        trust = DeskTrust(store)
        assert [one.training for one in trust.trusted()] == [True, True]  # both persons of the training desk, always
        added = trust.add("Supplier One", MINE)
        assert trust.list() == (added,)
        assert [one.name for one in trust.trusted()][2:] == ["Supplier One"]
        for name, key in (("Supplier One", pem(training_key(5).public_key())), ("Other", MINE)):
            with pytest.raises(PackError) as known:
                trust.add(name, key)
            assert known.value.code == "desk-known"
        trust.remove(added.key)
        assert trust.list() == ()
        with pytest.raises(PackError) as unknown:
            trust.remove("Supplier One")
        assert unknown.value.code == "desk-unknown"


@pytest.mark.parametrize(
    ("name", "key", "code"), [("x", "nonsense", "desk-key"), ("", MINE, "desk-name"), ("a\nb", MINE, "desk-name")]
)
def test_what_is_no_key_or_name_is_refused(open_store: OpenStore, name: str, key: str, code: str) -> None:
    with open_store(training=True) as store, pytest.raises(HhtError) as refused:
        DeskTrust(store).add(name, key)
    assert refused.value.code == code


def test_no_desk_goes_for_a_new_one_and_it_is_said_what_to_do(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_trust, "_MOST", 1)
    with open_store(training=True) as store:
        trust = DeskTrust(store)
        mine = trust.add("Supplier One", MINE)
        with pytest.raises(HhtError) as full:
            trust.add("Supplier Two", pem(training_key(5).public_key()))
        assert (full.value.code, "--remove" in full.value.remedy) == ("desk-many", True)
        assert trust.list() == (mine,)
        assert trust.add("Supplier One", MINE, ["S-1"]).suppliers == ("S-1",), "what is trusted takes no more room"


def test_the_training_desk_is_never_trusted_in_live_work(open_store: OpenStore) -> None:
    with open_store(LIVE, training=False) as store:
        trust = DeskTrust(store)
        assert trust.trusted() == ()
        with pytest.raises(PackError) as refused:
            trust.add("harmless", pem(training_desk_key().public_key()))
        assert refused.value.code == "desk-training"
        trust.add("Supplier One", MINE)
        assert [(one.name, one.training) for one in trust.trusted()] == [("Supplier One", False)]


def test_who_is_trusted_in_one_is_nobody_in_the_other(open_store: OpenStore) -> None:
    """Both ways: a live desk's pack in training, a training desk's in live work, each said to be that."""
    clock_at = ManualClock(MADE)
    for_training, for_live = (pack(training=training).payload() for training in (True, False))
    with open_store(LIVE, training=False) as live:
        kept_key(live, lambda _count: terminal_key().private_bytes_raw())
        DeskTrust(live).add("Supplier One", MINE)
        packs = Packs(live, clock_at, Composer(clock_at, training=False))
        assert packs.verify(envelope.close(for_live, desk_key()), "p").desk.name == "Supplier One"
        with pytest.raises(PackError) as mixed:
            packs.verify(envelope.close(for_training, desk_key()), "p")
        assert mixed.value.code == "pack-training"
        with pytest.raises(HhtError) as unknown:
            packs.verify(envelope.close(for_live, training_desk_key()), "p")
        assert unknown.value.code == "pack-desk-unknown"


def test_who_is_trusted_in_training_signs_nothing_live(open_store: OpenStore) -> None:
    clock = ManualClock(MADE)
    with open_store(training=True) as store:
        packs = Packs(store, clock, Composer(clock, training=True))
        with pytest.raises(HhtError) as unknown:
            packs.verify(envelope.close(pack().payload(), desk_key()), "p")
        assert unknown.value.code == "pack-desk-unknown"  # trusted in live work, perhaps; not here
        DeskTrust(store).add("Supplier One", MINE)
        assert packs.verify(envelope.close(pack().payload(), desk_key()), "p")  # from now on, without starting anew
        with pytest.raises(PackError) as mixed:
            packs.verify(envelope.close(pack(training=False).payload(), desk_key()), "p")
        assert mixed.value.code == "pack-training"


async def test_who_is_trusted_no_more_has_signed_nothing_and_nobody_is_trusted_by_the_way(
    open_store: OpenStore,
) -> None:
    """Two people signed a pack that affects a supply; one of them is taken off the list while the pack is kept."""
    clock = ManualClock(MADE)
    entries = entry("arm", command(ARM)), entry("read", command(READ_MPAN, 1001))
    other = training_key(60)
    signed = envelope.countersign(envelope.close(pack(*entries, training=False).payload(), desk_key()), other)
    own = tuple(DeskKey(name, key.public_key(), training=False) for name, key in (("a", desk_key()), ("b", other)))
    with open_store(LIVE, training=False) as store:
        kept_key(store, lambda _count: terminal_key().private_bytes_raw())
        trust, composer = DeskTrust(store), Composer(clock, training=False)
        with pytest.raises(HhtError) as mine:  # whoever works here names no desk besides the list and its log
            Packs(store, clock, composer, own).take(signed, "p")
        assert mine.value.code == "pack-desk-unknown"
        trust.add("Alice", MINE)
        trust.add("Bob", pem(other.public_key()))
        packs = Packs(store, clock, composer)
        key = packs.take(signed, "p").key
        assert packs.show(key).obstacle == ""
        kept = PackStore(store).get(key)
        assert kept is not None
        gate, harmless = gate_of(store, clock, kept), entries[1].message
        gate.require(harmless, "J-1042")
        way = HanWay("dongle:/dev/none", pack().devices[0].device, CODE, None)
        for name, code in (("Bob", "pack-one-signature"), ("Alice", "pack-desk-unknown")):
            trust.remove(name)
            with pytest.raises(HhtError) as gone:
                await packs.deliver(key, way, lambda _event: None)
            with pytest.raises(HhtError) as asked:
                packs.challenge(key, "arm")
            with pytest.raises(HhtError) as meanwhile:  # each command of a delivery that runs passes the gate
                gate.require(harmless, "J-1042")
            assert (gone.value.code, asked.value.code, meanwhile.value.code) == (code, code, code)
            assert packs.show(key).obstacle == gone.value.message  # and whoever looks at it sees why
        await composer.close()


def test_a_pack_that_was_made_for_another_terminal_is_not_taken_at_this_one() -> None:
    made, name = pack(training=False), terminal_key_name(terminal_key().public_key())
    live = replace(HERE, training=False)

    def taken(at: str | None) -> bool:
        octets = envelope.close(made.payload(), desk_key())
        return accept(octets, [desk(training=False)], replace(live, terminal=at), "visit.pack").pack.job == made.job

    for other in (terminal_key_name(terminal_key(2).public_key()), ""):
        with pytest.raises(PackError) as caught:
            taken(other)
        assert caught.value.code == "pack-other-terminal"
        assert name in caught.value.message
    assert taken(name)
    assert taken(None), "a desk that checks it is no terminal"


def test_certificates_of_training_prove_nothing_in_live_work() -> None:
    there = replace(HERE, training=False)
    made = pack(training=False)
    first = made.devices[0]
    of_training = device_certificate(ESME, KeyUsage.DIGITAL_SIGNATURE)
    spoilt = replace(made, devices=(PackDevice(first.device, first.type, (of_training,)), *made.devices[1:]))
    party = replace(made, certificates=(organisation_certificate(Role.SUPPLIER, KeyUsage.KEY_AGREEMENT),))
    for one in (spoilt, party):
        with pytest.raises(PackError) as refused:
            accept(envelope.close(one.payload(), desk_key()), [desk(training=False)], there, "visit.pack")
        assert refused.value.code == "pack-training-certificate"
    assert accept(envelope.close(made.payload(), desk_key()), [desk(training=False)], there, "visit.pack")


def test_a_certificate_is_known_by_who_signed_it_not_by_what_it_says(vectors: object) -> None:
    assert is_of_training(device_certificate(ESME, KeyUsage.DIGITAL_SIGNATURE).der)
    assert not is_of_training(b"\x30\x00")
    for _key, found in certificates(vectors):
        assert not is_of_training(found.der)
        assert read_certificate(found.der).entity == found.entity


def test_it_is_said_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ui.cli.main import main

    path = tmp_path / "supplier-one.pem"
    path.write_text(MINE, encoding="ascii")
    words = ["pack", "trust", "--training", "--data-dir", str(tmp_path)]
    assert main([*words, "--add", str(path)]) == 0
    assert main(words) == 0
    assert "supplier-one" in capsys.readouterr().out
    assert main([*words, "--remove", "supplier-one"]) == 0
    assert main([*words, "--remove", "supplier-one"]) == 1
    assert main([*words, "--live"]) == 2


class NoWay:
    """A way by which nothing may leave."""

    async def ticket(self, _device: DeviceId) -> NoReturn:
        raise AssertionError("a command of a pack that nobody signs for was about to leave")


async def test_a_desk_that_is_trusted_no_more_has_ordered_nothing_of_a_hub_either(open_store: OpenStore) -> None:
    """It is taken off the list while the terminal is on the HAN, with a pack's command for the next order at hand."""
    clock, order = ManualClock(MADE), hub_orders.read(READ_SWITCH, DeviceId(ESME.hex().upper()), at=GbcsDeviceType.ESME)
    signed = envelope.close(pack(entry("read", command(READ_SWITCH)), training=False).payload(), desk_key())
    with open_store(LIVE, training=False) as store:
        kept_key(store, lambda _count: terminal_key().private_bytes_raw())
        trust, composer = DeskTrust(store), Composer(clock, training=False)
        trust.add("Alice", MINE)
        key = Packs(store, clock, composer).take(signed, "p").key
        place = HubPlace("dongle:/dev/none", order.target, order.target, key)
        way = HubWorkService(store, clock, cast("Any", None))._way(place, cast("Any", NoWay()))
        prepared = await way.prepare(order)
        trust.remove("Alice")
        with pytest.raises(HhtError) as gone:
            await way.carry(prepared)
        assert gone.value.code == "pack-desk-unknown"
        await composer.close()
