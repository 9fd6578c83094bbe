"""A product list whose number shuts out all later ones is forgotten by who may, and nothing older comes in by that."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from hht.errors import HhtError
from hht.packs.envelope import DeskKey, close
from hht.resources import resource_text
from hht.store.vault import PassPhrase
from hht.work.products import PAYLOAD_TYPE
from hht.work.products_kept import ProductListRefused, ProductListStore
from tests.protocol.gbcs_vectors import training_key
from tests.store.conftest import OpenStore

TODAY = date(2026, 3, 2)  # by the clock of `open_store`


def test_a_number_that_shuts_out_all_later_lists_is_forgotten_and_nothing_older_comes_in_by_it(
    open_store: OpenStore,
) -> None:
    key = training_key(5)
    with open_store(PassPhrase("a live store of a test"), training=False) as store:
        lists, desks = ProductListStore(store), [DeskKey("depot", key.public_key(), training=False)]

        def take(number: int, issued: date = TODAY) -> str:
            plain = {"training": False, "number": number, "issued": issued.isoformat(), "good_until": "2026-12-31"}
            octets = json.dumps(json.loads(resource_text("samples", "products.json")) | plain).encode()
            try:
                return str(lists.take(close(octets, key, PAYLOAD_TYPE), "list.signed", desks).products.number)
            except HhtError as error:
                return f"{error.code}: {error.remedy}"

        assert take(41, TODAY - timedelta(days=7)) == "41"
        assert take(999_999_999) == "999999999"
        assert take(42).startswith("products-older")
        assert "hht van products --forget 999999999" in take(42)
        with pytest.raises(ProductListRefused, match=r"Edition 42 .* is not kept here") as wrong:
            lists.forget(42)
        assert wrong.value.code == "products-not-kept"
        assert lists.forget(999_999_999).number == 999_999_999
        assert lists.kept() is None
        assert take(42, TODAY - timedelta(days=1)).startswith("products-issued-before")
        assert take(42) == "42"
        ((_at, _kind, told),) = store.log_entries("products-forgotten")
        assert (told["number"], told["desk"]) == (999_999_999, "depot")
