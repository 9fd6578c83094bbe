"""The bundle of a visit holds what the store has of it: desk, packs, photos and traces, and nothing secret."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from hht.desk.kept import AskBook
from hht.desk.kinds import AskKind
from hht.evidence import check_bundle
from hht.packs.envelope import open_unverified
from hht.packs.homebound import check_answers
from hht.packs.kept import PackStore
from hht.packs.pack import parse_pack
from hht.photos import bare_photo
from hht.report.bundle_lines import EvidenceKey
from hht.resources import resource_path
from hht.work.outbox import PhotoStore
from tests.desk.making import ESME, an_ask
from tests.test_photos import jpeg
from tests.work.conftest import Rig
from ui.bundles import evidence_key, visit_bundle

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEY = EvidenceKey(b"k" * 32)


def items_of(bundle: bytes, kind: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in bundle.splitlines())
    return [{name: one["value"] for name, one in line["fields"].items()} for line in lines if line.get("kind") == kind]


async def test_it_holds_what_the_desk_said_what_devices_answered_and_photos(rig: Rig) -> None:
    await rig.visit().run()
    visit_id, job = rig.journal.visit_id, rig.job.job.reference
    secret = "00112233445566778899AABBCCDD0101"
    ask = an_ask(AskKind.WHITELIST, other=str(ESME), other_type="ESME", install_code=secret)
    assert ask.secret
    AskBook(rig.store).keep(ask)
    envelope = resource_path("samples", "visit.pack").read_bytes()
    pack = parse_pack(open_unverified(envelope), "visit.pack")
    PackStore(rig.store).take(envelope, pack, "training desk")
    photo = PhotoStore(rig.store).add(visit_id, "scan-meter", bare_photo(jpeg())).photo

    bundle = visit_bundle(rig.store, visit_id, KEY, AT)
    assert bundle == visit_bundle(rig.store, visit_id, KEY, AT)
    verdict = check_bundle(bundle)
    assert (verdict.code, verdict.bound, verdict.photos_apart) == ("", (photo.sha256,), 0)
    (asked,) = items_of(bundle, "desk")
    assert asked["reference"] == ask.reference
    assert asked["records"][0]["payload"]["ask"]["details"] == ask.shown
    assert secret.encode() not in bundle
    assert (ask.job, pack.job) == (job, job)
    (answers,) = items_of(bundle, "pack")
    assert check_answers(base64.b64decode(answers["answers"]), envelope, pack) == ()
    entries = rig.journal.entries()
    assert [one["number"] for one in items_of(bundle, "journal")] == [entry.number for entry in entries]
    assert {one["result"] for one in items_of(bundle, "write")} == {"written"}
    assert len(visit_bundle(rig.store, visit_id, KEY, AT, photos=False)) < len(bundle)


def test_the_key_is_made_once_and_shown_to_nobody(rig: Rig) -> None:
    drawn: list[int] = []

    def random_bytes(count: int) -> bytes:
        drawn.append(count)
        return bytes(range(count))

    first, second = (evidence_key(rig.store, random_bytes) for _time in range(2))
    assert (first.public, drawn) == (second.public, [32])
    assert bytes(range(32)).hex() not in rig.store.path.read_bytes().decode("latin-1")
