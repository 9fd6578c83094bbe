"""``hht visit end|unsafe|sign|call|notice``: on record, in report, bundle and the customer's papers; of vulnerability
there is nothing in any paper."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pypdf
import pytest

from hht.evidence import check_bundle
from tests.cli.conftest import Run
from tests.test_photos import jpeg
from tests.work.flow_model import job_text

CANARY = "CANARY-7Q"


def text_of(path: Path) -> str:
    pages = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_nobody_at_home_an_unsafe_door_and_a_call(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    job = tmp_path / "job.json"
    job.write_text(job_text("install-electricity", reference="J-7", vulnerability=[CANARY]))
    (tmp_path / "door.jpg").write_bytes(jpeg())

    bare = run("visit", "end", str(job), "--code", "nobody-home", *where)
    assert (bare.status, bare.last["code"]) == (1, "doorstep-photo")
    assert "--no-photo" in bare.last["remedy"], "the way out is named"
    photo, out = ["--photo", str(tmp_path / "door.jpg")], tmp_path / "notice.pdf"
    ended = run("visit", "end", "J-7", "--code", "nobody-home", *photo, "--flag", "key", "--note", "dog", *where)
    assert (ended.status, ended.last["outcome"]) == (0, "abandoned"), ended.last
    assert len(ended.last["ending"]["photos"]) == 1
    finished = run("visit", "end", "J-7", "--code", "refused-work", *where)
    assert (finished.status, finished.last["code"]) == (1, "visit-finished")
    unsafe = run(
        "visit", "unsafe", "J-7", "--category", "network-a", "--found", "Cut-out cracked", "--done", "labelled",
        "--told", "Neighbour", "--rung", "network", "--notice", "N-1", "--receipt", "nobody-there", "--out", str(out),
        *where,
    )  # fmt: skip
    assert unsafe.status == 0, unsafe.last
    assert run("visit", "sign", "J-7", "--about", "notice", "--declined", "nobody there", *where).status == 0
    rung = run("visit", "call", "J-7", "--code", "x-1", "--number", "01632 960001", "--result", "noted", *where)
    assert (rung.last["number"], rung.last["logged"]) == ("01632 960001", True)
    assert run("visit", "notice", "J-7", "--number", "N-2", "--out", str(out), *where).last["code"] == "notice-unknown"
    assert run("visit", "codes", "--data-dir", str(tmp_path / "none")).last["codes"] > 30, "without a pass phrase"
    assert not (tmp_path / "none").exists(), "nor is a store made for it"

    (job_told,) = run("visit", "list", *where).of("job")
    assert job_told["visits"][0]["next_needs"] == ["Key needed: meter box, common door"]
    shown = [(one["label"], one["value"]) for one in run("visit", "show", "J-7", *where).of("note")]
    assert [label for label, _value in shown] == ["Ended", "Unsafe", "Signature", "Rung"]
    assert "N-1: Cut-out cracked" in dict(shown)["Unsafe"]

    folder = tmp_path / "out"
    assert run("visit", "report", "J-7", "--sheet", "--out", str(folder), *where).status == 0
    report, sheet = text_of(folder / "report.pdf"), text_of(folder / "report-customer.pdf")
    for words in ("Cut-out cracked", "Nobody opened the door", "Key needed", "01632 960001", "declined to sign"):
        assert words in report, words
    for paper in (sheet, text_of(out)):
        assert "Cut-out cracked" in paper
        assert "N-1" in paper
        for words in ("dog", "01632 960001", "CHECK "):
            assert words not in paper, words
    for path in (*folder.iterdir(), out):
        assert CANARY.encode() not in path.read_bytes(), path.name
        assert path.suffix != ".pdf" or CANARY not in text_of(path), path.name
    for level, gone in (("customer", "CHECK "), ("public", "Cut-out cracked")):
        done = run("visit", "report", "J-7", "--level", level, "--out", str(folder), *where)
        assert (done.status, done.last["level"], done.last["report"]) == (
            0,
            level,
            str(folder / f"report.{level}.hhtb"),
        )
        octets = Path(done.last["report"]).read_bytes()
        assert gone in (folder / "report.hhtb").read_text()
        assert gone.encode() not in octets
        assert stat.S_IMODE(Path(done.last["report"]).stat().st_mode) == 0o600
        assert check_bundle(octets).code == ""
        again = run("visit", "report", "J-7", "--level", level, "--out", str(folder), *where)
        assert again.last["report"] == str(folder / f"report-2.{level}.hhtb"), "nothing is overwritten"
    assert b"01632 960001" not in (folder / "report.public.hhtb").read_bytes()
    lines = [json.loads(line) for line in (folder / "report.hhtb").read_bytes().splitlines()]
    kinds = [line["kind"] for line in lines if "item" in line]
    assert {"unsafe", "ending", "signature", "call", "photo"} <= set(kinds)
    assert check_bundle((folder / "report.hhtb").read_bytes()).code == ""

    assert run("outbox", "export", "--out", str(tmp_path / "home"), *where).status == 0
    (whole,) = (tmp_path / "home").glob("*.hhtb")
    assert CANARY.encode() in whole.read_bytes(), "the supplier has it, so the search above looked for what is there"


def test_a_photo_that_was_taken_again_is_gone_from_the_store(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    job = tmp_path / "job.json"
    job.write_text(job_text("install-electricity", reference="J-8"))
    for name, octets in (("a.jpg", jpeg()), ("b.jpg", jpeg(progressive=True))):
        (tmp_path / name).write_bytes(octets)
    assert run("visit", "end", str(job), "--code", "refused-work", *where).status == 0
    first = run("visit", "photo", "J-8", str(tmp_path / "a.jpg"), "--step", "old-electricity", *where).last
    again = ["--step", "old-electricity", "--replaces", str(first["number"])]
    second = run("visit", "photo", "J-8", str(tmp_path / "b.jpg"), *again, *where).last
    assert (first["number"], second["number"]) == (1, 2)
    assert run("visit", "report", "J-8", "--out", str(tmp_path / "out"), *where).status == 0
    evidence = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [one["sha256"] for one in evidence["notes"]["photo"]] == [second["sha256"]]
    assert "Photo 2, old-electricity" in text_of(tmp_path / "out" / "report.pdf")
    listed = run("outbox", "list", *where).of("visit")[0]["items"]
    assert [one["sha256"] for one in listed if one["kind"] == "photo"] == [second["sha256"]]


@pytest.mark.requirement("CON-10")
def test_a_flow_names_what_is_missing_and_totals_name_nobody(run: Run, tmp_path: Path) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    job = tmp_path / "job.json"
    job.write_text(job_text("install-electricity", reference="J-9"))
    assert run("visit", "end", str(job), "--code", "refused-work", "--note", "=HYPERLINK(1)", *where).status == 0
    flow = run("visit", "flow", "J-9", "--as", "D0221", *where).last
    assert (flow["missing"], flow["flow"]) == ([], "D0221")
    assert "unverified" in flow["standing"]
    installed = run("visit", "flow", "J-9", "--as", "d0150", *where).last
    assert "Meter ID (serial number), meter taken off" in installed["missing"]
    assert "Meter ID (serial number), new meter" in installed["missing"], "a Device ID is no serial number"
    assert run("visit", "flow", "J-9", "--as", "D1", *where).last["code"] == "flow-unknown"
    totals = run("visit", "totals", *where)
    (one,) = totals.of("total")
    assert (one["walkthrough"], one["outcome"], one["reason"], one["count"]) == (
        "install-electricity", "abandoned", "refused-work", 1,
    )  # fmt: skip
    assert "J-9" not in json.dumps(totals.of("total"))
    assert run("visit", "end", "J-9", "--code", "refused-work", "--again", *where).last["number"] == 2
