"""Traces in the store, for the command line: which one is meant, and who has its secrets shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import UsageProblem
from ui.system import new_id

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.store.trace_store import TraceReader


def note_revealing(args: argparse.Namespace, store: Store, what: Mapping[str, str]) -> None:
    """Keep in the log that secrets are shown: by the engineer of the settings, else by the computer's user. Somebody
    at a terminal is asked why, unless ``--reason`` says it. Raises RevealRefused without a reason."""
    from ui.stores import kept_settings
    from ui.trace_reveal import LONGEST_REASON, note_reveal, said_by

    reason = args.reason or ""
    if not reason and sys.stdin.isatty():
        sys.stderr.write(_("Why are the secrets of this trace to be shown? The log keeps it: "))
        sys.stderr.flush()
        reason = sys.stdin.readline(LONGEST_REASON + 2)
    note_reveal(store, what, who=said_by(kept_settings(store)), why=reason)


def trace_of_visit(store: Store, job: str, number: int | None) -> tuple[TraceReader, dict[str, str]]:
    """The trace of a job's visit, the latest without a number, and what the log calls it. Raises NoSuchVisit."""
    from hht.store.trace_store import TraceReader
    from hht.work.visit_store import VisitStore
    from ui.jobs import visit_of

    visits = VisitStore(store, new_id)
    visit = visit_of(visits, visits.find(job), number)
    return TraceReader.of_visit(store, visit.visit_id), {"visit": visit.visit_id}


def trace_of_last_command(store: Store) -> tuple[TraceReader, dict[str, str]]:
    """The trace of the latest command outside of visits. Raises UsageProblem ``no-trace``."""
    from hht.store.trace_store import TraceReader, trace_sessions

    sessions = trace_sessions(store, "")
    if not sessions:
        raise UsageProblem(
            _("No command has left a trace here."),
            remedy=_("Read a meter with the store unlocked: --training or --pass-phrase-file."),
            code="no-trace",
        )
    last = sessions[-1].session_id
    return TraceReader(store, last), {"session": last}
