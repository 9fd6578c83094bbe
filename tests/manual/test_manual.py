"""The manual as its reader has it: all of the program stands in it, every link leads somewhere, guides are true."""

from __future__ import annotations

import re
import shlex
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hht.alerts import alert_codes
from hht.i18n import use_language
from hht.model.faults import fault_kinds
from hht.model.premises import available_premises
from hht.scan.formats import built_in
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from tests.conftest import ROOT
from tests.support.command import here
from ui.cli.main import COMMANDS, build_parser
from ui.manual.book import ManualError, write_manual
from ui.manual.commands import subcommands
from ui.manual.files import field_rows, schema_names
from ui.manual.guides import guide_files

VOID = {"meta", "img", "br", "hr"}


class Reader(HTMLParser):
    """What a page says, where it leads, what it is made of; marks that do not close are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.to: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        self.to += [told["href"] or ""] if "href" in told else []
        self.loads += [told["src"] or ""] if "src" in told else []
        assert tag != "script"

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All of it, with single spaces."""
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("manual") / "made"
    write_manual(out)
    return out


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Reader]:
    return {path.name: Reader(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")}


def test_every_link_leads_somewhere_and_nothing_is_fetched_from_elsewhere(
    folder: Path, pages: dict[str, Reader]
) -> None:
    assert len(pages) > 40
    for name, page in pages.items():
        for to in page.to:
            file, _hash, anchor = to.partition("#")
            assert file in ("", *pages), f"{name}: {to}"
            assert not anchor or anchor in pages[file or name].ids, f"{name}: {to}"
        for file in page.loads:
            assert (folder / file).is_file(), f"{name}: {file}"
    from_index = {to.partition("#")[0] for to in pages["index.html"].to}
    assert from_index | {"index.html"} == set(pages)


def test_every_command_stands_in_it_with_its_options(pages: dict[str, Reader]) -> None:
    found = dict(subcommands(build_parser()))
    assert set(COMMANDS) <= set(found)
    assert {"visit run", "pack build", "han exchange begin"} <= set(found)
    text = pages["commands.html"].text
    for name, parser in found.items():
        assert f"usage: hht {name}" in text, name
        for action in parser._actions:
            assert all(option in text for option in action.option_strings), name


def test_every_visit_stands_in_it_with_its_steps_and_hard_stops(pages: dict[str, Reader]) -> None:
    for name in walkthrough_names():
        page, stops = pages[f"visit-{name}.html"], 0
        walkthrough = load_walkthrough(name)
        for step in walkthrough.steps:
            assert step.id in page.ids, f"{name}: {step.id}"
            for item in step.items:
                assert " ".join(item.prompt.split()) in page.text, f"{name}: {step.id}/{item.id}"
                stops += item.stop is not None
        assert page.text.count("Hard stop: ") == stops, name


def test_every_field_of_every_file_stands_in_it(pages: dict[str, Reader]) -> None:
    import json

    for name in schema_names():
        schema = json.loads((ROOT / "resources" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
        text = pages[f"file-{name}.html"].text
        parts = [schema, *schema.get("$defs", {}).values()]
        fields = [row[0] for part in parts for row in field_rows(part)]
        assert fields, name
        for field in fields:
            assert field in text, f"{name}: {field}"


def test_what_is_looked_up_stands_in_it(pages: dict[str, Reader]) -> None:
    assert all(f"0x{code:04X}" in pages["alerts.html"].text for code in alert_codes())
    assert len(alert_codes()) > 100
    assert set(available_premises()) <= pages["premises.html"].ids
    assert set(fault_kinds()) <= pages["faults.html"].ids
    assert all(f"({one.name})" in pages["labels.html"].text for one in built_in())


def test_the_same_program_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_manual(tmp_path / "again")
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = tmp_path / "again"
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == first


def test_in_welsh_it_says_so(tmp_path: Path) -> None:
    try:
        write_manual(tmp_path / "cy", language="cy")
    finally:
        use_language("en")
    text = (tmp_path / "cy" / "visit-meter-exchange.html").read_text(encoding="utf-8")
    assert '<html lang="cy">' in text
    assert "Smell of gas" not in text


def test_pictures_of_every_screen_are_taken_in_where_there_are_some(tmp_path: Path) -> None:
    shots = tmp_path / "shots"
    shots.mkdir()
    picture = (ROOT / "resources" / "screenshots" / "walkthrough-day.png").read_bytes()
    for name in ("jobs-day-1280x800@1.png", "visit-clock-day-1280x800@1.png", "jobs-night-1280x800@1.png"):
        (shots / name).write_bytes(picture)
    write_manual(tmp_path / "made", shots)
    page = Reader((tmp_path / "made" / "screens.html").read_text(encoding="utf-8"))
    assert page.loads == ["screens/jobs.png", "screens/visit-clock.png"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ManualError, match="holds other files"):
        write_manual(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


# The guides ------------------------------------------------------------------------------------------------------


def block(name: str, language: str) -> str:
    """The example of that guide."""
    found = re.search(rf"```{language}\n(.*?)```", dict(guide_files())[name], re.DOTALL)
    assert found is not None, name
    return found[1]


def test_the_label_format_of_the_guide_is_taken_and_reads(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(block("add-a-label-format", "toml"))
    listed = here("scan", "--formats", str(file), "--list")
    assert listed.status == 0
    assert "acme-hub" in str(listed.lines)
    label = tmp_path / "label.txt"
    label.write_text(tomllib.loads(file.read_text())["label"][0]["sample"][0]["text"])
    read = here("scan", "--formats", str(file), "--as", "device-id", str(label))
    assert read.status == 0
    assert "00-DB-12-34-56-78-90-A0" in str(read.lines)


def test_the_meter_of_the_guide_lives(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(block("add-a-meter-model", "toml"))
    checked = here("premises", str(file), "--check")
    assert checked.status == 0, checked.lines
    said = here("identify", f"emulated:{file}?days=1")
    assert said.status == 0, said.lines
    assert "ACM" in str(said.lines)


def test_how_the_meter_of_the_guide_speaks_is_kept_and_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide's commands as they stand there, one after the other, in a folder with its premises."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "data"))
    Path("mine.toml").write_text(block("add-a-meter-model", "toml"))
    *before, replayed = [here(*shlex.split(line)[1:]) for line in block("add-a-meter-model", "sh").splitlines()]
    assert [one.status for one in (*before, replayed)] == [0, 0, 0], before
    read, again = ([line["obis"] for line in one.of("register")] for one in (before[0], replayed))
    assert read == again != []


def test_the_fault_of_the_guide_is_the_one_in_the_program() -> None:
    assert block("add-a-fault", "python") in (ROOT / "hht" / "model" / "faults" / "clocks.py").read_text(
        encoding="utf-8"
    )


def test_the_plug_in_of_the_guide_is_the_sample() -> None:
    sample = ROOT / "resources" / "samples" / "plugin-kestrel"
    assert block("write-a-plug-in", "python") in (sample / "plugin.py").read_text(encoding="utf-8")


def test_the_plug_in_of_the_guide_is_made_checked_turned_on_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guide's commands as they stand there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "data"))
    Path("resources").symlink_to(ROOT / "resources")
    blocks = re.findall(r"```sh\n(.*?)```", dict(guide_files())["write-a-plug-in"], re.DOTALL)
    lines = [shlex.split(line)[1:] for line in "".join(blocks).splitlines()]
    digest = ""
    for words in lines:
        done = here(*(digest if word == "HASH" else word for word in words))
        assert done.status == 0, (words, done)
        digest = digest or done.last["digest"]
    assert done.of("register")


@pytest.mark.parametrize("name", [name for name, _text in guide_files()])
def test_what_a_guide_names_is_there(name: str) -> None:
    text = dict(guide_files())[name]
    for path in re.findall(r"`((?:resources|drivers|hht(?!/1/)|ui|tests)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for command in re.findall(r"`hht ([a-z]+)", text):
        assert command in COMMANDS, command
