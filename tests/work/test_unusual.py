"""What was counted of an engineer goes home with the evidence, for whom they work for alone."""

from __future__ import annotations

import json

from hht.evidence import LEVELS, check_bundle
from hht.report.bundle_lines import EvidenceKey
from hht.work.engineer import Engineer
from hht.work.unusual import READS, UNUSUAL, usual
from tests.store.test_unusual import heard_by
from tests.work.conftest import Rig
from ui.bundles import visit_bundle
from ui.what_is_logged import count_read


async def test_the_depot_hears_of_it_with_the_visit_s_evidence_and_nobody_else(rig: Rig) -> None:
    heard_by(rig.store)
    for _time in range(usual()[READS].most + 1):
        count_read(rig.store, "link", "read")
    await rig.visit(engineer=Engineer.of("Ann Other", "E-17")).run()
    at = rig.store.clock.now()
    bundle = visit_bundle(rig.store, rig.journal.visit_id, EvidenceKey(b"k" * 32), at)
    assert check_bundle(bundle).code == ""
    items = [json.loads(line) for line in bundle.splitlines()]
    (told,) = [one["fields"] for one in items if one.get("kind") == "unusual"]
    assert (told["kind"]["value"], told["count"]["value"]) == (READS, usual()[READS].most + 1)
    rig.clock.advance(60)
    rig.store.log(UNUSUAL, {"kind": READS, "count": 999, "level": 9})
    key = EvidenceKey(b"k" * 32)
    assert visit_bundle(rig.store, rig.journal.visit_id, key, at) == bundle, "what came later is the next visit's"
    for level in LEVELS[1:]:
        others = visit_bundle(rig.store, rig.journal.visit_id, key, at, level)
        assert check_bundle(others).code == ""
        (left_out,) = [one for one in map(json.loads, others.splitlines()) if one.get("kind") == "unusual"]
        assert not any("value" in field for field in left_out["fields"].values()), level
