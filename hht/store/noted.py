"""What nobody changes in live work without an entry of the log (`noted_…` in ``resources/catalogue/roles.toml``).

SQLite's own triggers see each change, however it was written; a transaction that changed such a thing and put nothing
into the log is undone. So whoever writes a new way of changing it cannot forget to say who did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.access.roles import roles

if TYPE_CHECKING:
    from sqlite_utils.db import Database


class NotNoted(RuntimeError):
    """A defect of the program: nothing was changed."""


class Noted:
    """Of one open store of live work; `watch` once it is known to be that."""

    def __init__(self) -> None:
        self._changed: set[str] = set()  # in the transaction that runs
        self._logged = False

    def watch(self, database: Database) -> None:
        """From now on. The triggers are this connection's own and stand in no file."""
        database.conn.create_function("hht_changed", 1, self._changed.add)
        database.conn.create_function("hht_logged", 0, self._log)
        named = ", ".join(f"'{name}'" for name in sorted(roles().noted_settings))
        for table in sorted(roles().noted_tables):
            for event in ("INSERT", "UPDATE", "DELETE"):
                _trigger(database, f"noted_{table}_{event}", f"{event} ON main.[{table}]", f"hht_changed('{table}')")
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            when = f"{event} ON main.settings WHEN {row}.name IN ({named})"
            _trigger(database, f"noted_settings_{event}", when, f"hht_changed({row}.name)")
        _trigger(database, "noted_log", "INSERT ON main.log", "hht_logged()")

    def begin(self) -> None:
        """A transaction begins."""
        self._changed.clear()
        self._logged = False

    def require(self) -> None:
        """Before it is committed. Raises NotNoted."""
        if self._changed and not self._logged:
            raise NotNoted(f"changed without an entry of the log: {', '.join(sorted(self._changed))}")

    def _log(self) -> None:
        self._logged = True


def _trigger(database: Database, name: str, when: str, then: str) -> None:
    database.execute(f"CREATE TEMP TRIGGER [{name}] AFTER {when} BEGIN SELECT {then}; END")
