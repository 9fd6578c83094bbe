"""Sealing: what opens, what does not, and that secrets stay out of sight."""

from __future__ import annotations

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.store.errors import PassPhraseError, SealBroken, StoreError
from hht.store.throttle import parse_vault_row, wait_after
from hht.store.vault import TRAINING_COST, TRAINING_PASS_PHRASE, KdfCost, PassPhrase, Vault, VaultHeader
from tests.store.conftest import CHEAP

PHRASE = PassPhrase("four unrelated words")
_entropy = random.Random(1).randbytes


def _vault(*, training: bool = False) -> tuple[Vault, VaultHeader]:
    return Vault.create(PHRASE, training=training, entropy=_entropy, cost=CHEAP)


VAULT, HEADER = _vault()


@given(st.binary(max_size=200), st.text(max_size=10), st.text(max_size=10))
def test_a_value_opens_where_it_was_sealed_and_nowhere_else(value: bytes, key: str, other: str) -> None:
    sealed = VAULT.seal(value, table="jobs", column="body", key=key)
    assert VAULT.open(sealed, table="jobs", column="body", key=key) == value
    with pytest.raises(SealBroken):
        VAULT.open(sealed, table="jobs", column="body", key=key + "x" + other)
    with pytest.raises(SealBroken):
        VAULT.open(sealed, table="jobs", column="source", key=key)


def test_every_flipped_bit_and_every_cut_is_noticed() -> None:
    sealed = VAULT.seal(b"1200023305967", table="t", column="c", key="k")
    for position in range(len(sealed)):
        for bad in (sealed[:position], sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]):
            with pytest.raises(SealBroken):
                VAULT.open(bad, table="t", column="c", key="k")


def test_unlocking_gives_the_same_keys_back() -> None:
    sealed = VAULT.seal(b"value", table="t", column="c", key="k")
    again = Vault.unlock(HEADER, PHRASE, entropy=_entropy)
    assert again.open(sealed, table="t", column="c", key="k") == b"value"
    assert again.blind_index("J-1042", table="jobs", column="reference") == VAULT.blind_index(
        "J-1042", table="jobs", column="reference"
    )


def test_composed_and_decomposed_letters_are_the_same_pass_phrase() -> None:
    _made, header = Vault.create(PassPhrase("caf\u00e9 au lait"), training=False, entropy=_entropy, cost=CHEAP)
    Vault.unlock(header, PassPhrase("cafe\u0301 au lait"), entropy=_entropy)


def test_a_wrong_pass_phrase_is_a_sentence() -> None:
    with pytest.raises(PassPhraseError) as caught:
        Vault.unlock(HEADER, PassPhrase("four unrelated wards"), entropy=_entropy)
    assert caught.value.code == "pass-phrase-wrong"
    assert caught.value.remedy
    assert "wards" not in str(caught.value)


def test_the_same_data_key_serves_under_a_new_pass_phrase() -> None:
    sealed = VAULT.seal(b"value", table="t", column="c", key="k")
    header = VAULT.header_for(PassPhrase("another long phrase"), cost=CHEAP)
    again = Vault.unlock(header, PassPhrase("another long phrase"), entropy=_entropy)
    assert again.open(sealed, table="t", column="c", key="k") == b"value"


def test_turning_a_live_vault_into_a_training_one_opens_nothing() -> None:
    sealed = VAULT.seal(b"value", table="t", column="c", key="k")
    forged = VaultHeader(True, HEADER.salt, HEADER.wrapped_key, HEADER.cost)
    other = Vault.unlock(forged, PHRASE, entropy=_entropy)
    with pytest.raises(SealBroken):
        other.open(sealed, table="t", column="c", key="k")


@pytest.mark.parametrize("weak", ["", "short", "training"])
def test_weak_pass_phrases_are_refused_for_live_work(weak: str) -> None:
    with pytest.raises(PassPhraseError) as caught:
        Vault.create(PassPhrase(weak), training=False, entropy=_entropy, cost=CHEAP)
    assert caught.value.code == "pass-phrase-weak"


def test_an_absurd_header_does_not_eat_the_memory() -> None:
    forged = VaultHeader(False, HEADER.salt, HEADER.wrapped_key, KdfCost(memory_kib=1 << 40))
    with pytest.raises(StoreError) as caught:
        Vault.unlock(forged, PHRASE, entropy=_entropy)
    assert caught.value.code == "store-damaged"


ROW = {
    "training": 0, "salt": HEADER.salt, "wrapped_key": HEADER.wrapped_key, "memory_kib": CHEAP.memory_kib,
    "iterations": CHEAP.iterations, "lanes": CHEAP.lanes, "failed": 0, "failed_at": "",
}  # fmt: skip


def test_a_row_is_what_was_saved() -> None:
    found = parse_vault_row(ROW | {"failed": 10**18, "failed_at": "2026-11-21T10:12:33Z"})
    assert found.header == HEADER
    assert wait_after(found.failed) == 900
    assert found.failed_at is not None


@pytest.mark.parametrize(
    "damage",
    [
        {"salt": 10**12}, {"salt": "text"}, {"wrapped_key": None}, {"memory_kib": "64"}, {"lanes": 1.0},
        {"failed": -1}, {"failed": None}, {"failed_at": "yesterday"}, {"failed_at": "2026-11-21T10:12:33"},
        {"failed_at": 5}, {"training": None}, {"iterations": 10**9},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_row_is_a_sentence(damage: dict[str, object]) -> None:
    """SQLite keeps any type in any column."""
    with pytest.raises(StoreError) as caught:
        parse_vault_row(ROW | damage)
    assert caught.value.code == "store-damaged"
    assert caught.value.remedy


def test_the_default_cost_is_the_designs() -> None:
    assert KdfCost() == KdfCost(memory_kib=64 * 1024, iterations=3)


def test_only_training_whose_pass_phrase_everybody_knows_is_cheap() -> None:
    _vault, live = Vault.create(PHRASE, training=False, entropy=_entropy)
    assert live.cost == KdfCost()
    vault, known = Vault.create(TRAINING_PASS_PHRASE, training=True, entropy=_entropy)
    assert known.cost == TRAINING_COST == vault.header_for(TRAINING_PASS_PHRASE).cost
    dear = vault.header_for(TRAINING_PASS_PHRASE, cost=KdfCost(memory_kib=1024))  # of an earlier version
    sealed = vault.seal(b"x", table="t", column="c", key="k")
    unlocked = Vault.unlock(dear, TRAINING_PASS_PHRASE, entropy=_entropy)
    assert unlocked.open(sealed, table="t", column="c", key="k") == b"x"


def test_secrets_stay_out_of_sight() -> None:
    assert "words" not in repr(PHRASE) + str(PHRASE) + f"{PHRASE}"
    with pytest.raises(TypeError):
        pickle.dumps(PHRASE)
    assert "unlocked" in repr(VAULT)
