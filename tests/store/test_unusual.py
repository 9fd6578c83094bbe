"""Unusual numbers by one person: counted in the log, said to them and to the depot, and nobody is kept from reading."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hht.clock import ManualClock
from hht.desk.kinds import AskKind
from hht.store.log_chain import LogBroken, whole_log
from hht.store.store import Store
from hht.work.unusual import DISABLES, LOOKUPS, READS, REVEALS, UNUSUAL, counts, kind_words, usual
from tests.store.conftest import FailingCommit, OpenStore
from tests.store.test_log_chain import tampered
from tests.support.radio import ESME
from ui.diagnostics import gather
from ui.supply_gate import LOG_KIND as TAKEN_AWAY
from ui.supply_gate import LogLedger
from ui.trace_reveal import LOG_KIND as REVEALED
from ui.trace_reveal import note_reveal
from ui.what_is_logged import count_read


def heard_by(store: Store) -> list[str]:
    told: list[str] = []
    store.tell = told.append
    store.acting = lambda: "Ann Other E-17"
    return told


def unusual(store: Store) -> list[tuple[str, int, str]]:
    return [(one.details["kind"], one.details["count"], one.by) for one in whole_log(store) if one.kind == UNUSUAL]


def test_the_catalogue_knows_each_kind_and_says_that_nobody_verified_it() -> None:
    assert set(usual()) == set(kind_words()) == {READS, DISABLES, REVEALS, LOOKUPS}
    assert usual()[LOOKUPS].asks <= {str(kind) for kind in AskKind if not kind.changes}
    assert {TAKEN_AWAY} <= set(usual()[DISABLES].log)
    assert usual()[REVEALS].log == (REVEALED,)
    assert all(one.most > 0 and one.hours > 0 for one in usual().values())


def test_reads_beyond_what_is_usual_are_said_once_each_doubling_and_never_refused(
    open_store: OpenStore, clock: ManualClock
) -> None:
    store = open_store()
    told, most = heard_by(store), usual()[READS].most
    assert [count_read(store, "optical:/dev/x", "read") for _time in range(most)] == [""] * most
    assert (told, unusual(store)) == ([], [])
    words = count_read(store, "optical:/dev/x", "read")
    assert "This is logged" in words
    assert told == [words]
    for _time in range(most):
        count_read(store, "optical:/dev/x", "read")
    assert unusual(store) == [(READS, most + 1, "Ann Other E-17"), (READS, 2 * most, "Ann Other E-17")]
    assert counts(store)[READS] == {"most": 2 * most + 1, "usual": most, "said": 2}
    store.acting = lambda: "Bob Bychan"
    assert count_read(store, "optical:/dev/x", "read") == "", "each person's are their own"
    clock.advance(24 * 3600 + 1)
    store.acting = lambda: "Ann Other E-17"
    assert count_read(store, "optical:/dev/x", "read") == "", "another day"


def test_a_clock_that_is_set_back_makes_nothing_fewer(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    heard_by(store)
    for _time in range(usual()[READS].most):
        count_read(store, "link", "read")
    clock._now -= timedelta(days=3)
    assert "This is logged" in count_read(store, "link", "read")


def test_what_was_counted_cannot_be_taken_out_unseen(open_store: OpenStore) -> None:
    store = open_store()
    heard_by(store)
    for _time in range(usual()[READS].most + 1):
        count_read(store, "link", "read")
    assert not any("link" in json.dumps(dict(one.details)).replace('"link"', "") for one in whole_log(store))
    tampered(store, f"DELETE FROM log WHERE kind = '{UNUSUAL}'")
    with pytest.raises(LogBroken, match="truncated"):
        whole_log(store)


def test_reveals_and_disables_count_where_they_happen(open_store: OpenStore) -> None:
    store = open_store()
    told = heard_by(store)
    for _time in range(usual()[REVEALS].most + 1):
        note_reveal(store, {"trace": "a", "file": "-"}, who="Ann", why="fault 4711")
    assert unusual(store) == [(REVEALS, usual()[REVEALS].most + 1, "Ann Other E-17")]
    ledger = LogLedger(store)
    for _time in range(usual()[DISABLES].most + 1):
        ledger.note("J-1", ESME, "ECS43")
    assert [kind for kind, _count, _by in unusual(store)] == [REVEALS, DISABLES]
    assert len(told) == 2


def test_a_log_that_cannot_be_written_keeps_nobody_from_reading(open_store: OpenStore) -> None:
    store = open_store(factory=FailingCommit)
    FailingCommit.failing = "SQLITE_FULL"
    try:
        assert count_read(store, "link", "read") != ""
    finally:
        FailingCommit.failing = ""


def test_diagnostics_tell_numbers_and_no_names(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()
    heard_by(store)
    for _time in range(usual()[READS].most + 1):
        count_read(store, "link", "read")
    told = gather(store.path.parent, clock, store, training=True).as_json()
    assert told["unusual"][READS] == {"most": usual()[READS].most + 1, "usual": usual()[READS].most, "said": 1}
    assert "Ann Other" not in json.dumps(told)
