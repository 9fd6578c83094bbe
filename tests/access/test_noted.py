"""Each act of live work that changes something is an entry of the log with who did it; what forgets that is undone."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from hht.access.person import Person
from hht.access.roles import Act, roles
from hht.clock import ManualClock
from hht.depot.cards import OwnKeys, Role
from hht.packs.envelope import close
from hht.resources import resource_text
from hht.store.errors import PassPhraseError
from hht.store.key_slot import Slot, forbid, turn_on
from hht.store.key_store import KeyStore
from hht.store.log_chain import LogEntry, latest_noted, whole_log
from hht.store.noted import NotNoted
from hht.store.people import People
from hht.store.store import Store
from hht.store.trace_bound import save_bound
from hht.store.vault import PassPhrase, SlotSecret
from hht.work.engineer import Engineer
from hht.work.outbox import OutboxBook, OutKind
from hht.work.products import PAYLOAD_TYPE
from hht.work.products_kept import ProductListStore
from hht.work.visit_store import VisitStore
from hht.work.wallet import registration
from hht.work.wallet_store import WalletStore
from tests.access.test_matrix import NOW, NUMBERS, live_job
from tests.conftest import ROOT
from tests.packs.making import training_key
from tests.packs.test_desk_trust import pem
from tests.store.conftest import CHEAP
from ui.depot_kept import BrokerWay, TerminalDepot
from ui.desk_trust import DeskTrust
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.guard import Guard
from ui.intake import Intake
from ui.kept_log import log_kinds
from ui.outbox import Outbox
from ui.reports import ReportNotWritten, write_redacted, write_report
from ui.stores import TRAINING_PASS_PHRASE, kept_settings, open_store, save_settings
from ui.van import Van

WHO: Final = "Olga Owner S-1"
SECRET: Final = "5EC2E7" * 4  # of a key: no entry has it
METER: Final = "00-DB-12-34-56-78-90-A0"
REASON: Final = "the desk read it out by telephone"
DEPOT: Final = OwnKeys(bytes(range(32))).card(Role.DEPOT, "North", training=False)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of live work, opened as the program opens it, with a visit that has ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hht.store.vault.KdfCost", lambda: CHEAP)
        folder, clock = tmp_path_factory.mktemp("noted"), ManualClock(NOW)
        store = open_store(folder, "four unrelated words", training=False, clock=clock)
    People(store).rename("owner", "Olga Owner", "S-1")
    yield store
    store.close()


def ended(store: Store, reference: str) -> str:
    """A visit that has ended: nobody was at home. Its id."""
    Intake(store).octets(live_job(reference).encode(), "job.json", REASON)
    job = VisitStore(store, str).find(reference).job_id
    asked = EndingAsked("nobody-home", no_photo="dark")
    return EvidenceNotes(store, store.clock).end_job(job, asked, Engineer("Olga Owner", "S-1"))


def _products(store: Store) -> None:
    key = training_key(5)
    DeskTrust(store).add("desk", pem(key.public_key()))
    plain = json.loads(resource_text("samples", "products.json")) | {"training": False, "issued": "2026-03-01"}
    path = store.path.with_name("list.json")
    path.write_bytes(close(json.dumps(plain).encode(), key, PAYLOAD_TYPE))
    Van(store).take_list(path)
    count = len(whole_log(store))
    Van(store).take_list(path)
    assert len(whole_log(store)) == count, "the same once more changes nothing"
    live, store.clock = store.clock, ManualClock(NOW.replace(year=2099))
    assert ProductListStore(store).kept() is not None
    store.clock = live
    ProductListStore(store).forget(json.loads(resource_text("samples", "products.json"))["number"])
    DeskTrust(store).remove("desk")


def _wallet(store: Store) -> None:
    WalletStore(store).add(registration("GS-1", ["gas"], "2027-03-31"), date(2026, 3, 2))
    WalletStore(store).remove("GS-1", registration=True)


def _van(store: Store) -> None:
    from hht.work.van import VanStock, van_device

    van, device = Van(store), van_device("gas-meter", METER)
    van.add((device,))
    VanStock(store).take(METER, "J-9")
    van.put_back(METER)
    van.remove(METER)


def _keys(store: Store) -> None:
    KeyStore(store).put(METER, {"password": SECRET})
    KeyStore(store).put(METER, {"password": SECRET})
    assert KeyStore(store).forget(METER)
    assert not KeyStore(store).forget(METER)


def _depot(store: Store) -> None:
    depot = TerminalDepot(store, NUMBERS.randbytes)
    depot.trust(DEPOT.write())
    depot.keep_way(BrokerWay("mqtts://broker", SECRET))
    depot.card("Van 7")
    depot.new_keys()


def _settings(store: Store) -> None:
    before = kept_settings(store)
    save_settings(store, before, replace(before, lock_minutes=15, job_folder="/jobs"))


def _outbox(store: Store) -> None:
    box, book, visit = Outbox(store, NUMBERS.randbytes), OutboxBook(store), ended(store, "J-1")
    assert box.export(store.path.with_name("home"))
    for visit_id, content in box.to_send():
        box.arrived(visit_id, content, content.sha256, "North", depot=DEPOT.key)
    box.missed(visit, "00" * 32, "North")
    box.erase(visit)
    assert book.last(visit, OutKind.ERASED).payload["who"] == WHO  # type: ignore[union-attr]


def _neighbours(store: Store) -> None:
    for kind in (OutKind.NEIGHBOURS_ERASING, OutKind.NEIGHBOURS_ERASED):
        OutboxBook(store).append("visit-8", kind, {"pieces": [SECRET]})


def _people(store: Store) -> None:
    people, phrase = People(store), PassPhrase("the words of ann")
    people.add(Person("ann", "Ann Other", "", ("trainee",)), phrase, cost=CHEAP)
    people.change_roles("ann", ("engineer",))
    people.rename("ann", "Ann Other", "E-17")
    people.change_pass_phrase("ann", PassPhrase("other words of ann"), cost=CHEAP)
    people.remove("ann")


def _key_slot_rule(store: Store) -> None:
    forbid(store, forbidden=True)
    forbid(store, forbidden=False)


def _jobs(store: Store) -> None:
    intake = Intake(store)
    intake.octets(live_job("J-2").encode(), "job.json", REASON)
    count = len(whole_log(store))
    intake.octets(live_job("J-3").encode(), "job.json")
    assert [one.kind for one in whole_log(store)[count:]] == ["job-refused"]


DOING: Final[dict[str, Callable[[Store], object]]] = {
    "job-taken job-unsigned job-refused": _jobs,
    "job-folder lock-minutes": _settings,
    "products-taken product-list-over products-forgotten desk-trusted desk-not-trusted": _products,
    "wallet-kept wallet-removed": _wallet,
    "van-added van-put-back van-removed": _van,
    "keys-kept keys-erased": _keys,
    "trace-bound": lambda store: save_bound(store, 10**9),
    "depot-trusted depot-broker depot-named depot-keys-changed": _depot,
    "report-written": lambda store: write_report(
        store, ended(store, "J-4"), store.path.with_name("report.pdf"), store.clock
    ),
    "visit-begun visit-ended": lambda store: ended(store, "J-6"),
    "outbox-exported outbox-receipted outbox-missed outbox-erasing outbox-erased": _outbox,
    "outbox-neighbours-erasing outbox-neighbours-erased": _neighbours,
    "key-slot-forbidden key-slot-allowed": _key_slot_rule,
    "people-added people-roles people-named people-pass-phrase people-removed": _people,
}
# Kinds of which other tests show that they are left, and by whom.
ELSEWHERE: Final = {
    "meter-read": "tests/store/test_unusual.py",
    "history-read history-forgotten": "tests/history/test_device_pages.py",
    "looked-up supply-asked": "tests/store/test_unusual.py",
    "supply-taken-away": "tests/packs/test_supply_limits.py",
    "set-intent set-outcome": "tests/cli/test_set.py",
    "trace-revealed": "tests/cli/test_trace_masking.py",
    "trace-fixture receipt-refused": "tests/cli/test_live_log.py",
    "bridge-accepted bridge-paired bridge-forgotten releases-trusted": "tests/access/test_matrix.py",
    "plugin-maker-accepted plugin-maker-dismissed plugin-installed": "tests/plugins",
    "plugin-on plugin-off plugin-removed": "tests/plugins",
    "product-list-refused": "tests/work/test_list_ends.py",
    "log-exported": "tests/cli/test_history.py",
}


CALLED: Final = {  # there, where not by its own word
    "meter-read": "READS", "looked-up": "LOOKUPS", "supply-asked": "DISABLES", "supply-taken-away": "LOG_KIND",
}  # fmt: skip


@pytest.mark.parametrize("kinds", DOING)
def test_each_act_that_changes_something_says_in_the_log_who_did_it(kinds: str, live: Store) -> None:
    left = left_by(live, DOING[kinds])
    assert set(kinds.split()) <= {one.kind for one in left}
    assert {one.by for one in left} == {WHO}
    assert SECRET not in str([one.details for one in left])


def test_a_report_that_could_not_be_written_is_not_in_the_log_as_written(live: Store, tmp_path: Path) -> None:
    visit, no_file = ended(live, "J-5"), tmp_path / "report.pdf"
    no_file.mkdir()
    for write in (
        lambda: write_report(live, visit, no_file, live.clock),
        lambda: write_redacted(live, visit, no_file, live.clock, "customer"),
    ):
        count = len(whole_log(live))
        with pytest.raises(ReportNotWritten):
            write()
        assert whole_log(live)[count:] == []
    assert list(tmp_path.iterdir()) == [no_file]


def left_by(store: Store, do: Callable[[Store], object]) -> list[LogEntry]:
    count = len(whole_log(store))
    do(store)
    return whole_log(store)[count:]


def test_every_act_says_where_who_did_it_stands_and_every_kind_of_entry_is_shown() -> None:
    changing = {act for act, spec in roles().acts.items() if spec.notes or spec.kept}
    assert set(Act) - changing == {Act.LOOK, Act.TRACE}, "these change nothing"
    shown = [kind for kinds in (*DOING, *ELSEWHERE) for kind in kinds.split()]
    assert sorted(shown) == sorted({kind for spec in roles().acts.values() for kind in spec.notes})
    for kinds, place in ELSEWHERE.items():
        path = ROOT / place
        text = "".join(one.read_text("utf-8") for one in ([path] if path.is_file() else path.glob("*.py")))
        for kind in kinds.split():
            assert CALLED.get(kind, kind) in text, (kind, place)


def test_every_kind_of_entry_that_the_program_writes_is_in_the_catalogue() -> None:
    known = {kind for spec in roles().acts.values() for kind in spec.notes} | roles().every_note
    assert kinds_written() - known == set()


def test_every_kind_of_entry_is_told_in_words() -> None:
    assert set(log_kinds()) == {kind for spec in roles().acts.values() for kind in spec.notes} | roles().every_note
    assert {tone for _words, tone in log_kinds().values()} == {"plain", "warn", "bad"}


def kinds_written() -> set[str]:
    """The first words of each call of a store's `log` and `note`, read off the source."""
    found: set[str] = set()
    for path in [*(ROOT / "hht").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if ".log(" in text or ".note(" in text:
            found.update(_kinds(ast.parse(text), ".".join(path.relative_to(ROOT).with_suffix("").parts)))
    return found


def _kinds(tree: ast.Module, module: str) -> Iterator[str]:
    origins = {
        name.asname or name.name: (node.module, name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        owner, first = call.func.value, call.args[0]
        called = getattr(owner, "func", getattr(owner, "value", owner) if isinstance(owner, ast.Subscript) else owner)
        whose = getattr(called, "attr", "") or getattr(called, "id", "")
        if call.func.attr not in ("log", "note") or whose not in ("store", "_store", "_opened", "opened"):
            continue
        if isinstance(first, ast.Constant):
            yield str(first.value)
        elif isinstance(first, ast.Name) and first.id.isupper():
            source, name = origins.get(first.id, (module, first.id))
            yield str(getattr(importlib.import_module(source), name))


@pytest.mark.parametrize("name", sorted(roles().noted_settings))
def test_a_setting_that_is_changed_without_an_entry_stays_as_it_was(name: str, live: Store) -> None:
    before = live.setting(name)
    with pytest.raises(NotNoted):
        live.save_setting(name, {"other": 1})
    with pytest.raises(NotNoted), live.transaction() as database:
        database.execute("INSERT OR REPLACE INTO settings (name, value_sealed) VALUES (?, x'00')", [name])
    assert live.setting(name) == before


def _at_once(store: Store, statements: list[str]) -> None:
    with store.transaction() as database:
        for statement in statements:
            database.execute(statement)


@pytest.mark.parametrize("table", sorted(roles().noted_tables))
def test_a_table_that_is_changed_without_an_entry_stays_as_it_was(table: str, live: Store) -> None:
    if table == "visits":
        ended(live, "J-7")
    elif table != "outbox_records":
        (_keys if table == "meter_keys" else _wallet)(live)
    KeyStore(live).put("other", {})
    WalletStore(live).add(registration("GS-2", ["gas"], "2027-03-31"), date(2026, 3, 2))
    OutboxBook(live).append("visit-9", OutKind.EXPORTED, {"name": "x", "sha256": ""})
    turn_on(live, Slot("owner", "a-slot"), SlotSecret(bytes(32)), "test")
    columns = {"outbox_records": "payload_sealed", "visits": "walkthrough", "key_slots": "wrapped_key"}
    before, column = live.rows(table), columns.get(table, "entry_sealed")
    assert before
    others = ("visit_journal", "photos") if table == "visits" else ()  # which refer to them
    gone = [f"DELETE FROM [{name}]" for name in (*others, table)]
    for statements in (gone, [f"UPDATE [{table}] SET {column} = x'00'"]):
        with pytest.raises(NotNoted):
            _at_once(live, statements)
    assert live.rows(table) == before


async def test_a_window_that_is_locked_and_opened_again_is_noted(live: Store) -> None:
    guard, count = Guard(live.clock, lambda: live), len(whole_log(live))
    await guard.locked("idle")
    with pytest.raises(PassPhraseError):
        await guard.again("a guess of somebody")
    await guard.again("four unrelated words")
    told = [(one.by, one.kind, one.details["login"]) for one in whole_log(live)[count:]]
    assert told == [(WHO, kind, "owner") for kind in ("locked", "pass-phrase-wrong", "logged-in")]


def test_who_logs_in_is_noted_and_a_clock_that_was_ahead_then_makes_nothing_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hht.store.vault.KdfCost", lambda: CHEAP)
    clock = ManualClock(NOW)

    def opened(**more: Any) -> Store:
        return open_store(tmp_path, "four unrelated words", training=False, clock=clock, **more)

    with opened() as store:
        People(store).rename("owner", "Olga Owner", "S-1")
    ahead = ManualClock(NOW.replace(year=2099))
    open_store(tmp_path, "four unrelated words", training=False, clock=ahead).close()
    with opened(person="owner") as store:
        told = [(one.by, one.details["login"]) for one in whole_log(store) if one.kind == "logged-in"]
        assert told[1:] == [(WHO, "owner")] * 2
        assert latest_noted(store) == NOW
    with open_store(tmp_path, TRAINING_PASS_PHRASE, training=True, clock=clock) as store:
        _keys(store)
        assert whole_log(store) == [], "training has one person"
