"""What the page on writing a premises says: its sample works, its tables are those that are read, and so are fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.plan_file import PremisesError
from hht.model.plans import READERS
from hht.model.premises import available_premises, bring_to_life, load_premises
from hht.model.premises_plan import TABLES, parse_premises
from hht.resources import resource_text

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def sample() -> str:
    text = resource_text("premises", "README.md")
    block = re.search(r"\n\n((?:    .*\n|\n)+)", text)
    assert block is not None
    return re.sub(r"(?m)^    ", "", block[1])


def test_the_sample_comes_to_life() -> None:
    plan = parse_premises(sample(), name="sample", file="sample.toml")
    assert bring_to_life(plan, clock=ManualClock(START), days=1).device().registers()[0] > 0


def fields_read() -> dict[str, set[str]]:
    """By kind of device, the fields and tables that its reader knows: it names them when it meets another."""
    known: dict[str, set[str]] = {}
    for name in available_premises():
        text = resource_text("premises", f"{name}.toml")
        for found in re.finditer('(?m)^kind = "([a-z-]+)"', text):
            kind = found[1]
            if kind in READERS and kind not in known:
                with pytest.raises(PremisesError, match="no such field") as caught:
                    parse_premises(f"{text[: found.end()]}\nnonsense = 1{text[found.end() :]}", name="m", file="m.toml")
                known[kind] = set(re.findall("[a-z_0-9]+", caught.value.message.partition("known: ")[2]))
    return known


def test_the_page_has_every_field_and_table_that_a_device_may_have() -> None:
    page = resource_text("premises", "README.md")
    words = set(re.findall("[a-z_0-9]+", " ".join(re.findall("`([^`]+)`", page))))
    known = fields_read()
    assert set(known) == set(READERS) - {"repeater"}  # which no premises that comes along has
    assert {kind: fields - words for kind, fields in known.items() if fields - words} == {}


def test_every_table_of_the_page_is_one_that_is_read() -> None:
    tables = set(re.findall(r"`\[+([a-z_.0-9]+)\]+`", resource_text("premises", "README.md")))
    top = {name.partition(".")[0] for name in tables}
    assert top == TABLES - {"title", "description"} | {"device"}
    of_devices = {name.split(".")[1] for name in tables if name.startswith("device.")}
    assert of_devices - set().union(*fields_read().values()) == set()


@pytest.mark.parametrize("name", available_premises())
def test_every_premises_lives_the_same_life_twice(name: str) -> None:
    def history() -> tuple[str, int]:
        premises = load_premises(name, clock=ManualClock(START), days=3, seed=5)
        return premises.site.chronicle.fingerprint, premises.device().registers()[0]

    assert history() == history()


def test_a_dozen_come_along() -> None:
    assert len(available_premises()) >= 12
