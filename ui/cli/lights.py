"""`hht lights`: what the lights of a hub or a meter mean, by what is seen or by tapping along."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_json, run_command

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.lights import LedTable

MOST_LINE = 100


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "lights",
        help=_("what the lights of a hub or a meter mean: by what is seen, or tap along with one"),
        description=_("Each meaning is told with its source. No maker's text was found for most: they are unverified."),
        epilog=_("Example: hht lights tap WAN"),
    )
    verbs = parser.add_subparsers(dest="verb", metavar=_("VERB"), required=True)
    listed = verbs.add_parser(
        "list", help=_("every light, what it can show and what that means"), epilog=_("Example: hht lights list")
    )
    seen = verbs.add_parser(
        "seen", help=_("what a light means that shows this"), epilog=_("Example: hht lights seen WAN fast")
    )
    seen.add_argument("led", metavar="LIGHT", help=_("the label beside it: SW, WAN, MESH, HAN, GAS"))
    seen.add_argument("pattern", metavar="PATTERN", help=_("off, slow, fast, solid"))
    tap = verbs.add_parser(
        "tap",
        help=_("press Enter once for each flash, then type . and Enter: which pattern it is, and what that means"),
        description=_("A light that is dark or lit all the time has nothing to tap: use hht lights seen."),
        epilog=_("Example: hht lights tap GAS"),
    )
    tap.add_argument("led", metavar="LIGHT", help=_("the label beside it: SW, WAN, MESH, HAN, GAS"))
    tap.add_argument(
        "--at", type=float, nargs="+", metavar="S", help=_("the flashes' times in seconds instead, for example 0 5 10")
    )
    for one in (listed, seen, tap):
        one.add_argument("--maker", default="", metavar="NAME", help=_("who made it"))
        one.add_argument("--model", default="", metavar="NAME", help=_("its model"))
        one.add_argument(
            "--on", default="hub", metavar="DEVICE", choices=("hub", "smets1 meter"), help=_("hub, or “smets1 meter”")
        )
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, {"list": _list, "seen": _seen, "tap": _tap}[args.verb])


def _table(args: argparse.Namespace) -> LedTable:
    from hht.lights import led_table

    return led_table(args.maker, args.model, args.on)


def _list(args: argparse.Namespace, output: Output) -> int:
    from hht.lights import by_description
    from ui.light_words import light_words, plain_light

    table, count = _table(args), 0
    for led, (_colour, states) in table.leds.items():
        for pattern, _text in states.values():
            one = by_description(table, led, pattern.name)
            output.emit("light", f"{one.pattern.name:<6} {light_words(one)}", **plain_light(one))
            count += 1
    output.emit("result", table.label, ok=True, count=count, verified=table.verified)
    return DONE


def _seen(args: argparse.Namespace, output: Output) -> int:
    from hht.lights import by_description
    from ui.light_words import light_words, plain_light

    one = by_description(_table(args), args.led, args.pattern)
    output.emit("result", f"{light_words(one)}\n  {one.label}", ok=True, **plain_light(one))
    return DONE


def _tap(args: argparse.Namespace, output: Output) -> int:
    from hht.lights import by_taps, likely
    from ui.light_words import light_words, plain_light, sure_words
    from ui.system import SystemClock

    table = _table(args)
    table.states(args.led)  # a light that there is not is said before anybody taps
    found = by_taps(table, args.led, args.at or list(taps_typed(SystemClock(), output)))
    for one in found:
        words = f"{light_words(one)}\n  {sure_words(one)}; {one.label}"
        output.emit("light", words if one.confidence >= 0.05 else "", **plain_light(one))
    best = likely(found)
    said = "" if best else _("None of the patterns is sure. Watch it, and tap again; or say what you see: lights seen.")
    chosen = {} if best is None else plain_light(best)
    output.emit("result", said, ok=best is not None, **chosen)
    return DONE if best else FAILED


def taps_typed(clock: Clock, output: Output) -> Iterator[float]:
    """When Enter is pressed, in seconds of `clock`, until a line says something. Raises UsageProblem where nobody sits
    at a keyboard."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageProblem(
            _("Nobody is at a keyboard to tap."), remedy=_("Give the times of the flashes: --at 0 5 10 15.")
        )
    output.note(_("Press Enter once for each flash; after eight or so type . and Enter."))
    while sys.stdin.readline(MOST_LINE) == "\n":
        yield clock.monotonic()
