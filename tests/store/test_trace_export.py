"""Traces as files: what goes out comes back, and what is wrong is told by line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.link import TraceEvent, TraceKind
from hht.store.trace_capture import read_trace
from hht.store.trace_export import (
    MASKED,
    MAX_LINE,
    TraceFileError,
    as_json,
    header_event,
    parse_json_lines,
    read_json_lines,
    write_json_lines,
    write_text,
)

START = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
EVENT = TraceEvent(START, 1.25, "tcp://127.0.0.1:4059", TraceKind.TX, bytes.fromhex("7ea000"), "")
GOOD = json.dumps(as_json(EVENT))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
some_events = st.builds(
    TraceEvent,
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 10**12).map(lambda us: us / 10**6),
    texts,
    st.sampled_from([kind for kind in TraceKind if kind is not TraceKind.HEADER]),
    st.binary(max_size=60),
    texts,
    st.booleans(),
) | st.builds(
    header_event,
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 10**12).map(lambda us: us / 10**6),
    texts,
    st.dictionaries(
        texts.filter(lambda key: key not in ("type", "format", "version", "utc", "monotonic_s", "link")),
        st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=3),
        max_size=4,
    ),
)


def test_shape() -> None:
    assert as_json(EVENT) == {
        "type": "trace",
        "utc": "2026-01-31T12:00:00.123456Z",
        "monotonic_s": 1.25,
        "link": "tcp://127.0.0.1:4059",
        "kind": "tx",
        "data": "7ea000",
        "note": "",
    }


@given(st.lists(some_events, max_size=10))
def test_json_lines_come_back(events: list[TraceEvent]) -> None:
    file = io.StringIO()
    assert write_json_lines(events, file) == len(events)
    assert list(parse_json_lines(io.StringIO(file.getvalue(), newline="\n"))) == events


def test_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    with path.open("w", encoding="utf-8") as file:
        write_json_lines([EVENT] * 3, file)
        file.write('\n{"type":"result","ok":true}\n')
    assert read_json_lines(path) == [EVENT] * 3


def change(**fields: object) -> str:
    return json.dumps({**json.loads(GOOD), **fields})


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", '"type"'),
        (change(type="frame"), '"type"'),
        (change(utc="2026-01-31T12:00:00"), '"utc"'),
        (change(utc="yesterdayZ"), '"utc"'),
        (change(utc="0001-01-01T00:00:00+23:59Z"), '"utc"'),
        (change(utc=5), '"utc"'),
        (change(monotonic_s="1"), '"monotonic_s"'),
        (change(monotonic_s=True), '"monotonic_s"'),
        (GOOD.replace("1.25", "NaN"), '"monotonic_s"'),
        (GOOD.replace("1.25", "1" + "0" * 400), '"monotonic_s"'),
        (GOOD.replace("1.25", "1" + "0" * 5000), "not JSON"),
        (change(kind="both"), '"kind"'),
        (change(kind=[]), '"kind"'),
        (change(data="7e a0"), '"data"'),
        (change(data="7ea"), '"data"'),
        (change(data=None), '"data"'),
        (change(link=None), '"link"'),
        (change(note="x" * 3000), '"note"'),
        ("x" * (MAX_LINE + 1), "longer"),
    ],
)
def test_bad_lines_are_named(line: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n{GOOD}\n", encoding="utf-8")
    with pytest.raises(TraceFileError, match="line 3") as caught:
        read_json_lines(path)
    assert word in caught.value.message
    assert caught.value.remedy
    assert caught.value.details["line"] == 3


def test_bad_files(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("blank", b"\n\n"), ("binary", b"\xff\xfe\x00trace")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(TraceFileError, match="is not a trace"):
            read_json_lines(path)
    with pytest.raises(TraceFileError, match="Cannot read"):
        read_json_lines(tmp_path / "absent")
    with pytest.raises(TraceFileError, match="Cannot read"):
        read_json_lines(tmp_path)


@given(st.text(max_size=80))
def test_any_text_is_an_event_or_a_clear_error(text: str) -> None:
    lines = parse_json_lines([text])
    if not text.strip():
        assert list(lines) == []
        return
    with pytest.raises(TraceFileError, match="line 1"):
        list(lines)


def test_text_for_people() -> None:
    events = [
        TraceEvent(START, 1.0, "optical:/dev/ttyUSB0", TraceKind.STATE, b"", "up"),
        TraceEvent(START + timedelta(seconds=1), 2.0, "optical:/dev/ttyUSB0", TraceKind.TX, b"/?!\r\n" + bytes(14)),
        TraceEvent(
            START.astimezone(timezone(timedelta(hours=1))), 2.5, "b\x1b[31m\n", TraceKind.ERROR, b"", "red\x1b[0m\nline"
        ),
    ]
    file = io.StringIO()
    assert write_text(events, file) == 3
    assert file.getvalue().splitlines() == [
        "# optical:/dev/ttyUSB0",
        "# day 2026-01-31",
        "12:00:00.123    +0.0000 state up",
        "12:00:01.123    +1.0000 tx    2f 3f 21 0d 0a 00 00 00 00 00 00 00 00 00 00 00  /?!.............",
        "                              00 00 00                                         ...",
        "# b\\x1b[31m\\n",
        "12:00:00.123    +0.5000 error red\\x1b[0m\\nline",
    ]


def test_the_largest_file_streams() -> None:
    """Reading keeps no more than a line: an endless source is taken as it comes."""

    def lines() -> Iterator[str]:
        while True:
            yield GOOD

    parsed = parse_json_lines(lines())
    assert [next(parsed) for _ in range(1000)] == [EVENT] * 1000


def as_text(events: list[TraceEvent], path: Path, *, masked: bool = False) -> Path:
    with path.open("w", encoding="utf-8") as file:
        if masked:
            file.write(f"# {MASKED}: words\n")
        write_text(events, file)
    return path


timed = st.builds(
    TraceEvent,
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(
        lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000, tzinfo=UTC)
    ),
    st.integers(0, 10**8).map(lambda ticks: ticks / 10**4),
    st.sampled_from(["tcp://127.0.0.1:4059", "optical:/dev/ttyUSB0"]),
    st.sampled_from([TraceKind.TX, TraceKind.RX]),
    st.binary(min_size=1, max_size=40),
    st.sampled_from(["", "a note", "7e a0"]),
) | st.builds(
    TraceEvent,
    st.just(START.replace(microsecond=0)),
    st.integers(0, 10**8).map(lambda ticks: ticks / 10**4),
    st.just("optical:/dev/ttyUSB0"),
    st.sampled_from([TraceKind.LINE, TraceKind.STATE, TraceKind.ERROR]),
    st.just(b""),
    st.sampled_from(["", "9600 8N1", "up 300 7E1 [line echo]"]),
)


@given(st.lists(timed, min_size=1, max_size=12))
@settings(max_examples=30)
def test_the_text_comes_back_to_the_millisecond(
    tmp_path_factory: pytest.TempPathFactory, events: list[TraceEvent]
) -> None:
    events = [event for event in events if not (event.data and event.note == "7e a0")] or [EVENT]
    back = read_trace(as_text(events, tmp_path_factory.getbasetemp() / "t.txt"))
    assert [(one.link, one.kind, one.data, one.note) for one in back] == [
        (one.link, one.kind, one.data, one.note) for one in events
    ]
    for one, other in zip(back, events, strict=True):
        assert one.utc == other.utc.replace(microsecond=other.utc.microsecond // 1000 * 1000)
    steps = [(b.monotonic_s - a.monotonic_s) for a, b in pairwise(back)]
    assert steps == pytest.approx([(b.monotonic_s - a.monotonic_s) for a, b in pairwise(events)], abs=2e-4)


def test_a_masked_text_says_so_when_it_comes_back(tmp_path: Path) -> None:
    assert [event.masked for event in read_trace(as_text([EVENT], tmp_path / "t.txt", masked=True))] == [True]


@pytest.mark.parametrize(
    "text",
    ["# x\n", "# x\nwords\n", "# x\n99:00:00.000    +0.0000 tx    7e\n", "# x\n12:00:00.123    +0.0000 xx    7e\n",
     "# x\n12:00:00.123    +0.0000 header [1]\n", "# x\n12:00:00.123    +0.0000 tx    7e\n" + " " * 30 + "zz\n",
     "# x\n# day 2026-99-99\n12:00:00.123    +0.0000 tx    7e\n", "#" + "x" * 10_000, "# \udcff"],
)  # fmt: skip
def test_a_text_that_is_no_trace_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(TraceFileError) as refused:
        read_trace(path)
    assert refused.value.remedy


@given(st.text(max_size=300))
@settings(max_examples=40)
def test_any_text_is_a_trace_or_a_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(b"#" + text.encode("utf-8", "surrogatepass"))
    with suppress(TraceFileError):
        read_trace(path)
