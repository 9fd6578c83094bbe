"""Signed releases: what two maintainers signed is taken, and every attack on that is refused by its name."""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hht.clock import ManualClock, utc_text
from hht.errors import HhtError
from hht.releases import trust
from hht.releases.making import make_root, make_targets, signed, training_root
from hht.releases.metadata import ReleaseRefused, canonical, fingerprint, key_id, read_root, read_targets
from hht.releases.training import public_of, training_maintainer
from hht.releases.trust import Remembered, check_release, first_root, next_root
from hht.store.store import Store
from hht.store.vault import PassPhrase
from tests.store.conftest import CHEAP
from ui.updates import Updates

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=365)
FILES = {"hht-0.2.0-py3-none-any.whl": b"a wheel", "SHA256SUMS": b"sums"}


def maintainer(number: int) -> Ed25519PrivateKey:
    """One whose key nobody else has."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"test maintainer %d" % number).digest())


def by(octets: bytes, *numbers: int) -> bytes:
    for number in numbers:
        octets = signed(octets, maintainer(number))
    return octets


@cache
def root(version: int = 1, who: tuple[int, ...] = (1, 2, 3), *signers: int, expires: datetime = LATER) -> bytes:
    made = make_root(version, expires, [public_of(maintainer(number)) for number in who])
    return by(made, *(signers or who[:2]))


def release(*signers: int, version: int = 5, number: str = "0.2.0", expires: datetime = SOON, **more: Any) -> bytes:
    return by(make_targets(version, expires, number, FILES, **more), *signers)


def known(**more: Any) -> Remembered:
    return replace(Remembered(root()), **more)


def check(octets: bytes, remembered: Remembered | None = None, *roots: bytes, now: datetime = NOW) -> trust.Checked:
    return check_release(octets, roots, remembered or known(), training=False, now=now, running="0.1.0")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ReleaseRefused) as error:
        act()
    assert error.value.remedy
    return error.value.code


def test_what_two_maintainers_signed_is_taken_and_remembered() -> None:
    found = check(release(1, 3))
    assert [one.name for one in found.targets.artefacts] == sorted(FILES)
    assert found.signed_by == tuple(sorted(key_id(public_of(maintainer(number))) for number in (1, 3)))
    assert (found.remembered.version, found.remembered.release, found.remembered.seen) == (5, "0.2.0", NOW)
    assert check(release(1, 3), found.remembered).remembered == found.remembered, "the same again is the same"
    assert check(release(1, 2, 3), found.remembered).targets == replace(
        found.targets, signatures=read_targets(release(1, 2, 3)).signatures
    )


def test_one_maintainer_alone_is_not_enough_in_whatever_way_it_is_put() -> None:
    assert refusal(lambda: check(release())) == "release-signatures"
    assert refusal(lambda: check(release(1))) == "release-signatures"
    assert refusal(lambda: check(release(1, 7))) == "release-signatures", "a stranger is no maintainer"
    assert refusal(lambda: by(release(1), 1)) == "release-signed-twice"
    plain = json.loads(release(1))
    (one,) = plain["signatures"]
    assert refusal(lambda: check(json.dumps(plain | {"signatures": [one, one]}).encode())) == "release-format"
    other = one | {"keyid": key_id(public_of(maintainer(2)))}  # the same signature in somebody else's name
    assert refusal(lambda: check(json.dumps(plain | {"signatures": [one, other]}).encode())) == "release-signatures"
    lax = json.loads(root())
    lax["signed"]["roles"]["targets"]["threshold"] = 1
    assert refusal(lambda: read_root(json.dumps(lax).encode())) == "release-format", "no root may ask for one alone"
    assert refusal(lambda: make_root(1, LATER, [public_of(maintainer(1))])) == "release-format"


def test_a_key_has_one_name_so_that_nobody_counts_twice() -> None:
    plain = json.loads(root())
    keys, roles = plain["signed"]["keys"], plain["signed"]["roles"]
    (name, key), alias = next(iter(keys.items())), "ab" * 32
    keys[alias] = key
    roles["targets"] = {"keyids": [name, alias], "threshold": 2}
    assert refusal(lambda: read_root(json.dumps(plain).encode())) == "release-format"


def test_an_older_release_another_of_the_same_number_and_an_expired_one_are_refused() -> None:
    seen = check(release(1, 2)).remembered
    assert refusal(lambda: check(release(1, 2, version=4), seen)) == "release-rolled-back"
    assert refusal(lambda: check(release(1, 2, number="0.3.0"), seen)) == "release-altered"
    assert refusal(lambda: check(release(1, 2, version=6, number="0.1.9"), seen)) == "release-rolled-back"
    assert refusal(lambda: check(release(1, 2, number="0.0.9"))) == "release-rolled-back", "older than this program"
    assert check(release(1, 2, version=6, number="0.10.0"), seen).targets.release == "0.10.0", "numbers, not letters"
    assert refusal(lambda: check(release(1, 2), now=SOON)) == "release-expired"
    assert refusal(lambda: check(release(1, 2), known(root=root(expires=NOW)))) == "release-expired"
    held_back = replace(seen, seen=SOON)  # it was checked at that time, and the clock was set back since
    assert refusal(lambda: check(release(1, 2), held_back, now=NOW)) == "release-expired"


def test_maintainers_change_by_the_old_and_the_new_and_in_order() -> None:
    second = root(2, (2, 3, 4), 1, 2, 4)
    found = check(release(3, 4), known(), second)
    assert read_root(found.remembered.root).version == 2
    assert refusal(lambda: check(release(1, 2), known(), second)) == "release-signatures", "the first has left"
    assert refusal(lambda: check(release(4, 5), known(), root(2, (4, 5, 6)))) == "release-signatures", "the new alone"
    one_old = root(2, (1, 4, 5), 1, 4, 5)
    assert refusal(lambda: check(release(4, 5), known(), one_old)) == "release-signatures", "with one of the old"
    assert refusal(lambda: check(release(3, 4), known(), root(2, (2, 3, 4), 1, 2))) == "release-signatures", "the old"
    assert refusal(lambda: check(release(3, 4), known(), root(3, (2, 3, 4), 1, 2, 4))) == "release-root-chain"
    third = root(3, (4, 5, 6), 2, 3, 4, 5)
    assert read_root(check(release(5, 6), known(), second, third).remembered.root).version == 3
    assert refusal(lambda: check(release(5, 6), found.remembered, root(2, (2, 3, 4), 2, 3, 4))) == "release-root-chain"
    assert refusal(lambda: next_root(read_root(root()), root(1), training=False)) == "release-root-chain"


def test_a_stolen_key_that_counted_far_ahead_is_forgotten_with_its_owners() -> None:
    far = known(version=2_000_000, digest="0" * 64)
    assert refusal(lambda: check(release(1, 2), far)) == "release-rolled-back"
    assert check(release(3, 4), far, root(2, (2, 3, 4), 1, 2, 4)).remembered.version == 5


def test_keys_of_training_count_in_training_alone() -> None:
    both = [public_of(training_maintainer(1)), public_of(maintainer(1)), public_of(maintainer(2))]
    mixed = by(make_root(1, LATER, both), 1, 2)
    assert refusal(lambda: first_root(mixed, training=False, now=NOW)) == "release-training"
    assert refusal(lambda: first_root(training_root(), training=False, now=NOW)) == "release-training"
    assert refusal(lambda: check(release(1, 2), Remembered(training_root()))) == "release-training"
    assert refusal(lambda: check(release(1, 2, training=True))) == "release-training", "signed by the right ones even"
    assert refusal(lambda: first_root(root(), training=True, now=NOW)) == "release-training"
    second = by(make_root(2, LATER, both), 1, 2)
    assert refusal(lambda: next_root(read_root(root()), second, training=False)) == "release-training"
    assert refusal(lambda: check(release(1, 2), Remembered())) == "release-no-root"


def test_no_flipped_bit_makes_another_release() -> None:
    octets, chance = release(1, 2), random.Random(9)
    whole = check(octets).targets.body
    places = chance.sample(range(len(octets) * 8), 160)
    taken = 0
    for place in places:
        flipped = bytearray(octets)
        flipped[place // 8] ^= 1 << place % 8
        try:
            found = check(bytes(flipped))
        except ReleaseRefused:
            continue
        taken += 1
        assert found.targets.body == whole, "white space alone may differ"
    assert taken < len(places) // 4


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain["signed"].update(news="<a href='http://evil'>Update required</a>"),
        lambda plain: plain["signed"]["targets"].update({"../hht": next(iter(plain["signed"]["targets"].values()))}),
        lambda plain: plain["signed"]["targets"].update({"<b>": next(iter(plain["signed"]["targets"].values()))}),
        lambda plain: plain["signed"]["x-hht"].update(url="http://evil"),
        lambda plain: plain["signed"]["x-hht"].update(release="1.0 <a>"),
        lambda plain: plain["signed"].update(version=1.5),
        lambda plain: plain["signed"].update(version=True),
        lambda plain: plain["signed"].update(expires="tomorrow"),
        lambda plain: plain["signed"].update(expires="2026-13-01T00:00:00Z"),
        lambda plain: plain["signed"].update(spec_version="2.0.0"),
        lambda plain: plain["signed"].update(_type="root"),
        lambda plain: plain["signed"].update(targets={}),
        lambda plain: plain["signed"].update(targets=[]),
        lambda plain: plain.update(signatures=[{"keyid": "x", "sig": "y"}]),
        lambda plain: plain.update(signatures={}),
        lambda plain: plain.update(more=1),
    ],
)
def test_what_does_not_belong_there_is_refused_whoever_signed_it(change: Callable[[dict[str, Any]], None]) -> None:
    plain = json.loads(release())
    change(plain)
    if isinstance(plain["signatures"], list) and not plain["signatures"]:
        for number in (1, 2):
            key = maintainer(number)
            signature = key.sign(canonical(plain["signed"])).hex()
            plain["signatures"].append({"keyid": key_id(public_of(key)), "sig": signature})
    assert refusal(lambda: check(json.dumps(plain).encode())) == "release-format"


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b'{"signed": 1, "signatures": []}', b"{" * 5000])
def test_no_other_file_is_one(octets: bytes) -> None:
    assert refusal(lambda: read_targets(octets)) == "release-format"
    assert refusal(lambda: read_root(octets)) == "release-format"
    assert refusal(lambda: read_root(b" " * (1 << 19))) == "release-format"


def test_the_forms_are_those_of_tuf() -> None:
    """Known answers: a key's id is that of securesystemslib 1.6.0, which python-tuf stands on (tests/peers/test_tuf.py
    has python-tuf itself read whole files)."""
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # RFC 8032, 7.1, test 1
    assert key_id(public) == "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916"
    assert canonical({"b": [1, "x"], "a": True}) == b'{"a":true,"b":[1,"x"]}'


# --- a folder that somebody brought


def folder_with(path: Path, octets: bytes, *roots: bytes) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (path / name).write_bytes(content)
    (path / "targets.json").write_bytes(octets)
    for number, one in enumerate(roots, 2):
        (path / f"{number}.root.json").write_bytes(one)
    return path


@pytest.fixture
def updates(tmp_path: Path) -> Iterator[Updates]:
    """A terminal that trusts the maintainers of the first root."""
    clock, words = ManualClock(NOW), PassPhrase("four unrelated words")
    entropy = random.Random(5).randbytes
    with Store.open(tmp_path / "store.db", words, training=False, clock=clock, entropy=entropy, cost=CHEAP) as store:
        yield _trusting(tmp_path, Updates(tmp_path / "data", clock, training=False, store=lambda: store))


def _trusting(tmp_path: Path, found: Updates) -> Updates:
    nobody = Updates(tmp_path / "data", ManualClock(NOW), training=False)
    with pytest.raises(HhtError, match="locked"):
        nobody.trust(root(), fingerprint(read_root(root())))
    assert refusal(lambda: found.check(folder_with(tmp_path / "early", release(1, 2)))) == "release-no-root"
    assert refusal(lambda: found.trust(root(), "00" * 16)) == "release-fingerprint"
    found.trust(root(), fingerprint(read_root(root())))
    assert refusal(lambda: found.trust(root(), fingerprint(read_root(root())))) == "release-root-known"
    return found


def test_each_file_of_a_folder_is_read_and_what_was_altered_is_named(updates: Updates, tmp_path: Path) -> None:
    stick = folder_with(tmp_path / "stick", release(1, 2))
    (stick / "install-me.exe").write_bytes(b"evil")
    checked = updates.check(stick)
    states = {one.name: one.state for one in updates.files(stick, checked)}
    assert states == dict.fromkeys(FILES, "signed") | {"install-me.exe": "not-signed"}
    assert updates.newer(checked)
    wheel = stick / "hht-0.2.0-py3-none-any.whl"
    for other in (b"a wheeL", b"a wheel ", b"a whee", b""):
        wheel.write_bytes(other)
        assert refusal(lambda: list(updates.files(stick, checked))) == "release-artefact"
    wheel.unlink()
    assert {one.state for one in updates.files(stick, checked)} == {"signed", "missing", "not-signed"}
    assert refusal(lambda: list(updates.files(stick, checked, wheel.name))) == "release-format"
    assert refusal(lambda: list(updates.files(stick, checked, "install-me.exe"))) == "release-artefact"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"a wheel")
    wheel.symlink_to(elsewhere)
    assert refusal(lambda: list(updates.files(stick, checked))) == "release-format", "what is checked is what is there"


class Endless(io.RawIOBase):
    """A file that goes on and on; nobody may ask for all of it."""

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= 1 << 20, "asked for without a bound"
        return b"x" * size


def test_a_file_that_is_longer_than_was_signed_is_read_no_further() -> None:
    artefact = check(release(1, 2)).targets.artefacts[0]
    assert refusal(lambda: trust.check_artefact(artefact, cast("Any", Endless()))) == "release-artefact"


def test_what_was_seen_is_remembered_by_the_next_command(updates: Updates, tmp_path: Path) -> None:
    data = tmp_path / "data"
    updates.check(folder_with(tmp_path / "new", release(1, 2)))
    again = Updates(data, ManualClock(NOW), training=False)
    old = folder_with(tmp_path / "old", release(1, 2, version=4))
    assert refusal(lambda: again.check(old)) == "release-rolled-back"
    rotated = folder_with(tmp_path / "rotated", release(3, 4, version=6), root(2, (2, 3, 4), 1, 2, 4))
    again.check(rotated)
    third = Updates(data, ManualClock(NOW), training=False)
    assert third.root is not None
    assert third.root.version == 2
    assert (
        refusal(lambda: third.check(folder_with(tmp_path / "gone", release(1, 2, version=7)))) == "release-signatures"
    )
    memory = data / "releases.json"
    memory.write_bytes(memory.read_bytes().replace(b'"version": 6', b'"version": "x"'))
    assert refusal(lambda: third.check(rotated)) == "release-memory"
    memory.unlink()
    assert refusal(lambda: third.check(rotated)) == "release-no-root", "whoever deletes it does not roll back"


def test_a_refusal_for_its_expiry_is_not_undone_by_setting_the_clock_back(updates: Updates, tmp_path: Path) -> None:
    data, stick = tmp_path / "data", folder_with(tmp_path / "stick", release(1, 2))
    late = Updates(data, ManualClock(SOON), training=False)
    assert refusal(lambda: late.check(stick)) == "release-expired"
    with pytest.raises(ReleaseRefused) as caught:
        updates.check(stick)
    assert caught.value.code == "release-expired"
    assert utc_text(SOON) in caught.value.message
    (data / "releases.json").unlink()  # as the remedy says, where the clock was ahead
    octets = root()
    updates.trust(octets, fingerprint(read_root(octets)))
    assert updates.check(stick).targets.release == "0.2.0"


def test_no_connection_is_opened(updates: Updates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def none(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", none)
    stick = folder_with(tmp_path / "stick", release(1, 2))
    assert list(updates.files(stick, updates.check(stick)))
