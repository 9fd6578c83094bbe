"""README.md, ARCHITECTURE.md and the guides as somebody reads them who follows each link and types each option."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from ui.cli.main import build_parser
from ui.manual.commands import subcommands

PAGES = [
    *(ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "resources" / "premises" / "README.md"),
    *sorted((ROOT / "resources" / "guides").glob("*.md")),
]
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMANDS = dict(subcommands(build_parser()))


def read(path: Path) -> str:
    """What it says, without its blocks of code: `#` in them heads nothing."""
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The headings of a page by the names that GitHub gives them: no two alike."""
    heads = re.findall(r"^#+ (.*)$", read(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for to in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        assert "://" not in to, f"{to}: works with the cable out"
        name, _mark, anchor = to.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), to
        assert file.is_relative_to(ROOT), to
        assert not anchor or anchor in anchors(file), to


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_that_a_page_names_are_there(page: Path) -> None:
    for path in re.findall(r"`((?:resources|packaging|tests|drivers|hht(?!/1/)|ui)/[\w./-]*\w)[/`]", read(page)):
        assert (ROOT / path).exists(), path
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", targets, flags=re.MULTILINE), target


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Every option that the parser takes."""
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_command_within_a_sentence_is_one_and_has_those_options(page: Path) -> None:
    """Commands of their own lines are played (`tests/end_to_end/test_readme.py`)."""
    for said in re.findall(r"`hht ([a-z][^`]*)`", " ".join(read(page).split())):
        words = said.split()
        name = next((name for n in (3, 2, 1) if (name := " ".join(words[:n])) in COMMANDS), "")
        assert name, said
        wrong = set(re.findall(r"(?<!\S)(--[a-z-]+)", said)) - options(COMMANDS[name])
        assert not wrong, f"hht {said}: {wrong}"


def test_a_newcomer_reads_short_lines() -> None:
    """A line that is longer than a screen is wide is skipped; tables, and where links lead to, apart."""
    readme = re.sub(r"\]\([^)]*\)", "]", (ROOT / "README.md").read_text(encoding="utf-8")).splitlines()
    assert len(readme) <= 150
    assert [line for line in readme if len(line) > 220 and not line.startswith("|")] == []


def test_every_guide_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.parent.name == "guides":
            assert f"(resources/guides/{page.name}" in readme, page.name
