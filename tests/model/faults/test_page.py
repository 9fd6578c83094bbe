"""The page on writing a premises has every fault, as the register has it."""

from __future__ import annotations

import re

from hht.model.alert_codes import AlertCode
from hht.model.faults import failures, fault_kinds
from hht.resources import resource_path

HEADER = "| fault | at | what is seen of it | stands for |\n|---|---|---|---|\n"
MEANINGS = "| | what fails on site |\n|---|---|\n"


def table() -> str:
    """The rows as they should stand there."""
    rows = []
    for kind in fault_kinds().values():
        where = ", ".join(sorted(kind.devices)) or "the premises"
        much = kind.amount
        name = f"`{kind.name}`" if much is None else f"`{kind.name}={much.usual}` ({much.unit})"
        rows.append(f"| {name} | {where} | {kind.symptom} | {', '.join(kind.failures)} |\n")
    meanings = "".join(f"| {number} | {words} |\n" for number, words in failures().items())
    return f"{HEADER}{''.join(rows)}\n{MEANINGS}{meanings}"


def test_the_page_has_every_fault() -> None:
    text = resource_path("premises", "README.md").read_text(encoding="utf-8")
    assert table() in text, f"put this into resources/premises/README.md, under Faults:\n\n{table()}"


def test_the_alert_codes_that_are_named_are_codes() -> None:
    codes = {int(code) for code in AlertCode}
    for kind in fault_kinds().values():
        for code in re.findall("0x([0-9A-F]{4})", f"{kind.symptom} {kind.stays}"):
            assert int(code, 16) in codes, (kind.name, code)
