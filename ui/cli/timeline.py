"""`hht timeline`: what expires next, of every job or of one, and what to do before and after."""

from __future__ import annotations

import argparse

from hht.clock import iso_z, utc_text
from hht.i18n import _, ngettext
from ui.cli.common import Output, add_json, add_store_options, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    words = _("what expires next: windows, joins, appointments, packs, registrations, calibrations")
    parser = subparsers.add_parser(
        "timeline", help=words, description=words, epilog=_("Example: hht timeline J-1043 --training")
    )
    parser.add_argument("job", nargs="?", default="", metavar="JOB", help=_("of this job alone, and the wallet"))
    add_store_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _tell)


def _tell(args: argparse.Namespace, output: Output) -> int:
    from hht.work.timeline import Urgency
    from ui.cli.stores import opened_store
    from ui.compose import Composer
    from ui.packs import Packs
    from ui.timeline import timers_now

    clock = SystemClock()
    with opened_store(args, clock) as store:
        composer = Composer(clock, training=store.training)
        timers = timers_now(store, Packs(store, clock, composer), clock, args.job)
    now = clock.now()
    for one in timers:
        urgency = one.urgency(now)
        left = one.left_words(now)
        standing = f" ({one.rule.standing})" if one.rule.standing else ""
        output.emit(
            "timer",
            f"{left:>12}  {utc_text(one.ends)}  {one.kind.words}: {one.about}{standing}",
            timer=one.kind.value,
            about=one.about,
            ends=iso_z(one.ends),
            left_s=None if one.unclear(now) else max(0, int(one.left(now).total_seconds())),
            urgency=urgency.value,
            pounds=one.rule.pounds,
            source=one.rule.source,
            verified=one.rule.verified,
        )
        if urgency is not Urgency.AHEAD:
            output.warn(one.words(now))
    near = sum(one.urgency(now) is Urgency.NEAR for one in timers)
    text = ngettext("{count} thing expires, {near} soon", "{count} things expire, {near} soon", len(timers))
    output.emit("result", text.format(count=len(timers), near=near), ok=True, timers=len(timers), near=near)
    return 0
