"""Times and load profiles in data sets, as plain-text meters write them.

A time has a season digit in front or none: 0 standard time, 1 summer time, 2 UTC. Only with the last is it known when
that was; the others stay local times without a zone. (The digit: from memory, medium; factbook ch. 7 has none.)

A year of two digits is one of this century: no meter that records half-hours or knows UTC is older than the standard
(2002), and a clock is as wrong in 2099 as it would be in 1999. Some meters write four digits: those are taken as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hht.i18n import _
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import plain
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, Value, resolve

SEASON_UTC: Final = "2"
_SEASONS: Final = ("0", "1", SEASON_UTC)
CENTURY: Final = "20"
_WHOLE: Final = 14  # digits of a time with the whole year
_FORMATS: Final = {10: "%Y%m%d%H%M", 12: "%Y%m%d%H%M%S", _WHOLE: "%Y%m%d%H%M%S"}
_MOST_COLUMNS: Final = 64
_LONGEST_PERIOD_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One row. `time`: the end of the interval, aware (UTC) where the meter says so, else local without a zone.
    `status`: as the meter writes it. `values`: by OBIS, or by the meter's own address where that is none."""

    time: datetime
    status: str
    values: dict[str, Value]


def parse_time(text: str) -> datetime | None:
    """A time: year (two digits, or four where seconds follow), month, day, hour, minute, and perhaps second; in front
    the season digit or none. None where it is none."""
    season, digits = (text[0], text[1:]) if len(text) % 2 else ("", text)
    pattern = _FORMATS.get(len(digits))
    if pattern is None or not (text.isascii() and text.isdigit()) or (season and season not in _SEASONS):
        return None
    try:
        time = datetime.strptime(digits if len(digits) == _WHOLE else CENTURY + digits, pattern)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if season == SEASON_UTC else time


def write_time(time: datetime) -> str:
    """An aware time as a meter that says UTC writes it: season digit, date and time, 13 digits."""
    return f"{SEASON_UTC}{time.astimezone(UTC):%y%m%d%H%M%S}"


def meter_time(data_sets: Iterable[DataSet]) -> datetime | None:
    """The meter's clock in a readout: 0-0:1.0.0, or time and date (0.9.1, 0.9.2); None where there is none."""
    found = {str(entry.obis): entry.values[0].text for entry in data_sets if entry.obis and len(entry.values) == 1}
    for whole in ("0-0:1.0.0", "1-0:0.9.4"):
        if whole in found:
            return parse_time(found[whole])
    time, date = found.get("1-0:0.9.1", "").replace(":", ""), found.get("1-0:0.9.2", "").replace("-", "")
    if len(time) == 7 and len(date) in (7, 9) and time[0] == date[0]:
        return parse_time(date + time[1:])
    return parse_time(date + time) if len(time) == 6 and len(date) in (6, 8) else None


class ProfileRows:
    """The rows of a load profile whose lines come piece by piece:
    ``P.01(time)(status)(minutes)(columns)(id)(unit)...``, then one line per row."""

    def __init__(self) -> None:
        self._header: _Header | None = None

    @property
    def period_s(self) -> int:
        """Seconds between two rows, as the last header has it; 0 before one has come."""
        return 0 if self._header is None else int(self._header.period.total_seconds())

    @property
    def next_time(self) -> datetime | None:
        """The time of the row to come; None before a header."""
        return None if self._header is None else self._header.time

    def feed(self, lines: Iterable[DataLine]) -> list[ProfileRow]:
        """The rows of more lines. Raises FrameError (code iec-profile) for rows without a header, or with more or fewer
        values than it names."""
        rows: list[ProfileRow] = []
        for line in lines:
            for entry in line:
                if entry.address:
                    self._header = _header(entry)
                elif self._header is None or len(entry.values) != len(self._header.columns):
                    raise _no_profile(entry)
                else:
                    rows.append(self._header.row(entry.values))
        return rows


def profile_rows(lines: Iterable[DataLine]) -> list[ProfileRow]:
    """The rows of a load profile that came whole. Raises as `ProfileRows.feed`."""
    return ProfileRows().feed(lines)


@dataclass(slots=True)
class _Header:
    time: datetime  # of the next row
    status: str
    period: timedelta
    columns: list[tuple[str, str]]

    def row(self, values: tuple[Value, ...]) -> ProfileRow:
        shown = {
            name: Value(value.text, value.unit or unit)
            for (name, unit), value in zip(self.columns, values, strict=True)
        }
        found = ProfileRow(self.time, self.status, shown)
        try:
            self.time += self.period
        except OverflowError:
            raise _no_profile(DataSet("", values)) from None
        return found


def _header(entry: DataSet) -> _Header | None:
    """None: the meter has no rows to show (an empty header)."""
    texts = [str(value) for value in entry.values]
    if not any(texts):
        return None
    if len(texts) < 4 or not all(text.isascii() and text.isdigit() and len(text) <= 4 for text in texts[2:4]):
        raise _no_profile(entry)
    time, minutes, count = parse_time(texts[0]), int(texts[2]), int(texts[3])
    good = time is not None and 1 <= minutes <= _LONGEST_PERIOD_MIN and 1 <= count <= _MOST_COLUMNS
    if not good or len(texts) != 4 + 2 * count:
        raise _no_profile(entry)
    names = [str(resolve(text) or text) for text in texts[4::2]]
    if len(set(names)) != count:
        raise _no_profile(entry)
    assert time is not None
    return _Header(time, texts[1], timedelta(minutes=minutes), list(zip(names, texts[5::2], strict=True)))


def _no_profile(entry: DataSet) -> FrameError:
    return FrameError(
        _("The meter's line “{line}” belongs to no load profile.").format(line=plain(str(entry)[:60].encode())),
        remedy=_("Read another range; if it stays, keep the trace and report the meter's model."),
        code="iec-profile",
    )
