"""``hht update``: a release on a stick is checked; what one maintainer, nobody or everybody signed is not taken."""

from __future__ import annotations

import errno
import io
import json
import runpy
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht import __version__
from hht.releases.making import training_release
from hht.releases.metadata import ReleaseRefused, fingerprint, read_root
from hht.store import vault
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.releases.test_releases import root
from tests.store.conftest import CHEAP
from ui import updates


def test_a_stick_is_checked_file_by_file_and_what_was_altered_is_refused(run: Run, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    wheel = stick / "hht-9.0.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    words = ("--training", "--data-dir", str(tmp_path / "data"))
    training_release(stick, "9.0.0", [wheel], datetime.now(UTC), version=3)
    done = run("update", "check", str(stick), *words)
    assert (done.status, done.last["release"], done.last["newer"], done.last["files"]) == (0, "9.0.0", True, 1)
    assert len(done.last["signed_by"]) == 2
    assert run("update", "check", str(wheel), *words).status == 0
    assert run("update", "show", *words).last["edition"] == 3
    stranger = stick / "evil.whl"
    stranger.write_bytes(b"evil")
    more = run("update", "check", str(stick), *words)
    assert (more.status, more.last["ok"], more.last["not_signed"]) == (1, False, 1)
    stranger.unlink()
    away = wheel.rename(tmp_path / wheel.name)
    less = run("update", "check", str(stick), *words)
    assert (less.status, less.last["ok"], less.last["missing"]) == (1, False, 1)
    away.rename(wheel)
    live = run("update", "check", str(stick), "--data-dir", str(tmp_path / "data"))
    assert (live.status, live.last["code"]) == (1, "release-no-root")
    wheel.write_bytes(b"A wheel")
    assert run("update", "check", str(stick), *words).last["code"] == "release-artefact"
    training_release(stick, "9.0.0", [wheel], datetime.now(UTC), version=2)
    assert run("update", "check", str(stick), *words).last["code"] == "release-rolled-back"
    assert run("update", "check", str(tmp_path / "nowhere"), *words).last["code"] == "release-format"


@pytest.mark.parametrize("gone", ["targets.json", "a.whl", "the folder"])
def test_a_stick_that_is_pulled_while_it_is_read_is_told_in_words(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    class Pulled(io.BytesIO):
        def read(self, _count: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    def pulled(_folder: Path) -> Iterator[object]:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    opened = updates._opened
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"a wheel")
    training_release(tmp_path, "9.0.0", [wheel], datetime.now(UTC), version=3)
    monkeypatch.setattr(updates, "_opened", lambda path: Pulled() if path.name == gone else opened(path))
    if gone == "the folder":
        monkeypatch.setattr(updates.os, "scandir", pulled)
    done = run("update", "check", str(tmp_path), "--training", "--data-dir", str(tmp_path / "data"))
    assert (done.status, done.last["code"]) == (1, "release-format")
    assert done.last["message"].endswith(("Input/output error.", "No such file or directory."))


def test_maintainers_are_named_once_by_their_fingerprint_by_who_may(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "1.root.json"
    file.write_bytes(root(expires=datetime(2099, 1, 1, tzinfo=UTC)))
    words = ("--data-dir", str(tmp_path / "data"))
    assert run("update", "show", *words).last["root"] == 0
    nobody = run("update", "trust", str(file), "--fingerprint", "0" * 32, *words)
    assert nobody.last["code"] == "pass-phrase-needed"
    monkeypatch.setattr(vault, "KdfCost", lambda: CHEAP)  # what a guess costs is shown elsewhere
    people = {one: (*words, "--pass-phrase-file", str(tmp_path / one), "--person", one) for one in ("owner", "ann")}
    for one in people:
        (tmp_path / one).write_text(f"the own words of {one}")
    add = ("people", "add", "ann", "--name", "Ann Other", "--role", "engineer", "--new-file", str(tmp_path / "ann"))
    assert run("people", "name", "--name", "Olga Owner", *people["owner"]).status == 0
    assert run(*add, *people["owner"]).status == 0
    wrong = run("update", "trust", str(file), "--fingerprint", "0" * 32, *people["owner"])
    assert wrong.last["code"] == "release-fingerprint"
    print_ = fingerprint(read_root(file.read_bytes()))
    assert print_ in wrong.last["message"]
    trust = ("update", "trust", str(file), "--fingerprint", print_)
    refused = run(*trust, *people["ann"])
    assert (refused.status, refused.last["code"], refused.last["act"]) == (1, "not-permitted", "trust")
    assert run("update", "show", *words).last["root"] == 0
    assert run(*trust, *people["owner"]).status == 0
    assert run("update", "show", *words).last["fingerprint"] == print_
    assert run(*trust, *people["owner"]).last["code"] == "release-root-known"
    told = run("log", *people["owner"]).of("entry")
    (noted,) = [one for one in told if one["kind"] == "releases-trusted"]
    assert (noted["by"], print_ in json.dumps(noted)) == ("Olga Owner", True)


def test_two_maintainers_release_with_the_tool_and_a_terminal_takes_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As packaging/release.py's first lines say: keys, root, targets, a signature by each, a check."""
    pass_phrase = tmp_path / "pass"
    pass_phrase.write_text("correct horse\n", encoding="utf-8")
    monkeypatch.setenv("RELEASE_PASS_PHRASE_FILE", str(pass_phrase))
    monkeypatch.setattr(sys, "path", [*sys.path])
    program = runpy.run_path(str(ROOT / "packaging/release.py"))

    def tool(*words: str | Path) -> str:
        capsys.readouterr()
        program["main"](list(map(str, words)))
        return capsys.readouterr().out

    keys = [tmp_path / "ann.pem", tmp_path / "bob.pem"]
    publics = [tool("key", key).strip() for key in keys]
    assert b"ENCRYPTED" in keys[0].read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    (out / f"hht-{__version__}.whl").write_bytes(b"a wheel")
    first = tmp_path / "1.root.json"
    tool("root", first, "--version", "1", "--key", publics[0], "--key", publics[1])
    tool("targets", out, "--edition", "1", "--release", __version__)
    for metadata in (first, out / "targets.json"):
        tool("sign", metadata, "--with", keys[0])
        with pytest.raises(ReleaseRefused, match="signed it already"):
            tool("sign", metadata, "--with", keys[0])
    words = ("--data-dir", str(tmp_path / "data"))
    mine = (*words, "--pass-phrase-file", str(pass_phrase))
    print_ = fingerprint(read_root(first.read_bytes()))
    assert f"fingerprint {print_}" in tool("show", first)
    alone = run("update", "trust", str(first), "--fingerprint", print_, *mine)
    assert alone.last["code"] == "release-signatures"
    tool("sign", first, "--with", keys[1])
    assert run("update", "trust", str(first), "--fingerprint", print_, *mine).status == 0
    assert run("update", "check", str(out), *words).last["code"] == "release-signatures"
    tool("sign", out / "targets.json", "--with", keys[1])
    assert "signed by:" in tool("show", out / "targets.json")
    done = run("update", "check", str(out), *words)
    assert (done.status, done.last["files"], done.last["newer"]) == (0, 1, False)
