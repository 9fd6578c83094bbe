"""A photo before it is kept: looked at, covered where it shows what nobody should see, taken again, kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hht.i18n import _, ngettext
from ui.threads import in_thread
from ui.window.parts import Notice
from ui.window.photo_cover import COLOUR, Cover, kept_octets, preview, squares
from ui.window.sheet import Sheet, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Text, Tick, row_of

if TYPE_CHECKING:
    from hht.errors import HhtError
    from hht.work.outbox import KeptPhoto
    from ui.services import Services
    from ui.window.page import Host

_SHOWN: Final = QSize(1600, 1000)  # pixels that a preview has at most
_STEP: Final = 0.02  # of the picture, by an arrow key
_FIRST: Final = Cover(0.4, 0.4, 0.2, 0.2)


class PictureView(QWidget):
    """The picture with its covers. A finger or mouse draws one; arrows move the marked one, with Shift they make it
    larger or smaller, B has it blurred instead, Delete takes it away, Page Up and Page Down mark another, Ctrl+Z takes
    the last of it back."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 120)
        self.image = QImage()
        self.covers: list[Cover] = []
        self.marked = -1
        self._from: QPointF | None = None
        self._past: list[tuple[Cover, ...]] = []
        self._moving = False  # by keys: one thing to take back, however many keys
        self._name()

    @property
    def changed_at_all(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    def _remember(self) -> None:
        self._past.append(tuple(self.covers))
        self._moving = False

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self.covers = list(self._past.pop())
            self.marked, self._moving = len(self.covers) - 1, False
            self._told()

    def blur(self) -> None:
        """Have the marked place blurred, or covered again."""
        if 0 <= self.marked < len(self.covers):
            self._remember()
            marked = self.covers[self.marked]
            self.covers[self.marked] = replace(marked, blurred=not marked.blurred)
            self._told()

    def show_image(self, image: QImage) -> None:
        """Another picture: nothing of it is covered."""
        self.image, self.covers, self.marked, self._past = image, [], -1, []
        self._told()

    def add_cover(self) -> None:
        """One more, in the middle, to be moved by keys."""
        self._remember()
        self.covers.append(_FIRST)
        self.marked = len(self.covers) - 1
        self._told()

    def remove_cover(self) -> None:
        """Take the marked one away: nothing is kept yet."""
        if 0 <= self.marked < len(self.covers):
            self._remember()
            del self.covers[self.marked]
            self.marked = len(self.covers) - 1
            self._told()

    def _told(self) -> None:
        self._name()
        self.update()
        self.changed.emit()

    def _name(self) -> None:
        count = len(self.covers)
        words = ngettext("Picture, {count} place covered", "Picture, {count} places covered", count)
        self.setAccessibleName(words.format(count=count))

    def _box(self) -> QRectF:
        """Where the picture stands."""
        if self.image.isNull():
            return QRectF(self.rect())
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )

    def _place(self, at: QPointF) -> tuple[float, float]:
        box = self._box()
        return (at.x() - box.left()) / max(1.0, box.width()), (at.y() - box.top()) / max(1.0, box.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position()
        self._remember()
        self.covers.append(Cover.between(*self._place(self._from), *self._place(self._from)))
        self.marked = len(self.covers) - 1
        self._told()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None and self.covers:
            self.covers[-1] = Cover.between(*self._place(self._from), *self._place(event.position()))
            self._told()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)
        self._from = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (-_STEP, 0.0), Qt.Key.Key_Right: (_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -_STEP), Qt.Key.Key_Down: (0.0, _STEP),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in ways and 0 <= self.marked < len(self.covers):
            if not self._moving:
                self._remember()
                self._moving = True
            grows = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            cover = self.covers[self.marked]
            self.covers[self.marked] = cover.grown(*ways[key]) if grows else cover.moved(*ways[key])
            self._told()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key == Qt.Key.Key_B:
            self.blur()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_cover()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self.covers:
            self._moving = False
            self.marked = (self.marked + (1 if key == Qt.Key.Key_PageDown else -1)) % len(self.covers)
            self._told()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self._box()
        if not self.image.isNull():
            painter.drawImage(box, self.image)
        for place, cover in enumerate(self.covers):
            where = QRectF(
                box.left() + cover.left * box.width(), box.top() + cover.top * box.height(),
                cover.wide * box.width(), cover.high * box.height(),
            )  # fmt: skip
            if cover.blurred and not self.image.isNull():
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                painter.drawImage(where, squares(self.image, cover))
            else:
                painter.fillRect(where, QColor(COLOUR))
            if place == self.marked:
                painter.setPen(QPen(THEME.colour("focus"), 3))
                painter.drawRect(where)
        if self.hasFocus():
            painter.setPen(QPen(THEME.colour("focus"), 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))


class PhotoSheet(Sheet):
    """`kept` hears of the photo once it is on disk; `again` has another one chosen."""

    def __init__(
        self,
        host: Host,
        visit_id: str,
        step: str,
        octets: bytes,
        *,
        title: str,
        kept: Callable[[KeptPhoto], None],
        again: Callable[[], None],
    ) -> None:
        super().__init__(host.canvas(), _("Photo: {title}").format(title=title), fill=True)
        self._host, self._octets, self._kept = host, octets, kept
        self._visit, self._step = visit_id, step
        self.notice = Notice()
        self.view = PictureView()
        words = _(
            "Draw over faces, numbers and other people's meters: it goes from the picture. Covered flat is safest; "
            "blurred leaves a few coarse squares of colour."
        )
        self.body.addWidget(Text(words, "soft"))
        self.cover = Button(_("Cover a place"), icon="box-on", pressed=self._cover_place)
        self.blur = Button(_("Blur it"), icon="keypad", pressed=lambda: self._then(self.view.blur))
        self.uncover = Button(_("Take it away"), icon="cross", pressed=lambda: self._then(self.view.remove_cover))
        self.undo = Button(_("Undo"), icon="back", pressed=lambda: self._then(self.view.undo))
        self.body.addWidget(self.notice)
        tools = QVBoxLayout()
        for tool in (self.cover, self.blur, self.uncover, self.undo):
            tools.addWidget(tool)
        tools.addStretch(1)
        beside = row_of(self.view)
        beside.setStretch(0, 1)
        beside.addLayout(tools)
        self.body.addLayout(beside, 1)
        self.view.changed.connect(self._look)
        self.instead = Tick("")
        self.instead.hide()
        self._earlier = 0
        self.body.addWidget(self.instead)
        self.add_button(_("Do not keep it"), self.close_sheet, icon="close")
        self.again = self.add_button(_("Take again…"), lambda: self._again(again), icon="retry")
        self.keep = self.add_button(_("Keep the photo"), self._keep, primary=True, icon="check")
        self.keep.setEnabled(False)
        self._look()
        host.bridge.call(lambda _services: in_thread(preview, octets, _SHOWN), self._seen, self._refused)
        host.bridge.call(lambda services: services.evidence.photos(visit_id), self._look_at_earlier, self._refused)
        self.open(self.view)

    @property
    def replaced(self) -> int:
        """The number of the photo that goes for this one; 0 where none does."""
        return self._earlier if self.instead.isChecked() else 0

    def _look_at_earlier(self, photos: tuple[KeptPhoto, ...]) -> None:
        mine = [photo.number for photo in photos if photo.step == self._step]
        if mine:
            self._earlier = mine[-1]
            self.instead.say(_("In the place of photo {number} of this step, which is erased").format(number=mine[-1]))
            self.instead.show()

    def _seen(self, image: QImage) -> None:
        self.view.show_image(image)
        self.keep.setEnabled(True)

    def _cover_place(self) -> None:
        self.view.add_cover()
        give_keyboard(self.view)

    def _then(self, change: Callable[[], None]) -> None:
        """Change it by a button; arrow keys go on with the picture."""
        change()
        give_keyboard(self.view)

    def _look(self) -> None:
        view = self.view
        marked = view.covers[view.marked] if 0 <= view.marked < len(view.covers) else None
        self.uncover.setEnabled(marked is not None)
        self.blur.setEnabled(marked is not None)
        self.blur.say(_("Cover it flat") if marked is not None and marked.blurred else _("Blur it"))
        self.undo.setEnabled(view.changed_at_all)

    def _again(self, again: Callable[[], None]) -> None:
        self.close_sheet()
        again()

    def _keep(self) -> None:
        octets, covers, replaced = self._octets, tuple(self.view.covers), self.replaced

        async def keep(services: Services) -> KeptPhoto:
            shown = await in_thread(kept_octets, octets, covers)
            evidence = services.evidence
            return await evidence.add_photo(self._visit, self._step, shown, replaces=replaced, covered=len(covers))

        self.keep.setEnabled(False)
        self._host.bridge.call(keep, self._done, self._refused)

    def _done(self, photo: KeptPhoto) -> None:
        self.close_sheet()
        self._kept(photo)

    def _refused(self, error: HhtError) -> None:
        self.notice.say("bad", error.message, error.remedy, error.code)
        self.keep.setEnabled(not self.view.image.isNull())
