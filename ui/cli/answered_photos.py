"""Pictures that answer questions of a visit on the command line: the file is kept and bound to the step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import Clock
from hht.resources import resource_path
from hht.work.view import NO_PHOTO, NOT_MEASURED

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.visit import Visit


class AnsweredPhotos:
    """`beside`: the answers file, in whose folder a path is looked up; None or - for the folder one is in. In training
    the name of a sample's picture will do."""

    def __init__(self, store: Store, clock: Clock, beside: str | None, visit: Callable[[], Visit]) -> None:
        self._store, self._clock, self._visit = store, clock, visit
        self._folder = Path() if beside in (None, "-") else Path(str(beside)).parent

    def answer(self, step: str, told: str) -> str:
        """What answers the question: the SHA-256 of the picture that `told` names, kept and bound to the step now; that
        there is none, and any other text, as it is. Raises PhotoError for a file that is no picture, StoreError."""
        from ui.evidence_notes import EvidenceNotes, read_photo

        path = None if told == NOT_MEASURED or told.startswith(NO_PHOTO) else self._file(told)
        if path is None:
            return told
        visit, notes = self._visit(), EvidenceNotes(self._store, self._clock)
        taken = notes.photo_taken(visit.view.visit_id, step, read_photo(path))
        if taken.note is not None:
            visit.note(taken.note, step)
        return notes.keep_photo(taken).photo.sha256

    def _file(self, told: str) -> Path | None:
        """The file of that name; None where there is none: the question then says what is wanted."""
        places = [self._folder / told, Path(told)]
        if self._store.training:
            places.append(resource_path("samples") / Path(told).name)
        return next((place for place in places if place.is_file()), None)
