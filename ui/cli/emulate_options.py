"""The options of ``hht emulate``, by theme."""

from __future__ import annotations

import argparse
from typing import Any

from hht.i18n import _
from hht.link_url import DESK_TROUBLES
from ui.cli.common import add_json, decimal_number, whole_number
from ui.cli.emulate_events import add_events

DEFAULT_OPTICAL = "tcp://127.0.0.1:4059"


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    emulate = subparsers.add_parser(
        "emulate",
        help=_("offer an emulated meter to any program until stopped"),
        epilog=_("Example: hht emulate single-element --optical pty"),
        description=_("The first line on standard output is JSON and says where. Ctrl+C stops it."),
    )
    for add in (_add_places, _add_hub, _add_history, _add_dialect):
        add(emulate)
    add_events(emulate)
    add_json(emulate)  # as everywhere; its output is JSON without it too


def _add_places(emulate: argparse.ArgumentParser) -> None:
    """Where what is emulated is offered, and at which pace."""
    emulate.add_argument("name", metavar="NAME", help=_("a premises (see hht premises), or a TOML file"))
    emulate.add_argument("--device", metavar="ID", help=_("which device's port; default the first"))
    emulate.add_argument(
        "--optical",
        metavar="pty|PATH|tcp://HOST:PORT",
        help=_(
            "where: a new pty; PATH, a symbolic link that is made to a new pty; or TCP (port 0: any free one); "
            "default {default}, and nowhere with --ble, --han or --desk"
        ).format(default=DEFAULT_OPTICAL),
    )
    emulate.add_argument(
        "--han",
        metavar="pty|PATH|tcp://HOST:PORT",
        help=_("offer the premises' HAN there, through a radio dongle that speaks ZNP"),
    )
    emulate.add_argument(
        "--desk",
        metavar="tcp://HOST:PORT|FOLDER",
        help=_("offer the supplier's desk there (see hht desk): it asks the premises' centre, or hands over commands"),
    )
    emulate.add_argument(
        "--ble",
        action="store_true",
        help=_(
            "behind a virtual BLE bridge too: the first line says what another program needs in its environment to "
            "find it (Linux, with dbus-daemon and Bumble)"
        ),
    )
    emulate.add_argument(
        "--bridge-key",
        action="store_true",
        help=_("with --ble: the bridge has a key, everybody's, and proves who it is; its code is said"),
    )
    emulate.add_argument(
        "--paced",
        action="store_true",
        help=_("as slow as a real line: character times, and 200 ms to answer"),
    )


def _add_hub(emulate: argparse.ArgumentParser) -> None:
    """The hub, the dongle on its HAN, and the desk."""
    emulate.add_argument(
        "--desk-trouble",
        choices=DESK_TROUBLES,
        default="none",
        help=_("let the desk, or the line to it, behave like this, to train with"),
    )
    emulate.add_argument(
        "--firmware",
        choices=("3.30", "3.0", "1.2", "stock"),
        default="3.30",
        help=_("of the dongle: which Z-Stack it runs; stock is 3.30 without Smart Energy's key establishment"),
    )
    emulate.add_argument(
        "--hub-fresh",
        action="store_true",
        help=_("switch the hub off and on at the start: it listens for a handheld terminal for 60 minutes from then"),
    )
    emulate.add_argument(
        "--spare-hub",
        metavar="CHF,GPF",
        help=_(
            "another hub lies in the van: it takes the place of the first when this program gets SIGUSR1 (kill -USR1; "
            "not on Windows), and is switched off and on when it gets it again"
        ),
    )


def _add_history(emulate: argparse.ArgumentParser) -> None:
    """What was before, and how fast time goes."""
    emulate.add_argument(
        "--days", type=whole_number, metavar="N", default=396, help=_("days of history; default 396 (13 months)")
    )
    emulate.add_argument(
        "--speed", type=decimal_number, metavar="N", default=1.0, help=_("run N times as fast as real time")
    )
    emulate.add_argument("--seed", type=whole_number, metavar="N", default=1, help=_("another seed, another history"))
    emulate.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[=AMOUNT][@DEVICE][,BEGINS[,ENDS]]",
        help=_(
            "let something be wrong (see hht premises --faults; weak-signal=40: so much of it), from now on or from "
            "BEGINS, for example -P2D: two days ago; may be given several times"
        ),
    )


def _add_dialect(emulate: argparse.ArgumentParser) -> None:
    """What the meter speaks, and with whom."""
    emulate.add_argument(
        "--clients",
        choices=("training", "every"),
        help=_("who may associate, whatever the premises says: every adds sha256, ecdsa and security suites 1 and 2"),
    )
    emulate.add_argument(
        "--counters",
        choices=("per-association", "strict"),
        help=_("whether a client's invocation counter may begin anew with each association, as in training premises"),
    )
    emulate.add_argument(
        "--mode",
        choices=("A", "B", "C", "D", "E"),
        help=_("the IEC 62056-21 mode that its head offers, whatever the premises says: A to D know plain text only"),
    )
    emulate.add_argument(
        "--profile-encoding",
        choices=("plain", "null", "delta", "compact"),
        help=_("how rows of a profile are written, whatever the premises says: whole, or in one of the shorter ways"),
    )
    emulate.add_argument(
        "--notify", action="store_true", default=None, help=_("tell clients that agree to it what enters the event log")
    )
