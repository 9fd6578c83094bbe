"""`hht tour`: two minutes on the training premises, by commands to be typed one after another."""

from __future__ import annotations

import argparse
import shlex

from hht.i18n import _
from ui.cli.common import Output, add_json, named_path, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    words = _("a first visit in two minutes, on an emulated meter: what to type, and what it shows")
    parser = subparsers.add_parser("tour", help=words, description=words, epilog=_("Example: hht tour"))
    parser.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _tell)


def _tell(args: argparse.Namespace, output: Output) -> int:
    from ui.jobs import add_sample_jobs, add_tour_job
    from ui.stores import data_folder, open_store
    from ui.tour import command_stops

    clock = SystemClock()
    with open_store(data_folder(args.data_dir), "", training=True, clock=clock) as store:
        add_sample_jobs(store, clock.now().date())
        add_tour_job(store, clock.now().date())
    store_words = "" if args.data_dir is None else f" --data-dir {shlex.quote(str(args.data_dir))}"
    stops = command_stops(store_words)
    for number, one in enumerate(stops, 1):
        text = f"{number}  {one.title}\n   {one.text}\n\n       {one.command}\n"
        output.emit(
            "stop", text, number=number, stop=one.stop.value, title=one.title, says=one.text, command=one.command
        )
    words = _(
        "Nothing here is real: the training store holds no secrets. Without a command, hht --training is the window."
    )
    output.emit("result", words, ok=True, stops=len(stops))
    return 0
