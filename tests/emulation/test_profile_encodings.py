"""The shorter ways to write a profile: the same rows under each, whatever the history; and how short they are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.emulation.profile_buffer import ProfileBuffer
from hht.model.electricity_meter import ElectricityMeter, ProfileForm
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S, LoadProfile, ProfileEntry
from hht.protocol.cosem.rows import Completion, ProfileDecoder, Row

MeterOf = Callable[..., ElectricityMeter]
PLAIN_FLOOR = 494_212  # 19,008 plain rows
# 27 March 2022, 00:00 UTC: an hour before clocks in Great Britain go forward (these clocks keep UTC)
START_S = 1_648_339_200


def rows_of(octets: bytes, columns: tuple[int, ...], piece: int) -> list[Row]:
    clock = columns.index(0) if 0 in columns else None
    decoder = ProfileDecoder(len(columns), completion=Completion(CAPTURE_PERIOD_S, clock))
    rows: list[Row] = []
    for at in range(0, len(octets), piece):
        rows += decoder.feed(octets[at : at + piece])
    decoder.finish()
    assert decoder.total == len(rows)
    return rows


# Between two captures: how far on (in s; gaps, a clock that was set), what the registers did, the status
steps = st.tuples(
    st.sampled_from([1800] * 12 + [1, 60, 900, 1799, 1801, 3600, 7200, 86_400, 40 * 86_400]),
    st.one_of(st.just(0), st.integers(0, 300), st.integers(0, 12_000), st.integers(-(2**32), 2**32)),
    st.one_of(st.just(0), st.integers(-200, 300), st.integers(-40_000, 40_000), st.integers(-(2**32), 2**32)),
    st.sampled_from([0] * 10 + [1, 2]),
)


def history(table: list[tuple[int, int, int, int]], first: tuple[int, int]) -> LoadProfile:
    profile = LoadProfile(capacity=200)
    time_s, (imported, exported) = START_S, first
    for gap, more_in, more_out, status in table:
        time_s += gap
        imported, exported = (imported + more_in) % 2**32, (exported + more_out) % 2**32  # a reset is a fall
        profile.append(ProfileEntry(time_s, imported, exported, status))
    return profile


@settings(max_examples=300, deadline=None)
@given(
    st.lists(steps, max_size=60),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.booleans(),
    st.sampled_from([(0, 1, 2), (0, 2), (1, 2), (2, 0, 1), (1,)]),
    st.integers(0, 20),
    st.integers(1, 90),
)
def test_every_history_reads_the_same_under_every_encoding(
    table: list[tuple[int, int, int, int]],
    first: tuple[int, int],
    deltas: bool,
    columns: tuple[int, ...],
    start: int,
    piece: int,
) -> None:
    profile = history(table, first)
    buffer = ProfileBuffer(profile)
    plain = rows_of(buffer.encoded(start, profile.end, columns), columns, piece)
    for encoding in ProfileForm:
        octets = buffer.encoded(start, profile.end, columns, encoding, deltas=deltas)
        assert rows_of(octets, columns, piece) == plain, encoding


def test_thirteen_months_in_every_encoding_against_the_plain_floor(meter_of: MeterOf) -> None:
    meter = meter_of(days=396)
    buffer = ProfileBuffer(meter.profile)
    end = meter.profile.end
    assert end - meter.profile.first == 19_008
    assert len(buffer.encoded(0, end)) == PLAIN_FLOOR
    plain = rows_of(buffer.encoded(0, end), (0, 1, 2), 8192)
    most = {
        (ProfileForm.NULL, False): 0.55,
        (ProfileForm.NULL, True): 0.55,
        (ProfileForm.DELTA, True): 0.35,
        (ProfileForm.DELTA, False): 0.55,  # null-data where the client did not agree to differences
        (ProfileForm.COMPACT, True): 0.35,
        (ProfileForm.COMPACT, False): 0.35,
    }
    for (encoding, deltas), ratio in most.items():
        octets = buffer.encoded(0, end, None, encoding, deltas=deltas)
        assert len(octets) <= ratio * PLAIN_FLOOR, (encoding, deltas, len(octets))
        assert rows_of(octets, (0, 1, 2), 8192) == plain


def test_chosen_columns_without_the_time(meter_of: MeterOf) -> None:
    meter = meter_of(days=396)
    buffer = ProfileBuffer(meter.profile)
    end = meter.profile.end
    wanted = [row[1:] for row in rows_of(buffer.encoded(0, end), (0, 1, 2), 8192)]
    for encoding, deltas in product((ProfileForm.DELTA, ProfileForm.COMPACT), (False, True)):
        octets = buffer.encoded(0, end, (1, 2), encoding, deltas=deltas)
        if deltas or encoding is ProfileForm.COMPACT:
            assert len(octets) <= 0.35 * PLAIN_FLOOR
        assert rows_of(octets, (1, 2), 8192) == wanted


@pytest.mark.parametrize("encoding", list(ProfileForm))
def test_no_rows_at_all(encoding: ProfileForm) -> None:
    buffer = ProfileBuffer(LoadProfile(capacity=10))
    octets = buffer.encoded(0, 10, None, encoding, deltas=True)
    assert rows_of(octets, (0, 1, 2), 1) == []


def test_the_types_of_a_compact_array_are_the_shortest_that_hold_every_step() -> None:
    small = ProfileBuffer(history([(1800, 200, 0, 0), (1800, 50, -3, 0)], (0, 3)))
    assert small.encoded(0, 9, (1, 2), ProfileForm.COMPACT, deltas=True).hex() == "1302021f1c04c80332fd"
    fallen = ProfileBuffer(history([(1800, 0, 0, 0), (1800, -(2**31) - 5, 0, 0)], (2**32 - 1, 0)))
    octets = fallen.encoded(0, 9, (1,), ProfileForm.COMPACT, deltas=True)
    assert octets.hex() == "13020106" + "08" + "ffffffff" + "7ffffffa"  # no difference of 32 bits holds that fall
