"""The parser of the command line: its help in groups, with what counts where an option is left out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from ui.cli.common import Output, OutputLost

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Help(argparse.HelpFormatter):
    """Help that says of each option what counts without it, unless the option's own text does."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text, value = action.help, action.default
        if not text or not action.option_strings or isinstance(value, bool) or value == argparse.SUPPRESS:
            return text
        usual = f"{value:g}" if isinstance(value, float) else str(value) if isinstance(value, str | int | Path) else ""
        if not usual or usual in text:
            return text
        return _("{text}; default: {value}").format(text=text, value=usual.replace("%", "%%"))


class Commands(argparse._SubParsersAction):  # type: ignore[type-arg]  # of whatever parser
    """Commands whose own help says at least what the list that they stand in says of them."""

    def add_parser(self, name: str, **named: Any) -> Any:
        """As its base does."""
        return super().add_parser(name, **{"description": named.get("help"), **named})


class Parser(argparse.ArgumentParser):
    """Whose help goes where every output goes: it is not lost in silence, and nothing in it steers a screen. What it
    does not know is told with the usage of the command behind which it was typed.

    `heads`: over the first command of each group, what the group is.
    """

    def __init__(self, *words: Any, heads: Mapping[str, str] | None = None, **named: Any) -> None:
        super().__init__(*words, **{"formatter_class": _grouped(heads) if heads else Help, **named})
        self.register("action", "parsers", Commands)

    def parse_known_args(  # type: ignore[override]  # one for both of the stubs' overloads
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As its base does; but words that nobody takes are an error here already, whoever called."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(_("unrecognized arguments: %s") % " ".join(unknown))
        return found, unknown

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        text = message.rstrip("\n")
        if file is not None and file is sys.stdout:
            Output(False).emit("help", text)
        elif file is None and sys.stdout is None:
            raise OutputLost.because(_("there is none"))
        else:
            Output(False).say(text, keep="\n\t")


def _grouped(heads: Mapping[str, str]) -> type[Help]:
    class Grouped(Help):
        def _format_action(self, action: argparse.Action) -> str:
            text = super()._format_action(action)
            head = heads.get(action.dest, "") if not action.option_strings else ""
            return f"\n{' ' * self._current_indent}{head}:\n{text}" if head else text

    return Grouped
