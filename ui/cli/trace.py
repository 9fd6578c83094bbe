"""`hht trace show|replay|export|fixture|bound`: recorded sessions, decoded, held again, and taken out of the store."""

from __future__ import annotations

import argparse
from pathlib import Path

from hht.i18n import _
from ui.cli.common import Output, UsageProblem, add_json, add_store_options, add_visit_number, run_command
from ui.cli.trace_fixture import add_fixture, fixture
from ui.cli.trace_keep import add_bound, bound
from ui.cli.trace_show import replay, show
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "trace",
        help=_("recorded sessions: show (decoded), replay, export, make a test fixture"),
        epilog=_("Example: hht trace show trace.jsonl"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    _add_show(verbs)
    _add_replay(verbs)
    _add_export(verbs)
    add_fixture(verbs)
    add_bound(verbs)


def _add_show(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "show",
        help=_("a trace file, or the trace of a visit, decoded"),
        epilog=_("Example: hht trace show trace.jsonl --tree; hht trace show J-1042 --visit 1 --training"),
    )
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE|JOB",
        help=_("a trace as exported; or, with --visit or an option of the store, a job's reference"),
    )
    add_visit_number(parser)
    _add_looking(parser)


def _add_replay(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "replay",
        help=_("a trace file again, at the pace at which it was recorded"),
        epilog=_("Example: hht trace replay trace.jsonl --pace 10"),
    )
    parser.add_argument("file", type=Path, metavar="FILE", help=_("JSON Lines, text or pcapng, as exported"))
    parser.add_argument(
        "--pace",
        default="real",
        metavar="real|fast|N",
        help=_("as it was recorded (default), at once, or so many times as fast"),
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument(
        "--strict",
        action="store_true",
        help=_("the terminal holds the conversation again; the first byte that it would say otherwise is an error"),
    )
    again.add_argument("--lenient", action="store_true", help=_("the same, but differences are only counted"))
    _add_looking(parser)


def _add_looking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tree", action="store_true", help=_("each frame as a labelled tree"))
    _add_revealing(parser)
    _add_keys(parser)
    add_store_options(parser)
    add_json(parser)


def _add_revealing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reveal",
        action="store_true",
        help=_("passwords and other secrets too, which a trace of training shows anyway; the store's log keeps it"),
    )
    parser.add_argument("--reason", metavar="TEXT", help=_("why secrets of live work are to be shown"))


def _add_export(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = verbs.add_parser(
        "export",
        help=_("the trace of a job's visit, or of the last command, from the store; it replays as recorded:FILE"),
        epilog=_("Example: hht trace export J-1042 --out trace.jsonl --training"),
    )
    export.add_argument("job", nargs="?", metavar="JOB", help=_("the job's reference"))
    add_visit_number(export)
    export.add_argument(
        "--last", action="store_true", help=_("the latest command that was no visit (hht read, set, …)")
    )
    export.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("JSON Lines; text with .txt; with .pcapng a capture that Wireshark opens"),
    )
    _add_revealing(export)
    add_store_options(export)
    add_json(export)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keys",
        metavar="F",
        help=_(
            "decipher with these keys: a file as for hht read --keys, or a name in the vault; those of training, and "
            "with --visit all that the vault has, are tried by themselves"
        ),
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    verbs = {"show": show, "replay": replay, "export": _export, "fixture": fixture, "bound": bound}
    return run_command(args, verbs[args.verb])


def _export(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.cli.trace_source import note_revealing, trace_of_last_command, trace_of_visit
    from ui.trace_files import write_trace_file

    if bool(args.job) == args.last or (args.last and args.visit is not None):
        raise UsageProblem(_("Say which trace."), remedy=_("Name a job, or write --last for the latest command's."))
    with opened_store(args, SystemClock()) as store:
        store.require_phrase()
        reader, what = trace_of_last_command(store) if args.last else trace_of_visit(store, args.job, args.visit)
        reveal = args.reveal or args.training  # training passwords are everybody's
        if args.reveal and not args.training:
            note_revealing(args, store, {**what, "file": str(args.out)})
        written = write_trace_file(args.out, reader, reveal=reveal)
        digest = reader.sha256()
    text = (
        _("{count} events, passwords masked: no evidence, no replay")
        if written.masked
        else _("{count} events, SHA-256 {digest}")
    )
    output.emit(
        "result",
        text.format(count=written.events, digest=digest),
        ok=True,
        events=written.events,
        sha256=digest,
        masked=written.masked,
    )
    return 0
