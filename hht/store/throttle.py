"""The vault's rows in the file, one for each person, and patience after wrong pass phrases: each wrong one of a person
makes their next wait longer.

The counter is on disk before a guess is tried, so that killing the program gives no free guess. (It slows a person at
this keyboard; against a copied file it is Argon2id that costs.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.access.person import OWNER_LOGIN
from hht.clock import Clock, iso_z
from hht.i18n import _, ngettext
from hht.store.errors import PassPhraseError, StoreError
from hht.store.vault import TRAINING_PASS_PHRASE, Entropy, KdfCost, PassPhrase, Vault, VaultHeader

if TYPE_CHECKING:
    from sqlite_utils.db import Database

FREE_GUESSES = 5
LONGEST_WAIT_S = 900


def wait_after(failed: int) -> int:
    """Seconds to wait after `failed` wrong pass phrases in a row: none for five, then 2, 4, 8 ... at most 900."""
    return 0 if failed < FREE_GUESSES else min(LONGEST_WAIT_S, 2 ** min(failed - FREE_GUESSES + 1, 10))


def create_vault(
    database: Database, pass_phrase: PassPhrase, *, training: bool, entropy: Entropy, cost: KdfCost | None
) -> Vault:
    """Protect a fresh file. Raises PassPhraseError where a production pass phrase is too weak."""
    if training:
        pass_phrase = _only_training(pass_phrase)
    vault, header = Vault.create(pass_phrase, training=training, entropy=entropy, cost=cost)
    add_header(database, header, OWNER_LOGIN)
    return vault


def _only_training(pass_phrase: PassPhrase) -> PassPhrase:
    if pass_phrase.reveal() != TRAINING_PASS_PHRASE.reveal():
        raise PassPhraseError(
            _("A training store has the fixed pass phrase “training”."),
            remedy=_("Leave the pass phrase out with --training; for live work leave --training out."),
            code="training-fixed",
        )
    return pass_phrase


_COLUMNS = ("training", "salt", "wrapped_key", "memory_kib", "iterations", "lanes")


def _values(header: VaultHeader) -> list[Any]:
    cost = header.cost
    return [int(header.training), header.salt, header.wrapped_key, cost.memory_kib, cost.iterations, cost.lanes]


def add_header(database: Database, header: VaultHeader, login: str) -> None:
    """Write the row of a new person."""
    statement = f"INSERT INTO vault (login, {', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
    database.execute(statement, [login, *_values(header)])


def change_header(database: Database, header: VaultHeader, login: str) -> None:
    """Change the row of a person; the counter of wrong pass phrases starts anew."""
    changed = ", ".join(f"{name} = ?" for name in _COLUMNS)
    statement = f"UPDATE vault SET {changed}, failed = 0, failed_at = '' WHERE login = ?"
    database.execute(statement, [*_values(header), login])


@dataclass(frozen=True, slots=True)
class VaultRow:
    """The vault's row: its header, how often a wrong pass phrase was tried, and when last."""

    header: VaultHeader
    failed: int
    failed_at: datetime | None


def parse_vault_row(row: Mapping[str, Any]) -> VaultRow:
    """The row as the file has it. SQLite keeps any type in any column: what is not what `save_header` writes raises
    StoreError ``store-damaged``."""
    numbers = {name: row.get(name) for name in ("training", "memory_kib", "iterations", "lanes", "failed")}
    salt, wrapped, failed_at = row.get("salt"), row.get("wrapped_key"), row.get("failed_at")
    sound = all(type(number) is int and number >= 0 for number in numbers.values())
    if not sound or type(salt) is not bytes or type(wrapped) is not bytes or type(failed_at) is not str:
        raise _damaged()
    try:
        tried = datetime.fromisoformat(failed_at) if failed_at else None
    except ValueError as error:
        raise _damaged() from error
    if tried is not None and tried.tzinfo is None:
        raise _damaged()
    cost = KdfCost(row["memory_kib"], row["iterations"], row["lanes"])
    cost.check()
    return VaultRow(VaultHeader(bool(row["training"]), salt, wrapped, cost), row["failed"], tried)


def _damaged() -> StoreError:
    return StoreError(
        _("The store's header makes no sense."),
        remedy=_("The file is damaged: copy it for the depot and start with an empty folder."),
        code="store-damaged",
    )


def unlock_vault(
    database: Database, row: Mapping[str, Any], pass_phrase: PassPhrase, *, clock: Clock, entropy: Entropy
) -> Vault:
    """Unlock by the pass phrase of the person whose `row` it is. Raises PassPhraseError: wrong, or too soon after wrong
    ones; StoreError where the row is damaged."""
    found = parse_vault_row(row)
    guarded = not found.header.training  # that pass phrase is no secret: nothing to guess, nothing to slow down
    if guarded:
        _refuse_too_soon(database, found, row["id"], clock)
        tried = "UPDATE vault SET failed = failed + 1, failed_at = ? WHERE id = ?"
        database.execute(tried, [iso_z(clock.now()), row["id"]])
    vault = Vault.unlock(found.header, pass_phrase, entropy=entropy)
    if guarded:
        database.execute("UPDATE vault SET failed = 0, failed_at = '' WHERE id = ?", [row["id"]])
    return vault


def _refuse_too_soon(database: Database, found: VaultRow, slot: int, clock: Clock) -> None:
    wait_s = wait_after(found.failed)
    if not wait_s or found.failed_at is None:
        return
    since_s = (clock.now() - found.failed_at).total_seconds()
    if since_s < 0:  # the clock was set back: the wait starts anew, once, and cannot last for ever
        database.execute("UPDATE vault SET failed_at = ? WHERE id = ?", [iso_z(clock.now()), slot])
        since_s = 0.0
    if since_s < wait_s:
        left_s = int(wait_s - since_s) + 1
        raise PassPhraseError(
            ngettext(
                "Too many wrong pass phrases: wait {seconds} second.",
                "Too many wrong pass phrases: wait {seconds} seconds.",
                left_s,
            ).format(seconds=left_s),
            remedy=_("Then try again; nothing was lost."),
            code="pass-phrase-wait",
            wait_s=left_s,
        )
