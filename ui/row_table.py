"""Rows of a profile as a CSV file, written while they come: however many there are, no list of them is held."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from ui.csv_cells import cells
from ui.whole_file import explained, whole_file


class RowTable:
    """A line for each row: time, status, then a column for each OBIS code, in the order in which they turned up.

    Rows wait in an unnamed file beside `path` (readings stand nowhere but where somebody said), for a column that turns
    up late belongs into the header line. `save` writes the whole table; without it nothing is left. Use as
    ``with RowTable(path) as table``. Raises FileNotWritten.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._columns: list[str] = []
        self._rows = 0
        self._uneven = False  # a column turned up when there were rows already
        with explained(path):
            body = tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=path.parent)  # noqa: SIM115 - see __exit__
            self._body = body
        self._writer = csv.writer(self._body)

    def __enter__(self) -> RowTable:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._body.close()

    def add(self, rows: Iterable[tuple[str, str, Mapping[str, object]]]) -> None:
        """Rows of time, status, and cells by OBIS."""
        with explained(self._path):
            for time, status, values in rows:
                if new := [name for name in values if name not in self._columns]:
                    self._columns += new
                    self._uneven = self._uneven or self._rows > 0
                self._writer.writerow(cells([time, status, *(values.get(name, "") for name in self._columns)]))
                self._rows += 1

    def clear(self) -> None:
        """Forget every row: they come anew."""
        with explained(self._path):
            self._body.seek(0)
            self._body.truncate()
        self._columns.clear()
        self._rows, self._uneven = 0, False

    def save(self) -> None:
        """Write the table: whole, or not at all."""
        with whole_file(self._path, newline="") as file, explained(self._path):
            csv.writer(file).writerow(cells(["time", "status", *self._columns]))
            self._body.seek(0)
            if not self._uneven:
                shutil.copyfileobj(self._body, file)
                return
            writer, width = csv.writer(file), 2 + len(self._columns)
            for line in csv.reader(self._body):  # rows from before the last column turned up are shorter
                writer.writerow([*line, *[""] * (width - len(line))])
