"""`hht diagnostics`: what whoever mends the program needs to know, redacted, and shown before it is written."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from hht.i18n import _
from ui.cli.common import Output, UsageProblem, add_json, add_store_options, add_visit_number, named_path, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    words = _("versions, settings, connections, errors and the shapes of visits for whoever helps you: redacted")
    parser = subparsers.add_parser(
        "diagnostics", help=words, description=words, epilog=_("Example: hht diagnostics for-help.json --training")
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=named_path,
        metavar="FILE",
        help=_("write what was shown into FILE, as JSON; without it, it is only shown"),
    )
    parser.add_argument(
        "--with-trace",
        default="",
        metavar="JOB",
        help=_("put the trace of a visit in, as nobody's: identifiers, readings and times are others"),
    )
    add_visit_number(parser)
    add_store_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _tell)


def _tell(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.cli.trace_source import trace_of_visit
    from ui.diagnostics import gather, with_trace
    from ui.stores import data_folder
    from ui.whole_file import check_writable, whole_file

    if args.visit is not None and not args.with_trace:
        raise UsageProblem(_("--visit says which trace is meant."), remedy=_("Name the job with --with-trace."))
    if args.file is not None:
        check_writable(args.file)
    clock = SystemClock()
    unlocked = args.training or args.pass_phrase_file
    with opened_store(args, clock) if unlocked else contextlib.nullcontext() as store:
        found = gather(data_folder(args.data_dir), clock, store, training=args.training)
        if args.with_trace:
            if store is None:
                raise UsageProblem(
                    _("A trace is in the store, which is locked."),
                    remedy=_("Unlock it with --pass-phrase-file, or write --training."),
                )
            reader, what = trace_of_visit(store, args.with_trace, args.visit)
            found = asyncio.run(with_trace(found, store, reader, clock))
            if not args.training:
                store.log("trace-fixture", {**what, "file": str(args.file or "-")})
    text = found.text()
    output.emit("diagnostics", text.rstrip("\n"), **found.as_json())
    if args.file is None:
        output.emit("result", ok=True, file="", octets=len(text.encode()))
        return 0
    with whole_file(args.file) as file:
        file.write(text)
    words = _("Written as shown: {path}").format(path=args.file)
    output.emit("result", words, ok=True, file=str(args.file), octets=len(text.encode()))
    return 0
