"""The view models: what the pages show is worked out without a window."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hht.client.api import ClockReading, ClockStatus, ProfileRow
from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from hht.work.view import Question, QuestionKind, StepState, StepView
from tests.window import samples
from ui.window.actions import Action, Registry, find, score
from ui.window.device_model import ProfileModel, bar_words, drift_words, nice_step, state_facts, summary_words, tiles
from ui.window.files_model import entries, free_name
from ui.window.jobs_model import JobsModel
from ui.window.link_model import LinkModel, byte_text
from ui.window.question_model import Remark, check, first_value, here, place_of, remark
from ui.window.step_card import end_facts
from ui.window.trace_model import TraceFilter, hex_spans, hex_text
from ui.window.walkthrough_model import RailRow, WalkthroughModel, clock_text, took_text

NOW = samples.NOW


def test_the_buttons_follow_the_state() -> None:
    table = {
        "ready": (True, True, False, False, True),
        "running": (True, True, False, True, False),
        "scan": (True, True, False, False, True),
        "identified": (True, False, False, False, True),
        "failed": (True, True, True, False, False),
        "unknown": (True, True, True, False, False),
        "left": (True, False, False, False, True),
        "complete": (True, False, False, False, True),
    }
    for scene, expected in table.items():
        model = WalkthroughModel()
        model.show(samples.scene(scene), NOW)
        buttons = model.buttons()
        assert (buttons.back, buttons.leave, buttons.retry, buttons.stop, buttons.proceed) == expected, scene
    assert WalkthroughModel().buttons().proceed is False


def test_an_unknown_outcome_is_settled_by_a_read_not_by_a_retry() -> None:
    model = WalkthroughModel()
    model.show(samples.scene("unknown"), NOW)
    assert model.buttons().retry_text == "Read to settle"
    model.show(samples.scene("failed"), NOW)
    assert model.buttons().retry_text == "Try again"


def test_looking_back_changes_nothing_and_ends_when_the_visit_turns() -> None:
    model = WalkthroughModel()
    model.show(samples.scene("clock"), NOW)

    def shown() -> tuple[str, bool]:
        assert model.step is not None
        return model.step.id, model.looking_back

    model.back()
    assert shown() == ("reading-before", True)
    assert not model.buttons().leave
    assert model.buttons().proceed_text == "Return"
    model.look("write-mpan")  # has not begun: no look at it
    assert shown() == ("reading-before", True)
    assert model.show(samples.visit("write-mpan", StepState.READY), NOW)
    assert shown() == ("write-mpan", False)
    for _step in range(20):
        model.back()
    assert shown() == ("check-job", True)
    assert not model.buttons().back


def test_the_countdown_stands_still_while_a_person_is_asked() -> None:
    model = WalkthroughModel()
    asking = samples.visit("randomised-offset", StepState.ASKING)
    model.show(asking, NOW)
    running = samples.visit("randomised-offset", StepState.STARTED)
    later = NOW + timedelta(seconds=100)
    model.show(running, later)
    timing = model.timing(running.step("randomised-offset"), later)
    assert timing.left_s == pytest.approx(60 - 14)  # 114 s since the start, 100 of them spent asking
    assert not timing.short
    assert model.timing(running.step("randomised-offset"), later + timedelta(seconds=40)).short
    assert model.timing(running.step("randomised-offset"), later + timedelta(seconds=60)).left_s == 0.0


@pytest.mark.parametrize(
    ("state", "detail", "short"),
    [
        (StepState.DONE, "done · 0:12", "0:12"),
        (StepState.STARTED, "running · 0:45 left", "0:45 left"),
        (StepState.FAILED, "failed · 0.2 s", "failed"),
        (StepState.LEFT, "left", "left"),
    ],
)
def test_a_row_with_little_room_says_what_tells_most(state: StepState, detail: str, short: str) -> None:
    assert RailRow("x", 1, "Step", state, detail, current=False, shown=False).short == short


def test_the_rail_says_state_by_word() -> None:
    model = WalkthroughModel()
    model.show(samples.scene("failed"), NOW)
    rows = model.rows(NOW)
    moment = r"\d\.\d s"
    wanted = [f"done · {moment}", "done · 0:11", f"done · {moment}", f"failed · {moment}", "waiting"]
    assert [row.detail for row, want in zip(rows, wanted, strict=False) if not re.fullmatch(want, row.detail)] == []
    assert rows[1].spoken == "Step 2, Scan the meter: done · 0:11"
    assert clock_text(605) == "10:05"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0.0 s"), (0.01, "0.1 s"), (4.0, "4.0 s"), (9.99, "10.0 s"), (11, "0:11"), (75, "1:15")]
)
def test_what_took_a_moment_took_more_than_nothing(seconds: float, text: str) -> None:
    assert took_text(seconds) == text


def test_the_end_says_once_why_and_what_followed_from_it() -> None:
    facts = end_facts(samples.scene("installed"))
    left = [value for label, value, _tone, _device in facts if label == "Left"]
    assert left == ["Connect: The meter does not answer"]
    (followed,) = [value for label, value, _tone, _device in facts if label == "Not done for that"]
    assert followed.startswith("Identify the meter, Reading before, Clock, ")


@pytest.mark.parametrize(
    ("kind", "text", "said", "tone"),
    [
        (QuestionKind.MPAN, "12000", "5 of 13 digits.", "plain"),
        (QuestionKind.MPAN, "120O", "“O” at place 4 is not a digit.", "bad"),
        (QuestionKind.MPAN, "1200 0233 05967", "13 digits.", "plain"),
        (QuestionKind.MPAN, "12000233059671", "14 of 21 digits.", "plain"),
        (QuestionKind.MPAN, "1" * 22, "22 digits: more than an MPAN has.", "bad"),
        (QuestionKind.MPAN, "١٢", "“١” at place 1 is not a digit.", "bad"),
        (QuestionKind.MPAN, "1200-0233", "“-” at place 5 is not a digit.", "bad"),
        (QuestionKind.MPAN, "01 801 10A 1200023305967", "21 digits.", "plain"),
        (QuestionKind.MPAN, "01 801 10A 12", "“A”: only a top line, 21 characters in all, has a letter there.", "warn"),
        (QuestionKind.DEVICE_ID, "]C1(240)00-DB-12-34-56-78-90-A0", "16 of 16 characters.", "plain"),
        (QuestionKind.DEVICE_ID, "00-DB-12", "6 of 16 characters.", "plain"),
        (QuestionKind.SECONDS, "600", "Worst case: switching comes 10:00 (mm:ss) late.", "plain"),
        (QuestionKind.SECONDS, "1799", "Worst case: switching comes 29:59 (mm:ss) late.", "plain"),
        (QuestionKind.SECONDS, "1800", "More than 1799 s cannot be set.", "bad"),
        (QuestionKind.SECONDS, "600.0", "“.” at place 4 is not a digit.", "bad"),
        (QuestionKind.SECONDS, "1_000", "“_” at place 2 is not a digit.", "bad"),
        (QuestionKind.SECONDS, "1e2", "“e” at place 2 is not a digit.", "bad"),
        (QuestionKind.SECONDS, "٦٠٠", "“٦” at place 1 is not a digit.", "bad"),
        (QuestionKind.SECONDS, "-1", "“-” at place 1 is not a digit.", "bad"),
        (QuestionKind.TEXT, "anything", "", "plain"),
    ],
)
def test_typing_is_looked_at_key_by_key(kind: QuestionKind, text: str, said: str, tone: str) -> None:
    remarked = remark(kind, text)
    assert (remarked.text, remarked.tone) == (said, tone)


def test_check_digits_are_looked_at_when_the_field_is_left() -> None:
    assert check(QuestionKind.MPAN, samples.MPAN) is None
    assert check(QuestionKind.MPAN, "") is None
    error = check(QuestionKind.MPAN, "1312345678111")
    assert isinstance(error, HhtError)
    assert "8" in f"{error.message} {error.remedy} {error.details}"
    assert check(QuestionKind.DEVICE_ID, samples.DEVICE_ID) is None
    assert check(QuestionKind.DEVICE_ID, "00-DB") is not None


def test_what_is_to_be_scanned_is_never_filled_in() -> None:
    for kind in (QuestionKind.MPAN, QuestionKind.DEVICE_ID):
        assert first_value(Question("q", kind, "?", suggestion="123")) == ""
    assert first_value(Question("q", QuestionKind.SECONDS, "?", suggestion="600")) == "600"
    assert first_value(Question("q", QuestionKind.SERIAL, "?", filled="SN-1")) == "SN-1"


def test_the_job_list_filters_searches_and_keeps_the_mark() -> None:
    model, today = JobsModel(), NOW.astimezone().date()
    assert model.empty_words().startswith("Opening")
    model.show(samples.jobs())
    assert [row.job.reference for row in model.rows(today)] == ["J-1041", "J-1042", "J-1043", "J-1044"]
    assert model.line_to_mark(model.rows(today)) == 1  # the first with something to do
    model.selected = "job-4"
    assert model.line_to_mark(model.rows(today)) == 3
    model.query = "sample row"
    assert [row.job.reference for row in model.rows(today)] == ["J-1041"]
    model.query, model.filter = "", "done"
    assert [row.job.reference for row in model.rows(today)] == ["J-1038", "J-1041"]
    assert model.counts(today) == {"today": 4, "open": 3, "done": 2, "all": 5}
    unfinished = model.unfinished()
    assert unfinished is not None
    assert unfinished.reference == "J-1042"
    assert model.first_filter(today) == "today"
    assert model.first_filter(today + timedelta(days=3)) == "today"  # the unfinished one is always there
    model.show([replace(job, resumable=False) for job in samples.jobs()])
    late = model.rows(today + timedelta(days=3))
    assert model.first_filter(today + timedelta(days=3)) == "today", "what is left over belongs to today"
    assert {row.word for row in late if row.job.state == "new"} in ({"left over"}, set())
    model.show([])
    assert "no jobs yet" in model.empty_words()


def test_the_chip_says_what_the_probe_sees() -> None:
    model = LinkModel()

    def feed(kind: TraceKind, at_s: float, data: bytes = b"", note: str = "") -> None:
        model.feed(TraceEvent(NOW + timedelta(seconds=at_s), at_s, "x", kind, data, note))

    def word(at_s: float) -> str:
        return model.look(NOW + timedelta(seconds=at_s)).word

    assert word(0) == "No link"
    feed(TraceKind.STATE, 0, note="opening")
    assert word(0) == "Opening"
    feed(TraceKind.TX, 1, b"/?!\r\n")
    assert word(2) == "Silent"
    feed(TraceKind.RX, 2.1, b"/?!\r\n")
    assert word(2.2) == "Echo only"
    feed(TraceKind.RX, 3, b"x" * 1195)
    assert word(3.5) == "Talking"
    assert word(30) == "Quiet"
    assert model.look(NOW).counts == "↑5 B ↓1.2 kB"
    model.take_notice("Clock adjusted", NOW + timedelta(seconds=30))
    assert (word(30.5), model.look(NOW + timedelta(seconds=30.5)).notice) == ("Notice", "Clock adjusted")
    assert (word(43), model.look(NOW + timedelta(seconds=43)).notice) == ("Quiet", "")
    feed(TraceKind.ERROR, 31, note="checksum")
    assert word(31) == "Garbled"
    feed(TraceKind.STATE, 32, note="lost: unplugged")
    assert word(32) == "Link lost"
    assert byte_text(2_500_000) == "2.5 MB"


def test_cumulative_readings_become_energies() -> None:
    model = ProfileModel()
    start = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    values = ["10.0", "10.2", "10.5", None, "11.0", "11.1", "3.0"]
    rows = [
        ProfileRow(start + n * timedelta(minutes=30), "reliable", {"1-0:1.8.0": Decimal(value)})
        for n, value in enumerate(values)
        if value is not None
    ]
    model.add(rows[3:])
    model.add(rows[:3])  # in whatever order they come
    bars = model.of_day(start.date())[:7]
    energies = [None if bar.energy_kwh is None else round(bar.energy_kwh, 3) for bar in bars]
    assert energies == [None, 0.2, 0.3, None, None, 0.1, None]  # a gap and a step back are not known, not nought
    assert [round(bar.energy_kwh or 0, 3) for bar in model.days()] == [0.6]
    assert len(model.of_day(start.date())) == 48
    late = start + timedelta(days=2)
    model.add([ProfileRow(late, "reliable", {"1-0:1.8.0": Decimal("20")})])
    model.add([ProfileRow(late + timedelta(minutes=30), "invalid", {"1-0:1.8.0": Decimal("21")})])
    assert [bar.energy_kwh and round(bar.energy_kwh, 3) for bar in model.days()] == [0.6, None, 1.0]
    assert model.days()[-1].doubtful


def test_a_whole_profile_is_drawn_quickly_and_said_in_words() -> None:
    model = ProfileModel()
    rows = samples.profile(396)
    model.add([*rows[:100], ProfileRow(rows[100].time, "unreliable", rows[100].values), *rows[101:]])
    days = model.days()
    assert 396 <= len(days) <= 397
    assert "kWh in all; most" in summary_words(days, daily=True)
    assert any(bar.doubtful for bar in days)
    assert bar_words(days[-1], daily=True).startswith("Tue 17 Mar: ")
    assert summary_words([], daily=True) == "No readings yet."


@pytest.mark.parametrize(("most", "step"), [(0.0, 1.0), (0.7, 0.2), (3.9, 1.0), (4.1, 2.0), (23.0, 10.0), (9.0, 2.5)])
def test_grid_lines_are_round(most: float, step: float) -> None:
    assert nice_step(most) == pytest.approx(step)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (0.4, "right to the second"),
        (-43, "43 s behind"),
        (43, "43 s ahead"),
        (600, "10 min ahead"),
        (-9000, "2.5 h behind"),
    ],
)
def test_drift_in_words(drift: float, words: str) -> None:
    assert drift_words(drift) == words


@pytest.mark.parametrize(
    ("status", "drift_s", "tile", "own"),
    [
        (ClockStatus.RELIABLE, 3, ("3 s ahead", "good", "within 10 s"), "reliable"),
        (
            ClockStatus.RELIABLE,
            -43,
            ("43 s behind", "warn", "off by over 10 s"),
            "reliable; by this terminal's clock it is not",
        ),
        (ClockStatus.UNRELIABLE, 37, ("37 s ahead", "warn", "not reliable"), "unreliable"),
        (ClockStatus.INVALID, 0, ("right to the second", "bad", "not valid"), "invalid"),
    ],
)
def test_the_clock_has_one_verdict(status: ClockStatus, drift_s: float, tile: tuple[str, str, str], own: str) -> None:
    snapshot = replace(samples.snapshot(), clock=ClockReading(NOW + timedelta(seconds=drift_s), status, NOW))
    assert tiles(snapshot)[0] == tile
    assert ("Meter calls it", own, "plain", False) in state_facts(snapshot)


def test_a_clock_that_was_read_over_a_slow_line_is_given_no_verdict() -> None:
    reading = ClockReading(NOW + timedelta(seconds=12), ClockStatus.RELIABLE, NOW, 46.0)
    snapshot = replace(samples.snapshot(), clock=reading)
    assert tiles(snapshot)[0] == ("12 s ahead", "warn", "give or take 23 s: the line is slow")
    assert ("Meter calls it", "reliable", "plain", False) in state_facts(snapshot)


def test_the_figures_on_top_carry_tone_and_word() -> None:
    figures = tiles(samples.snapshot())
    assert figures[0] == ("37 s ahead", "warn", "not reliable")
    assert figures[2][0] == "249.6 V"
    bare = replace(samples.snapshot(), registers=())
    assert tiles(bare)[3] == ("–", "plain", "not offered by this meter")


def test_hex_and_the_span_of_a_field() -> None:
    data = bytes(range(20))
    text = hex_text(data, 8)
    for start, end in ((0, 1), (3, 8), (6, 18), (16, 20), (0, 20)):
        marked = " ".join(text[place : place + length] for place, length in hex_spans(start, end, len(data), 8))
        assert marked.split() == [f"{byte:02X}" for byte in data[start:end]]
    assert hex_spans(5, 5, 20, 8) == []
    assert hex_spans(18, 99, 20, 8) == [(hex_text(data, 8).index("12"), 5)]


def test_the_trace_is_filtered_by_way_words_and_bytes() -> None:
    lines = samples.trace()
    assert len(TraceFilter("sent").kept(lines)) == 5
    (request,) = TraceFilter("all", "aarq").kept(lines)
    assert request.event.kind is TraceKind.TX
    first = request.event.data[:12]
    for typed in (first.hex(" "), first.hex(), f"{first.hex()} aarq", f"AARQ {first.hex(' ').upper()}"):
        assert TraceFilter("all", typed).kept(lines) == [request]
    every_octet = bytes(sorted(set(request.event.data)))
    assert TraceFilter("all", every_octet.hex(" ")).kept(lines) == [], "they stand in another order there"
    assert TraceFilter("all", first.hex()[1:23]).kept(lines) == [], "half octets are none"
    assert TraceFilter("events", "nothing like it").kept(lines) == []


def test_the_registry_refuses_two_of_a_kind() -> None:
    one = Action("a", "Alpha", "Group", lambda: None, "Ctrl+A")
    registry = Registry([one])
    with pytest.raises(ValueError, match="there already"):
        registry.add(one)
    with pytest.raises(ValueError, match=r"Ctrl\+A"):
        registry.add(Action("b", "Beta", "Group", lambda: None, "Ctrl+A"))


def test_the_palette_finds_by_words_and_leaves_out_what_cannot_be_done() -> None:
    registry = Registry(
        [
            Action("night", "Night theme", "Look", lambda: None),
            Action("day", "Day theme", "Look", lambda: None),
            Action("off", "Never theme", "Look", lambda: None, enabled=lambda: False),
        ]
    )
    assert [action.id for action in find(registry, "")] == ["night", "day"]
    assert [action.id for action in find(registry, "theme day")] == ["day"]
    assert score("eme", "Day theme") is not None
    assert score("zzz", "Day theme") is None
    assert list(registry.groups()) == ["Look"]


def test_folders_and_files_are_offered(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.json", "A.JSON", "c.txt", ".hidden.json"):
        (tmp_path / name).write_text("{}")
    assert [entry.name for entry in entries(tmp_path, (".json",))] == ["..", "sub", "A.JSON", "b.json"]
    assert [entry.name for entry in entries(tmp_path / "gone", ())] == [".."]
    assert free_name(tmp_path, "b.json") == str(tmp_path / "b-2.json")
    (tmp_path / "v-report.public.hhtb").write_text("")
    kinds = (".pdf", ".public.hhtb")
    assert free_name(tmp_path, "v-report.public.hhtb", kinds) == str(tmp_path / "v-report-2.public.hhtb")
    assert free_name(tmp_path, "new.json") == str(tmp_path / "new.json")


def test_a_long_read_says_its_pace_and_the_time_left() -> None:
    from hht.client.api import Progress
    from ui.pace import Pace
    from ui.window.device_parts import progress_text

    def told(*points: tuple[float, Progress]) -> str:
        pace = Pace()
        for now_s, progress in points:
            pace.add(progress, now_s)
        return progress_text(points[-1][1], pace)

    begun = (7.0, Progress(78, 19008, 2_028))
    assert told(begun, (17.0, Progress(448, 19008, 11_648))).endswith("37 rows/s · 8:22 left")
    assert "left" not in told(begun)
    assert "left" not in told(begun, (7.4, Progress(100, 19008, 2_600)))  # too early to say
    assert "left" not in told(begun, (600.0, Progress(19008, 19008, 500_000)))
    assert "left" not in told(begun, (60.0, Progress(100, None, 2_600)))


def test_rows_kept_from_before_are_no_part_of_the_pace() -> None:
    from hht.client.api import Progress
    from ui.pace import OVER_S, Pace

    pace = Pace()
    pace.add(Progress(18_000, None, 0, kept=18_000), 0.0)
    pace.add(Progress(18_037, 19_008, 962, kept=18_000), 5.0)  # after requests that say nothing about the pace
    pace.add(Progress(18_370, 19_008, 9_620, kept=18_000), 14.0)
    assert (pace.rows_per_s, pace.left_s) == (37.0, 17)
    pace.add(Progress(18_370, 19_008, 9_620, kept=18_000), 14.0 + OVER_S)  # the line is silent
    assert pace.rows_per_s is None
    pace.add(Progress(18_390, 19_008, 10_140, kept=18_000), 16.0 + OVER_S)
    assert pace.rows_per_s == pytest.approx(20 / 22)
    pace.add(Progress(100, 19_008, 2_600), 17.0 + OVER_S)  # another meter: everything afresh
    assert pace.left_s is None


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (QuestionKind.MPAN, "1200023305968", "mpan-check-digit"),
        (QuestionKind.MPAN, "MPAN: 1200023305967", ""),
        (QuestionKind.MPRN, "3938424404", "mprn-check-digit"),
        (QuestionKind.DEVICE_ID, "CHF ID: 00DB1234567890A0; GPF ID: 00DB1234567890A1", ""),
        (QuestionKind.DEVICE_ID, "00DB12345678O0A0", "device-id-character"),
        (QuestionKind.INSTALL_CODE, "83FED3407A939723A5C639B26916D505C3B6", "install-code-crc"),
        (QuestionKind.INSTALL_CODE, "none", ""),
        (QuestionKind.SERIAL, "anything at all", ""),
        (QuestionKind.TEXT, "0 1 2", ""),
    ],
)
def test_what_is_wrong_is_said_at_leaving(kind: QuestionKind, text: str, code: str) -> None:
    error = check(kind, text)
    assert (error.code if error is not None else "") == code


def test_the_place_of_an_error_is_marked_in_the_text() -> None:
    text = "00DB12345678O0A0"
    error = check(QuestionKind.DEVICE_ID, text)
    assert error is not None
    assert place_of(error, text) == 13
    assert here(error, text) == "Here: 00DB12345678[O]0A0"
    assert here(error, "00DB") == ""


@pytest.mark.parametrize(
    ("text", "tone", "words"),
    [
        ("", "plain", "6 to 10 digits."),
        ("39384", "plain", "5 of 6 to 10 digits."),
        ("393842", "plain", "6 digits."),
        ("39384O", "bad", "“O” at place 6 is not a digit."),
        ("39384244031", "bad", "11 digits: more than an MPRN has."),
    ],
)
def test_an_mprn_is_looked_at_key_by_key(text: str, tone: str, words: str) -> None:
    assert remark(QuestionKind.MPRN, text) == Remark(words, tone)


def test_a_section_counts_what_was_done_of_what_was_needed() -> None:
    states = [StepState.DONE, StepState.DONE, StepState.LEFT, StepState.LEFT, StepState.SKIPPED]
    steps = [StepView(f"s{at}", "", "", state, 60.0, finished_at=NOW) for at, state in enumerate(states)]
    row = WalkthroughModel._heading("Gas", steps)
    assert (row.detail, row.state) == ("2 of 4", StepState.LEFT)
