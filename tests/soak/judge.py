"""What must hold in every run, whatever was done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hht.link import TraceKind
from hht.model.electricity_meter import Item
from hht.work.journal import JournalKind
from hht.work.progress import VisitProgress
from hht.work.view import Outcome, StepState
from hht.work.visit_store import VisitStore
from tests.soak.faults import GARBLED, FaultKind
from tests.soak.place import Place

ITEMS = {"clock": Item.CLOCK, "import-mpan": Item.IMPORT_MPAN, "randomised-offset-limit": Item.RANDOMISED_OFFSET_LIMIT}
FINE = (Outcome.COMPLETE.value, "killed", "stopped")
WRITTEN = ("written", "written-earlier")


class Judge:
    """Looks at a place after each terminal's end. `defects` are sentences."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.defects: list[str] = []
        self._seen_writes = 0

    def wrong(self, what: str) -> None:
        """Something is."""
        self.defects.append(what)

    def terminal(self, how: str, step: str, struck: Iterable[FaultKind], *, mended: bool) -> None:
        """A terminal ended like this."""
        kinds = list(struck)
        allowed = {code for kind in kinds for code in kind.codes}
        if len(kinds) > 1 and any(kind.kills for kind in kinds):
            # What is heard first is the rest of the answer to the terminal that died, at the speed of then. Alone that
            # ends nothing, it is heard out; with another fault the meter may say nothing more.
            allowed |= GARBLED
        if how not in FINE and not mended and how not in allowed:
            self.wrong(f"{how} ({step}) is no end by {', '.join(kind.name for kind in kinds) or 'no fault'}")
        self._writes()
        self._journal()
        self._trace(how)

    def told_complete(self, how: str) -> None:
        """The last terminal ended like this: what it says is so."""
        if how == Outcome.COMPLETE.value:
            missing = [item.value for item, held in self._place.holds().items() if not held]
            if missing:
                self.wrong(f"told complete, and the meter does not hold the job's {', '.join(missing)}")

    def _writes(self) -> None:
        """What the meter was told since the last look: only the job's values, and nothing that it held already."""
        for write, held, right in self._place.writes[self._seen_writes :]:
            if write.item not in ITEMS.values():
                self.wrong(f"{write.item.value} was written, which is no part of the job")
            elif held:
                self.wrong(f"{write.item.value} was written again though the meter held it")
            elif not right:
                self.wrong(f"{write.item.value} was written wrongly: {write.value}")
        self._seen_writes = len(self._place.writes)

    def _journal(self) -> None:
        """What the journal says is what the meter was told."""
        visits = VisitStore(self._place.store, self._place.new_id)
        latest = visits.latest_visit(self._place.job().job_id)
        if latest is None:
            return
        progress = visits.progress(latest.visit_id)
        intents = Counter(
            str(entry.payload["item"])
            for entry in visits.journal(latest.visit_id).entries()
            if entry.kind is JournalKind.INTENT
        )
        told = Counter(write.item for write, _held, _right in self._place.writes)
        for name, item in ITEMS.items():
            if told[item] > intents[name]:
                self.wrong(f"{name}: the meter was told {told[item]} times, the journal intended {intents[name]}")
            if any(record.item == name and record.result in WRITTEN for record in progress.writes) and not told[item]:
                self.wrong(f"{name}: the journal says written, the meter was told nothing")
        self._settled(progress)

    def _settled(self, progress: VisitProgress) -> None:
        for step in progress.steps.values():
            if step.open_intents and (step.state is StepState.DONE or progress.outcome is not None):
                self.wrong(f"{step.spec.id} is told as done, with an outcome that nobody knows")

    def _trace(self, how: str) -> None:
        """It has every octet that left, and says of a loss that it was one."""
        events = self._place.events
        sent = sum(len(event.data) for event in events if event.kind is TraceKind.TX)
        if sent < self._place.way.heard:
            self.wrong(f"{self._place.way.heard} octets left, the trace has {sent}")
        if how == "link-lost" and not any(event.kind is TraceKind.ERROR for event in events):
            self.wrong("the link was lost, and the trace does not say so")
