"""``hht visit run`` of installations, headless, against an emulated meter's bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pypdf
import pytest

from hht.photos import bare_photo
from hht.resources import resource_path
from hht.work.job import parse_job
from tests.cli.conftest import Run
from tests.support.command import Done
from tests.work.flow_model import GAS, HUB, SOLAR, all_well, job_text, plain_job

POLYPHASE = "00-DB-12-34-56-78-96-A0"  # the meter of the premises "polyphase"
LATER = "leave:ask-later"
LINK = "emulated:single-element?days=1"


def install(run: Run, folder: Path, text: str, verb: str = "run", link: str = LINK, **answers: str) -> Done:
    """The visit of the job in `text`, all well but for `answers` (with _ for / and -- for -)."""
    path, told = folder / "job.json", folder / "answers.json"
    path.write_text(text)
    changed = {name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}
    given = all_well(parse_job(text, "job.json")) | changed
    told.write_text(json.dumps({name: value for name, value in given.items() if value}))
    where = ["--training", "--data-dir", str(folder / "data"), "--out", str(folder / "out")]
    return run("visit", verb, str(path), *where, "--answers", str(told), "--link", link)


def states(done: Done) -> dict[str, str]:
    """The last state of each step."""
    return {step["id"]: step["state"] for step in done.of("step")}


def evidence(folder: Path) -> dict[str, Any]:
    """The report's machine-readable side."""
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text())
    return found


@pytest.mark.requirement("CON-01", "CON-04", "CON-06", "CON-13", "OLC-02", "OLC-05")
def test_electricity_is_installed_and_handed_over(run: Run, tmp_path: Path) -> None:
    done = install(run, tmp_path, job_text("install-electricity"))
    assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
    assert set(states(done).values()) == {"done"}
    found = evidence(tmp_path)["findings"]
    assert found["live-tests"]["loop"] == "0.35"
    assert found["network"]["earthing"] == "tn-c-s"
    assert found["seals"]["meter"] == "SN-seals/meter"
    store = ["--training", "--data-dir", str(tmp_path / "data")]
    (waits,) = run("outbox", "list", *store).of("visit")
    assert (waits["unbound"], [one["kind"] for one in waits["items"]].count("photo")) == ([], 0)
    (old,) = [one for one in evidence(tmp_path)["steps"] if one["id"] == "old-electricity"]
    (photo,) = [fact for fact in old["facts"] if fact["label"].startswith("Photo")]
    assert (photo["value"], photo["tone"]) == ("no photo, because the camera does not work", "warn")
    assert found["display"]["free_until"] > evidence(tmp_path)["written_at"][:10]
    (information,) = [one for one in evidence(tmp_path)["steps"] if one["id"] == "customer-information"]
    assert any(fact["value"].endswith("kWh") for fact in information["facts"]), "read from the meter, beside the answer"


def test_a_photo_is_a_picture_or_a_reason(run: Run, tmp_path: Path) -> None:
    """A name alone is none; a file that the answers name is kept, bound by its hash, and told by it."""
    text = job_text("install-electricity")
    for name in ("NOPHOTO", "IMG-1.jpg", "none", "none: -", "0" * 64):
        refused = install(run, tmp_path, text, old__electricity_photo=name)
        assert (refused.status, refused.last["code"], refused.last["step"]) == (1, "photo-not-bound", "old-electricity")
        assert "reason" in refused.last["message"]
    picture = resource_path("samples", "label.png").read_bytes()
    (tmp_path / "meter.png").write_bytes(picture)
    (tmp_path / "text.png").write_text("no picture")
    refused = install(run, tmp_path, text, old__electricity_photo="text.png")
    assert refused.last["code"] == "photo-format"
    done = install(run, tmp_path, text, old__electricity_photo="meter.png")
    assert (done.status, done.last["outcome"]) == (0, "complete"), done.last
    (old,) = [one for one in evidence(tmp_path)["steps"] if one["id"] == "old-electricity"]
    (told,) = [fact["value"] for fact in old["facts"] if fact["label"].startswith("Photo")]
    assert told == f"bound, SHA-256 {bare_photo(picture).sha256}"
    (waits,) = run("outbox", "list", "--training", "--data-dir", str(tmp_path / "data")).of("visit")
    assert (waits["unbound"], [one["kind"] for one in waits["items"]].count("photo")) == ([], 1)


@pytest.mark.parametrize("again", ["SN-seals/cut-out", "sn-SEALS/cut-out"])
def test_no_two_seals_have_one_number(run: Run, tmp_path: Path, again: str) -> None:
    text = job_text("install-electricity")
    refused = install(run, tmp_path, text, seals_meter=again)
    assert (refused.status, refused.last["code"], refused.last["step"]) == (1, "seal-twice", "seals")
    assert "New seal on the cut-out" in refused.last["message"]
    assert "Each seal has its own number" in refused.last["remedy"]
    done = install(run, tmp_path, text, "resume")
    assert (done.status, done.last["outcome"]) == (0, "complete"), "asked once more, both are what they are"


def test_a_return_tag_has_no_number_of_a_seal(run: Run, tmp_path: Path) -> None:
    refused = install(run, tmp_path, job_text("install-electricity"), seals_tag="SN-seals/meter")
    assert (refused.status, refused.last["code"], refused.last["step"]) == (1, "tag-twice", "seals")


@pytest.mark.parametrize("off", ["SN-seals/meter", "OLD-1, sn-SEALS/meter", "OLD-1 SN-seals/meter"])
def test_a_seal_that_was_cut_off_is_no_new_one(run: Run, tmp_path: Path, off: str) -> None:
    refused = install(run, tmp_path, job_text("install-electricity"), seals_off=off)
    assert (refused.status, refused.last["code"], refused.last["step"]) == (1, "seal-twice", "seals")
    assert "New seal on the meter" in refused.last["message"]
    assert "Seals taken off" in refused.last["message"]


@pytest.mark.requirement("CON-05")
def test_what_is_said_of_the_occupants_is_in_no_report(run: Run, tmp_path: Path) -> None:
    install(run, tmp_path, job_text("install-electricity", vulnerability=["PSR-12"]), occupants_needs="hearing-sight")
    report = (tmp_path / "out" / "report.json").read_text()
    assert "recorded, sealed" in report
    bundle = (tmp_path / "out" / "report.hhtb").read_text()
    for sealed in ("hearing", "occupants/needs", "occupants/medical", "PSR-12"):
        assert sealed not in report, sealed
        assert sealed not in bundle, sealed
    safety = [json.loads(line)["fields"] for line in bundle.splitlines() if '"kind":"safety"' in line]
    (loop,) = [{n: f["value"] for n, f in one.items()} for one in safety if one["item"]["value"] == "loop"]
    assert (loop["value"], loop["unit"], loop["instrument"]) == ("0.35", "Ω", "SN-1001")
    assert loop["limit"]
    assert loop["calibrated_until"]


def test_a_stop_because_of_somebody_s_health_says_nothing_of_it(run: Run, tmp_path: Path) -> None:
    told = {"occupants_medical": "dependent", "occupants_notice": "N-7"}
    done = install(run, tmp_path, job_text("install-electricity"), **told)
    assert states(done)["occupants"] == "left"
    out = str(tmp_path / "out")
    where = ["--training", "--data-dir", str(tmp_path / "data"), "--out", out, "--sheet"]
    again = run("visit", "report", done.of("visit")[0]["reference"], *where)
    assert again.status == 0, again.last
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "out" / "report.pdf").pages)
    told_of = {name: (tmp_path / "out" / name).read_text() for name in ("report.json", "report.hhtb")}
    for name, text in (told_of | {"report.pdf": " ".join(printed.split())}).items():
        for answered in ("and it does not", "do-not-isolate", "Somebody here depends"):
            assert answered not in text, (name, answered)
    assert "What was answered is kept sealed." in told_of["report.json"]
    ended = "At the step “Who depends on the supply”, "
    assert ended in " ".join(printed.split())
    assert "because of an answer that was given there. What was answered is kept sealed." in " ".join(printed.split())
    sheet = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "out" / "report-customer.pdf").pages)
    assert "does not stand on this sheet" in " ".join(sheet.split())
    assert "dependent" not in sheet


def test_a_failed_value_is_a_hard_stop_with_a_notice(run: Run, tmp_path: Path) -> None:
    text = job_text("install-electricity", HUB, variant="polyphase")
    done = install(run, tmp_path, text, live__tests_loop="9.5")
    assert done.status == 1
    assert (done.last["code"], done.last["state"]) == ("out-of-limits", "stopped")
    assert "9.5" in done.last["message"]
    assert "“live-tests/notice”" in done.last["remedy"], "what the stop waits for is not said"
    again = install(run, tmp_path, text, "resume", live__tests_loop="0.2")  # another value comes too late
    assert (again.status, again.last["code"]) == (1, "out-of-limits")
    safe = install(run, tmp_path, text, "resume", live__tests_notice="N-4711")
    assert (safe.status, safe.last["outcome"]) == (0, "made-safe")
    assert states(safe) == states(safe) | {"live-tests": "left", "load": "left", "connect": "left"}
    (step,) = [one for one in evidence(tmp_path)["steps"] if one["id"] == "live-tests"]
    assert {fact["label"]: fact["value"] for fact in step["facts"]}["Notice"] == "N-4711"


@pytest.mark.parametrize("code", ["make-safe", "", "UNSAFE"])
def test_a_step_left_for_no_reason_of_its_own_is_not_done_instead(run: Run, tmp_path: Path, code: str) -> None:
    done = install(run, tmp_path, job_text("install-electricity"), display=f"leave:{code}")
    assert (done.status, done.last["code"]) == (1, "leave-code"), done.last
    assert done.last["remedy"] == "Its reasons are: nobody-there, not-offered, unsafe, smell-of-gas."
    assert not done.of("step"), "nothing was begun"


def test_a_smell_of_gas_locks_the_gas_and_leaves_the_electricity(run: Run, tmp_path: Path) -> None:
    text = job_text("install-dual-fuel", HUB, GAS)
    smelt = {"gas__tight__after_smell": "smell", "gas__tight__after_notice": "N-1", "ask__hub__installed": LATER}
    smelt["leaving__check_gas"] = "off"
    done = install(run, tmp_path, text, **smelt)
    assert (done.status, done.last["state"]) == (1, "stopped"), "nobody cleared it"
    assert done.last["message"] == "Smell of gas: It smells of gas."
    assert "“gas-tight-after/cleared-by”" in done.last["remedy"]
    nobody = install(run, tmp_path, text, "resume", **smelt, gas__tight__after_cleared__by="me")
    assert (nobody.status, nobody.last["state"]) == (1, "stopped")
    assert "“me” names nobody." in nobody.last["remedy"]
    cleared = install(run, tmp_path, text, "resume", **smelt, gas__tight__after_cleared__by="B. Supervisor")
    assert cleared.last["outcome"] == "made-safe"
    found = states(cleared)
    assert (found["gas-purge"], found["gas-relight"], found["hand-over"]) == ("left", "left", "done")
    assert evidence(tmp_path)["visit"]["outcome"] == "made-safe"


def test_gas_is_not_for_an_electrician(run: Run, tmp_path: Path) -> None:
    text = job_text("install-dual-fuel", HUB, GAS)
    done = install(run, tmp_path, text, competence_gas="none")
    assert (done.status, done.last["code"]) == (1, "not-competent")
    told = {"gas__warning": "leave:no-gas-engineer", "leaving__check_gas": "untouched", "ask__hub__installed": LATER}
    left = install(run, tmp_path, text, "resume", **told)
    assert (left.status, left.last["outcome"]) == (0, "install-and-leave")
    assert states(left)["gas-let-by"] == "left"
    told = {(one["kind"], one["name"]): one for one in left.last["not_done"]}
    assert evidence(tmp_path)["not_done"] == left.last["not_done"]
    assert {name for kind, name in told if kind == "step"} == {k for k, v in states(left).items() if v == "left"}
    assert told["step", "gas-warning"]["code"] == "no-gas-engineer"
    ended = told["step", "gas-let-by"]
    assert (ended["code"], ended["because"]) == ("section-ended", "gas-warning")
    assert ended["reason"] == "Nobody here is registered for gas", "the reason, not that there was one"
    gas = told["device", GAS["device_id"]]
    assert (gas["because"], gas["reason"]) == ("gas-warning", "Nobody here is registered for gas")
    assert told["step", "ask-commission-esme"]["because"] == "ask-hub-installed", "through every step between"


def test_three_phases_beside_a_generation_meter_whose_port_nobody_can_reach(run: Run, tmp_path: Path) -> None:
    meter = {**plain_job()["devices"][0], "device_id": POLYPHASE, "variant": "polyphase"}
    text = job_text("install-electricity", devices=[meter, SOLAR])
    told = {"generation__reading": "leave:no-optical-port"}
    done = install(run, tmp_path, text, link="emulated:polyphase?days=1", **told)
    assert (done.status, done.last["outcome"]) == (0, "install-and-leave"), done.last
    assert states(done)["generation-record"] == "done"
