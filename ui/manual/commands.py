"""The command reference, from the parser that the program itself runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from hht.i18n import _
from ui.cli.main import build_parser
from ui.manual.page import Page

WIDTH = "100"  # columns that argparse wraps its help to


def subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command below `parser`, by its words ("visit run"), parents before children, aliases once."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told: set[int] = set()
            for name, sub in action.choices.items():
                if id(sub) not in told:
                    told.add(id(sub))
                    yield name, sub
                    yield from ((f"{name} {below}", deep) for below, deep in subcommands(sub))


def pages() -> Iterator[Page]:
    """One page with them all."""
    page = Page("commands", _("Commands"))
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH  # argparse asks for it; the same everywhere
    try:
        parser = build_parser()
        found = list(subcommands(parser))
        page.links((f"#{_anchor(name)}", f"hht {name}") for name, _sub in found if " " not in name)
        page.code(parser.format_help())
        for name, sub in found:
            page.head(f"hht {name}", level=3 if " " in name else 2, anchor=_anchor(name))
            page.code(sub.format_help())
    finally:
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns
    yield page


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
