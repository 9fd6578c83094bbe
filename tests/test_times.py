"""Times as records hold them and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hht.clock import iso_z, readable_times, utc_text

MOMENT = datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.replace(microsecond=250_000)])
def test_one_form_for_people(moment: datetime) -> None:
    there = moment.astimezone(timezone(timedelta(hours=1)))
    assert utc_text(there) == readable_times(iso_z(there)) == "2026-03-02 09:05:07 UTC"


def test_times_are_found_in_a_sentence_and_nothing_else_is() -> None:
    text = "wrote 2026-03-02T09:05:07Z, the meter says 2026-03-02T09:05:44.250Z (J-2026-03-02T, 09:05:07Z)"
    assert readable_times(text) == (
        "wrote 2026-03-02 09:05:07 UTC, the meter says 2026-03-02 09:05:44 UTC (J-2026-03-02T, 09:05:07Z)"
    )
    assert readable_times("２０２６-03-02T09:05:07Z") == "２０２６-03-02T09:05:07Z"
