"""Rows of several tables go together, and the search for what was there can fail."""

from __future__ import annotations

import pytest

from hht.store.erasure import Rows, erase_rows, only_look, sealed_values
from hht.store.errors import StoreError
from hht.store.store import Store
from tests.store.conftest import OpenStore

VISIT = (Rows("visit_journal", "visit_id", "v1"), Rows("visits", "visit_id", "v1"), Rows("jobs", "job_id", "j1"))


def filled(open_store: OpenStore, octets: int = 40_000) -> Store:
    store = open_store()
    row = {"job_id": "j1", "imported_at": store.now()}
    store.insert("jobs", row, key="j1", sealed={"body": b"a body", "source": b"s" * octets})
    visit = {"visit_id": "v1", "job_id": "j1", "number": 1, "created_at": store.now(), "walkthrough": "w"}
    store.insert("visits", visit, key="v1", sealed={})
    for number in range(1, 30):
        entry = {"visit_id": "v1", "number": number, "at": store.now(), "step": "", "kind": "done"}
        store.insert("visit_journal", entry, key=str(number), sealed={"payload": b"%d" % number * 50})
    return store


def test_all_of_it_goes_and_nothing_is_found(open_store: OpenStore) -> None:
    store = filled(open_store)
    values = sealed_values(store, VISIT)
    assert len(values) == 31
    called: list[int] = []
    erased = erase_rows(store, VISIT, within=lambda: called.append(1))
    assert called == [1]
    assert erased.pieces > 100
    assert erased.pieces * 0.9 < erased.found_before <= erased.pieces, "few pieces straddle two pages"
    assert (erased.found_after, erased.octets) == (0, sum(map(len, values)))
    assert "training.db" in erased.files
    assert sealed_values(store, VISIT) == []


def test_many_pieces_are_found_as_few_are(open_store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hht.store.erasure._MANY", 10)
    erased = erase_rows(filled(open_store, 1000), VISIT)
    assert erased.found_before > 30
    assert erased.found_after == 0


def test_what_is_left_behind_is_found(open_store: OpenStore) -> None:
    """As on a store whose deleted octets are not overwritten."""
    store = filled(open_store)
    pieces = [value[at : at + 24] for value in sealed_values(store, VISIT) for at in range(0, len(value) - 24, 24)]
    store._database.execute("PRAGMA secure_delete=OFF")
    with pytest.raises(StoreError) as refused:
        erase_rows(store, VISIT)
    assert refused.value.code == "store-erasure"
    assert "training.db" in refused.value.message
    with pytest.raises(StoreError, match="pieces of it are still in training"):
        only_look(store, *pieces)


def test_what_stands_in_clear_is_found(open_store: OpenStore) -> None:
    store = filled(open_store, 100)
    store.log("1 High Street", {})  # a careless writer
    with pytest.raises(StoreError) as refused:
        erase_rows(store, VISIT, also=[b"1 High Street"])
    assert refused.value.code == "store-erasure"


def test_nothing_goes_where_the_rest_of_it_fails(open_store: OpenStore) -> None:
    store = filled(open_store, 100)

    def refuses() -> None:
        raise StoreError("no", remedy="-")

    with pytest.raises(StoreError, match="no"):
        erase_rows(store, VISIT, within=refuses)
    assert len(sealed_values(store, VISIT)) == 31
