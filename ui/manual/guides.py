"""Guides in Markdown (`resources/guides`, and the one beside the premises): how to use the terminal, and add to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hht.resources import resource_path
from ui.manual.page import Page

PREMISES = ("premises", "README.md")
_LINK = re.compile(r"\]\((?:[\w./-]*/)?([\w-]+)\.md(?:#[\w-]*)?\)")  # to another guide, as it stands in the tree


def guide_files() -> list[tuple[str, str]]:
    """Each guide: its name, and its text, the first line of which is its title."""
    found = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(resource_path("guides").glob("*.md"))]
    return [*found, ("add-a-premises", resource_path(*PREMISES).read_text(encoding="utf-8"))]


def pages() -> Iterator[Page]:
    """A page for each."""
    for name, text in guide_files():
        first, _newline, rest = text.partition("\n")
        page = Page(f"guide-{name}", first.removeprefix("# ").strip())
        page.markdown(_LINK.sub(_to_page, rest))
        yield page


def _to_page(link: re.Match[str]) -> str:
    name = link[1] if link[1] != "README" else "add-a-premises"
    return f"](guide-{name}.html)"
