"""``hht people key-store``: this computer's key store opens the live store, where a person chose that, and no more."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hht.store import vault
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.store.conftest import CHEAP
from tests.support.memory_key_store import KIND, MemoryKeyring, permit
from ui import system_key_store
from ui.key_slots import read_secret, slot_to_open
from ui.system_key_store import KeyStoreError, Kind, SystemKeyStore, answered, answered_now, find

PHRASE = "four unrelated words"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    return permit(monkeypatch)


@pytest.fixture
def phrase(tmp_path: Path) -> tuple[str, str]:
    file = tmp_path / "phrase"
    file.write_text(PHRASE)
    return "--pass-phrase-file", str(file)


def test_it_opens_what_it_was_told_to_and_the_log_says_so(
    run: Run, keys: type[MemoryKeyring], phrase: tuple[str, str], tmp_path: Path
) -> None:
    assert run("people", "list").last["code"] == "pass-phrase-needed"
    assert run("people", "key-store", "show", *phrase).last["on"] is False
    assert keys.kept == {}
    assert run("people", "key-store", "on").last["code"] == "pass-phrase-needed", "the phrase alone turns it on"
    on = run("people", "key-store", "on", *phrase).last
    assert (on["on"], on["key_store"], on["forbidden"]) == (True, KIND.called, False)
    assert [len(bytes.fromhex(secret)) for secret in keys.kept.values()] == [32]
    assert PHRASE not in str(keys.kept)
    listed = run("people", "list")
    assert (listed.status, listed.last["logged_in"]) == (0, "owner")
    for words in (("people", "name", "--name", "Eve"), ("log", "--export", str(tmp_path / "out")),
                  ("people", "key-store", "forbid"), ("trace", "bound", "100"),
                  ("outbox", "export", "--out", str(tmp_path / "out")), ("outbox", "send", "desk:tcp://127.0.0.1:9"),
                  ("trace", "export", "J-1", "--out", str(tmp_path / "out"))):  # fmt: skip
        asked = run(*words)
        assert (asked.status, asked.last["code"]) == (1, "pass-phrase-first"), words
    assert run("people", "key-store", "on").last["code"] == "pass-phrase-needed", "not by itself"
    off = run("people", "key-store", "off")
    assert (off.last["on"], keys.kept) == (False, {})
    assert run("people", "list").last["code"] == "pass-phrase-needed"
    told = run("log", *phrase)
    seen = [(one["kind"], one["details"].get("how", "")) for one in told.of("entry")]
    assert seen.index(("key-slot-on", "")) < seen.index(("logged-in", "key-store")) < seen.index(("key-slot-off", ""))
    assert all(one["by"] for one in told.of("entry"))


def test_what_it_has_no_more_or_does_not_give_is_one_sentence_and_the_phrase_is_asked_for(
    run: Run, keys: type[MemoryKeyring], phrase: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("people", "key-store", "on", *phrase)
    kept = dict(keys.kept)

    def asked(words: str) -> None:
        done = run("people", "list")
        assert done.last["code"] == "pass-phrase-needed"
        assert words in done.errors
        assert "Ann Other" not in done.errors, "what a key store says is not passed on"

    monkeypatch.setattr(keys, "locked", True)
    asked("KeyringLocked")
    monkeypatch.setattr(keys, "locked", False)
    for other in ({}, dict.fromkeys(kept, "not hex"), dict.fromkeys(kept, "00" * 31)):
        monkeypatch.setattr(keys, "kept", other)
        asked("has nothing for this terminal")
    monkeypatch.setattr(keys, "kept", dict.fromkeys(kept, "00" * 32))
    asked("does not fit this store")
    monkeypatch.setattr(keys, "kept", kept)
    assert run("people", "list").status == 0, "none of that was a guess of the phrase"


def test_a_copied_store_is_not_opened_by_it(
    run: Run, keys: type[MemoryKeyring], phrase: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another computer, whose key store has nothing; and put back to an earlier copy at this one."""
    home = tmp_path / "home"
    run("people", "key-store", "on", *phrase)
    shutil.copytree(home, tmp_path / "copy")
    secret = next(iter(keys.kept.values()))
    octets = b"".join(one.read_bytes() for one in (tmp_path / "copy").rglob("*") if one.is_file())
    assert not any(form in octets for form in (bytes.fromhex(secret), secret.encode(), PHRASE.encode()))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(keys, "kept", {})
        assert run("people", "list", "--data-dir", str(tmp_path / "copy")).last["code"] == "pass-phrase-needed"
    run("wallet", "add", "registration", "EL-7", "--for", "electricity", "--until", "2099-03-31")
    shutil.copy(tmp_path / "copy" / "store.db", home / "store.db")
    (home / "store.db-wal").unlink(missing_ok=True)
    back = run("people", "list")
    assert (back.last["code"], "opens it no more" in back.errors) == ("pass-phrase-needed", True)
    assert keys.kept == {}
    assert run("people", "key-store", "show", *phrase).last["on"] is False


def test_only_key_stores_that_protect_are_asked_whatever_the_environment_says(
    run: Run, phrase: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    for name in ("keyring.backends.null.Keyring", "keyring.backends.chainer.ChainerBackend",
                 "keyrings.alt.file.PlaintextKeyring", "tests.support.memory_key_store.MemoryKeyring"):  # fmt: skip
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        on = run("people", "key-store", "on", *phrase)
        assert (on.status, on.last["code"]) == (1, "no-key-store")
        assert name in on.last["message"]
        assert on.last["remedy"]
    assert run("people", "key-store", "show", *phrase).last["on"] is False
    allowed = {(kind.module.rpartition(".")[2], kind.name) for kind in system_key_store.PERMITTED}
    assert allowed == {("SecretService", "Keyring"), ("libsecret", "Keyring"), ("kwallet", "DBusKeyring"),
                       ("Windows", "WinVaultKeyring"), ("macOS", "Keyring")}  # fmt: skip


def test_the_environment_sets_nothing_of_one(keys: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not which of its collections, either: one may have no password."""
    monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session")
    assert vars(keys())["preferred_collection"]
    assert vars(find().backend) == {}


def test_one_that_is_broken_or_forgets_is_none(keys: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Kind("", "keyring.backends.fail", "Keyring", "fails", "x")
    absent = Kind("", "keyring.backends.no_such", "Keyring", "absent", "x")
    monkeypatch.setattr(system_key_store, "PERMITTED", (absent, KIND))
    assert find().called == KIND.called
    monkeypatch.setattr(system_key_store, "PERMITTED", (absent,))
    with pytest.raises(KeyStoreError):
        find()
    monkeypatch.setattr(keys, "set_password", lambda *_words: None)
    monkeypatch.setattr(system_key_store, "PERMITTED", (KIND,))
    from hht.store.key_slot import Slot
    from hht.store.vault import SlotSecret

    with pytest.raises(KeyStoreError, match="does not give back"):
        find().write(Slot("ann", "x"), SlotSecret(bytes(32)))
    from importlib import import_module

    made = SystemKeyStore("fails", import_module(broken.module).Keyring())
    with pytest.raises(KeyStoreError) as caught:
        made.read(Slot("ann", "x"))
    assert caught.value.code == "key-store-failed"


async def test_one_that_does_not_answer_holds_nobody_up(
    run: Run, keys: type[MemoryKeyring], phrase: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(run, "people", "key-store", "on", *phrase)
    slot = slot_to_open(tmp_path / "home", "")
    assert slot is not None
    gate = threading.Event()
    monkeypatch.setattr(keys, "gate", gate)
    with pytest.raises(KeyStoreError) as caught:
        await answered(lambda: read_secret(slot), 0.05)
    assert caught.value.code == "key-store-silent"
    with pytest.raises(KeyStoreError):
        answered_now(lambda: read_secret(slot), 0.05)
    before = [one for one in threading.enumerate() if one.name == "key store"]
    assert before
    assert all(one.daemon for one in before), "it keeps no program from ending"
    gate.set()
    for one in before:
        one.join(10)


def test_without_a_slot_nothing_of_it_is_loaded_or_asked(
    run: Run, keys: type[MemoryKeyring], phrase: tuple[str, str], tmp_path: Path
) -> None:
    run("people", "list", *phrase)
    run("people", "list")
    assert keys.asked == []
    code = "import sys; from ui.cli.main import main; main(sys.argv[1:]); sys.exit('keyring' in sys.modules)"
    words = [sys.executable, "-c", code, "people", "list", "--data-dir", str(tmp_path / "home"), *phrase]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_training_has_none(run: Run) -> None:
    assert run("people", "key-store", "show", "--training").last["on"] is False
    assert run("people", "key-store", "on", "--training").last["code"] == "training-fixed"
