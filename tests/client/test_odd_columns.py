"""A column that the meter cannot explain takes nothing from the others: it is shown as it came, and told."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from hht.client.api import Listeners, MeterError, ProfileRow
from hht.client.meter_objects import MeterObjects
from hht.client.profile_reader import read_profile, stream_profile
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection
from tests.client.test_odd_answers import CLOCK, OddSession

IMPORT, EXPORT, SWITCH = "1-0:1.8.0", "1-0:2.8.0", "0-0:96.3.10"
Change = Callable[[Data], Data]


def captured(class_id: int, obis: str, attribute: int) -> Data:
    name = cosem.octets(bytes(Obis.parse(obis)))
    return cosem.structure(cosem.long_unsigned(class_id), name, cosem.integer(attribute), cosem.long_unsigned(0))


class Odd(OddSession):
    """The emulated meter, whose profile has one column more; `more` is that column, `cell` what stands in it."""

    def __init__(self, more: Data | None = None, cell: Data | None = None, **answers: Data | DataAccessResult) -> None:
        super().__init__(-1, random.Random(1))
        self.more, self.cell, self.answers = more, cell, answers
        self.clock_last = False

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        answer = self.answers.get(f"c{attribute.class_id}_{attribute.attribute}_{str(attribute.obis)[4]}")
        if isinstance(answer, DataAccessResult):
            raise DataAccessError(answer, where=str(attribute))
        if answer is not None:
            return answer
        data = await super().get(attribute, selection)
        if attribute.class_id == 7 and attribute.attribute == 3 and self.more is not None:
            return cosem.array(self._turned([*data.as_items(), self.more]))
        if attribute.class_id == 7 and attribute.attribute == 2 and self.cell is not None:
            return cosem.array(
                [cosem.structure(*self._turned([*row.as_items(), self.cell])) for row in data.as_items()]
            )
        return data

    def _turned(self, items: Sequence[Data]) -> Sequence[Data]:
        return [*items[1:], items[0]] if self.clock_last else items


async def rows_and_notes(session: OddSession, only: Sequence[str] = ()) -> tuple[list[ProfileRow], list[str]]:
    await session.open()
    notes: list[str] = []
    meter = MeterObjects(session, CLOCK)  # type: ignore[arg-type]
    return await read_profile(meter, None, None, Listeners(on_note=notes.append), only=only), notes


async def sound_rows() -> list[ProfileRow]:
    rows, notes = await rows_and_notes(OddSession(-1, random.Random(1)))
    assert not notes
    return rows


@pytest.mark.parametrize(
    "scaler",
    [
        DataAccessResult.READ_WRITE_DENIED,
        cosem.structure(cosem.integer(-3)),
        cosem.structure(cosem.integer(100), cosem.enumerated(30)),
        cosem.octets(b"?"),
        cosem.null(),
    ],
    ids=str,
)
async def test_a_scaler_that_cannot_be_read(scaler: Data | DataAccessResult) -> None:
    sound = await sound_rows()
    rows, notes = await rows_and_notes(Odd(c3_3_2=scaler))
    assert len(rows) == len(sound)
    for row, wanted in zip(rows, sound, strict=True):
        assert row.values[IMPORT] == wanted.values[IMPORT]
        assert row.values[EXPORT] == row.values[EXPORT].to_integral_value()
        assert row.columns.unscaled == (EXPORT,)
    (note,) = notes
    assert EXPORT in note
    assert "as they came" in note


@pytest.mark.parametrize(
    ("more", "cell", "name", "shown"),
    [
        (captured(9999, "1-1:99.97.0", 2), cosem.long_unsigned(7), "1-1:99.97.0", Decimal(7)),
        (captured(1, "0-0:96.5.0", 2), cosem.visible("on"), "0-0:96.5.0", "on"),
        (captured(1, "0-0:96.5.0", 2), cosem.octets(b"\x01\x02"), "0-0:96.5.0", "01 02"),
        (captured(1, "0-0:96.5.0", 2), cosem.boolean(True), "0-0:96.5.0", "True"),
        (captured(1, "0-0:96.5.0", 2), cosem.float64(2.5), "0-0:96.5.0", Decimal("2.5")),
        (captured(1, "0-0:96.5.0", 2), cosem.float64(float("nan")), "0-0:96.5.0", "nan"),
        (captured(1, "0-0:96.5.0", 2), cosem.structure(cosem.unsigned(1), cosem.visible("a")), "0-0:96.5.0", "{1, a}"),
        (captured(3, IMPORT, 5), cosem.unsigned(3), f"3/{IMPORT}/5", Decimal(3)),
        (cosem.unsigned(1), cosem.unsigned(3), "column 4", Decimal(3)),
        (cosem.structure(cosem.unsigned(1)), cosem.unsigned(3), "column 4", Decimal(3)),
    ],
    ids=str,
)
@pytest.mark.parametrize("clock_last", [False, True])
async def test_a_column_of_something_else(
    more: Data, cell: Data, name: str, shown: Decimal | str, *, clock_last: bool
) -> None:
    session = Odd(more, cell)
    session.clock_last = clock_last
    rows, notes = await rows_and_notes(session)
    sound = await sound_rows()
    assert [(row.time, row.status) for row in rows] == [(row.time, row.status) for row in sound]
    name = name if not clock_last else name.replace("column 4", "column 3")
    assert set(rows[0].cells) == {IMPORT, EXPORT, name}
    for row in rows:
        assert (row.texts if isinstance(shown, str) else row.values)[name] == shown
        assert row.cells[name] == str(shown)
    assert len(notes) == (isinstance(shown, str) or name.startswith("column"))


async def test_an_extended_register_s_column_has_its_own_scaler() -> None:
    scale = cosem.structure(cosem.integer(2), cosem.enumerated(27))
    rows, notes = await rows_and_notes(Odd(captured(4, "1-0:1.6.0", 2), cosem.long_unsigned(7), c4_3_1=scale))
    assert not notes
    assert all(row.values["1-0:1.6.0"] == 700 for row in rows)


async def test_a_profile_without_times_is_refused() -> None:
    with pytest.raises(MeterError):
        await rows_and_notes(Odd(c7_3_9=cosem.array([captured(3, IMPORT, 2)])))


async def test_the_reader_keeps_no_row() -> None:
    session = OddSession(-1, random.Random(1))
    await session.open()
    heard: list[int] = []
    meter = MeterObjects(session, CLOCK)  # type: ignore[arg-type]
    count = await stream_profile(meter, None, None, Listeners(on_rows=lambda rows: heard.append(len(rows))))
    assert count == sum(heard) == 48
