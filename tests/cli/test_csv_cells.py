"""Text from a device in a table that a spreadsheet opens: never a formula; numbers stay numbers."""

from __future__ import annotations

import csv
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import AttributeValue, ObjectView
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.obis import Obis
from ui.cli.main import main
from ui.object_list import write_objects
from ui.row_table import RowTable

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


def written(path: Path, rows: list[tuple[str, str, dict[str, str]]]) -> None:
    """The rows as a table in a file."""
    with RowTable(path) as table:
        table.add(rows)
        table.save()


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "objects.csv"
    view = ViewEntry(1, 0, Obis.parse("0-0:96.13.1"), (2,))
    write_objects(path, [ObjectView(view, (AttributeValue(2, "value", text, cosem.octets(b"")),))])
    assert rows_of(path)[1][6] == f"'{text}"
    written(path, [("2026-11-21T00:00:00Z", text, {"1-0:1.8.0": text, text: "1"})])
    assert rows_of(path) == [
        ["time", "status", "1-0:1.8.0", f"'{text}"],
        ["2026-11-21T00:00:00Z", f"'{text}", f"'{text}", "1"],
    ]


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.csv"
    written(path, [("2026-11-21T00:00:00Z", "", {"1-0:1.8.0": text})])
    assert rows_of(path)[1][2] == text


@pytest.mark.parametrize("number", [Decimal("-12.5"), -3, -0.25])
def test_numbers_stay_numbers(tmp_path: Path, number: object) -> None:
    path = tmp_path / "rows.csv"
    written(path, [("2026-11-21T00:00:00Z", "", {"1-0:1.8.0": number})])
    assert rows_of(path)[1][2] == str(number)


@pytest.mark.parametrize("command", ["read", "browse"])
def test_help_says_so(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "formula" in capsys.readouterr().out


def lines_of(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_column_that_turns_up_late_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with RowTable(path) as table:
        table.add([("t1", "", {"a": 1})])
        table.add([("t2", "x", {"b": "two\nlines", "a": 2}), ("t3", "", {"c": 3})])
        assert not path.exists()
        table.save()
    assert lines_of(path) == [
        ["time", "status", "a", "b", "c"],
        ["t1", "", "1", "", ""],
        ["t2", "x", "2", "two\nlines", ""],
        ["t3", "", "", "", "3"],
    ]


def test_rows_that_are_void_are_in_no_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with RowTable(path) as table:
        table.add([("t1", "", {"a": 1})])
        table.clear()
        table.add([("t2", "", {"b": 2})])
        table.save()
    assert lines_of(path) == [["time", "status", "b"], ["t2", "", "2"]]


def test_a_table_that_is_not_saved_leaves_nothing(tmp_path: Path) -> None:
    with RowTable(tmp_path / "rows.csv") as table:
        table.add([("t1", "", {"a": 1})])
    assert list(tmp_path.iterdir()) == []


def test_many_rows_are_not_held(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        with RowTable(tmp_path / "rows.csv") as table:
            table.add((f"2026-{at:08}", "reliable", {"1-0:1.8.0": at}) for at in range(100_000))
            table.save()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    assert sum(1 for _line in (tmp_path / "rows.csv").open()) == 100_001
