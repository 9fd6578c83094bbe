"""The vault's row in the file, and patience after wrong pass phrases: each wrong one makes the next wait longer.

The counter is on disk before a guess is tried, so that killing the program gives no free guess. (It slows a person at
this keyboard; against a copied file it is Argon2id that costs.)
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from hht.clock import Clock, iso_z
from hht.i18n import _, ngettext
from hht.store.errors import PassPhraseError
from hht.store.vault import TRAINING_PASS_PHRASE, Entropy, KdfCost, PassPhrase, Vault, VaultHeader

if TYPE_CHECKING:
    from sqlite_utils.db import Database

FREE_GUESSES = 5
LONGEST_WAIT_S = 900


def wait_after(failed: int) -> int:
    """Seconds to wait after `failed` wrong pass phrases in a row: none for five, then 2, 4, 8 ... at most 900."""
    return 0 if failed < FREE_GUESSES else min(LONGEST_WAIT_S, 2 ** (failed - FREE_GUESSES + 1))


def create_vault(
    database: Database, pass_phrase: PassPhrase, *, training: bool, entropy: Entropy, cost: KdfCost | None
) -> Vault:
    """Protect a fresh file. Raises PassPhraseError where a production pass phrase is too weak."""
    if training:
        pass_phrase = _only_training(pass_phrase)
    vault, header = Vault.create(pass_phrase, training=training, entropy=entropy, cost=cost)
    save_header(database, header)
    return vault


def _only_training(pass_phrase: PassPhrase) -> PassPhrase:
    if pass_phrase.reveal() != TRAINING_PASS_PHRASE.reveal():
        raise PassPhraseError(
            _("A training store has the fixed pass phrase “training”."),
            remedy=_("Leave the pass phrase out with --training; for live work leave --training out."),
            code="training-fixed",
        )
    return pass_phrase


def save_header(database: Database, header: VaultHeader) -> None:
    """Write the vault's row; the counter of wrong pass phrases starts anew."""
    database.execute(
        "INSERT OR REPLACE INTO vault (id, training, salt, wrapped_key, memory_kib, iterations, lanes)"
        " VALUES (1, ?, ?, ?, ?, ?, ?)",
        [
            int(header.training),
            header.salt,
            header.wrapped_key,
            header.cost.memory_kib,
            header.cost.iterations,
            header.cost.lanes,
        ],
    )


def unlock_vault(
    database: Database, row: dict[str, Any], pass_phrase: PassPhrase, *, clock: Clock, entropy: Entropy
) -> Vault:
    """Unlock by the pass phrase. Raises PassPhraseError: wrong, or too soon after wrong ones."""
    guarded = not row["training"]  # the training pass phrase is no secret: nothing to guess, nothing to slow down
    if guarded:
        _refuse_too_soon(database, row, clock)
        database.execute("UPDATE vault SET failed = failed + 1, failed_at = ? WHERE id = 1", [iso_z(clock.now())])
    cost = KdfCost(row["memory_kib"], row["iterations"], row["lanes"])
    header = VaultHeader(bool(row["training"]), bytes(row["salt"]), bytes(row["wrapped_key"]), cost)
    vault = Vault.unlock(header, pass_phrase, entropy=entropy)
    if guarded:
        database.execute("UPDATE vault SET failed = 0, failed_at = '' WHERE id = 1")
    return vault


def _refuse_too_soon(database: Database, row: dict[str, Any], clock: Clock) -> None:
    wait_s = wait_after(row["failed"])
    if not wait_s or not row["failed_at"]:
        return
    since_s = (clock.now() - datetime.fromisoformat(row["failed_at"])).total_seconds()
    if since_s < 0:  # the clock was set back: the wait starts anew, once, and cannot last for ever
        database.execute("UPDATE vault SET failed_at = ? WHERE id = 1", [iso_z(clock.now())])
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
