"""`hht browse LINK [WORD ...]`: every object that a COSEM meter shows, what it is, and what it holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.cli.common import (
    Output,
    UsageProblem,
    add_meter_options,
    run_async,
    run_command,
)

if TYPE_CHECKING:
    from hht.client.meter_objects import ViewEntry
    from hht.client.object_reader import ObjectView


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "browse",
        help=_("every object that a meter shows, by class and name; read, search, export"),
        epilog=_("Example: hht browse emulated:single-element register --read"),
    )
    parser.add_argument("link", metavar="LINK", help=_("optical:, tcp://, rfc2217://, emulated: or recorded:"))
    parser.add_argument(
        "search", nargs="*", metavar="WORD", help=_("only objects with these words in OBIS, class or name")
    )
    parser.add_argument("--read", action="store_true", help=_("read their attributes too"))
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help=_(
            "read them into FILE (.json; .csv, where what a spreadsheet would take for a formula gets a ' in front)"
        ),
    )
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    return run_async(_browse(args, output))


async def _browse(args: argparse.Namespace, output: Output) -> int:
    from hht.client.object_reader import entry_name
    from ui.cli.meter import open_meter_with_store
    from ui.cli.unsettled import tell_unsettled
    from ui.object_list import matching, write_objects
    from ui.whole_file import check_writable

    if args.export:
        check_writable(args.export)
        _check_ending(args.export)
    search = " ".join(args.search)
    views: list[ObjectView] = []
    async with open_meter_with_store(args, output) as (meter, store):
        if store is not None:
            await tell_unsettled(output, meter, store, args.link)
        every = await meter.association_view()
        found = matching(every, search)
        if not found:
            raise _nothing(search)
        for done, entry in enumerate(found, 1):
            if not (args.read or args.export):
                _show(output, entry, None)
                continue
            views.append(await meter.read_object_view(entry))
            _show(output, entry, views[-1])
            output.progress(entry_name(entry), done=done, total=len(found))
    if args.export:
        write_objects(args.export, views)
    text = ngettext("{count} of {total} objects", "{count} of {total} objects", len(every))
    output.emit(
        "result",
        text.format(count=len(found), total=len(every)),
        ok=True,
        objects=len(found),
        total=len(every),
        export=str(args.export or ""),
    )
    return 0


def _check_ending(path: Path) -> None:
    """The ending says what the file is to be. Raises UsageProblem."""
    from ui.object_list import ENDINGS

    if path.suffix.lower() not in ENDINGS:
        raise UsageProblem(
            _("--export {path}: what kind of file that is cannot be told from its name.").format(path=path),
            remedy=_("Write a name that ends in .json or .csv."),
        )


def _show(output: Output, entry: ViewEntry, view: ObjectView | None) -> None:
    from hht.client.object_reader import view_json
    from ui.cli.read_object import entry_line, show_entry

    if view is None:
        show_entry(output, entry)
        return
    head = entry_line(entry)
    lines = [f"{a.number:>8}  {a.name:<36} {a.text or a.error}" for a in view.attributes]
    output.emit("object", "\n".join([head, *lines]), **view_json(view))


def _nothing(search: str) -> HhtError:
    return HhtError(
        _("The meter shows this client no object with “{search}” in it.").format(search=search),
        remedy=_("Look without a word, or as another client (--client, --security)."),
        code="no-object",
    )
