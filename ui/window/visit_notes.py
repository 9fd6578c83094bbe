"""What can be put on record at any step of a visit: unsafe situations, calls, photos, signatures, and that it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from hht.i18n import _
from hht.work.view import QuestionKind
from ui.threads import in_thread
from ui.window.safe_text import safe_text
from ui.window.theme import THEME
from ui.window.widgets import Button, row_of

if TYPE_CHECKING:
    from hht.errors import HhtError
    from hht.work.outbox import KeptPhoto
    from hht.work.signing import Signature
    from hht.work.unsafe import UnsafeSituation
    from hht.work.view import Question, StepView, VisitView
    from ui.evidence_notes import EndingAsked
    from ui.services import Services
    from ui.window.walkthrough_page import WalkthroughPage

_PICTURES = (".jpg", ".jpeg", ".png")


def takes(data: QMimeData) -> bool:
    """Whether that is a picture, or a picture's file: what a step keeps."""
    return data.hasImage() or bool(_picture_of(data))


def _picture_of(data: QMimeData) -> str:
    """The path of the first picture among files; "" where there is none."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return next((path for path in files if Path(path).suffix.lower() in _PICTURES), "")


class VisitNotes(QWidget):
    """The buttons beneath the rail, and what they do. They work at every step, also while one runs."""

    def __init__(self, page: WalkthroughPage) -> None:
        super().__init__()
        self._page = page
        self.unsafe_button = Button(_("Unsafe"), icon="warn", pressed=self.unsafe)
        self.call_button = Button(_("Ring"), icon="phone", pressed=self.ring)
        self.photo_button = Button("", icon="camera", pressed=self.photo)
        self.unsafe_button.setAccessibleName(_("Unsafe situation…"))
        self.call_button.setAccessibleName(_("Ring the desk…"))
        self.photo_button.setAccessibleName(_("Photo of this step…"))
        row = row_of(self.unsafe_button, self.call_button, self.photo_button)
        row.setContentsMargins(0, 4, 0, 2)
        row.setStretch(0, 4)
        row.setStretch(1, 3)
        self.setLayout(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the photo's button goes: a question that asks for one has its own."""
        super().resizeEvent(event)
        buttons = (self.unsafe_button, self.call_button, self.photo_button)
        needed = sum(one.sizeHint().width() for one in buttons[:2]) + self.photo_button.minimumHeight()
        self.photo_button.setVisible(self.width() >= needed + 2 * THEME.sizes.gap)

    @property
    def _view(self) -> VisitView | None:
        return self._page.model.view

    @property
    def _step(self) -> StepView | None:
        return self._page.model.step

    # --- unsafe, call, end

    def unsafe(self) -> None:
        """Put an unsafe situation on record."""
        from ui.window.unsafe_sheet import UnsafeSheet

        view, step = self._view, self._step
        if view is not None:
            gas = step is not None and "gas" in step.id
            UnsafeSheet(self._page.host, "gas" if gas else "electricity", lambda one: self._unsafe(view, step, one))

    def _unsafe(self, view: VisitView, step: StepView | None, found: UnsafeSituation) -> None:
        from hht.work.unsafe import Receipt
        from ui.window.sign_sheet import SignSheet
        from ui.window.unsafe_sheet import NoticeKeptSheet

        host = self._page.host
        at = step.id if step is not None else ""

        def offer(_none: object = None) -> None:
            NoticeKeptSheet(host, view.visit_id, found.notice)

        def noted(_none: object) -> None:
            if found.receipt is Receipt.SIGNED:
                SignSheet(host, "notice", lambda one: self._note_signature(view, at, one, offer))
            else:
                offer()

        host.bridge.call(lambda services: services.evidence.note(view.visit_id, found, at), noted)

    def ring(self) -> None:
        """Ring the desk about the step that is shown."""
        from ui.window.call_sheet import CallSheet

        view, step = self._view, self._step
        if view is not None:
            at, code = (step.id, step.code) if step is not None else ("", "")
            CallSheet(self._page.host, view.visit_id, view.job_id, at, code)

    def end(self) -> None:
        """End the visit before its work is done."""
        from ui.window.end_sheet import EndSheet

        view = self._view
        if view is None or view.outcome is not None:
            return

        async def end(services: Services, asked: EndingAsked) -> None:
            await services.evidence.end_visit(view.visit_id, asked)

        EndSheet(self._page.host, f"{view.reference} · {view.address}", end)

    # --- signatures

    def sign(self, question: Question | None = None) -> None:
        """Have somebody sign; a question that asks for it is answered by it."""
        from ui.window.sign_sheet import SignSheet

        view, step = self._view, self._step
        if view is None:
            return
        at = step.id if step is not None else ""

        def signed(signature: Signature) -> None:
            def answered(_none: object) -> None:
                if question is not None:
                    self._page.answer(question.id, signature.answer)

            self._note_signature(view, at, signature, answered)

        name = question.suggestion if question is not None else ""
        SignSheet(self._page.host, "work-done", signed, name)

    def _note_signature(self, view: VisitView, at: str, signature: Signature, then: object) -> None:
        done = then if callable(then) else None
        self._page.host.bridge.call(lambda services: services.evidence.note(view.visit_id, signature, at), done)

    # --- photos

    def photo(self) -> None:
        """Have a photo of the step that is shown chosen."""
        self._page.host.pick_file(_("Photo of this step"), _PICTURES, self.photo_file)

    def photo_file(self, path: str) -> None:
        """Look at that file as a photo of the step."""
        from ui.evidence_notes import read_photo

        async def read(_services: Services) -> bytes:
            return await in_thread(read_photo, Path(path))

        self._page.host.bridge.call(read, self.look_at, self._refused)

    def paste_or_say(self) -> None:
        """As `paste`; where there is no picture, that is said."""
        if not self.paste():
            self._page.card.notice.say("warn", _("There is no picture in the clipboard."))

    def paste(self) -> bool:
        """Look at the picture in the clipboard; False where there is none."""
        return self.drop(QGuiApplication.clipboard().mimeData())

    def drop(self, data: QMimeData | None) -> bool:
        """Look at a picture, or a picture's file, that was dropped or pasted; False where it is neither."""
        from ui.window.photo_cover import encoded

        if data is None or self._view is None:
            return False
        if found := _picture_of(data):
            self.photo_file(found)
            return True
        image = QImage(data.imageData()) if data.hasImage() else QImage()
        if image.isNull():
            return False

        async def encode(_services: Services) -> bytes:
            return await in_thread(encoded, image)

        self._page.host.bridge.call(encode, self.look_at, self._refused)
        return True

    def look_at(self, octets: bytes) -> None:
        """Show that picture before it is kept for the step that is shown."""
        from ui.window.photo_sheet import PhotoSheet

        view, step = self._view, self._step
        if view is None:
            return
        title = safe_text(step.title) if step is not None else safe_text(view.reference)
        at = step.id if step is not None else ""
        question = step.question if step is not None else None
        PhotoSheet(
            self._page.host, view.visit_id, at, octets, title=title, again=self.photo,
            kept=lambda photo: self._kept(question, photo),
        )  # fmt: skip

    def _kept(self, question: Question | None, photo: KeptPhoto) -> None:
        if question is not None and question.kind is QuestionKind.PHOTO:
            self._page.answer(question.id, photo.photo.sha256)
            return
        words = _("Photo {number} is kept. SHA-256: {sha256}…")
        told = words.format(number=photo.number, sha256=photo.photo.sha256[:16])
        self._page.card.notice.say("good", told, icon="check")

    def _refused(self, error: HhtError) -> None:
        self._page.card.notice.say("bad", error.message, error.remedy, error.code)
