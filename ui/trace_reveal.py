"""Showing the secrets of a live trace: only with a reason, which the store's log keeps with who did it and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.store.trace_export import header_facts
from hht.work.unusual import REVEALS, judge
from ui.system import account_name
from ui.trace_masking import TraceMasker

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.services import Settings

LONGEST_REASON = 500  # characters
LOG_KIND = "trace-revealed"


class RevealRefused(HhtError):
    """Secrets stay masked."""

    default_code = "reveal-reason"


def note_reveal(store: Store, what: Mapping[str, str], *, who: str, why: str) -> None:
    """Keep in the log of `store` that `who` had the secrets of a trace shown (`what`: which, and to where), and `why`.
    Only after that may they be shown. Raises AccessRefused, RevealRefused without a reason, and StoreError."""
    store.require(Act.REVEAL)
    reason = " ".join(why.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise RevealRefused(
            _(
                "Secrets of live work are shown only for a reason of at most {n} characters, which the log keeps."
            ).format(n=LONGEST_REASON),
            remedy=_(
                "Say why (--reason “fault 4711: compare the password with the job”), or leave --reveal out and it is "
                "masked; to test with it, make a fixture: hht trace fixture."
            ),
        )
    store.log(LOG_KIND, {**what, "who": who, "why": reason})
    judge(store, REVEALS)


def said_by(settings: Settings) -> str:
    """Who is at the keyboard: the engineer of the settings, else the computer's user."""
    return " ".join(part for part in (settings.engineer, settings.engineer_id) if part) or account_name()


def shown_events(events: Iterable[TraceEvent], *, reveal: bool) -> Iterator[TraceEvent]:
    """The events as they may be shown: those of a conversation of training as they are, else masked, unless
    `reveal`."""
    masker, training = TraceMasker(), set[str]()
    for event in events:
        if event.kind is TraceKind.HEADER:
            said = header_facts(event).get("training") is True
            (training.add if said else training.discard)(event.link)
        if reveal or event.link in training:
            yield from masker.flush()
            yield event
        else:
            yield from masker.feed(event)
    yield from masker.flush()
