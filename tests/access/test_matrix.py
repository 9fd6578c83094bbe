"""Role matrix by every action: what each role may is done, all else is refused with who may, and changes nothing."""

from __future__ import annotations

import ast
import asyncio
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from hht.access.person import AccessRefused, Person
from hht.access.roles import Act, roles
from hht.clock import ManualClock
from hht.desk.asks import make_reference
from hht.desk.kept import AskBook
from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from hht.packs.envelope import close
from hht.packs.kept import KeptRecords, PackStore
from hht.packs.records import RecordKind, first_hash
from hht.releases.metadata import read_root
from hht.resources import resource_text
from hht.store.key_slot import forbid, is_forbidden
from hht.store.key_store import KeyStore
from hht.store.log_chain import whole_log
from hht.store.people import People
from hht.store.permissions import REFUSED
from hht.store.store import Store
from hht.store.trace_bound import save_bound
from hht.store.trace_store import TraceReader, TraceRecorder
from hht.store.vault import PassPhrase
from hht.work.job_origin import unsigned_because
from hht.work.journal import JournalKind
from hht.work.products_kept import ProductListStore
from hht.work.single_write import WriteLog
from hht.work.supply_acts import affects_supply
from hht.work.van import VanStock, van_device
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from hht.work.walkthrough import load_walkthrough
from hht.work.wallet import registration
from hht.work.wallet_store import WalletStore
from tests.conftest import ROOT
from tests.desk.making import an_ask
from tests.packs.making import desk_key, pack, training_key
from tests.packs.test_desk_trust import pem
from tests.releases.test_releases import root as release_root
from tests.store.conftest import CHEAP
from ui.bridge_trust import KnownBridges
from ui.desk_trust import DeskTrust
from ui.kept_log import export_log
from ui.outbox import Outbox
from ui.reports import write_report
from ui.services import Settings
from ui.stores import kept_settings, save_settings
from ui.terminal import Terminal
from ui.trace_reveal import note_reveal
from ui.updates import Updates, fingerprint

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL: Final = "ble:F0:F1:F2:F3:F4:F5"
PHRASE: Final = PassPhrase("four unrelated words")
MADE: Final = pack(training=False)
ENVELOPE: Final = close(MADE.payload(), desk_key())
PACK: Final = first_hash(ENVELOPE)  # its key
TAKEN: Final = unsigned_because("the desk read it out by telephone", "Ann Other")
RESUMED: Final = (JournalKind.RESUMED, {"program": "0"})
NUMBERS: Final = random.Random(9)
UNSIGNED_RECEIPT: Final = json.dumps(
    {"format": "hht-receipt/1", "by": "A. Clerk", "files": [{"name": "x", "sha256": "0" * 64}]}
).encode()
# Who may what, written down here once more: a change of the catalogue is one of this table too.
MATRIX: Final = {
    "look": "engineer trainee supervisor auditor",
    "jobs": "engineer supervisor",
    "read-meter": "engineer trainee support",
    "visit": "engineer trainee",
    "write": "engineer",
    "supply": "engineer",
    "deliver": "engineer",
    "equipment": "engineer trainee",
    "send": "engineer",
    "vouch": "supervisor",
    "erase": "engineer",
    "export": "engineer supervisor auditor",
    "trace": "engineer trainee supervisor support auditor",
    "reveal": "supervisor",
    "trace-bound": "supervisor",
    "keys": "supervisor",
    "bridge": "engineer supervisor",
    "trust": "supervisor",
    "safety": "supervisor",
    "people": "supervisor",
    "key-slot": "supervisor",
    "audit": "supervisor auditor",
}


def phrase_of(login: str) -> PassPhrase:
    return PassPhrase(f"the words of {login}")


def open_as(path: Path, login: str) -> Store:
    phrase = PHRASE if login == "owner" else phrase_of(login)
    clock = ManualClock(NOW)
    return Store.open(path, phrase, training=False, clock=clock, entropy=NUMBERS.randbytes, login=login, cost=CHEAP)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live store with a job, a visit, a trace, and one person for each role, called as the role is."""
    path = tmp_path_factory.mktemp("matrix") / "store.db"
    with _made(path) as store:
        People(store).rename("owner", "Olga Owner", "S-1")
        for role in roles().roles:
            People(store).add(Person(role, f"Person {role}", "", (role,)), phrase_of(role), cost=CHEAP)
        visits = VisitStore(store, lambda: "visit-1")
        job = visits.import_job(live_job("J-2042"), "live.json", TAKEN)
        visits.create_visit(job.job_id).append("", *RESUMED)
        recorder = TraceRecorder(store, "session-1", visit_id="visit-1")
        recorder(TraceEvent(NOW, 0.0, "tcp://x", TraceKind.RX, b"x"))
        recorder.flush()
        AskBook(store).keep(an_ask())
        PackStore(store).take(ENVELOPE, MADE)
    return path


def _made(path: Path) -> Store:
    return Store.open(path, PHRASE, training=False, clock=ManualClock(NOW), entropy=NUMBERS.randbytes, cost=CHEAP)


def live_job(reference: str) -> str:
    job = json.loads(resource_text("jobs", "demo.json")) | {"training": False, "reference": reference}
    del job["link"]
    return json.dumps(job)


# --- what each act comes to, by the same functions as window and command line


def _write(store: Store, _folder: Path) -> None:
    log = WriteLog(store, lambda: "write-1")

    async def send(intend: Callable[[], None]) -> Any:
        intend()
        raise HhtError("the line broke", remedy="", code="link-lost")

    asyncio.run(log.write(log.new_write("00-DB", "tcp://x", "mpan", "", "1"), send))


def _supply(store: Store, _folder: Path) -> None:
    from hht.desk.kinds import AskKind

    AskBook(store).keep(an_ask(AskKind.ENABLE_SUPPLY, make_reference(NUMBERS.randbytes(5))))


def _deliver(store: Store, _folder: Path) -> None:
    records = KeptRecords(store, PACK)
    records.permit(supply=False)
    records.append(RecordKind.FROZEN, "", {})


def _safety(store: Store, _folder: Path) -> None:
    before = kept_settings(store)
    save_settings(store, before, replace(before, lock_minutes=15 if before.lock_minutes != 15 else 1))


DOING: Final[dict[Act, Callable[[Store, Path], object]]] = {
    Act.LOOK: lambda store, _f: VisitStore(store, lambda: "").jobs(),
    Act.JOBS: lambda store, _f: VisitStore(store, str).import_job(live_job(f"J-{NUMBERS.random()}"), "x", TAKEN),
    Act.READ_METER: lambda store, _f: TraceRecorder(store, f"session-{NUMBERS.random()}").flush(),
    Act.VISIT: lambda store, _f: (
        VisitStore(store, lambda: "").journal("visit-1").append("", JournalKind.RESUMED, {"program": "0"})
    ),
    Act.WRITE: _write,
    Act.SUPPLY: _supply,
    Act.DELIVER: _deliver,
    Act.EQUIPMENT: lambda store, _f: (
        WalletStore(store).add(registration("GS-1", ["gas"], "2027-03-31"), date(2026, 3, 2)),
        VanStock(store).add([van_device("esme", f"00DB{NUMBERS.randrange(16**12):012X}")]),
    ),
    Act.SEND: lambda store, folder: Outbox(store, NUMBERS.randbytes).export(folder),
    Act.VOUCH: lambda store, _f: Outbox(store, NUMBERS.randbytes).receipt(UNSIGNED_RECEIPT, "the clerk has shown me"),
    Act.ERASE: lambda store, _f: Outbox(store, NUMBERS.randbytes).erase("visit-1"),
    Act.EXPORT: lambda store, folder: write_report(store, "visit-1", folder / "report.pdf", store.clock),
    Act.TRACE: lambda store, _f: TraceReader.of_visit(store, "visit-1").sha256(),
    Act.REVEAL: lambda store, _f: note_reveal(store, {}, who="x", why="fault 4711"),
    Act.TRACE_BOUND: lambda store, _f: save_bound(store, 10**9),
    Act.KEYS: lambda store, _f: KeyStore(store).put("meter", {"client": 1}),
    Act.BRIDGE: lambda store, folder: KnownBridges(
        folder / f"bridges-{store.person.login}.json", store.clock, training=False, store=lambda: store
    ).accept(URL.removeprefix("ble:")),
    Act.TRUST: lambda store, _f: DeskTrust(store).add("desk", pem(training_key(5).public_key())),
    Act.SAFETY: _safety,
    Act.PEOPLE: lambda store, _f: People(store).rename("trainee", "Person trainee", "T-1"),
    Act.KEY_SLOT: lambda store, _f: forbid(store, forbidden=not is_forbidden(store)),
    Act.AUDIT: lambda store, folder: export_log(store, folder / f"log-{store.person.login}"),
}


def test_the_catalogue_is_what_was_agreed_and_every_act_is_tried() -> None:
    assert {name: spec.act for name, spec in zip(MATRIX, roles().acts.values(), strict=True)} == {
        act.value: act for act in Act
    }
    assert set(DOING) == set(Act)
    for act in Act:
        assert {role.name for role in roles().with_act(act)} == set(MATRIX[act.value].split()), act


def image(path: Path) -> list[Any]:
    """All that the store holds, but for the log, its head, and whose turn of guessing it is."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if name not in ("log", "sqlite_sequence", "vault")]
        rows = {name: database.execute(f"SELECT * FROM [{name}] ORDER BY 1").fetchall() for name in kept}
        vault = database.execute("SELECT login, salt, wrapped_key FROM vault ORDER BY 1").fetchall()
    database.close()
    rows["settings"] = [row for row in rows["settings"] if row[0] != "log-head"]
    return [rows, vault]


def tried(do: Callable[[], object]) -> AccessRefused | None:
    """The refusal; None where it may, be something else in the way or not: nothing is receipted, no such desk."""
    try:
        do()
    except AccessRefused as error:
        return error
    except HhtError:
        pass
    return None


@pytest.mark.parametrize("role", roles().roles)
def test_each_role_does_what_it_may_and_nothing_else(role: str, terminal: Path, tmp_path: Path) -> None:
    refused = set()
    for act, do in DOING.items():
        with open_as(terminal, role) as store:
            before = image(terminal)
            error = tried(partial(do, store, tmp_path))
            if error is not None:
                refused.add(act)
                assert error.details["act"] == act.value
                assert all(name in error.remedy for name in MATRIX[act.value].split()), "who may is said"
                assert image(terminal) == before, act
    assert refused == {act for act in Act if role not in MATRIX[act.value].split()}
    with open_as(terminal, "owner") as store:
        told = [entry.details for entry in whole_log(store) if entry.kind == REFUSED]
    assert {Act(one["act"]) for one in told if one["login"] == role} == refused


@pytest.mark.parametrize("role", [*roles().roles, "owner"])
async def test_what_is_trusted_in_a_file_beside_the_store_is_its_store_s_to_say(role: str, terminal: Path) -> None:
    """Bridges in the window, and whose releases are taken."""
    files = [terminal.parent / name for name in ("bridges.json", "releases.json")]
    window = Terminal(data_dir=terminal.parent)
    with pytest.raises(HhtError, match="locked"):
        await window.accept_bridge(URL)
    await window.unlock((PHRASE if role == "owner" else phrase_of(role)).reveal().decode(), role)
    store = window._opened()
    updates = Updates(terminal.parent, ManualClock(NOW), training=False, store=lambda: store)
    octets = release_root(expires=datetime(2099, 1, 1, tzinfo=UTC))
    print_ = fingerprint(read_root(octets))
    may = {act for act in ("bridge", "trust") if role == "owner" or role in MATRIX[act].split()}
    if "trust" not in may:
        with pytest.raises(AccessRefused):
            updates.trust(octets, print_)
    if "bridge" not in may:
        for change in (window.accept_bridge(URL), window.pair_bridge(URL, "ABCDE-FGHIJ-KLMNO-PQRST")):
            with pytest.raises(AccessRefused):
                await change
        with pytest.raises(AccessRefused):
            window._known_bridges.forget(URL)
        assert not [file for file in files if file.exists()]
    else:
        await window.accept_bridge(URL)
        window._known_bridges.pair("my probe", bytes(range(32)), URL.removeprefix("ble:"))
        window._known_bridges.forget(URL)
        noted = [entry for entry in whole_log(store) if entry.kind.startswith("bridge")][-3:]
        assert [one.kind for one in noted] == ["bridge-accepted", "bridge-paired", "bridge-forgotten"]
        assert noted[1].details["key"] == noted[2].details["key"] == bytes(range(32)).hex()
    if "trust" in may:
        updates.trust(octets, print_)
        (named,) = [entry for entry in whole_log(store) if entry.kind == "releases-trusted"][-1:]
        assert named.details["fingerprint"] == print_
    for file in files:
        file.unlink(missing_ok=True)
    await window.close()


@pytest.mark.parametrize("role", roles().roles)
def test_what_forgets_to_ask_writes_nothing_all_the_same(role: str, terminal: Path) -> None:
    """SQL as any module may send it, and any sealed value: the tables of a role's own acts, and no other."""
    mine = [spec for act, spec in roles().acts.items() if role in MATRIX[act.value].split()]
    with open_as(terminal, role) as store:
        before = image(terminal)
        for (table,) in sqlite3_tables(terminal):
            writes = any(table in spec.tables for spec in mine) or table in roles().every_table
            reads = writes or any(table in spec.reads for spec in mine)
            for verb in ("DELETE", f"INSERT INTO [{table}] SELECT *"):
                statement = f"{verb} FROM [{table}] WHERE 0"
                if writes:
                    with store.transaction() as database:
                        database.execute(statement)
                else:
                    with pytest.raises(AccessRefused), store.transaction() as database:
                        database.execute(statement)
            if not reads:
                with pytest.raises(AccessRefused):
                    store.unseal(table, "x", "y", {"x_sealed": b""})
        if role != "supervisor":
            with pytest.raises(AccessRefused), store.transaction() as database:
                database.execute("UPDATE vault SET login = 'owner' || login")
        with pytest.raises(AccessRefused):
            store.save_setting("nobody-knows", 1)
        assert image(terminal) == before


def sqlite3_tables(path: Path) -> list[tuple[str]]:
    with sqlite3.connect(path) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    database.close()
    return [row for row in found if not row[0].startswith(("sqlite_", "_"))]


def test_every_table_setting_and_field_belongs_to_an_act(terminal: Path) -> None:
    table = roles()
    specs = table.acts.values()
    tables = {name for spec in specs for name in spec.tables} | table.every_table
    assert {name for (name,) in sqlite3_tables(terminal)} == tables
    known = {name for spec in specs for name in spec.settings} | table.every_setting
    assert settings_saved() == known
    assert {one.name for one in fields(Settings)} == {n for spec in specs for n in spec.fields} | table.every_field


def settings_saved() -> set[str]:
    """Each name under which the program saves a setting, read off its source."""
    found: set[str] = set()
    for path in [*(ROOT / "hht").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if "save_setting(" not in text:
            continue
        tree = ast.parse(text)
        constants = dict(_constants(tree))
        for name in _first_words(tree, "save_setting"):
            if isinstance(name, ast.Name) and name.id not in constants:  # handed on by a method of that module
                handed = [*_first_words(tree, "_change")]
                assert handed, path
                found.update(constants[one.id] for one in handed if isinstance(one, ast.Name))
            else:
                found.add(name.value if isinstance(name, ast.Constant) else constants[name.id])  # type: ignore[attr-defined]
    return found


def _first_words(tree: ast.Module, method: str) -> Iterator[ast.expr]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == method:
            yield call.args[0]


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        value: Any = node.value
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs: Any = zip(target.elts, value.elts, strict=True)
                yield from ((name.id, one.value) for name, one in pairs if isinstance(one, ast.Constant))
            elif isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                yield target.id, value.value


def test_what_is_asked_of_a_desk_and_done_with_a_pack_is_somebodys(terminal: Path) -> None:
    with open_as(terminal, "engineer") as store:
        store.acting = lambda: store.person.words
        asked = AskBook(store).keep(an_ask(reference=make_reference(NUMBERS.randbytes(5))))
        done = KeptRecords(store, PACK).append(RecordKind.FROZEN, "", {"why": "the WAN is back"})
        assert [record.payload["person"] for record in (*asked.all(), done)] == ["Person engineer"] * 2


@pytest.mark.parametrize("role", ["trainee", "engineer"])
async def test_a_step_of_a_visit_that_switches_somebodys_supply_begins_for_who_may(role: str, terminal: Path) -> None:
    flow = load_walkthrough("prepayment-help")
    steps = [step for step in flow.steps if affects_supply(step)]
    assert steps
    with open_as(terminal, role) as store:
        visits = VisitStore(store, str)
        visit = Visit(visits.jobs()[0].job, flow, visits.journal("visit-1"), _no_meter, store.clock)
        for step in steps:
            with pytest.raises(HhtError) as caught:  # who may is asked for their registration next: there is none
                await visit._act(visit.progress.steps[step.id])
            assert isinstance(caught.value, AccessRefused) is (role == "trainee"), caught.value


@pytest.mark.parametrize(("role", "code"), [("engineer", "not-permitted"), ("supervisor", "products-not-kept")])
def test_who_takes_product_lists_in_does_not_forget_one(role: str, code: str, terminal: Path) -> None:
    with open_as(terminal, role) as store, pytest.raises(HhtError) as caught:
        ProductListStore(store).forget(1)
    assert caught.value.code == code


async def _no_meter() -> Any:
    raise AssertionError("no meter is spoken to")


@pytest.mark.parametrize("role", roles().roles)
async def test_the_window_opens_for_each_role_and_tells_one_once_where_it_may_not_look(
    role: str, terminal: Path
) -> None:
    window = Terminal(data_dir=terminal.parent)
    assert role in await window.logins()
    await window.unlock(phrase_of(role).reveal().decode(), role)
    assert (await window.people.all()).one_of_several == role
    await window.settings()
    await window.timers()  # is asked again and again
    await window.evidence.waiting()
    await window.diagnostics()
    if role in MATRIX["look"].split():
        assert {job.reference for job in await window.jobs()} >= {"J-2042"}
    else:
        with pytest.raises(AccessRefused):
            await window.jobs()
    await window.close()
