"""Whose history may be looked at, and how finely. Months and years are what regulated duties need; what is finer shows
how people live, and they decide about it: it is read because somebody at home agreed, or for a duty that is named
(requirements PRV-01, PRV-02, PRV-04; 003, paragraphs on data privacy). Of training premises nobody has to agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hht.history.buckets import Grain, HistoryError
from hht.i18n import _

COARSE: Final = (Grain.MONTH, Grain.YEAR)
LONGEST: Final = 200  # characters
LOG_KIND: Final = "history-read"
FORGOTTEN: Final = "history-forgotten"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why it may be read: `agreed`, who at home agreed to it; else `duty`, the regulated duty that it is needed for."""

    agreed: str = ""
    duty: str = ""

    @property
    def stands(self) -> bool:
        """Whether one of them is said."""
        return any(0 < len(text.strip()) <= LONGEST for text in (self.agreed, self.duty))

    def told(self) -> dict[str, str]:
        """For the store's log."""
        return {name: text.strip() for name, text in (("agreed", self.agreed), ("duty", self.duty)) if text.strip()}


def may_look(read_by: Grain, by: Grain, *, training: bool) -> bool:
    """Whether what was read by one grain may be looked at by another: the days that months are made of were read, but
    nobody agreed to their being shown."""
    finest_first = list(Grain)
    return training or by in COARSE or finest_first.index(by) >= finest_first.index(read_by)


def require_basis(grain: Grain, basis: Basis, *, training: bool) -> None:
    """Raises HistoryError ``history-consent`` where so much detail is nobody's to look at yet."""
    if training or grain in COARSE or basis.stands:
        return
    raise HistoryError(
        _("Use by the {grain} shows how people live: they decide who looks at it.").format(grain=grain.value),
        remedy=_(
            "Ask, and say who agreed (--agreed NAME), or name the regulated duty that needs it (--duty TEXT); or look "
            "at months or years. What you say is kept in the log."
        ),
        code="history-consent",
    )
