"""Advanced meters: half-hours of electricity, hours of gas or better, and a supplier who reads both from afar."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from hht.model.features.profile_read import ReadGasProfile, ReadImportProfile
from hht.model.interoperability import interoperability
from hht.model.wan.requests import Outcome
from tests.model.architectures.conftest import Lived

Live = Callable[..., Lived]
HALF_HOUR_S, HOUR_S = 1_800, 3_600


@pytest.mark.requirement("ARC-10")
@pytest.mark.parametrize(
    ("party", "device", "command", "most_s"),
    [
        ("Business Energy", "esme-1", ReadImportProfile(), HALF_HOUR_S),
        ("Business Gas", "gsme-1", ReadGasProfile(), HOUR_S),
    ],
)
def test_a_supplier_reads_half_hours_and_hours_from_afar(
    lived: Live, party: str, device: str, command: ReadImportProfile, most_s: int
) -> None:
    home = lived("smart-type-shop", days=2)
    home.wait(86_400)
    sent = home.sent(party, device, command)
    assert sent.outcome is Outcome.ANSWERED
    assert isinstance(sent.answer, tuple)
    times, registers = zip(*sent.answer, strict=True)
    assert max(late - early for early, late in pairwise(times)) <= most_s
    assert times[-1] - times[0] >= 2 * 86_400, "multiple periods, and no gap between them"
    assert list(registers) == sorted(registers)
    assert registers[-1] > registers[0]


def test_neither_says_that_it_is_made_to_smets(lived: Live) -> None:
    home = lived("smart-type-shop", days=1)
    for name in ("esme-1", "gsme-1"):
        found = interoperability(home.home, home.home.find(name))
        assert found.missing == ("functional", "technical", "commercial")
        assert "no version of SMETS" in found.functional
