"""A premises file (TOML): what may stand in it, and errors that name the file, the line, the device and the field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta

from hht.errors import HhtError
from hht.i18n import _

_DURATION = re.compile(r"([+-]?)P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
Moment = datetime | timedelta  # a date and time (UTC), or a time from the present


class PremisesError(HhtError):
    """A premises that does not exist, or whose file is wrong. Details: `file`, `field`, `line` (0 when not known)."""

    default_code = "premises-file"


def parse_toml(text: str, file: str) -> dict[str, object]:
    """The file as a table; PremisesError with the line where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # beside TOMLDecodeError: endless digits, endless nesting
        place = re.search(r"at line (\d+)", str(error))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise PremisesError(
            _("{file}, line {line}: this is no TOML: {problem}").format(file=file, line=line, problem=error),
            remedy=_("Correct the line; compare with the premises that come with the program."),
            file=file,
            field="",
            line=line,
        ) from None


class Section:
    """One table of a premises file, read field by field; `done` complains of what nobody asked for."""

    def __init__(
        self,
        table: Mapping[str, object],
        *,
        text: str,
        file: str,
        path: str = "",
        device: int = 0,
        number: int = 0,
        above: Section | None = None,
    ) -> None:
        self._table = dict(table)
        self._text, self._file, self._path, self._device, self._number = text, file, path, device, number
        self._above = above
        self._seen: set[str] = set()

    def section(self, name: str) -> Section:
        """A table below this one (empty when it is left out)."""
        self._seen.add(name)
        table = self._table.get(name, {})
        if not isinstance(table, dict):
            raise self.error(name, _("it must be a table"))
        path = f"{self._path}.{name}" if self._path else name
        return Section(table, text=self._text, file=self._file, path=path, device=self._device, above=self)

    def devices(self) -> list[Section]:
        """The ``[[device]]`` tables; PremisesError when there is none."""
        self._seen.add("device")
        tables = self._table.get("device")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            raise self.error("device", _("at least one [[device]] table is needed"))
        return [
            Section(table, text=self._text, file=self._file, device=number + 1) for number, table in enumerate(tables)
        ]

    def has(self, name: str) -> bool:
        """Whether the field, which is thereby a known one, stands there."""
        self._seen.add(name)
        return name in self._table

    def moment(self, name: str) -> Moment | None:
        """A date-time (UTC where it names no zone), or a text like "+P1DT2H": so long after the present, where the
        history ends ("-P1D": before). None when it is left out."""
        if not self.has(name):
            return None
        value = self._value(name, None)
        if isinstance(value, datetime):
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        length = parse_duration(value) if isinstance(value, str) else None
        if length is None:
            raise self.error(name, _('it must be a date-time like 2026-11-20T10:00:00Z, or a text like "+P1DT2H"'))
        return length

    def optional(self, name: str) -> Section | None:
        """A table below this one; None when it is left out."""
        return self.section(name) if self.has(name) else None

    def tables(self, name: str) -> list[Section]:
        """The ``[[name]]`` tables below this one, in order; none when they are left out."""
        self._seen.add(name)
        tables = self._table.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.error(name, _("it must be a list of tables"))
        path = f"{self._path}.{name}" if self._path else name
        return [
            Section(table, text=self._text, file=self._file, path=path, device=self._device, number=number, above=self)
            for number, table in enumerate(tables, start=1)
        ]

    def text(self, name: str, default: str | None = None, *, check: Callable[[str], str] | None = None) -> str:
        """A text field; required when there is no default. `check` returns a complaint, or ""."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self.error(name, _("it must be a text in quotes"))
        complaint = check(value) if check and value != default else ""
        if complaint:
            raise self.error(name, complaint)
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """A text field that must be one of `choices`."""
        value = self.text(name, default)
        if value not in choices:
            raise self.error(name, _("“{value}” is none of: {choices}").format(value=value, choices=", ".join(choices)))
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number within `low`..`high`."""
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(name, _("it must be a whole number from {low} to {high}").format(low=low, high=high))
        return value

    def wholes(self, name: str, default: tuple[int, ...], *, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers, each within `low`..`high`."""
        value = self._value(name, list(default))
        good = isinstance(value, list) and all(
            isinstance(entry, int) and not isinstance(entry, bool) and low <= entry <= high for entry in value
        )
        if not isinstance(value, list) or not good or not value:
            raise self.error(
                name, _("it must be a list of whole numbers from {low} to {high}").format(low=low, high=high)
            )
        return tuple(value)

    def time(self, name: str, default: str) -> int:
        """A time of day like "16:00", in seconds from midnight."""
        self._table[name] = [self._table.get(name, default)]
        return self.times(name, (default,))[0]

    def times(self, name: str, default: tuple[str, ...]) -> tuple[int, ...]:
        """As many times of day as `default` has, written like "16:00"; in seconds from midnight."""
        value = self._value(name, list(default))
        pattern = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
        rule = _("it must be a time of day from 00:00 to 23:59, like 16:00")
        if len(default) > 1:
            rule = _("it must be {count} times of day from 00:00 to 23:59, like 16:00").format(count=len(default))
        texts = value if isinstance(value, list) else []
        matches = [pattern.fullmatch(entry) if isinstance(entry, str) else None for entry in texts]
        if len(matches) != len(default) or None in matches:
            raise self.error(name, rule)
        return tuple(int(found[1]) * 3600 + int(found[2]) * 60 for found in matches if found is not None)

    def spans(self, name: str) -> tuple[tuple[int, int], ...]:
        """A list of spans of the day like ``[["00:30", "07:30"]]``; seconds from midnight; none when it is left out."""
        value = self._value(name, [])
        if not isinstance(value, list):
            raise self.error(name, _('it must be a list of spans like ["00:30", "07:30"]'))
        spans: list[tuple[int, int]] = []
        for entry in value:
            self._table[name] = entry
            start, end = self.times(name, ("00:00", "00:00"))
            if start == end:
                raise self.error(name, _("a span begins and ends at the same time"))
            spans.append((start, end))
        return tuple(spans)

    def dates(self, name: str) -> tuple[date, ...]:
        """A list of dates like ``[2026-12-25]``; none when it is left out."""
        value = self._value(name, [])
        if not isinstance(value, list) or not all(type(entry) is date for entry in value):
            raise self.error(name, _("it must be a list of dates like 2026-12-25, without quotes"))
        return tuple(value)

    def day(self, name: str) -> date | None:
        """A date like 2026-12-25; None when it is left out."""
        if not self.has(name):
            return None
        value = self._value(name, None)
        if type(value) is not date:
            raise self.error(name, _("it must be a date like 2026-12-25, without quotes"))
        return value

    def wholes_or_none(self, name: str, *, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers, each within `low`..`high`; none when it is left out."""
        return self.wholes(name, (low,), low=low, high=high) if self.has(name) else ()

    def pence(self, name: str, default: int) -> int:
        """An amount written in pence (with at most three decimals), as thousandths of a penny."""
        return default if not self.has(name) else self._milli(name, self._value(name, 0))

    def prices(self, name: str, default: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        """A list of prices in pence, or of lists of them; as thousandths of a penny."""
        if not self.has(name):
            return default
        value = self._value(name, [])
        rows = value if isinstance(value, list) and value else [None]
        return tuple(
            tuple(self._milli(name, entry) for entry in (row if isinstance(row, list) and row else [row]))
            for row in rows
        )

    def switchings(self, name: str, *, low: int, high: int) -> tuple[tuple[int, int], ...]:
        """A list like ``[["00:30", 2], ["07:30", 1]]``, in order of time: (seconds from midnight, number)."""
        value = self._value(name, [])
        found: list[tuple[int, int]] = []
        for entry in value if isinstance(value, list) else [None]:
            if not isinstance(entry, list) or len(entry) != 2:
                raise self.error(name, _('it must be a list like [["00:30", 2], ["07:30", 1]]'))
            self._table[name] = [entry[0]]
            (time,) = self.times(name, ("00:00",))
            self._table[name] = entry[1]
            found.append((time, self.whole(name, low, low=low, high=high)))
        return tuple(sorted(found))

    def _milli(self, name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10_000:
            raise self.error(name, _("it must be an amount in pence from 0 to 10000"))
        milli = round(value * 1000)
        if abs(value * 1000 - milli) > 1e-6:
            raise self.error(name, _("an amount has at most three decimals of a penny"))
        return milli

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A number within `low`..`high`."""
        value = self._value(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(name, _("it must be a number from {low} to {high}").format(low=low, high=high))
        return float(value)

    def numbers(self, name: str, count: int, *, low: float, high: float) -> tuple[float, ...]:
        """A list of `count` numbers, each within `low`..`high`."""
        value = self._value(name, None)
        good = isinstance(value, list) and len(value) == count
        if not isinstance(value, list) or not good:
            raise self.error(name, _("it must be a list of {count} numbers").format(count=count))
        for entry in value:
            if isinstance(entry, bool) or not isinstance(entry, int | float) or not low <= entry <= high:
                raise self.error(name, _("its numbers go from {low} to {high}").format(low=low, high=high))
        return tuple(float(entry) for entry in value)

    def yes_no(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self.error(name, _("it must be true or false"))
        return value

    def choices(self, name: str, allowed: tuple[str, ...], default: frozenset[str] = frozenset()) -> frozenset[str]:
        """A list of texts, each one of `allowed`."""
        value = self._value(name, sorted(default))
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.error(name, _("it must be a list of texts"))
        for entry in value:
            if entry not in allowed:
                raise self.error(
                    name, _("“{value}” is none of: {choices}").format(value=entry, choices=", ".join(allowed))
                )
        return frozenset(value)

    def names(self, name: str) -> tuple[str, ...]:
        """A list of texts, no two alike, in the order of the file."""
        value = self._value(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.error(name, _("it must be a list of texts"))
        if len(set(value)) != len(value):
            raise self.error(name, _("one of them stands there twice"))
        return tuple(value)

    def done(self) -> None:
        """PremisesError for the first field that nobody asked for."""
        self.only(self._seen)

    def only(self, names: Collection[str]) -> None:
        """PremisesError for the first field or table that is none of `names`."""
        for name, value in self._table.items():
            if name not in names:
                text = _("there is no such field here; known: {known}")
                if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
                    text = _("there is no such table here; known: {known}")
                raise self.error(name, text.format(known=", ".join(sorted(names))))

    def error(self, name: str, problem: str) -> PremisesError:
        """An error about one field."""
        field = f"{self._path}.{name}" if self._path else name
        where = _("device {number}, {field}").format(number=self._device, field=field) if self._device else field
        line = self._line(name)
        place = f"{self._file}, line {line}" if line else self._file
        return PremisesError(
            _("{place}: {where}: {problem}.").format(place=place, where=where, problem=problem.rstrip(".")),
            remedy=_("Correct the field; compare with the premises that come with the program."),
            file=self._file,
            field=where,
            line=line,
        )

    def _line(self, name: str) -> int:
        """Where a field stands; of a table without a header (``at = {...}``, ``at.room = 1``), where that stands."""
        line = find_line(self._text, self._device, self._path, name, self._number)
        if line or self._above is None:
            return line
        return self._above._line(self._path.rpartition(".")[2])

    def _value(self, name: str, default: object) -> object:
        self._seen.add(name)
        value = self._table.get(name, default)
        if value is None:
            raise self.error(name, _("it is missing"))
        return value


def parse_duration(text: str) -> timedelta | None:
    """A duration like "+P1DT2H" or "-PT30M" (ISO 8601: days, hours, minutes, seconds); None when it is none."""
    found = _DURATION.fullmatch(text)
    if found is None or any(group and len(group) > 6 for group in found.groups()):
        return None
    days, hours, minutes, seconds = (int(group or 0) for group in found.groups()[1:])
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


def find_line(text: str, device: int, path: str, name: str, number: int = 0) -> int:
    """The line (from 1) where a field or a table stands; that of the table it would stand in when it is missing; 0 when
    neither is there.

    `device` counts the ``[[device]]`` tables from 1 (0: not in one), `path` is the table below it, and `number` counts
    its ``[[...]]`` from 1 (0: it is no list of tables).
    """
    here, counts = (0, "", 0), dict[tuple[int, str], int]()
    table_line = 0
    below = f"{path}.{name}." if path else f"{name}."
    for line_number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            here = _header(stripped, here[0], counts)
            if here == (device, path, number):
                table_line = line_number
            inside = here[0] == device and counts.get((device, path), 0) == number if path else here[0] == device
            if inside and f"{here[1]}.".startswith(below):
                return line_number
        if here == (device, path, number) and re.match(rf"\"?{re.escape(name)}\"?\s*[=.]", stripped):
            return line_number
    return table_line


def _header(stripped: str, device: int, counts: dict[tuple[int, str], int]) -> tuple[int, str, int]:
    """The table that a header opens: (device, path, number in a list of tables)."""
    listed = stripped.startswith("[[")
    dotted = re.sub(r"\s*(#.*)?$", "", stripped).strip("[] ")
    inside = dotted == "device" or dotted.startswith("device.")
    path = dotted.removeprefix("device").lstrip(".") if inside else dotted
    if inside and listed and not path:
        counts[0, ""] = counts.get((0, ""), 0) + 1
        return counts[0, ""], "", 0
    at = counts.get((0, ""), device) if inside else 0
    if not listed:
        return at, path, 0
    counts[at, path] = counts.get((at, path), 0) + 1
    return at, path, counts[at, path]
