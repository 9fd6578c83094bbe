"""``hht pack``: shown to anybody, verified for who trusts the desk, refused in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hht.packs import envelope
from hht.packs.pack import OnFailure
from hht.packs.training_desk import training_desk_key
from hht.protocol.gbcs.crypto import PrivateKey
from tests.cli.conftest import Run
from tests.packs.making import CODE, READ_MPAN, command, desk_key, entry, pack
from ui.cli.main import main


def write(folder: Path, key: PrivateKey, *, training: bool = True, days: int = 2) -> str:
    """A pack made just now."""
    now = datetime.now(UTC).replace(microsecond=0)
    made_at, expires = now - timedelta(days=3), now + timedelta(days)
    first = entry("mpan", command())
    second = entry("read", command(READ_MPAN, 1001), "mpan", on_failure=OnFailure.CONTINUE)
    made = replace(pack(first, second, training=training), created=made_at, expires=expires)
    path = folder / "visit.pack"
    path.write_bytes(envelope.close(made.payload(), key))
    return str(path)


def public(folder: Path, key: PrivateKey, name: str = "desk.pem") -> str:
    path = folder / name
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(path)


def test_a_training_pack_is_verified_without_being_told_anything(run: Run, tmp_path: Path) -> None:
    done = run("pack", "verify", write(tmp_path, training_desk_key()), "--job", "J-1042")
    assert done.status == 0
    head, first, second, result = done.lines
    assert (head["type"], head["job"], head["training"], head["desk"]) == ("pack", "J-1042", True, "training desk")
    assert (first["entry"], first["use_case"], first["originator_counter"], first["critical"]) == (
        "mpan",
        "ECS39a",
        1000,
        False,
    )
    assert (first["mac"], first["signature"]) == ("unchecked", "none")  # no terminal holds a key of the broker's
    assert (second["depends_on"], second["on_failure"]) == (["mpan"], "continue")
    assert (result["ok"], result["verified"], result["entries"]) == (True, True, 2)


def test_anybodys_pack_is_shown_and_not_called_verified(run: Run, tmp_path: Path) -> None:
    done = run("pack", "inspect", write(tmp_path, desk_key(), days=-1))
    assert done.status == 0
    assert done.lines[-1]["verified"] is False
    assert "desk" not in done.lines[0]


def test_a_live_pack_needs_the_key_of_its_desk(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, desk_key(), training=False)
    assert run("pack", "verify", path, "--live").lines[-1]["code"] == "pack-no-desk"
    assert run("pack", "verify", path).lines[-1]["code"] == "pack-desk-unknown"
    assert run("pack", "verify", path, "--desk-key", public(tmp_path, desk_key())).lines[-1]["code"] == "pack-training"
    done = run("pack", "verify", path, "--live", "--desk-key", public(tmp_path, desk_key()))
    assert (done.status, done.lines[0]["desk"]) == (0, "desk")


@pytest.mark.parametrize(
    ("words", "days", "code"),
    [(("--job", "J-7"), 2, "pack-other-job"), ((), -1, "pack-expired")],
)
def test_a_pack_that_may_not_be_used_is_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], days: int, code: str
) -> None:
    done = run("pack", "verify", write(tmp_path, training_desk_key(), days=days), *words)
    assert (done.status, done.lines[-1]["code"]) == (1, code)
    assert done.lines[-1]["remedy"]


def test_files_that_are_none_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.pack").write_bytes(b"{}")
    assert run("pack", "inspect", str(tmp_path / "a.pack")).lines[-1]["code"] == "pack-envelope"
    assert run("pack", "inspect", str(tmp_path / "none.pack")).lines[-1]["code"] == "pack-unreadable"
    path = write(tmp_path, training_desk_key())
    (tmp_path / "bad.pem").write_bytes(b"\xff no key")
    assert run("pack", "verify", path, "--desk-key", str(tmp_path / "bad.pem")).status == 1


def test_a_person_reads_the_order_and_what_hangs_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "verify", write(tmp_path, training_desk_key())]) == 0
    said = capsys.readouterr().out
    assert "Signed by training desk" in said
    assert said.index("mpan: ECS39a") < said.index("read: ECS40")
    assert "only after mpan" in said
    assert "install code sealed" in said
    assert CODE.reveal() not in said
