"""The vault's rows: whose there are, which one a log-in name means, and what each is known by."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.access.person import PersonError
from hht.i18n import _
from hht.store.errors import StoreError, explained

if TYPE_CHECKING:
    from sqlite_utils.db import Database

Row = dict[str, Any]


def mark(row: Mapping[str, Any]) -> str:
    """What a row is known by in the record of people: another pass phrase makes another."""
    return hashlib.sha256(bytes(row["salt"]) + bytes(row["wrapped_key"])).hexdigest()


def vault_rows(database: Database) -> list[Row]:
    """Every person's row; none in a file that was never protected. Raises StoreError for what is none."""
    rows = list(database["vault"].rows_where(order_by="login"))
    if not all(type(row["login"]) is str and type(row["id"]) is int for row in rows):
        raise StoreError(
            _("The store's header makes no sense."),
            remedy=_("The file is damaged: copy it for the depot and start with an empty folder."),
            code="store-damaged",
        )
    return rows


def logins_in(path: Path) -> tuple[str, ...]:
    """The log-in names of a store that is still locked; none where there is no store, or one of a version that knew no
    people. Raises StoreError."""
    if not path.is_file() or path.stat().st_size == 0:
        return ()
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with explained(path), contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        columns = [column[1] for column in database.execute("PRAGMA table_info(vault)")]
        rows = database.execute("SELECT login FROM vault ORDER BY login") if "login" in columns else ()
        return tuple(str(login) for (login,) in rows)


def choose_row(rows: list[Row], login: str) -> Row:
    """The row of that person; without a name that of the only one. Raises PersonError ``person-needed``,
    ``person-unknown``."""
    if not login and len(rows) == 1:
        return rows[0]
    names = ", ".join(row["login"] for row in rows)
    found = next((row for row in rows if row["login"] == login), None)
    if found is not None:
        return found
    raise PersonError(
        _("Nobody is called “{login}” here.").format(login=login[:40]) if login else _("Several people work here."),
        remedy=_("Say who you are: --person NAME, one of {names}.").format(names=names),
        code="person-unknown" if login else "person-needed",
    )
