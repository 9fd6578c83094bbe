"""Guides in Markdown (`resources/guides`, and the one beside the premises): how to add to the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from hht.resources import resource_path
from ui.manual.page import Page

PREMISES = ("premises", "README.md")


def guide_files() -> list[tuple[str, str]]:
    """Each guide: its name, and its text, the first line of which is its title."""
    found = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(resource_path("guides").glob("*.md"))]
    return [*found, ("add-a-premises", resource_path(*PREMISES).read_text(encoding="utf-8"))]


def pages() -> Iterator[Page]:
    """A page for each."""
    for name, text in guide_files():
        first, _newline, rest = text.partition("\n")
        page = Page(f"guide-{name}", first.removeprefix("# ").strip())
        page.markdown(rest)
        yield page
