"""The conformance kit: the sample passes every row, and each kind of mistake fails the row that is about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.plugins.archive import read_archive
from hht.plugins.kit.course import examine
from hht.plugins.kit.device import ROWS
from hht.work.conformance.rows import Verdict
from tests.plugins.making import DEVICE, archive_of, sample, sample_files
from ui.plugin_ways import ways
from ui.system import SystemClock


async def test_the_sample_passes_every_row_and_speaks_over_a_socket() -> None:
    found = [one async for one in examine(read_archive(sample()), ways(SystemClock()))]
    assert [(one.row, one.said.why) for one in found if one.said.verdict is not Verdict.PASS] == []
    assert [one.row for one in found if one.device == DEVICE] == [
        *(row.name for row in ROWS),
        "over-in-process",
        "over-tcp",
    ]


def changed(file: str, *swaps: tuple[str, str]) -> bytes:
    """The sample with a mistake in it."""
    files = sample_files()
    text = files[file].decode()
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return archive_of({**files, file: text})


MISTAKES: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "no check of the CRC": (
        lambda: changed("wire.py", (" or check != _check(text)", "")),
        {"changed-answers", "changed-requests"},
    ),
    "any number is taken": (
        lambda: changed("reader.py", ("number != self._number or found[0] != asked[0] or ", "")),
        {"others-answers"},
    ),
    "whole too early": (
        lambda: changed("wire.py", ("len(heard) > LONGEST", "len(heard) > 20")),
        {"pieces"},
    ),
    "a total that goes back": (
        lambda: changed("emulator.py", ("[f\"E={energy} kWh\"", "[f\"E={-energy} kWh\"")),
        {"registers"},
    ),
    "a clock that stands still": (
        lambda: changed("emulator.py", ("{self._now():%Y%m%d%H%M%S}", "20261120120000")),
        {"clock"},
    ),
    "a log that goes back": (lambda: changed("emulator.py", ("logged = sorted(", "logged = list(")), {"events"}),
    "chance": (
        lambda: changed(
            "emulator.py",
            ("from decimal import Decimal", "import random\nfrom decimal import Decimal"),
            ("{self._seed % 10_000_000:07d}", "{random.randrange(10 ** 7):07d}"),
        ),
        {"alike"},
    ),
    "what was cut off is not forgotten": (
        lambda: changed(
            "emulator.py",
            ('"""Forget a frame that has begun."""\n        self._heard = b""', "pass"),
            ("STX if octet == STX[0] else ", ""),
        ),
        {"noise", "hostile"},
    ),
    "falls over what it is sent": (
        lambda: changed("emulator.py", ('return b""\n        if word == "ID"', 'raise\n        if word == "ID"')),
        {"changed-requests", "hostile"},
    ),
    "falls over what it hears": (
        lambda: changed("reader.py", ("        except Damaged:", "        except KeyError:")),
        {"changed-answers", "garbage"},
    ),
    "waits too long": (lambda: changed("reader.py", ("within_s=5.0", "within_s=30.0")), {"asked"}),
    "guesses": (
        lambda: changed("reader.py", ('found = yield from self._ask("CK", fields=1)', 'found = ["20261120120000"]')),
        {"asked"},
    ),
    "reaches for files": (
        lambda: changed("plugin.py", ("from .wire import BAUD", "import os\nfrom .wire import BAUD")),
        {"source"},
    ),
    "reaches into the core": (
        lambda: changed("plugin.py", ("from .wire import BAUD", "import hht.errors\nfrom .wire import BAUD")),
        {"source"},
    ),
    "talks past the terminal": (lambda: changed("plugin.py", ("BAUD))", "BAUD))\n    print('hello')")), {"source"}),
    "has no end of brackets": (
        lambda: archive_of({**sample_files(), "more.py": "(" * 90_000 + ")" * 90_000}),
        {"source"},
    ),
    "opens a file": (lambda: changed("plugin.py", ("BAUD))", "BAUD))\n    open('x').close()")), {"source", "loads"}),
    "registers nothing": (lambda: archive_of({"plugin.py": "def register(to):\n    pass\n"}), {"loads"}),
}  # fmt: skip


async def test_a_device_without_clock_and_log_is_no_worse_for_it() -> None:
    octets = changed(
        "reader.py",
        (
            '        found = yield from self._ask("CK", fields=1)\n        return _time(found[0])',
            "        yield from ()",
        ),
        (
            "        listed: list[Event] = []\n",
            "        listed: list[Event] = []\n        if not listed:\n            return []\n",
        ),
    )
    found = [one async for one in examine(read_archive(octets), ways(SystemClock()))]
    odd = {one.row: one.said.verdict for one in found if one.said.verdict is not Verdict.PASS}
    assert odd == {"clock": Verdict.NOT_APPLICABLE, "events": Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_mistake_fails_the_row_that_is_about_it(name: str) -> None:
    make, expected = MISTAKES[name]
    asked = [row for row in ROWS if row.name in expected]
    found = [one async for one in examine(read_archive(make()), {}, asked)]
    assert {one.row for one in found if one.said.verdict is Verdict.FAIL} == expected
