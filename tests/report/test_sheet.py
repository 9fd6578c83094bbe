"""The customer's sheet: large print, what was done at their premises, and nothing that is not theirs."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from hht.evidence import key_print
from hht.report.bundle_lines import BundleError, EvidenceKey, Item, redacted, write_bundle
from hht.report.sheet import POINTS, customer_sheet

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
KEY = EvidenceKey(b"k" * 32)


def bundle(*more: Item, level: str = "customer") -> bytes:
    visit: dict[str, Any] = {
        "training": True, "reference": "J-7", "supplier": "Specimen Energy", "address": "1 High <b>Street</b>",
        "device_id": "00-DB", "mpan": "1012345678912", "outcome": "made-safe", "started_at": "2026-11-21T09:00:00Z",
        "ended_at": "", "runs": [{"engineer": {"name": "Ann Other"}}],
    }  # fmt: skip
    whole = write_bundle("v1", [Item("visit", visit), *more], (), KEY, AT)
    return whole if level == "supplier" else redacted(whole, level)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_what_stands_on_it_and_what_does_not() -> None:
    register = {"label": "Import", "obis": "1-0:1.8.0", "value": "12.5", "unit": "kWh"}
    write = {"step": "s", "at": "", "before": "", "after": "1012345678912", "authority": "IS"}
    measured = {"step": "live-tests", "item": "loop", "unit": "Ω", "limit": "at most 0.8 Ω"}
    made = bundle(
        Item("sealed", {"question": "occupants/medical", "code": "PSR-12"}),
        Item("notice-sealed", {"step": "occupants", "stop": "do-not-isolate", "number": "N-1"}),
        Item("notice", {"step": "live-tests", "stop": "electricity-off", "number": "N-4711"}),
        Item("reading", {"when": "before", "time": "", "registers": [register]}),
        Item("write", {**write, "item": "import-mpan", "result": "written"}),
        Item("write", {**write, "item": "clock", "result": "held-already"}),
        Item("safety", {**measured, "prompt": "Earth loop impedance", "value": "0.35"}),
        Item("journal", {"at": "", "step": "s", "kind": "done", "payload.note": "Gate locked"}),
    )
    pdf = customer_sheet(made)
    assert pdf == customer_sheet(made)
    text = text_of(pdf)
    for words in (
        "1 High <b>Street</b>", "Specimen Energy", "J-7", "Made safe", "Notice number N-4711", "12.5 kWh", "TRAINING",
        "Import MPAN: 1012345678912", "Earth loop impedance: 0.35 Ω (at most 0.8 Ω)", key_print(KEY.public)[:9],
    ):  # fmt: skip
        assert words in text, words
    for words in ("PSR-12", "do-not-isolate", "N-1 ", "Ann Other", "Gate locked", "Clock"):
        assert words not in text, words


def test_it_is_in_large_print() -> None:
    assert POINTS >= 16
    sizes: list[float] = []
    for page in pypdf.PdfReader(io.BytesIO(customer_sheet(bundle()))).pages:
        page.extract_text(visitor_text=lambda text, _cm, _tm, _font, size: sizes.append(size) if text.strip() else None)
    assert min(sizes) >= 16


def test_no_sheet_of_what_is_for_other_readers_or_was_altered() -> None:
    for made in (bundle(level="supplier"), bundle(level="public"), bundle().replace(b"High", b"Low_"), b""):
        with pytest.raises(BundleError):
            customer_sheet(made)
