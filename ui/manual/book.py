"""The whole manual: its pages in their order, and how it gets into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import hht
from hht.errors import HhtError
from hht.i18n import _, use_language
from ui.manual import commands, emulation, files, guides, screens, visits, words
from ui.manual.page import Page

INDEX = "index"
MARK = "manual-of-hht"  # a file in each folder that was written: what it says may be replaced
ALWAYS = (  # in the head of each page
    "index", "visits", "commands", "glossary", "lights", "displays", "alerts", "codes", "premises", "faults", "labels",
    "screens"
)  # fmt: skip


class ManualError(HhtError):
    """The manual cannot be written there."""

    default_code = "manual"


def write_manual(out: Path, shots: Path | None = None, language: str = "en") -> list[Page]:
    """Write the manual into the folder `out`, in `language` ("en", "cy"), and its pages; what an earlier one left there
    is replaced. The same program gives the same files, byte for byte. Raises ManualError where `out` holds something
    else, OSError where it cannot be written."""
    use_language(language)
    _empty(out)
    made = [*chain(guides.pages(), visits.pages(), commands.pages(), files.pages(), words.pages(), emulation.pages())]
    made.append(screens.page(out, shots))
    made.insert(0, _index(made))
    around = [page for page in made if page.name in ALWAYS]
    for page in made:
        (out / f"{page.name}.html").write_text(page.html(around, language), encoding="utf-8")
    return made


def _empty(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise ManualError(
            _("{folder} holds other files.").format(folder=out), remedy=_("Name an empty folder, or one that is new.")
        )
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARK).write_text(hht.__version__ + "\n", encoding="utf-8")


def _index(made: Iterable[Page]) -> Page:
    page = Page(INDEX, _("Handheld terminal: the manual"))
    page.text(_("Version {version}. Made from what the program itself reads.").format(version=hht.__version__))
    groups: dict[str, list[Page]] = {}
    for one in made:
        kind, dash, _rest = one.name.partition("-")
        groups.setdefault(kind if dash else "", []).append(one)
    heads = {"guide": _("Guides"), "visit": _("Kinds of visit"), "file": _("Files"), "": _("To look things up")}
    for kind, head in heads.items():
        page.head(head, anchor=f"group-{kind or 'more'}")
        page.links((f"{one.name}.html", one.title) for one in groups[kind])
    return page
