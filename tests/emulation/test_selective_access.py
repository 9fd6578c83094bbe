"""Parts of a profile, by time and by entry, some columns or all, in every encoding: what was asked for, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hht.emulation.meter_server import MeterServer
from hht.emulation.object_table import PROFILE_COLUMNS
from hht.emulation.port_server import offering
from hht.model.electricity_meter import ElectricityMeter, ProfileForm
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, ProfileEntry
from hht.protocol.cosem import data as d
from hht.protocol.cosem.client import AssociationRequest, CosemClient, GetStreamed, NextRequest
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance, DataAccessResult, Mechanism
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, SelectiveAccess
from hht.protocol.cosem.errors import DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import CaptureObject, EntrySelection, RangeSelection, Selection
from hht.protocol.cosem.rows import Completion, ProfileDecoder, Row

MeterOf = Callable[..., ElectricityMeter]
PROFILE = CosemAttribute(7, Obis.parse("0-0:99.1.0"), 2)
COLUMNS = [CaptureObject(class_id, Obis.parse(obis), attribute) for class_id, obis, attribute in PROFILE_COLUMNS]
START_S = 1_790_000_000 // 1800 * 1800
MOMENT = encode_datetime(datetime.fromtimestamp(START_S, UTC))
# A day of half hours, two of them with the clock set between, an hour and three days missing
TIMES = [START_S + 1800 * n + (n > 10) * 3600 + (n > 20) * 3 * 86_400 + (n in (30, 31)) * 7 for n in range(48)]
ENTRIES = [ProfileEntry(time, 1000 + 7 * n - 900 * (n > 25), 50 + n // 3, int(n > 40)) for n, time in enumerate(TIMES)]


def conversation(meter: ElectricityMeter, conformance: Conformance = FIRST_LIGHT) -> Callable[..., list[Row]]:
    """A way to read the profile's buffer of a meter that holds ENTRIES."""
    meter.catch_up()
    meter.profile.clear()
    for entry in ENTRIES:
        meter.profile.append(entry)
    end = MeterServer(meter).session(17)
    request = AssociationRequest(17, Mechanism.LOW, password=b"Gurux", max_pdu=512, conformance=conformance)
    client = CosemClient(request)
    for answer in end.answers(client.associate()):
        client.receive(answer)

    def read(selection: Selection | None, columns: int, clock: int | None) -> list[Row]:
        decoder = ProfileDecoder(columns, completion=Completion(CAPTURE_PERIOD_S, clock))
        rows: list[Row] = []
        step = NextRequest(client.get(PROFILE, selection, stream=True))
        while True:
            (answer,) = end.answers(step.apdu)
            result = client.receive(answer)
            assert isinstance(result, NextRequest | GetStreamed)
            rows += decoder.feed(result.partial)
            if isinstance(result, GetStreamed):
                decoder.finish()
                return rows
            step = result

    return read


def whole(entry: ProfileEntry) -> Row:
    time = encode_datetime(datetime.fromtimestamp(entry.time_s, UTC), status=entry.status)
    return time, entry.import_wh, entry.export_wh


def cut(entries: Sequence[ProfileEntry], columns: Sequence[int]) -> list[Row]:
    return [tuple(whole(entry)[column] for column in columns) for entry in entries]


@pytest.fixture(params=list(ProfileForm))
def read(request: pytest.FixtureRequest, meter_of: MeterOf) -> Callable[..., list[Row]]:
    return conversation(offering(meter_of(), profiles=request.param))


SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
moments = st.one_of(st.integers(START_S - 4000, TIMES[-1] + 4000), st.sampled_from(TIMES))
chosen = st.lists(st.integers(0, 2), max_size=3, unique=True)


def test_all_of_it(read: Callable[..., list[Row]]) -> None:
    assert read(None, 3, 0) == cut(ENTRIES, (0, 1, 2))


@SETTINGS
@given(moments, moments, chosen)
def test_by_time(read: Callable[..., list[Row]], start_s: int, end_s: int, columns: list[int]) -> None:
    start, end = (datetime.fromtimestamp(moment, UTC) for moment in (start_s, end_s))
    selection = RangeSelection.between(start, end, [COLUMNS[column] for column in columns])
    shown = columns or [0, 1, 2]
    rows = read(selection, len(shown), shown.index(0) if 0 in shown else None)
    assert rows == cut([entry for entry in ENTRIES if start_s <= entry.time_s <= end_s], shown)


@SETTINGS
@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 3), st.integers(0, 3))
def test_by_entry(read: Callable[..., list[Row]], first: int, last: int, first_column: int, last_column: int) -> None:
    selection = EntrySelection(first, last, first_column, last_column)
    stop_column = last_column or 3
    if 0 < last < first or first_column > stop_column:
        with pytest.raises(DataAccessError) as refused:
            read(selection, 1, None)
        assert refused.value.result is DataAccessResult.OTHER_REASON
        return
    shown = list(range(first_column - 1, stop_column))
    rows = read(selection, len(shown), 0 if 0 in shown else None)
    assert rows == cut(ENTRIES[first - 1 : last or None], shown)


@pytest.mark.parametrize(
    "selection",
    [
        EntrySelection(0),
        EntrySelection(1, 0, 0),
        EntrySelection(1, 0, 1, 4),
        RangeSelection(d.octets(b"x"), d.octets(b"y")),
        RangeSelection(d.octets(bytes(12)), d.octets(b"\xff" * 12)),
        RangeSelection(d.unsigned(1), d.unsigned(2), COLUMNS[1]),
        RangeSelection(d.octets(MOMENT), d.octets(MOMENT), columns=(CaptureObject(3, Obis.parse("1-0:9.8.0"), 2),)),
        SelectiveAccess(3, d.null()),
    ],
)
def test_what_cannot_be_selected_is_refused_and_the_rest_is_served(meter_of: MeterOf, selection: Selection) -> None:
    read = conversation(meter_of())
    with pytest.raises(DataAccessError):
        read(selection, 3, 0)
    assert read(EntrySelection(1, 1), 3, 0) == cut(ENTRIES[:1], (0, 1, 2))


def test_differences_only_for_who_agreed_to_them(meter_of: MeterOf) -> None:
    for agreed in (FIRST_LIGHT, FIRST_LIGHT & ~Conformance.DELTA_VALUE_ENCODING):
        read = conversation(offering(meter_of(), profiles="delta"), agreed)
        assert read(None, 3, 0) == cut(ENTRIES, (0, 1, 2))
