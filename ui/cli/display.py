"""`hht display`: what a text on the display of a meter, an in-home display or a prepayment interface means."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_json, run_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "display",
        help=_("what a text on a display means: meter, in-home display, prepayment interface"),
        description=_("Each meaning is told with its source, and whether that is the maker's or a supplier's word."),
        epilog=_("Example: hht display 'V24.01.10.00 71b803' --maker Landis+Gyr --model E470"),
    )
    parser.add_argument("text", nargs="?", metavar="TEXT", help=_("what stands there"))
    parser.add_argument("--search", metavar="WORDS", help=_("every entry of the dictionary that has these words"))
    parser.add_argument("--device", default="", choices=("meter", "ihd", "ppmid"), metavar="KIND", help=_("whose"))
    parser.add_argument("--maker", default="", metavar="NAME", help=_("who made it"))
    parser.add_argument("--model", default="", metavar="NAME", help=_("its model"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    if (args.text is None) == (args.search is None):
        raise UsageProblem(
            _("Give the text that is shown, or words to search for."), remedy=_("hht display TEXT, or --search WORDS.")
        )
    return _search(args, output) if args.text is None else _look_up(args, output)


def _look_up(args: argparse.Namespace, output: Output) -> int:
    from hht.display_texts import look_up
    from ui.light_words import fit_words, kind_words, plain_text_entry

    found = look_up(args.text, device=args.device, manufacturer=args.maker, model=args.model)
    for one in found:
        entry = one.entry
        fit = fit_words(one)
        head = f"{' / '.join(entry.shows)} ({entry.of}): {kind_words(entry.kind)}" + (f" [{fit}]" if fit else "")
        words = f"{head}\n  {entry.means}\n  → {entry.next_act}\n  {entry.label}"
        output.emit("text", words, fit=one.fit, other_model=one.other_model, **plain_text_entry(entry))
    known = any(one.fit != "near" for one in found)
    said = "" if known else _("The dictionary does not have this text. Take a photo of it, and ask the maker.")
    output.emit("result", said, ok=known, count=len(found))
    return DONE if known else FAILED


def _search(args: argparse.Namespace, output: Output) -> int:
    from hht.display_texts import search
    from ui.light_words import plain_text_entry

    found = search(args.search, device=args.device)
    for entry in found:
        words = f"{' / '.join(entry.shows)} ({entry.of})\n  {entry.means}\n  {entry.label}"
        output.emit("text", words, **plain_text_entry(entry))
    output.emit("result", "" if found else _("Nothing in the dictionary has these words."), ok=True, count=len(found))
    return DONE
