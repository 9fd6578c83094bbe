"""The tables of the store and how older files grow into today's: sqlite-utils `Migrations`, only ever appended to.

Columns named ``*_sealed`` hold values sealed by the vault for exactly that row; the rest tells nothing about a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils.db import Database
    from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x48485431  # "HHT1", in the file's header
MIGRATION_SET = "hht-store"
MIGRATION_NAMES = (
    "m0001_first_light",
    "m0002_profiles",
    "m0003_meter_keys",
    "m0004_trace_gaps",
    "m0005_packs",
    "m0006_hub_work",
    "m0007_desk",
    "m0008_outbox",
    "m0009_wallet",
    "m0010_log_chain",
    "m0011_job_origin",
    "m0012_people",
    "m0013_tokens",
    "m0014_key_slots",
)  # every migration this version knows

_FIRST = """
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    training INTEGER NOT NULL, salt BLOB NOT NULL, wrapped_key BLOB NOT NULL,
    memory_kib INTEGER NOT NULL, iterations INTEGER NOT NULL, lanes INTEGER NOT NULL,
    failed INTEGER NOT NULL DEFAULT 0, failed_at TEXT NOT NULL DEFAULT ''
);
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY, imported_at TEXT NOT NULL, body_sealed BLOB NOT NULL, source_sealed BLOB NOT NULL
);
CREATE TABLE visits (
    visit_id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs(job_id),
    number INTEGER NOT NULL, created_at TEXT NOT NULL, walkthrough TEXT NOT NULL,
    UNIQUE (job_id, number)
);
CREATE TABLE visit_journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    visit_id TEXT NOT NULL REFERENCES visits(visit_id), number INTEGER NOT NULL,
    at TEXT NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, payload_sealed BLOB NOT NULL,
    UNIQUE (visit_id, number)
);
CREATE TRIGGER visit_journal_append_only_update BEFORE UPDATE ON visit_journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE trace_sessions (
    session_id TEXT PRIMARY KEY, visit_id TEXT NOT NULL, number INTEGER NOT NULL, started_at TEXT NOT NULL
);
CREATE INDEX trace_sessions_by_visit ON trace_sessions (visit_id, number);
CREATE TABLE trace_chunks (
    session_id TEXT NOT NULL REFERENCES trace_sessions(session_id), number INTEGER NOT NULL,
    events INTEGER NOT NULL, data_sealed BLOB NOT NULL,
    PRIMARY KEY (session_id, number)
) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value_sealed BLOB NOT NULL);
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
    payload_sealed BLOB NOT NULL
);
"""

_PROFILES = """
CREATE TABLE profile_chunks (
    key TEXT PRIMARY KEY, device TEXT NOT NULL, number INTEGER NOT NULL,
    from_s INTEGER NOT NULL, to_s INTEGER NOT NULL, rows_sealed BLOB NOT NULL,
    UNIQUE (device, number)
);
"""

_METER_KEYS = """
CREATE TABLE meter_keys (
    key TEXT PRIMARY KEY, at TEXT NOT NULL, name_sealed BLOB NOT NULL, entry_sealed BLOB NOT NULL
);
"""


_TRACE_GAPS = """
CREATE TABLE trace_gaps (
    session_id TEXT PRIMARY KEY REFERENCES trace_sessions(session_id), facts_sealed BLOB NOT NULL
);
"""


_PACKS = """
CREATE TABLE packs (
    key TEXT PRIMARY KEY, at TEXT NOT NULL, job_index TEXT NOT NULL, edition INTEGER NOT NULL,
    envelope_sealed BLOB NOT NULL
);
CREATE INDEX packs_by_job ON packs (job_index, edition);
CREATE TABLE pack_records (
    pack_key TEXT NOT NULL REFERENCES packs(key), number INTEGER NOT NULL, record_sealed BLOB NOT NULL,
    PRIMARY KEY (pack_key, number)
) WITHOUT ROWID;
"""


_HUB_WORK = """
CREATE TABLE hub_works (
    work_id TEXT PRIMARY KEY, kind TEXT NOT NULL, begun_at TEXT NOT NULL, hub_index TEXT NOT NULL,
    hub_sealed BLOB NOT NULL
);
CREATE TABLE hub_records (
    work_id TEXT NOT NULL REFERENCES hub_works(work_id), number INTEGER NOT NULL,
    at TEXT NOT NULL, kind TEXT NOT NULL, payload_sealed BLOB NOT NULL,
    PRIMARY KEY (work_id, number)
) WITHOUT ROWID;
CREATE TRIGGER hub_records_append_only_update BEFORE UPDATE ON hub_records
    BEGIN SELECT RAISE(ABORT, 'the records of hub work are append-only'); END;
CREATE TABLE hub_snapshots (
    work_id TEXT PRIMARY KEY REFERENCES hub_works(work_id), snapshot_sealed BLOB NOT NULL
);
"""

_DESK = """
CREATE TABLE desk_asks (
    reference TEXT PRIMARY KEY, at TEXT NOT NULL, job_index TEXT NOT NULL
);
CREATE INDEX desk_asks_by_job ON desk_asks (job_index);
CREATE TABLE desk_records (
    reference TEXT NOT NULL REFERENCES desk_asks(reference), number INTEGER NOT NULL, record_sealed BLOB NOT NULL,
    PRIMARY KEY (reference, number)
) WITHOUT ROWID;
"""

_OUTBOX = """
CREATE TABLE photos (
    visit_id TEXT NOT NULL REFERENCES visits(visit_id), number INTEGER NOT NULL, at TEXT NOT NULL,
    facts_sealed BLOB NOT NULL, octets_sealed BLOB NOT NULL,
    PRIMARY KEY (visit_id, number)
);
CREATE TABLE outbox_records (
    visit_id TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, payload_sealed BLOB NOT NULL,
    PRIMARY KEY (visit_id, number)
) WITHOUT ROWID;
"""

_WALLET = """
CREATE TABLE wallet (key TEXT PRIMARY KEY, entry_sealed BLOB NOT NULL);
"""

_LOG_CHAIN = """
ALTER TABLE log ADD COLUMN by_sealed BLOB;
ALTER TABLE log ADD COLUMN hash TEXT;
CREATE TRIGGER log_append_only_update BEFORE UPDATE ON log
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_append_only_delete BEFORE DELETE ON log
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""

_JOB_ORIGIN = """
ALTER TABLE jobs ADD COLUMN origin_sealed BLOB;
"""

# One row for each person: the same data key, wrapped by the pass phrase of each. `login` stands in the clear.
_PEOPLE = """
CREATE TABLE vault_people (
    id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE,
    training INTEGER NOT NULL, salt BLOB NOT NULL, wrapped_key BLOB NOT NULL,
    memory_kib INTEGER NOT NULL, iterations INTEGER NOT NULL, lanes INTEGER NOT NULL,
    failed INTEGER NOT NULL DEFAULT 0, failed_at TEXT NOT NULL DEFAULT ''
);
INSERT INTO vault_people SELECT id, 'owner', training, salt, wrapped_key, memory_kib, iterations, lanes, failed,
    failed_at FROM vault;
DROP TABLE vault;
ALTER TABLE vault_people RENAME TO vault;
"""

# Which top-up tokens were checked in a job's visits: fingerprints, sealed
_TOKENS = """
CREATE TABLE checked_tokens (
    job_index TEXT NOT NULL, number INTEGER NOT NULL, token_sealed BLOB NOT NULL,
    PRIMARY KEY (job_index, number)
) WITHOUT ROWID;
"""


# Of each person whose computer's key store may open it: the data key, wrapped by a secret that lies there by that name
_KEY_SLOTS = """
CREATE TABLE key_slots (login TEXT PRIMARY KEY, name TEXT NOT NULL, wrapped_key BLOB NOT NULL);
"""


def migrations() -> Migrations:
    """Every step from an empty file to today's tables, oldest first."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations(MIGRATION_SET)

    @steps()
    def m0001_first_light(db: Database) -> None:
        for statement in _statements(_FIRST):
            db.execute(statement)

    @steps()
    def m0002_profiles(db: Database) -> None:
        for statement in _statements(_PROFILES):
            db.execute(statement)

    @steps()
    def m0003_meter_keys(db: Database) -> None:
        for statement in _statements(_METER_KEYS):
            db.execute(statement)

    @steps()
    def m0004_trace_gaps(db: Database) -> None:
        for statement in _statements(_TRACE_GAPS):
            db.execute(statement)

    @steps()
    def m0005_packs(db: Database) -> None:
        for statement in _statements(_PACKS):
            db.execute(statement)

    @steps()
    def m0006_hub_work(db: Database) -> None:
        for statement in _statements(_HUB_WORK):
            db.execute(statement)

    @steps()
    def m0007_desk(db: Database) -> None:
        for statement in _statements(_DESK):
            db.execute(statement)

    @steps()
    def m0008_outbox(db: Database) -> None:
        for statement in _statements(_OUTBOX):
            db.execute(statement)

    @steps()
    def m0009_wallet(db: Database) -> None:
        for statement in _statements(_WALLET):
            db.execute(statement)

    @steps()
    def m0010_log_chain(db: Database) -> None:
        for statement in _statements(_LOG_CHAIN):
            db.execute(statement)

    @steps()
    def m0011_job_origin(db: Database) -> None:
        for statement in _statements(_JOB_ORIGIN):
            db.execute(statement)

    @steps()
    def m0012_people(db: Database) -> None:
        for statement in _statements(_PEOPLE):
            db.execute(statement)

    @steps()
    def m0013_tokens(db: Database) -> None:
        for statement in _statements(_TOKENS):
            db.execute(statement)

    @steps()
    def m0014_key_slots(db: Database) -> None:
        for statement in _statements(_KEY_SLOTS):
            db.execute(statement)

    return steps


def _statements(script: str) -> list[str]:
    """The statements of `script`, one by one: executescript would commit the migration's transaction."""
    import sqlite3

    statements, pending = [], ""
    for line in script.splitlines():
        pending += line + "\n"
        if pending.strip() and sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    return statements
