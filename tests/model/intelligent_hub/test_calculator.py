"""From money to a volume and back, in whole numbers (IH-03)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.model.features.tariff_registers import MWS_PER_KWH
from hht.model.gas_meter.volume import CV_RANGE, FACTOR_RANGE, Conversion
from hht.model.intelligent_hub.calculator import ReportedGas

_CONVERSIONS = st.builds(Conversion, st.integers(*CV_RANGE), st.integers(*FACTOR_RANGE))
_VOLUMES = st.lists(st.integers(0, 10**15), min_size=1, max_size=6).map(sorted)


def fed(conversion: Conversion, volumes: list[int]) -> ReportedGas:
    gas = ReportedGas(conversion)
    gas.begin(volumes[0])
    for volume in volumes:
        gas.tell(volume)
    return gas


@pytest.mark.requirement("IH-03")
@given(_CONVERSIONS, _VOLUMES, st.integers(1, 10**13))
def test_at_the_volume_the_energy_is_used_and_a_nanolitre_before_it_is_not(
    conversion: Conversion, volumes: list[int], energy_mws: int
) -> None:
    gas = fed(conversion, volumes)
    before, cut_off = gas.energy_mws, gas.volume_after(energy_mws)
    gas.tell(cut_off)
    assert gas.energy_mws - before >= energy_mws
    gas.tell(cut_off - 1)
    assert gas.energy_mws - before < energy_mws


@given(_CONVERSIONS, _VOLUMES)
def test_however_often_it_is_told_the_energy_is_that_of_the_whole(conversion: Conversion, volumes: list[int]) -> None:
    once = fed(conversion, [volumes[0], volumes[-1]])
    assert fed(conversion, volumes).energy_mws == once.energy_mws


@given(_CONVERSIONS, _CONVERSIONS, _VOLUMES)
def test_other_values_change_nothing_of_the_past(one: Conversion, other: Conversion, volumes: list[int]) -> None:
    gas = fed(one, volumes)
    before = gas.energy_mws
    gas.convert(other)
    gas.tell(volumes[-1])
    assert gas.energy_mws == before
    gas.tell(volumes[-1] + 10**12)
    assert gas.energy_mws - before == other.energy_mws(10**12)


@given(_CONVERSIONS, st.integers(1, 10**7), st.integers(1, 10**6))
def test_the_credit_lasts_to_the_cut_off_to_a_thousandth_of_a_penny(
    conversion: Conversion, credit: int, price: int
) -> None:
    """`credit` and `price` in thousandths of a penny (per kWh)."""
    gas = fed(conversion, [0])
    gas.tell(gas.volume_after(-(-credit * MWS_PER_KWH // price)))
    assert gas.energy_mws * price // MWS_PER_KWH in range(credit, credit + price * 50_000 // MWS_PER_KWH + 2)
