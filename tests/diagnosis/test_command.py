"""``hht diagnose``, and the service under it: links by URL, asks that are kept, a desk that acts only where it may."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hht.diagnosis.course import Step
from hht.diagnosis.knowledge import Reading
from hht.diagnosis.verdict import Outcome, Verdict
from hht.identifiers import DeviceId
from hht.link_url import LinkUrlError
from hht.work.job import parse_job
from hht.work.looks.of_job import home_of_job
from hht.work.looks.ways import Home
from tests.desk.house import ESME, HUB, house
from tests.support.virtual_time import virtual
from ui.cli.diagnose import lived_in
from ui.cli.main import main
from ui.diagnosing import Diagnosing, FaultVisit, Places, places_of

FAULT = "old-suppliers-credentials@esme-1"
HOME = Home({"esme": DeviceId.parse(ESME), "chf": DeviceId.parse(HUB)})


class Nobody:
    """A person who sees nothing, and lets the desk act or not."""

    def __init__(self, *, lets: bool) -> None:
        self.lets = lets

    async def tell(self, _reading: Reading) -> str | None:
        return None

    async def do(self, deed: str) -> bool:
        return deed == "let-desk-act" and self.lets


async def diagnosed(folder: Path, person: Nobody, on_step: Callable[[Step], None] = lambda _step: None) -> Verdict:
    probe = f"emulated:dual-fuel-connected?days=1&fault={FAULT}"
    async with house(folder, f"desk:emulated?premises=dual-fuel-connected&days=1&fault={FAULT}") as made:
        visit = FaultVisit(places_of([probe, "desk:emulated"]), HOME, ("new-supplier",))
        found = await Diagnosing(made.store, made.composer, made.store.clock).run(visit, person, on_step)
        asks = {one.ask.reference for one in made.desks.asks("fault-visit")}
    told = {frames.link for one in found.evidence for frames in one.frames if frames.link.startswith("desk ask")}
    assert told
    assert told <= {f"desk ask {reference}" for reference in asks}  # what the verdict relies on is kept
    return found


@virtual
async def test_the_desk_acts_where_the_person_lets_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    steps: list[Step] = []
    found = await diagnosed(tmp_path_factory.mktemp("store"), Nobody(lets=True), steps.append)
    assert found.cause is not None
    assert found.cause.name == "old-suppliers-credentials"
    assert found.retry == ""
    assert [step.minutes for step in steps] == sorted(step.minutes for step in steps)


@virtual
async def test_where_it_may_not_act_nothing_is_guessed_and_the_look_is_named(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found = await diagnosed(tmp_path_factory.mktemp("store"), Nobody(lets=False))
    assert found.outcome in (Outcome.SEVERAL, Outcome.NOT_ENOUGH, Outcome.NOTHING_WRONG)
    assert "old-suppliers-credentials" not in {one.cause for one in found.excluded}


@virtual
async def test_a_weak_signal_is_found_where_people_look_at_their_display(tmp_path: Path) -> None:
    """As the command has an emulated home. Where nobody ever looks the hub has not heard the meter for hours."""
    weak = "emulated:dual-fuel-connected?days=1&fault=weak-signal=45@esme-1,-PT7H"
    told: list[Verdict] = []
    with_display = Home({**HOME.devices, "ihd": DeviceId.parse("00-DB-12-34-56-79-01-A7")})
    assert lived_in("emulated:a") == "emulated:a?people=look"
    assert [lived_in(one) for one in ("tcp://127.0.0.1:1", weak + "&people=away")] == [
        "tcp://127.0.0.1:1", weak + "&people=away"
    ]  # fmt: skip
    for number, link in enumerate((lived_in(weak), lived_in(weak + "&people=away"))):
        async with house(tmp_path / str(number), "desk:emulated?premises=dual-fuel-connected&days=1") as made:
            visit = FaultVisit(places_of([link, "desk:emulated"]), with_display, ("no-readings",))
            diagnosing = Diagnosing(made.store, made.composer, made.store.clock)
            told.append(await diagnosing.run(visit, Nobody(lets=False), lambda _step: None))
    looked, away = told
    signal = looked.evidence.of("signal.esme")
    assert (signal and signal.value, looked.candidates[0].cause.name) == ("poor", "weak-signal-electricity")
    assert away.evidence.of("signal.esme") is None


def test_two_links_of_a_kind_are_refused() -> None:
    assert places_of(["emulated:a", "emulated:a?via=han", "desk:emulated"]) == Places(
        "emulated:a", "emulated:a?via=han", "desk:emulated"
    )
    with pytest.raises(LinkUrlError, match="same kind of place"):
        places_of(["emulated:a", "optical:/dev/ttyUSB0"])


def test_the_home_of_a_job(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "resources/jobs/install-dual-fuel.json").read_text("utf-8")
    home = home_of_job(parse_job(text, "job"))
    assert set(home.devices) == {"esme", "gsme", "chf", "gpf", "ihd"}
    assert (home.mpan, home.mprn, home.phases) == ("1012345678903", "3938424403", 1)
    assert home.features >= {"gas", "ihd"}


def test_the_command_tells_looks_and_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text('{"face.esme": "pages", "home.power": "on", "site.access": "free"}')
    words = ["diagnose", "emulated:dual-fuel?days=1&fault=clock-invalid@esme-1", "--symptom", "wrong-time"]
    status = main([*words, "--answers", str(answers), "--json", "--data-dir", str(tmp_path), "--training"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    verdict = lines[-1]
    assert verdict["type"] == "verdict"
    assert verdict["candidates"][0]["cause"] == "clock-invalid"
    reason = verdict["candidates"][0]["reasons"][0]
    assert (reason["reading"], reason["value"]) == ("meter.clock-status", "invalid")
    assert reason["frames"][0]["first"] >= 1
    looks = [line for line in lines if line["type"] == "look"]
    assert looks
    assert verdict["minutes"] == looks[-1]["minutes"]


@pytest.mark.parametrize(
    ("link", "extra", "code"),
    [
        ("optical:/dev/no-such-port", [], "link-absent"),
        ("emulated:dual-fuel?days=1", ["--client", "99"], "cosem-client-refused"),
    ],
)
def test_where_the_meter_was_never_asked_or_refuses_its_port_is_not_said_to_cut_frames(
    link: str, extra: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", link, *extra, "--symptom", "no-supply", "--json", "--data-dir", str(tmp_path), "--training"]
    assert main([*words, "--answers", _nothing_seen(tmp_path)]) == 1, "no link told anything: a script has to know"
    *looks, verdict, error = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (verdict["type"], verdict["outcome"]) == ("verdict", "not-enough-evidence")
    assert (error["type"], error["code"]) == ("error", code)
    assert error["remedy"]
    signed_on = next(line for line in looks if line.get("look") == "sign-on")
    assert signed_on["found"] == []
    assert signed_on["trouble"] == code
    assert "bridge-cuts-frames" not in [one["cause"] for one in verdict["candidates"]]
    assert "nothing-wrong" not in [one["cause"] for one in verdict["candidates"]]


def test_looks_that_could_not_be_made_cost_the_time_that_was_spent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", "optical:/dev/no-such-port", "--symptom", "no-supply", "--json", "--data-dir", str(tmp_path)]
    assert main([*words, "--training", "--answers", _nothing_seen(tmp_path)]) == 1
    *looks, verdict, _error = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(looks) >= 5
    assert verdict["minutes"] < 1, "a port that is not there is known at once"
    assert verdict["minutes"] == pytest.approx(sum(look["spent"] for look in looks), abs=0.01)


@pytest.mark.parametrize(
    ("fault", "near"),
    [("registr-frozen@esme-1", "register-frozen"), ("clock-invalid;weak-signl@esme-1", "weak-signal")],
)
def test_a_fault_that_there_is_not_is_no_fault_visit_and_those_that_come_near_are_named(
    fault: str, near: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", f"emulated:dual-fuel?days=1&fault={fault}", "--symptom", "reading-odd"]
    assert main([*words, "--data-dir", str(tmp_path), "--training"]) == 2
    told = capsys.readouterr()
    assert "There is no fault" in told.err
    assert near in told.err
    assert "hht premises --faults" in told.err
    assert told.out == "", "nothing was looked at"


@pytest.mark.parametrize(
    ("fault", "symptom", "cause"),
    [
        ("register-frozen@esme-1", "reading-odd", "register-frozen"),
        ("stuck-contactor@esme-1", "no-supply", "contact-burnt"),
    ],
)
def test_a_domain_is_not_excluded_while_a_cause_in_it_was_not_looked_for(
    fault: str, symptom: str, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody answers, so no load is switched: what the register did hours ago says nothing of now."""
    words = ["diagnose", f"emulated:dual-fuel?days=1&fault={fault}", "--symptom", symptom, "--json", "--training"]
    assert main([*words, "--data-dir", str(tmp_path), "--answers", _nothing_seen(tmp_path)]) == 0
    verdict = json.loads(capsys.readouterr().out.splitlines()[-1])
    meter = next(one for one in verdict["domains"] if one["domain"] == "meter")
    assert meter["state"] == "open"
    assert [one for one in meter["missing"] if cause in one["causes"]]
    assert all(one["words"] for one in meter["missing"])


def _nothing_seen(folder: Path) -> str:
    answers = folder / "answers.json"
    answers.write_text("{}")
    return str(answers)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--symptom", "odd"], "is no symptom"),
        ([], "No symptom"),
        (["--symptom", "routine", "--time-box", "0"], "time box"),
        (["--symptom", "routine", "--device", "00-DB-12-34-56-79-01-A0=TV"], "names no device"),
        (["--symptom", "routine", "--answers", "/nowhere/answers.json"], "cannot be used"),
    ],
)
def test_what_is_no_fault_visit_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[" * 100_000, '{"led.wan": ["dark"]}', '{"led.wan": "pink"}', "[]", "\x00"])
def test_answers_that_are_none_are_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answers.json"
    file.write_text(text)
    assert main(["diagnose", "--symptom", "routine", "--answers", str(file)]) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_symptoms_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--list"]) == 0
    assert "no-gas-data" in capsys.readouterr().out
