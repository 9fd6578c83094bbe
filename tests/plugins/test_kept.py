"""The plug-ins of a store: off until a person turns on these very octets, refused once one of them is another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hht.plugins.archive import read_archive
from hht.plugins.errors import PlugInError
from tests.plugins.making import DEVICE, archive_of, maker, pem, sample, sample_files
from tests.store.conftest import OpenStore
from tests.store.test_store import LIVE
from ui.plugins import PlugIns

DIGEST = hashlib.sha256(sample()).hexdigest()


@pytest.fixture
def plugins(open_store: OpenStore, tmp_path: Path) -> PlugIns:
    """Of a training store that accepts the first maker."""
    found = PlugIns(open_store(), tmp_path / "data")
    found.accept("Kestrel", pem(maker()))
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the sample lies once it is installed."""
    return tmp_path / "data" / "training-plugins" / "kestrel.hhtplugin"


def code_of(refused: pytest.ExceptionInfo[PlugInError]) -> str:
    assert refused.value.remedy
    return refused.value.code


def test_it_is_off_until_a_person_turns_on_these_very_octets(plugins: PlugIns) -> None:
    assert not plugins.install(sample()).on
    assert plugins.archive_of_device(DEVICE) is None
    for wrong in ("", DIGEST[:15], "0" * 64, DIGEST + "0"):
        with pytest.raises(PlugInError) as refused:
            plugins.turn_on("kestrel", wrong)
        assert code_of(refused) == "plugin-digest"
    assert plugins.turn_on("kestrel", DIGEST[:16]).on
    archive = plugins.archive_of_device(DEVICE)
    assert archive is not None
    with plugins.running(archive) as loaded:
        assert [kind.name for kind in loaded.devices] == [DEVICE]
    plugins.turn_off("kestrel")
    assert plugins.archive_of_device(DEVICE) is None


def test_whom_nobody_accepted_is_refused_and_who_is_dismissed_runs_no_more(plugins: PlugIns) -> None:
    with pytest.raises(PlugInError) as refused:
        plugins.install(archive_of(sample_files(), maker(2)))
    assert code_of(refused) == "plugin-untrusted"
    plugins.install(sample())
    plugins.turn_on("kestrel", DIGEST)
    plugins.dismiss("Kestrel")
    assert [(one.on, bool(one.trouble)) for one in plugins.installed()] == [(False, True)]
    with pytest.raises(PlugInError) as refused:
        plugins.turn_on("kestrel", DIGEST)
    assert code_of(refused) == "plugin-untrusted"
    plugins.accept("Kestrel", pem(maker()))
    assert plugins.archive_of_device(DEVICE) is None, "it is turned on anew, or stays off"


def test_two_plug_ins_share_no_device(plugins: PlugIns) -> None:
    plugins.install(sample())
    plugins.turn_on("kestrel", DIGEST)
    other = plugins.install(archive_of({"plugin.py": ""}, name="kestrel-hm1"))
    with pytest.raises(PlugInError) as refused:
        plugins.turn_on("kestrel-hm1", other.digest)
    assert code_of(refused) == "plugin-clash"
    plugins.turn_off("kestrel")
    assert plugins.turn_on("kestrel-hm1", other.digest).on


def test_a_file_that_was_changed_is_refused_and_off(plugins: PlugIns, file: Path) -> None:
    """Also by another archive that its maker signed: a person turned on another one."""
    for other in (sample()[:-1], archive_of(sample_files(), version="1.0.1"), b""):
        plugins.install(sample())
        plugins.turn_on("kestrel", DIGEST)
        file.write_bytes(other)
        with pytest.raises(PlugInError) as refused:
            plugins.archive_of_device(DEVICE)
        assert code_of(refused) == "plugin-changed"
        (told,) = plugins.installed()
        assert not told.on
        assert "changed" in told.off_because
        assert "changed" in told.trouble
    file.unlink()
    with pytest.raises(PlugInError) as refused:
        plugins.turn_on("kestrel", DIGEST)
    assert code_of(refused) == "plugin-changed"


def test_no_older_version_comes_after_a_newer_one_not_even_when_that_was_removed(plugins: PlugIns) -> None:
    newer = archive_of(sample_files(), version="1.10.0")
    plugins.install(archive_of(sample_files(), version="1.9.0"))
    plugins.turn_on("kestrel", plugins.installed()[0].digest)
    assert not plugins.install(newer).on, "a new version is turned on anew"
    for _removed in (False, True):
        for older in ("1.9.0", "0.99.0"):
            with pytest.raises(PlugInError) as refused:
                plugins.install(archive_of(sample_files(), version=older))
            assert code_of(refused) == "plugin-older"
        with pytest.raises(PlugInError) as refused:
            plugins.install(archive_of({**sample_files(), "more.txt": "x"}, version="1.10.0"))
        assert code_of(refused) == "plugin-older"
        if plugins.installed():
            plugins.remove("kestrel")
    assert plugins.install(newer).version == "1.10.0"


def test_another_maker_does_not_take_over_a_name(plugins: PlugIns) -> None:
    plugins.install(sample())
    plugins.accept("Another", pem(maker(2)))
    with pytest.raises(PlugInError) as refused:
        plugins.install(archive_of(sample_files(), maker(2), version="2.0.0"))
    assert code_of(refused) == "plugin-other-maker"


def test_a_plug_in_for_another_version_of_the_interface_is_refused(plugins: PlugIns) -> None:
    with pytest.raises(PlugInError) as refused:
        plugins.install(archive_of(sample_files(), number=2))
    assert code_of(refused) == "plugin-api"


def test_training_and_live_never_mix(plugins: PlugIns, open_store: OpenStore, tmp_path: Path) -> None:
    """Neither whose are accepted, nor what was made for the other."""
    live = PlugIns(open_store(LIVE, training=False, path=tmp_path / "data" / "store.db"), tmp_path / "data")
    assert live.makers() == ()
    for_live = archive_of(sample_files(), training=False)
    with pytest.raises(PlugInError) as refused:
        live.install(for_live)
    assert code_of(refused) == "plugin-untrusted"
    live.accept("Kestrel", pem(maker()))
    for taker, octets in ((live, sample()), (plugins, for_live)):
        with pytest.raises(PlugInError) as refused:
            taker.install(octets)
        assert code_of(refused) == "plugin-world"
    plugins.install(sample())
    live.install(for_live)
    assert [one.digest for one in live.installed()] != [one.digest for one in plugins.installed()]


def test_every_change_is_in_the_log(plugins: PlugIns, open_store: OpenStore) -> None:
    plugins.install(sample())
    plugins.turn_on("kestrel", DIGEST)
    plugins.turn_off("kestrel")
    plugins.remove("kestrel")
    plugins.dismiss("Kestrel")
    told = [(kind, payload.get("name")) for _at, kind, payload in open_store().log_entries()]
    assert [one for one in told if one[0].startswith("plugin-")] == [
        ("plugin-maker-accepted", "Kestrel"),
        ("plugin-installed", "kestrel"),
        ("plugin-on", "kestrel"),
        ("plugin-off", "kestrel"),
        ("plugin-removed", "kestrel"),
        ("plugin-maker-dismissed", "Kestrel"),
    ]


def test_what_is_no_maker_is_refused(plugins: PlugIns) -> None:
    for name, key in (("Kestrel", pem(maker(3))), ("Other", pem(maker())), ("", pem(maker(3))), ("X", b"nonsense")):
        with pytest.raises(PlugInError):
            plugins.accept(name, key)
    assert [one.name for one in plugins.makers()] == ["Kestrel"]


def test_no_maker_goes_for_a_new_one_and_it_is_said_what_to_do(
    plugins: PlugIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.plugins._MOST", 1)
    with pytest.raises(PlugInError, match="no more fit") as full:
        plugins.accept("Other", pem(maker(3)))
    assert "--remove" in full.value.remedy
    assert [one.name for one in plugins.makers()] == ["Kestrel"]


# A plug-in that fails ----------------------------------------------------------------------------------------------

FAILING = {
    "raises where it is imported": "raise RuntimeError('\\x1b[2J boo')",
    "is no Python": "def register(:",
    "is no text": "\udcff",
    "leaves the program": "import sys\nsys.exit(3)",
    "has no register": "x = 1",
    "raises in register": "def register(to):\n    {}[1]",
    "has no end": "def register(to):\n    register(to)",
    "registers nothing": "def register(to):\n    pass",
    "registers what is no device": "def register(to):\n    to.device('x')",
    "asks for a file that is not there": "def register(to):\n    to.text('../store.db')",
}


@pytest.mark.parametrize("name", FAILING)
def test_what_fails_while_it_is_loaded_is_off_in_a_sentence(plugins: PlugIns, name: str) -> None:
    text = FAILING[name].encode("utf-8", "surrogateescape")
    plugins.install(archive_of({"plugin.py": text}))
    plugins.turn_on("kestrel", plugins.installed()[0].digest)
    archive = plugins.archive_of_device(DEVICE)
    assert archive is not None
    with pytest.raises(PlugInError) as refused, plugins.running(archive):
        pass
    assert code_of(refused) == "plugin-failed"
    assert refused.value.message.isprintable()
    assert "boo" not in refused.value.message
    (told,) = plugins.installed()
    assert not told.on
    assert told.off_because
    assert plugins.archive_of_device(DEVICE) is None


def test_where_it_failed_is_told_by_file_and_line(plugins: PlugIns) -> None:
    files = {"plugin.py": "from . import deep\n", "deep.py": "x = 1\ny = x / 0\n"}
    archive = read_archive(archive_of(files))
    plugins.install(archive_of(files))
    with pytest.raises(PlugInError) as refused, plugins.running(archive):
        pass
    assert "ZeroDivisionError in kestrel/deep.py, line 2" in refused.value.message


def test_no_device_stands_in_for_a_premises(plugins: PlugIns) -> None:
    kind = "to.device(DeviceKind('dual-fuel', 'x', list, list))"
    text = f"from hht.plugins.api import DeviceKind\ndef register(to):\n    {kind}\n"
    octets = archive_of({"plugin.py": text}, name="dual-fuel", adds=("device:dual-fuel",))
    plugins.install(octets)
    with pytest.raises(PlugInError) as refused, plugins.running(read_archive(octets)):
        pass
    assert code_of(refused) == "plugin-failed"
