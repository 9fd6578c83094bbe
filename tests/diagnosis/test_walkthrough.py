"""The walkthrough of a fault visit, from the job to the hand-over, against a living premises; nobody at a screen."""

from __future__ import annotations

import json
from pathlib import Path

from hht.diagnosis.knowledge import knowledge
from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.report.verdict_story import verdict_pairs
from hht.work.actions.find_fault import CANNOT_SAY, MORE, SETTLE
from hht.work.verdict_told import VerdictTold, verdict_of
from hht.work.view import Outcome, Question
from hht.work.visit_store import VisitStore
from tests.desk.house import house
from tests.diagnosis.engineer import Customer, Engineer
from tests.support.virtual_time import virtual
from tests.work.flow_model import good
from ui.visits import VisitOptions, VisitRunner

DEEDS = ("load-on", "load-off", "wake-gas", "let-desk-act")


def sample(root: Path, fault: str) -> str:
    """The job that comes along, at a home with this fault."""
    plain = json.loads((root / "resources/jobs/fault-visit.json").read_text("utf-8"))
    plain["link"] = f"emulated:dual-fuel-connected?days=1&fault={fault}"
    return json.dumps(plain)


async def visited(
    folder: Path, root: Path, fault: str, symptom: str, further: str = "stop"
) -> tuple[Outcome, dict[str, str], str]:
    """What the visit came to, what the step that finds shows, and everything the journal has of it."""
    async with house(folder) as made:
        text = sample(root, fault)
        stored = VisitStore(made.store, lambda: "unused").import_job(text, "job.json")
        premises = made.composer.living.premises(parse_link_url(stored.job.link))
        engineer = Engineer(premises, Customer(premises))

        async def ask(question: Question, _error: HhtError | None) -> str | None:
            step, _slash, name = question.id.partition("/")
            if step != "find-fault":
                return {"fault-done/done": "given-on"}.get(question.id) or good(question, stored.job)
            if name == "symptom":
                return symptom
            if name in DEEDS:
                return "done" if await engineer.do(name) else "not-done"
            if name == MORE:
                return further
            return await engineer.tell(knowledge().readings[name]) or CANNOT_SAY

        options = VisitOptions(auto=True, desk="desk:emulated")
        visit = VisitRunner(made.store, made.store.clock, made.composer, stored, options, ask=ask).visit
        outcome = await visit.run()
        facts = {fact.label: fact.value for fact in visit.view.step("find-fault").facts}
        return outcome, facts, json.dumps(dict(visit.progress.steps["find-fault"].data))


@virtual
async def test_the_fault_is_found_and_given_on(tmp_path_factory: object, request: object) -> None:
    folder, root = tmp_path_factory.mktemp("store"), request.config.rootpath  # type: ignore[attr-defined]
    outcome, facts, kept = await visited(folder, root, "old-suppliers-credentials@esme-1", "new-supplier")
    assert outcome is Outcome.INSTALL_AND_LEAVE  # it is the supplier's now
    assert "still trusts the supplier before" in facts["Cause"]
    assert facts["Supplier's side"].startswith("proved")
    assert facts["WAN"].startswith("excluded")
    assert "Do not send it again" in facts["Not to be done"]
    told = json.loads(kept)
    assert told["causes"][0][0] == "old-suppliers-credentials"
    assert any(one["frames"] for one in told["evidence"])
    assert "1012345678903" not in kept  # where the evidence is, and no number of the home
    verdict = verdict_of(told)
    assert verdict is not None
    assert VerdictTold.from_plain(json.loads(json.dumps(verdict.plain()))) == verdict
    assert verdict.dont == ("Do not send it again: the meter will refuse this signer each time, and logs it.",)
    assert verdict.retry == "", "what the meter refuses is no thing to try again"
    proved = [one for one in verdict.domains if one.state == "proved"]
    assert [one.name for one in proved] == ["Supplier's side"]
    assert proved[0].by == verdict.causes[0].reasons != ()
    assert all(one.tests for one in verdict.domains if one.state == "excluded"), "no domain is out without a test"
    stretches = [where for one in verdict.domains for seen in one.by for where in seen.frames]
    timed = [where for where in stretches if where.times is not None]
    assert all(where.times[0] <= where.times[1] for where in timed if where.times)
    assert {where.link.partition(":")[0] for where in timed} == {"emulated"}, "a desk has records in place of a trace"
    assert facts["Sign on at the meter's optical port"].startswith("1 min: ")
    still_open = [one for one in verdict.domains if one.state == "open"]
    assert still_open
    assert all(one.open for one in still_open), "an open domain says what is missing"
    told_on_paper = dict(verdict_pairs(verdict))
    assert told_on_paper["Next"].startswith("Have the credentials replaced")
    assert "May be tried again" not in told_on_paper


@virtual
async def test_gas_at_the_door_stops_before_any_look(tmp_path_factory: object, request: object) -> None:
    folder, root = tmp_path_factory.mktemp("store"), request.config.rootpath  # type: ignore[attr-defined]
    outcome, facts, _kept = await visited(folder, root, "gas-leak@gsme-1", "gas-smell")
    assert "0800 111 999" in facts["Next"]
    assert not any("Sign on" in label for label in facts)
    assert outcome is Outcome.INSTALL_AND_LEAVE


@virtual
async def test_who_wants_every_domain_settled_is_looked_on_for(tmp_path_factory: object, request: object) -> None:
    folder, root = tmp_path_factory.mktemp("store"), request.config.rootpath  # type: ignore[attr-defined]
    _outcome, facts, kept = await visited(folder, root, "clock-invalid@esme-1", "wrong-time", SETTLE)
    assert "invalid" in facts["Cause"]
    verdict = verdict_of(json.loads(kept))
    assert verdict is not None
    states = {one.name: one.state for one in verdict.domains}
    assert states["Meter"] == "proved"
    excluded = {name for name, state in states.items() if state == "excluded"}
    assert {"WAN", "Centre (DCC)", "Supplier's side", "Supply before the meter", "Probe of the terminal"} <= excluded
    hub = next(one for one in verdict.domains if one.name == "Communications hub")
    assert (hub.state, len(hub.open)) == ("open", 1)
    assert "no dongle was named" in hub.open[0]
