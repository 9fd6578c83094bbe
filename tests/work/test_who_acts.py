"""Who acts: each command names the role whose authority it is, and each entry of a visit the person who was there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hht.desk.kinds import KINDS, AskKind
from hht.evidence import check_bundle
from hht.model.parties import UserRole
from hht.report.bundle_lines import EvidenceKey
from hht.resources import resource_text
from hht.work.engineer import Engineer
from hht.work.supplier import Wanted, plan_facts, senders
from hht.work.supplier_requests import REQUESTS
from hht.work.view import Outcome
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from tests.desk.making import ESME
from tests.work.conftest import Rig
from tests.work.playing import failure
from ui.bundles import visit_bundle

ANN, BOB = Engineer.of("Ann Other", "E-17"), Engineer.of("Bob Bychan", "E-18")
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
USERS = set(UserRole) - {UserRole.DCC, UserRole.HEAD_END}  # those two send nothing that is asked here
ROLES = ("import supplier", "gas supplier", "lead supplier", "supplier of", "customer's supplier", "user of the dcc")
LOOKS = ("inventory-", "partners-")


@pytest.mark.requirement("ARC-06")
def test_each_command_names_the_role_whose_authority_it_is() -> None:
    named = 0
    for name in walkthrough_names():
        for step in load_walkthrough(name).steps:
            changes = step.action.writes or (step.request in REQUESTS and not step.request.startswith(LOOKS))
            if not changes:
                continue
            named += 1
            said = step.authority.casefold()
            assert any(role in said for role in ROLES), (name, step.id, step.authority)
    assert named > 150


@pytest.mark.requirement("ARC-06")
def test_beside_each_request_stands_who_may_send_it_in_words() -> None:
    listed = json.loads(resource_text("catalogue", "service_requests.json"))
    codes = {role for row in listed.values() for role in row["roles"]}
    words = {word for name in listed for word in senders(name).split(", ") if word}
    assert codes == {role.value for role in USERS}
    assert len(words) == len(codes), "each role in words of its own"
    assert not words & codes
    for kind in AskKind:
        for type_, service in KINDS[kind].services.items():
            told = {fact.label: fact.value for fact in plan_facts(Wanted(kind, ESME, type_))} if service else {}
            assert (told.get("Who may send it", "") != "") is bool(service), kind


def items_of(bundle: bytes, kind: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in bundle.splitlines())
    return [{name: one["value"] for name, one in line["fields"].items()} for line in lines if line.get("kind") == kind]


@pytest.mark.requirement("ARC-12")
async def test_every_entry_of_a_visit_is_a_persons_and_none_can_be_put_under_another_name(rig: Rig) -> None:
    rig.meter.refuses = {"read-clock"}
    await failure(rig.visit(engineer=ANN))
    rig.meter.refuses = set()
    assert await rig.visit(engineer=BOB).run() is Outcome.COMPLETE
    bundle = visit_bundle(rig.store, rig.journal.visit_id, EvidenceKey(b"k" * 32), AT)
    assert check_bundle(bundle).code == ""
    (visit,) = items_of(bundle, "visit")
    assert visit["supplier"] == rig.job.job.supplier, "whose person it was"
    person, by = "", dict[str, set[str]]()
    for entry in items_of(bundle, "journal"):
        if entry["kind"] == "resumed":
            person = entry["payload.engineer"]["name"]
        assert person, "nothing is noted before it is known who is there"
        by.setdefault(person, set()).add(entry["kind"])
    assert set(by) == {"Ann Other", "Bob Bychan"}
    assert {"intent", "outcome"} <= by["Bob Bychan"]
    forged = bundle.replace(b"Bob Bychan", b"Ann Other ")
    assert forged != bundle
    assert check_bundle(forged).code != ""
