"""What comes for the van and the day: product lists, delivery notes, codes of jobs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from hht.work.job_code import JobCodeError, joined, missing, parse_part
from hht.work.products import ProductListError, parse_products
from hht.work.van_file import VanFileError, parse_van_file
from tests.fuzz.meaning import spoil_json
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_WORDS: Final = (b"{", b"}", b'"', b",", b":", b"null", b'"2026-02-30"', b'"9999-12-31"', b"1e999", b"\\u0000")


def product_list(messages: Messages) -> Hashable:
    """A list that is taken has its days in order, and a last one."""
    found = parse_products(b"".join(messages), "fuzz.json")
    assert all(one.removed is None or one.removed >= one.listed_from for one in found.products)
    assert all(one.install_until is None or one.install_until >= one.install_from for one in found.validity)
    assert found.good_until is not None
    assert found.good_until >= found.issued
    return min(len(found.products), 9), min(len(found.validity), 9)


def delivery_note(messages: Messages) -> Hashable:
    """Each device once."""
    found = parse_van_file(b"".join(messages), "fuzz.json")
    assert len({one.device_id for one in found}) == len(found)
    return min(len(found), 9)


def job_code(messages: Messages) -> Hashable:
    """The codes of one job, one in each message."""
    parts = {part.number: part for part in (parse_part(one.decode("utf-8", "replace")) for one in messages)}
    if not parts or missing(parts.values()):
        return "waits"
    return min(len(joined(parts)) // 100, 40)


TARGETS: Final = [
    Target("product-list", product_list, "products", (ProductListError,), _WORDS, sample=200, meaning=spoil_json),
    Target("delivery-note", delivery_note, "vans", (VanFileError,), _WORDS, sample=200, meaning=spoil_json),
    Target("job-code", job_code, "job-codes", (JobCodeError,), (b"HHTJ1.1.1.", b".", b"\xc4\xb0"), sample=200),
]
