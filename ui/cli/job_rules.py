"""`hht job rules REFERENCE`: what rules apply at the job's site to its equipment, today or on another day."""

from __future__ import annotations

import argparse
from bisect import bisect_right
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.cli.common import DONE, Output, UsageProblem
from ui.system import SystemClock, new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.ruling import Ruling


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("job", metavar="REFERENCE", help=_("as hht job list shows it"))
    parser.add_argument(
        "--on", default="", metavar="DAY", help=_("the rules of another day (2015-06-01); today's else")
    )


def run_rules(args: argparse.Namespace, output: Output, store: Store) -> int:
    """Tell every ruling, the weightiest first, with where it is said."""
    from hht.work.reasons import Standing
    from hht.work.rule_book import rule_book
    from hht.work.site_rules import rulings
    from hht.work.visit_store import VisitStore
    from ui.jobs import other_jobs

    day = _day(args.on) or SystemClock().now().date()
    visits = VisitStore(store, new_id)
    stored = visits.find(args.job)
    told = rulings(stored.job, day, other_jobs(visits, stored))
    days = rule_book().days(training=stored.job.training)
    place = bisect_right(days, day)
    words = _("{reference}: rules of {day}, set {number} of {count}").format(
        reference=stored.job.reference, day=day, number=place + 1, count=len(days) + 1
    )
    output.say(words)
    for one in told:
        _tell(one, output)
    against = sum(one.standing is Standing.MUST_NOT for one in told)
    said = ngettext(
        "{count} rule forbids what the job asks for.", "{count} rules forbid what the job asks for.", against
    )
    output.emit(
        "result",
        said.format(count=against) if against else _("No rule forbids what the job asks for."),
        ok=True,
        reference=stored.job.reference,
        day=day.isoformat(),
        rule_set=place + 1,
        since=days[place - 1].isoformat() if place else None,
        until=days[place].isoformat() if place < len(days) else None,
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
