"""The catalogue says what the documents' requirements say, row by row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from tests.requirements.catalogue import catalogue, devices

# | id | statement | S0 L184 “phrase” | device(s) | where it shows | importance |
ROW = re.compile(r"^\| ([A-Z0-9]+-\d\d) \| (.+?) \| (S\d L\d+) “.+ \| (\S+) \| .+? \| (\w+) \|$", re.MULTILINE)


def test_the_catalogue_is_its_source_row_by_row(domain: Callable[[str], str]) -> None:
    stated = [
        (name, importance, tuple(device.split(",")), source, statement)
        for name, statement, source, device, importance in ROW.findall(domain("requirements.md"))
    ]
    held = [(row.id, row.importance, row.device, row.source, row.statement) for row in catalogue().values()]
    assert held == stated


def test_no_row_of_the_source_is_overlooked(domain: Callable[[str], str]) -> None:
    begun = re.findall(r"^\| ([A-Z0-9]+-\d+) \|", domain("requirements.md"), re.MULTILINE)
    assert list(catalogue()) == begun


def test_how_many_rows_there_are() -> None:
    assert Counter(row.importance for row in catalogue().values()) == {"core": 166, "should": 262, "stretch": 40}


def test_every_row_names_devices_that_the_catalogue_explains() -> None:
    named = {name for row in catalogue().values() for name in row.device}
    assert named == set(devices())
