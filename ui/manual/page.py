"""A page of the manual: plain text put into HTML. Whatever comes in is text; only this module writes marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from hht.i18n import _
from hht.resources import resource_text


@dataclass(slots=True)
class Page:
    """One file. `name`: the file's, without `.html`; what is added stands in the order in which it was added."""

    name: str
    title: str
    _parts: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)

    def head(self, text: str, *, level: int = 2, anchor: str = "") -> None:
        """A heading; `anchor`: what links within the manual call it (no two alike on a page)."""
        if anchor in self.anchors:
            raise ValueError(f"{self.name}: two headings called {anchor}")
        if anchor:
            self.anchors.append(anchor)
        mark = f' id="{escape(anchor)}"' if anchor else ""
        self._parts.append(f"<h{level}{mark}>{escape(text)}</h{level}>")

    def text(self, text: str, kind: str = "") -> None:
        """A paragraph; `kind`: soft (beside the point) or stop (a hard stop)."""
        if text:
            mark = f' class="{escape(kind)}"' if kind else ""
            self._parts.append(f"<p{mark}>{escape(text)}</p>")

    def told(self, label: str, text: str) -> None:
        """A paragraph that begins with what it is about."""
        if text:
            self._parts.append(f"<p><b>{escape(label)}</b> {escape(text)}</p>")

    def items(self, lines: Iterable[str]) -> None:
        """A list."""
        inner = "".join(f"<li>{escape(line)}</li>" for line in lines)
        if inner:
            self._parts.append(f"<ul>{inner}</ul>")

    def links(self, to: Iterable[tuple[str, str]]) -> None:
        """A list of links: where to (within the manual), and what they are called."""
        inner = "".join(f'<li><a href="{escape(where)}">{escape(name)}</a></li>' for where, name in to)
        self._parts.append(f"<ul>{inner}</ul>")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table of texts."""
        top = "".join(f"<th>{escape(head)}</th>" for head in heads)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        self._parts.append(f"<table><tr>{top}</tr>{body}</table>")

    def code(self, text: str) -> None:
        """Text as a computer has it."""
        self._parts.append(f"<pre>{escape(text)}</pre>")

    def picture(self, file: str, caption: str) -> None:
        """A picture that stands beside the page."""
        self._parts.append(
            f'<figure><img src="{escape(file)}" alt="{escape(caption)}" loading="lazy">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )

    def markdown(self, text: str) -> None:
        """A guide of ours, which is kept as Markdown. Marks of HTML in it stand as text."""
        from markdown_it import MarkdownIt

        self._parts.append(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))

    def html(self, around: Sequence[Page], language: str) -> str:
        """The whole file. `around`: every page of the manual, for the head."""
        nav = "".join(f'<a href="{page.name}.html">{escape(page.title)}</a>' for page in around)
        style, pages = resource_text("guides", "manual.css"), escape(_("Pages"))
        return (
            f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(self.title)} · HHT</title>'
            f'<style>{style}</style></head><body>\n<nav aria-label="{pages}">{nav}</nav>\n'
            f"<h1>{escape(self.title)}</h1>\n" + "\n".join(self._parts) + "\n</body></html>\n"
        )
