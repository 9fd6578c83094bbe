"""Text from a device in a table that a spreadsheet opens: never a formula; numbers stay numbers."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import AttributeValue, ObjectView
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.obis import Obis
from ui.cli.main import main
from ui.cli.read import write_table
from ui.object_list import write_objects

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "-",
    "+1-800 W",
]
PLAIN = ["-12.5", "+3", "1.8.0", "-12 W", "-1.5 kWh", "-2e-3", "", "12 Specimen Street", "'=1"]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "objects.csv"
    view = ViewEntry(1, 0, Obis.parse("0-0:96.13.1"), (2,))
    write_objects(path, [ObjectView(view, (AttributeValue(2, "value", text, cosem.octets(b"")),))])
    assert rows_of(path)[1][6] == f"'{text}"
    write_table(path, [("2026-11-21T00:00:00Z", text, {"1-0:1.8.0": text, text: "1"})])
    assert rows_of(path) == [
        ["time", "status", "1-0:1.8.0", f"'{text}"],
        ["2026-11-21T00:00:00Z", f"'{text}", f"'{text}", "1"],
    ]


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    write_table(path, [("2026-11-21T00:00:00Z", "", {"1-0:1.8.0": text})])
    assert rows_of(path)[1][2] == text


@pytest.mark.parametrize("number", [Decimal("-12.5"), -3, -0.25])
def test_numbers_stay_numbers(tmp_path: Path, number: object) -> None:
    path = tmp_path / "rows.csv"
    write_table(path, [("2026-11-21T00:00:00Z", "", {"1-0:1.8.0": number})])
    assert rows_of(path)[1][2] == str(number)


@pytest.mark.parametrize("command", ["read", "browse"])
def test_help_says_so(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "formula" in capsys.readouterr().out
