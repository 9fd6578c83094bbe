"""`hht job rules REFERENCE`: what rules apply at the job's site to its equipment, today or on another day."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.cli.common import DONE, Output, UsageProblem
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.ruling import Ruling


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes besides the job."""
    parser.add_argument("job", metavar="REFERENCE", help=_("as hht job list shows it"))
    parser.add_argument(
        "--on", default="", metavar="DAY", help=_("the rules of another day (2015-06-01); today's else")
    )


def run_rules(args: argparse.Namespace, output: Output, store: Store) -> int:
    """Tell every ruling, the weightiest first, with where it is said."""
    from ui.job_rules import job_rules

    found = job_rules(store, args.job, _day(args.on) or SystemClock().now().date())
    output.say(found.title)
    for one in found.told:
        _tell(one, output)
    against = found.forbidden
    said = ngettext(
        "{count} rule forbids what the job asks for.", "{count} rules forbid what the job asks for.", against
    )
    output.emit(
        "result",
        said.format(count=against) if against else _("No rule forbids what the job asks for."),
        ok=True,
        reference=found.reference,
        day=found.day.isoformat(),
        rule_set=found.number,
        since=found.since.isoformat() if found.since else None,
        until=found.until.isoformat() if found.until else None,
        forbidden=against,
    )
    return DONE


def _tell(one: Ruling, output: Output) -> None:
    output.emit(
        "rule",
        f"{one.label} ({one.standing.value}): {one.words} [{one.said}]",
        code=one.code,
        standing=one.standing.value,
        label=one.label,
        words=one.words,
        source=one.said,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageProblem(
            _("“{day}” is no day.").format(day=text[:40]), remedy=_("Write year, month, day: 2015-06-01.")
        ) from None
