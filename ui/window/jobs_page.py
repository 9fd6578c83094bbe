"""The first screen: today's jobs, and the visit that was interrupted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from hht.i18n import _, ngettext
from ui.job_search import JobFilter
from ui.window.header import Title
from ui.window.job_fetching import JobFetching
from ui.window.jobs_model import FILTERS, JobRow, JobsModel, filter_word
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar, Notice
from ui.window.report_saving import save_report
from ui.window.row_list import ROW, Index, RowListModel
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.tables import paint_row
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Entry, Icon, Segments, Text, row_of, set_property

if TYPE_CHECKING:
    from ui.services import JobSummary


NARROW = 1180  # below this width some buttons have to do with their icons
NARROWEST = 1000  # and below this one, in glove size, more of them


class JobDelegate(QStyledItemDelegate):
    """Paints one job: time, what and where, state."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(300, THEME.sizes.row + 20)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: JobRow = index.data(ROW)
        painter.save()
        box = paint_row(painter, option)
        self._words(painter, row, box.adjusted(20, 9, -16, -9))
        painter.restore()

    def _words(self, painter: QPainter, row: JobRow, box: QRect) -> None:
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom, middle = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignVCenter
        sizes = THEME.sizes
        painter.setPen(THEME.colour("ink"))
        painter.setFont(THEME.font(sizes.head, bold=True))
        painter.drawText(
            QRect(box.left(), box.top(), 100, box.height()), left | (top if row.day else middle), row.time or "–"
        )
        painter.setFont(THEME.font(sizes.small))
        painter.setPen(THEME.colour("ink_soft"))
        painter.drawText(QRect(box.left(), box.top(), 110, box.height()), left | bottom, row.day)
        origin = painter.fontMetrics().elidedText(safe_text(row.origin), Qt.TextElideMode.ElideRight, box.width() // 4)
        below = painter.fontMetrics().horizontalAdvance(origin)
        painter.drawText(box, right | bottom, origin)
        painter.setFont(THEME.font(sizes.body, bold=True))
        word = painter.fontMetrics().horizontalAdvance(row.word)
        painter.setPen(THEME.colour(row.token))
        painter.drawText(box, right | (top if origin else middle), row.word)
        ratio = painter.device().devicePixelRatioF()
        icon = THEME.pixmap(row.icon, row.token, 26, ratio)
        above = box.top() if origin else box.center().y() - 13
        painter.drawPixmap(box.right() - word - 36, above, icon)
        taken = max(word + 60, below + 24)
        middle_box = QRect(box.left() + 116, box.top(), box.width() - 116 - taken, box.height())
        painter.setPen(THEME.colour("ink"))
        for text, flags, bold in ((row.title, left | top, True), (row.address, left | bottom, False)):
            painter.setFont(THEME.font(sizes.body, bold=bold))
            shown = painter.fontMetrics().elidedText(safe_text(text), Qt.TextElideMode.ElideRight, middle_box.width())
            painter.drawText(middle_box, flags, shown)


class ResumeBanner(Card):
    """“Unfinished visit”: the first thing that meets the eye, and the first that has the keyboard."""

    def __init__(self, page: JobsPage) -> None:
        super().__init__(watermark=False)
        self._what = Title("", "head")
        self._what.setMinimumHeight(THEME.sizes.target)
        self.button = Button(_("Continue visit"), "primary", "forward", page.resume)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(_("An unfinished visit waits; nothing is lost."), "soft"))
        words.addWidget(self._what)
        row = row_of(Icon("running", "accent", 40), spacing=18)
        row.setContentsMargins(22, 12, 14, 12)
        row.addLayout(words, 1)
        row.addWidget(self.button)
        self.button.setMinimumWidth(230)
        self.setLayout(row)
        self.hide()

    def show_job(self, job: JobSummary | None) -> None:
        """Show the unfinished job, or hide."""
        self.setVisible(job is not None)
        if job is not None:
            self._what.setText(safe_text(f"{job.reference} · {job.address}"))


class JobsPage(Page):
    """See the module."""

    name = "jobs"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.model = JobsModel()
        self.banner = ResumeBanner(self)
        self.search = Entry(_("Search the jobs"), placeholder=_("Search"))
        self.search.textChanged.connect(self._searched)
        self.search.returnPressed.connect(self._to_list)
        self.not_done = Button(_("No visit…"), icon="stop", pressed=self.end_selected)
        self.not_done.setAccessibleName(_("The marked job could not be visited…"))
        self.filters = Segments(_("Show"), [(name, filter_word(name)) for name in FILTERS])
        self.filters.choose("today")
        self.filters.chosen.connect(self._filtered)
        self.narrow_button = Button(_("Filter…"), icon="menu", pressed=self.ask_filter)
        self.others_button = Button(_("Show the other jobs"), icon="jobs", pressed=self.show_others)
        self.notice = Notice()
        self._items = RowListModel[JobRow](self)
        self.list = self._make_list()
        self._empty = Text(self.model.empty_words(), "head")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()

    def _make_list(self) -> QListView:
        view = QListView()
        view.setAccessibleName(_("Jobs"))
        view.setModel(self._items)
        view.setItemDelegate(JobDelegate(view))
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setUniformItemSizes(True)
        view.setProperty("role", "rail")
        view.viewport().setAutoFillBackground(False)
        view.selectionModel().currentChanged.connect(self._picked)
        view.activated.connect(lambda _index: self.open_selected())
        return view

    def _build(self) -> None:
        self.body.addWidget(self.banner)
        head = row_of(self.filters, spacing=18)
        head.addWidget(self.search, 100)
        head.addStretch(1)
        head.addWidget(self.narrow_button)
        head.addWidget(self.not_done)
        head.addWidget(self.others_button)
        self.body.addLayout(head)
        self.body.addWidget(self.notice)
        card = Card()
        stack = QStackedLayout()
        stack.setContentsMargins(4, 8, 4, 8)
        stack.addWidget(self._empty)
        stack.addWidget(self.list)
        self._stack = stack
        card.setLayout(stack)
        self.body.addWidget(card, 1)
        self.import_button = Button(_("Import…"), "big", "import", self.import_job)
        self.fetch_button = JobFetching(self)
        self.van_button = Button(_("Van"), "big", "box", lambda: self.host.go("van"))
        self.rehearse_button = Button(_("Rehearse"), "big", "play", self.rehearse)
        self.meter_button = Button(_("Meter"), "big", "meter", lambda: self.host.go("device"))
        self.premises_button = Button(_("Premises"), "big", "house", lambda: self.host.go("premises"))
        self.open_button = Button(_("Open job"), "primary", "forward", self.open_selected)
        self.open_button.setEnabled(False)
        left = (self.van_button, self.rehearse_button, self.meter_button, self.premises_button)
        self.body.addWidget(ButtonBar((self.import_button, self.fetch_button, *left), (self.open_button,)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_buttons()

    def fit_buttons(self) -> None:
        """Where the window is narrow some buttons have to do with their icons."""
        narrow, narrowest = self.width() < NARROW, THEME.glove and self.width() < NARROWEST
        crowded = narrow and not self.fetch_button.isHidden()
        narrowest = narrowest or (THEME.glove and crowded)
        for button, words, small in (
            (self.import_button, _("Import…"), crowded),
            (self.meter_button, _("Meter"), narrow),
            (self.premises_button, _("Premises"), narrow),
            (self.rehearse_button, _("Rehearse"), narrowest),
        ):
            button.say("" if small else words)
            button.setAccessibleName(words)
        self.fetch_button.show_narrow(narrow)

    def title(self) -> str:
        return _("Jobs")

    def entered(self) -> None:
        self.premises_button.setVisible(THEME.training)
        self._scope()
        self.refresh()
        self.fetch_button.look()
        self._focus_next()

    def left(self) -> None:
        self.notice.say("plain", "")

    def _scope(self) -> None:
        """While a visit is open its customer may look on: no other job is shown until somebody asks for them (T24)."""
        only = self.host.privacy.only
        if only and not self.model.scope:
            self.notice.say("plain", "")  # it may name another
        self.model.scope = only
        for widget in (self.filters, self.search, self.narrow_button):
            widget.setHidden(bool(only))
        self.others_button.setHidden(not self.host.privacy.visiting)
        self.others_button.say(_("Show the other jobs") if only else _("Hide the other jobs"))

    def show_others(self) -> None:
        """Show every job, or hide the others again."""
        self.host.privacy.toggle()
        give_keyboard(self.list)

    def escape(self) -> None:
        """Out of the search: everything is shown again."""
        if self.search.text():
            self.search.clear()
            self._to_list()

    def refresh(self) -> None:
        """Ask the store for the jobs."""
        self.host.bridge.call(lambda services: services.jobs(), self._arrived)

    def _arrived(self, jobs: list[JobSummary]) -> None:
        first = not self.model.loaded
        self.model.show(jobs)
        if first:
            self.model.filter = self.model.first_filter(self._today())
            self.filters.choose(self.model.filter)
        self.banner.show_job(self.model.unfinished())
        self._show()
        self.host.bridge.call(lambda services: services.day.lacking(), self._show_lacking, lambda _error: None)
        if first:
            self._focus_next()

    def _show_lacking(self, count: int) -> None:
        """The button of the van says when it lacks what today's jobs need."""
        self.van_button.say(_("Van"), "warn" if count else "box")
        words = ngettext("Van: {count} device is not ready", "Van: {count} devices are not ready", count)
        self.van_button.setAccessibleName(words.format(count=count) if count else _("Van"))

    def _focus_next(self) -> None:
        if not self.isVisible():
            return
        if not self.banner.isHidden():
            give_keyboard(self.banner.button)
        elif self._items.rows:
            give_keyboard(self.list)

    def _today(self) -> date:
        return self.host.clock.now().astimezone().date()

    def _show(self) -> None:
        today = self._today()
        counts = self.model.counts(today)
        for name, button in self.filters.buttons.items():
            button.say(f"{filter_word(name)} {counts[name]}" if self.model.loaded else filter_word(name))
        rows = self.model.rows(today)
        self._items.show_rows(rows)
        self._empty.setText(self.model.empty_words())
        self._stack.setCurrentIndex(1 if rows else 0)
        wanted = self.model.line_to_mark(rows)
        if rows:
            self.list.setCurrentIndex(self._items.index(wanted))
        self._offer()

    def _offer(self) -> None:
        job = self.selected()
        self.open_button.setEnabled(job is not None)
        self.rehearse_button.setEnabled(job is not None and job.state == "new" and not job.rehearsal)
        self.not_done.setEnabled(job is not None and not job.finished)
        self.open_button.say(_("Continue visit") if job is not None and job.resumable else _("Open job"))

    def selected(self) -> JobSummary | None:
        """The job that is marked."""
        index = self.list.currentIndex()
        return self._items.rows[index.row()].job if index.isValid() and index.row() < len(self._items.rows) else None

    def _picked(self, _now: QModelIndex, _before: QModelIndex) -> None:
        job = self.selected()
        self.model.selected = job.job_id if job is not None else self.model.selected
        self._offer()

    def _searched(self, text: str) -> None:
        self.model.query = text
        self._show()

    def _filtered(self, name: str) -> None:
        self.model.filter = name
        self._show()

    def _to_list(self) -> None:
        if self._items.rows:
            give_keyboard(self.list)

    def open_selected(self) -> None:
        """Open the marked job."""
        from ui.window.visits_sheet import open_job

        job = self.selected()
        if job is not None:
            open_job(self.host, job.job_id)

    def end_selected(self) -> None:
        """The marked job could not be visited: nobody opened the door, say."""
        from ui.window.end_sheet import end_job

        job = self.selected()
        if job is not None and not job.finished:
            end_job(self.host, job, self.refresh)

    def resume(self) -> None:
        """Go on with the visit that was interrupted."""
        job = self.model.unfinished()
        if job is not None:
            self.host.open_visit(job.job_id)

    def import_job(self) -> None:
        """Choose a job file, or a picture of its code, and take it in."""
        from ui.intake import SUFFIXES

        self.host.pick_file(_("Import a job"), SUFFIXES, self.import_path)

    def import_path(self, path: str) -> None:
        """Take in what stands there."""
        self.host.arrivals.take([Path(path)])

    def show_job(self, job_id: str) -> None:
        """Mark that job, which has just come in."""
        self.model.selected = job_id
        self.model.filter, self.model.narrowed, self.model.query = "all", JobFilter(), ""
        self.search.clear()
        self.filters.choose("all")
        self._show_narrowed()
        self.refresh()
        give_keyboard(self.list)

    def ask_filter(self) -> None:
        """Ask what else to filter by."""
        from ui.window.job_filter_sheet import JobFilterSheet

        JobFilterSheet(self.host, self.model.narrowed, self.model.jobs, self.narrow)

    def narrow(self, wanted: JobFilter) -> None:
        """Show only what is wanted."""
        self.model.narrowed = wanted
        if wanted.day:
            self.model.filter = "all"
            self.filters.choose("all")
        self._show_narrowed()
        self._show()

    def _show_narrowed(self) -> None:
        self.narrow_button.say(_("Filtered…") if self.model.narrowed.narrow else _("Filter…"))
        set_property(self.narrow_button, "tone", "accent" if self.model.narrowed.narrow else "")

    def rehearse(self) -> None:
        """Rehearse the marked job."""
        from ui.window.rehearsal_sheet import RehearsalSheet

        job = self.selected()
        if job is not None and self.rehearse_button.isEnabled():
            RehearsalSheet(self.host, job)

    def show_rules(self) -> None:
        """Show what rules apply at the marked job's site."""
        from ui.window.rules_sheet import RulesSheet

        job = self.selected()
        if job is not None:
            RulesSheet(self.host, job)

    def save_report(self) -> None:
        """Save the report of the marked job's latest visit where the engineer says."""
        job = self.selected()
        if job is not None and job.visit_id:
            save_report(self.host, job)
