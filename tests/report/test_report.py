"""The report: what it says, that it is data and not markup, that it is whole or not there."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from hht.evidence import SCHEMA, canonical, main, sealed, verify
from hht.report.files import ReportNotWritten, json_bytes, write_all, write_report_files
from hht.report.pdf import register_fonts, render_pdf
from hht.report.words import TONE_MARK, outcome_words, safe, state_word, visible
from hht.work.view import Outcome, StepState

HOSTILE = '<a href="http://x">OK</a> <img src=x> \u202egnp.exe\x00 <b'


def sample(**changes: Any) -> dict[str, Any]:
    reading = {"obis": "1-0:1.8.0", "value": "1234.567", "unit": "kWh", "label": "Active energy import"}
    step = {
        "id": "write-mpan",
        "title": "Write the MPAN",
        "state": "done",
        "started_at": "2026-11-21T05:50:00Z",
        "finished_at": "2026-11-21T05:50:02Z",
        "authority": "Import Supplier (IS)",
        "attempts": 1,
        "code": "",
        "message": "",
        "remedy": "",
        "facts": [{"label": "MPAN", "value": "written and read back: 1200023305967", "tone": "good"}],
        "answer": "",
        "note": "",
    }
    evidence: dict[str, Any] = {
        "schema": SCHEMA,
        "program": {"name": "hht", "version": "0.1.0"},
        "written_at": "2026-11-21T05:52:00Z",
        "training": False,
        "job": {
            "reference": "J-1042",
            "walkthrough": "commission-electricity",
            "walkthrough_version": 1,
            "supplier": "Example Energy",
            "address": "12 Specimen Street",
            "expected": {"device_id": "00-DB-12-34-56-78-90-A0", "mpan": "1200023305967", "mpan_is_test_data": False},
            "untouched": [],
            "test_identifiers_allowed": False,
        },
        "visit": {
            "visit_id": "v1",
            "number": 1,
            "outcome": "complete",
            "started_at": "2026-11-21T05:50:00Z",
            "ended_at": "2026-11-21T05:51:00Z",
            "runs": 1,
            "link": "tcp://127.0.0.1:4059",
            "engineers": [{"name": "Ann Other", "identifier": "E-17", "from": "2026-11-21T05:50:00Z"}],
            "links": [
                {"link": "tcp://127.0.0.1:4059", "from": "2026-11-21T05:50:03Z", "to": "2026-11-21T05:50:50Z"},
            ],
        },
        "meter": {"device_id": "00-DB-12-34-56-78-90-A0", "model": "HT100"},
        "readings": {
            "before": {"time": "2026-11-21T05:50:00Z", "registers": [reading]},
            "after": {"time": "2026-11-21T05:51:00Z", "registers": [{**reading, "value": "1234.890"}]},
        },
        "findings": {},
        "writes": [
            {
                "step": "write-mpan",
                "item": "import-mpan",
                "before": "",
                "after": "1200023305967",
                "result": "written",
                "authority": "Import Supplier (IS)",
            }
        ],
        "unsettled": {},
        "steps": [step],
        "trace": {"events": 12, "sha256": "ab" * 32, "masked_events": 3},
    }
    return sealed({**evidence, **changes})


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_it_says_what_was_seen() -> None:
    evidence = sample()
    text = text_of(render_pdf(evidence))
    for words in (
        "J-1042", "Complete", "12 Specimen Street", "00-DB-12-34-56-78-90-A0", "1234.567", "1234.890", "kWh",
        "Write the MPAN", "done", "written and read back", "Import Supplier (IS)", evidence["sha256"], "ab" * 32,
        "Page 1 of 2", "Import MPAN", "Written", "commission-electricity, version 1", "2026-11-21 05:50:00 UTC",
    ):  # fmt: skip
        assert words in text, words
    assert "TRAINING" not in text


def test_training_is_watermarked_on_every_page() -> None:
    many = sample(training=True, steps=sample()["steps"] * 80)
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(many))).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert "TRAINING" in text
        assert f"Page {number} of {len(pages)}" in text
        assert many["sha256"] in text


def test_fonts_are_embedded() -> None:
    names: set[str] = set()
    for page in pypdf.PdfReader(io.BytesIO(render_pdf(sample(training=True)))).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            names.add(str(font.get_object()["/BaseFont"]))
            assert "/FontFile2" in font.get_object()["/FontDescriptor"].get_object(), names
    assert {name.partition("+")[2] for name in names} == {"B612-Regular", "B612-Bold", "B612Mono-Regular"}


def test_every_word_of_ours_can_be_drawn() -> None:
    covered = register_fonts()
    ours = [state_word(s.value) for s in StepState] + [outcome_words(o.value) for o in Outcome] + [*TONE_MARK.values()]
    assert all(visible(word, covered=covered) == word for word in ours)
    assert visible("漢 \U0001f600 ŵ £", covered=covered) == "\\u6f22 \\U0001f600 ŵ £"


def test_how_a_step_and_a_write_ended_is_said() -> None:
    step, write = sample()["steps"][0], sample()["writes"][0]
    refused = step | {"state": "failed", "code": "meter-refused", "message": "It refused.", "attempts": 3}
    left = step | {"state": "left", "note": "worn away", "finished_at": "2026-11-22T00:01:00Z"}
    coded = step | {"state": "left", "code": "no-access", "note": "worn away\nring the desk"}
    many = step | {"facts": [{"label": f"L{n}", "value": "v", "tone": "warn"} for n in range(20)]}
    evidence = sample(
        steps=[refused, left, coded, many],
        writes=[write | {"result": "held-already"}, write | {"item": "clock", "after": "", "result": "meter-refused"}],
        unsettled={"randomised-offset": ["randomised-offset-limit"]},
    )
    text = text_of(render_pdf(evidence))
    for words in (
        "× failed", "3 attempts", "meter-refused: It refused.", "→ left", "Note: worn away", "2026-11-22",
        "worn away / ring the desk", "⚠ L0: v", "8 more in the JSON file", "Held already, not written",
        "Failed: meter-refused",
        "Not known whether it was written: Randomised offset limit",
    ):  # fmt: skip
        assert words in text, words
    assert "no-access" in text
    assert "no-access:" not in text


def test_who_was_there_and_by_which_links() -> None:
    visit = sample()["visit"]
    text = text_of(render_pdf(sample()))
    assert "Ann Other (E-17)" in text
    assert "tcp://127.0.0.1:4059, 2026-11-21 05:50:03 to 05:50:50 UTC" in text.replace("\n", " ")
    ann, nobody = visit["engineers"][0], {"name": "", "identifier": "", "from": "2026-11-22T09:00:00Z"}
    other = {"link": "optical:/dev/ttyUSB0", "from": "2026-11-22T09:00:00Z", "to": "2026-11-23T00:00:01Z"}
    two = visit | {"runs": 2, "engineers": [ann, nobody], "links": [*visit["links"], other]}
    text = text_of(render_pdf(sample(visit=two))).replace("\n", " ")
    for words in (
        "Ann Other (E-17), from 2026-11-21 05:50:00 UTC", "not stated, from 2026-11-22 09:00:00 UTC",
        "tcp://127.0.0.1:4059, 2026-11-21 05:50:03 to 05:50:50 UTC",
        "optical:/dev/ttyUSB0, 2026-11-22 09:00:00 to 2026-11-23 00:00:01 UTC",
    ):  # fmt: skip
        assert words in text, words
    text = text_of(render_pdf(sample(visit=visit | {"engineers": [], "links": [], "link": ""})))
    assert "not stated" in text
    assert "The meter was not reached" in text


def test_an_outcome_that_is_none_or_bad_is_said_first() -> None:
    step, visit = sample()["steps"][0], sample()["visit"]
    reason = "No access to the premises or the meter"
    left = step | {"state": "left", "code": "no-access", "message": reason, "note": "Gate locked", "facts": []}
    later = step | {"state": "left", "code": "visit-ended", "message": "Not done: the visit ended before.", "facts": []}
    text = text_of(render_pdf(sample(visit=visit | {"outcome": "abandoned"}, steps=[left, later]))).replace("\n", " ")
    assert "This visit was abandoned" in text[:200]
    assert f"Write the MPAN: {reason} (no-access). Note: Gate locked" in text
    assert text.count(reason) == 2, "at the top and at the step"
    assert text.count("the visit ended before") == 1, "what was left by itself is no reason"
    text = text_of(render_pdf(sample(visit=visit | {"outcome": "", "ended_at": ""}))).replace("\n", " ")
    assert "⚠ This visit has not ended" in text[:200]
    assert "has not ended" not in text_of(render_pdf(sample()))


def test_times_and_words_of_ours_are_for_people_and_a_devices_own_stay() -> None:
    ours = {"label": "Appointment", "value": "2026-03-02T09:00:00Z – 2026-03-02T11:00:00.250Z", "tone": "plain"}
    device = {"label": "Firmware", "value": "2026-03-02T09:00:00Z", "tone": "plain", "from_device": True}
    step = sample()["steps"][0] | {"facts": [ours, device]}
    meter = sample()["meter"] | {"local_access": "installer"}
    text = text_of(render_pdf(sample(steps=[step], meter=meter))).replace("\n", " ")
    assert "Appointment: 2026-03-02 09:00:00 UTC – 2026-03-02 11:00:00 UTC" in text
    assert "Firmware: 2026-03-02T09:00:00Z" in text
    assert "reads and writes for an installer" in text
    odd = sample(meter=sample()["meter"] | {"local_access": "something newer"})
    assert "something newer" in text_of(render_pdf(odd))


def test_an_unsettled_write_is_never_nothing() -> None:
    text = text_of(render_pdf(sample(writes=[], unsettled={"clock": ["clock"]})))
    assert "Nothing was written" not in text
    assert "Not known whether it was written: Clock" in text


def test_overrides_are_told() -> None:
    job = sample()["job"]
    expected = job["expected"] | {"mpan_is_test_data": True}
    text = text_of(render_pdf(sample(job=job | {"test_identifiers_allowed": True, "expected": expected})))
    assert "Test identifiers with wrong check digits were allowed" in text
    assert "test data: its check digit is wrong" in text


def test_a_talkative_device_still_has_its_report() -> None:
    fact = {"label": "W" * 500, "value": "W" * 1_000_000, "tone": "plain"}
    step = sample()["steps"][0] | {"title": "T" * 5000, "facts": [fact] * 40, "message": "M" * 5000, "code": "C" * 5000}
    write = dict.fromkeys(("item", "before", "after", "result", "authority"), "W" * 5000)
    registers = [{"obis": "1" * 5000, "value": "9" * 5000, "unit": "k" * 5000, "label": "l" * 5000}] * 3
    readings = {"before": {"registers": registers}, "after": {"time": "T" * 5000, "registers": registers}}
    meter = dict.fromkeys(("device_id", "model", "manufacturer"), "<b>" * 5000)
    pdf = render_pdf(sample(steps=[step] * 3, writes=[write], readings=readings, meter=meter))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 3
    assert len(pdf) < 300_000


def test_text_of_devices_and_files_is_data() -> None:
    step = sample()["steps"][0] | {"title": HOSTILE, "message": HOSTILE, "note": "x" * 1_000_000}
    hostile = sample(steps=[step], meter={"model": HOSTILE, "device_id": HOSTILE})
    pdf = render_pdf(hostile)
    text = text_of(pdf).replace("\n", "")
    assert '<a href="http://x">OK</a>' in text
    assert "\\u202e" in text
    assert "\\u0000" in text
    assert not any("/Annots" in page for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert len(pdf) < 200_000
    assert safe("<&>") == "&lt;&amp;&gt;"
    assert visible("a" * 700).endswith("…")


def test_same_evidence_same_bytes() -> None:
    assert render_pdf(sample()) == render_pdf(sample())


def test_same_bytes_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(json_bytes(sample(training=True)))
    program = (
        "import hashlib, json, sys; from hht.report.pdf import render_pdf; "
        "print(hashlib.sha256(render_pdf(json.load(open(sys.argv[1])))).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "report.json")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            timeout=60,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(hashes) == 1


def test_empty_visit_has_a_report_too() -> None:
    bare = sample(meter={}, readings={"before": {}, "after": {}}, writes=[], steps=[])
    text = text_of(render_pdf(bare))
    assert "No readings were taken" in text
    assert "Nothing was written to the meter" in text


def test_alteration_is_noticed() -> None:
    evidence = sample()
    assert verify(json.dumps(evidence)) == ""
    assert canonical(evidence) == canonical({k: v for k, v in evidence.items() if k != "sha256"})
    altered = json.loads(json.dumps(evidence))
    altered["readings"]["after"]["registers"][0]["value"] = "1"
    assert "altered" in verify(json.dumps(altered))
    assert "not evidence" in verify("{")
    assert "not evidence" in verify("[]")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        b"\xff\xfe\x00",
        "[" * 200_000,
        '{"a":' * 200_000,
        "1" * 10_000,
        '{"schema": "hht-evidence/1", "x": "\\ud800"}',
    ],
)
def test_no_file_makes_the_verifier_stumble(text: str | bytes) -> None:
    assert "not evidence" in verify(text)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"my report", "it is no JSON, from line 1, character 1"),
        (b'{"a": 1,\n}', "it is no JSON, from line 2, character 1"),
        (b"\x80report", "it is no text"),
        (b"[" * 100_000, "it is nested too deep"),
    ],
)
def test_a_file_that_is_no_evidence_is_told_in_plain_words(content: bytes, why: str) -> None:
    assert verify(content) == f"not evidence: {why}"


def test_what_the_verifier_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(json_bytes(sample()))
    assert main(["verify", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: unaltered\n"
    path.write_text(path.read_text().replace("1234.567", "1234.568"))
    assert main(["verify", str(path)]) == 1
    assert "altered: the SHA-256 does not fit" in capsys.readouterr().out
    assert main(["verify", str(tmp_path)]) == 1
    assert main(["verify", str(tmp_path / "\udcff")]) == 1
    assert capsys.readouterr().out.count("cannot be read: ") == 2
    assert main([]) == main(["sign", "x"]) == 2
    assert "usage: " in capsys.readouterr().err
    for words in (["--help"], ["-h"], ["verify", "--help"]):
        assert main(words) == 0
        told = capsys.readouterr()
        assert "python -m hht.evidence verify FILE" in told.out
        assert "unaltered" in told.out
        assert told.err == ""


def test_a_name_given_twice_is_no_evidence() -> None:
    """The later one would be hashed, the earlier one read by people."""
    text = json.dumps(sample())
    doubled = text.replace('"readings": {', '"readings": {"before": {"registers": "forged"}}, "readings": {', 1)
    assert json.loads(doubled) == json.loads(text)
    assert "occurs twice" in verify(doubled)


def test_verifier_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(json_bytes(sample()))
    command = [sys.executable, "-m", "hht.evidence", "verify", str(path)]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
    path.write_text(path.read_text().replace("1234.567", "1234.568"))
    assert subprocess.run(command, timeout=60, check=False).returncode == 1


def test_files_are_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all({tmp_path / "deep" / "report.pdf": render_pdf(sample())})
    before = (tmp_path / "deep" / "report.pdf").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ReportNotWritten, match="No space left"):
        write_all({tmp_path / "deep" / "report.pdf": b"half"})
    assert (tmp_path / "deep" / "report.pdf").read_bytes() == before
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["report.pdf"]


def test_a_disk_that_fills_up_leaves_the_old_report(tmp_path: Path) -> None:
    """The limit on file sizes stands for the full disk: the write itself fails, half way."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    program = (
        "import resource, sys; from pathlib import Path; from hht.report.files import ReportNotWritten, write_all\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: write_all({Path(sys.argv[1]): b'x' * 100_000})\n"
        "except ReportNotWritten as error: print(error.code, error.message, error.remedy)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("report-not-written")
    assert "Make room" in done.stdout
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.pdf"]


def test_pdf_and_json_are_both_there_or_neither(tmp_path: Path) -> None:
    """A new JSON beside an old PDF would have a hash that the PDF does not name."""
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(ReportNotWritten, match=r"report\.pdf"):
        write_report_files(tmp_path / "report.pdf", b"new", sample())
    assert (tmp_path / "report.json").read_text() == "old"
    (tmp_path / "report.pdf").rmdir()
    write_report_files(tmp_path / "report.pdf", b"new", sample())
    assert verify((tmp_path / "report.json").read_text()) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.json", "report.pdf"]


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "full").symlink_to("/dev/full")
    for name in ("folder", "pipe", "full"):
        with pytest.raises(ReportNotWritten, match="no file"):
            write_all({tmp_path / name: b"x"})
    assert (tmp_path / "pipe").is_fifo()
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("name", ["n" * 300, "a\0b", "\udcff" * 300])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReportNotWritten) as caught:
        write_all({tmp_path / name: b"x"})
    assert caught.value.message.encode()  # a screen can show it
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportNotWritten) as caught:
        write_all({tmp_path / "file" / "report.json": b"x"})
    assert caught.value.remedy
