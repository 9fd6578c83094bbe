"""A visit ends before its work is done: why, by code; the doorstep; the next day, and what that visit needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.work.coded import codes
from hht.work.ending_early import FILE, SAFETY_FIRST, ending
from ui.evidence_notes import EndingAsked, read_photo
from ui.threads import in_thread
from ui.window.parts import Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, give_keyboard
from ui.window.widgets import Button, Choice, Entry, Scroll, Segments, Text, Tick, row_of

if TYPE_CHECKING:
    from hht.clock import Clock
    from ui.services import JobSummary, Services
    from ui.window.page import Host

PICTURES = (".jpg", ".jpeg", ".png")


def moment_of(text: str, clock: Clock) -> datetime | None:
    """The local time that was typed ("2027-03-04 09:00"), as UTC; None where nothing was. Raises NoteError."""
    from hht.work.coded import NoteError

    if not text.strip():
        return None
    zone = clock.now().astimezone().tzinfo
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)
    except ValueError as error:
        raise NoteError(
            _("“{text}” is no time.").format(text=text.strip()[:40]),
            remedy=_("Type day and hour: 2027-03-04 09:00."),
            code="next-time",
        ) from error


class EndSheet(Sheet):
    """`end` is given what was said, checked as far as that is possible before it is done, in the core; `ended` is
    called after that. The sheet stays, with what was said, where the visit does not end."""

    def __init__(
        self,
        host: Host,
        what: str,
        end: Callable[[Services, EndingAsked], Awaitable[None]],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(host.canvas(), _("Why is it not done?"), fill=True)
        self._host, self._end, self._ended = host, end, ended
        self.photos: list[bytes] = []
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = Scroll()
        column = self._scroll.column
        self.body.addWidget(self._scroll, 1)
        column.addWidget(Text(safe_text(what), "soft"))
        groups = [(code, row.title) for code, row in codes(FILE, "group").items()]
        self.groups = Segments(_("Kind of reason"), groups)
        self.groups.chosen.connect(self.choose_group)
        column.addWidget(self.groups)
        self.reasons: dict[str, Choice] = {}
        self._group = QButtonGroup(self)
        for code, row in codes(FILE, "ending").items():
            self.reasons[code] = Choice(safe_text(row.text), pressed=self._look)
            self._group.addButton(self.reasons[code])
            column.addWidget(self.reasons[code])
        self._photo_line()
        self.next = Entry(_("Next appointment"), placeholder=_("Next appointment, if agreed: 2027-03-04 09:00"))
        self.note = Entry(_("Note"), placeholder=_("Note for the desk (optional)"))
        column.addWidget(self.next)
        column.addWidget(self.note)
        column.addWidget(Text(_("The next visit needs"), "strong"))
        self.flags = self._flag_ticks()
        column.addStretch(1)
        self.add_button(_("Go back"), self.close_sheet, icon="back")
        self.instead = self.add_button(_("Break off: only what safety asks"), self._break_off, icon="shield")
        self.instead.hide()
        self.go = self.add_button(_("End the visit"), lambda: self._go_on(), primary=True, icon="left")
        self.choose_group(groups[0][0])
        self.open(next(button for button in self.reasons.values() if button.isVisibleTo(self)))

    def _photo_line(self) -> None:
        self.add_photo = Button(_("Photo of the doorstep…"), icon="camera", pressed=self._ask_photo)
        self.no_photo = Entry(_("Why there is no photo"), placeholder=_("Why there is no photo"))
        line = row_of(self.add_photo, self.no_photo)
        line.setStretch(1, 1)
        self._photo = QWidget()
        self._photo.setLayout(line)
        self._scroll.column.addWidget(self._photo)

    def _flag_ticks(self) -> dict[str, Tick]:
        grid, found = QGridLayout(), dict[str, Tick]()
        for column in range(2):
            grid.setColumnStretch(column, 1)
        for place, (code, row) in enumerate(codes(FILE, "flag").items()):
            found[code] = Tick(safe_text(row.text))
            grid.addWidget(found[code], place // 2, place % 2)
        self._scroll.column.addLayout(grid)
        return found

    def choose_group(self, group: str) -> None:
        """Show the reasons of that kind."""
        self.groups.choose(group)
        self._group.setExclusive(False)
        for code, button in self.reasons.items():
            fits = codes(FILE, "ending")[code].plain["group"] == group
            button.setVisible(fits)
            if not fits:
                button.setChecked(False)
        self._group.setExclusive(True)
        self._look()

    @property
    def code(self) -> str:
        """The reason that is chosen; "" where none is."""
        return next((code for code, button in self.reasons.items() if button.isChecked()), "")

    def _look(self) -> None:
        row = codes(FILE, "ending").get(self.code)
        self._photo.setVisible(row is not None and bool(row.plain["photo"]))
        self.next.setVisible(row is not None and bool(row.plain["next"]))
        self.go.setEnabled(row is not None)

    def _ask_photo(self) -> None:
        self._host.pick_file(_("Photo of the doorstep"), PICTURES, self.take_photo)

    def take_photo(self, path: str) -> None:
        """Take that picture along."""

        async def read(_services: Services) -> bytes:
            return await in_thread(read_photo, Path(path))

        self._host.bridge.call(read, self._photo_read, self.refused)

    def _photo_read(self, octets: bytes) -> None:
        self.photos.append(octets)
        count = len(self.photos)
        self.add_photo.say(ngettext("{count} photo; another…", "{count} photos; another…", count).format(count=count))

    def _break_off(self) -> None:
        """Skip what is only work: the visit goes on with what safety still asks for."""
        self._go_on(break_off=True)

    def _go_on(self, *, break_off: bool = False) -> None:
        try:
            asked = EndingAsked(
                self.code,
                self.note.text(),
                tuple(code for code, tick in self.flags.items() if tick.isChecked()),
                moment_of(self.next.text(), self._host.clock),
                tuple(self.photos),
                self.no_photo.text(),
                break_off,
            )
            ending(
                asked.code, now=self._host.clock.now(), note=asked.note, flags=asked.flags, next_at=asked.next_at,
                photos=["taken" for _photo in asked.photos], no_photo=asked.no_photo,
            )  # fmt: skip
        except HhtError as error:
            self.refused(error)
            return
        self.go.setEnabled(False)
        self._host.bridge.call(lambda services: self._end(services, asked), self._done, self.refused)

    def _done(self, _none: None) -> None:
        self.close_sheet()
        self._ended()

    def refused(self, error: HhtError) -> None:
        """Say what is missing; nothing has ended."""
        self.notice.say("bad", error.message, error.remedy, error.code)
        self.instead.setVisible(error.code == SAFETY_FIRST)
        self._look()
        give_keyboard(self.instead if error.code == SAFETY_FIRST else self.go)


def end_job(host: Host, job: JobSummary, ended: Callable[[], None]) -> None:
    """Ask why the job is not done, and end its visit: the unfinished one, or one that is made for it."""

    async def end(services: Services, asked: EndingAsked) -> None:
        from hht.work.engineer import Engineer

        settings = await services.settings()
        engineer = Engineer.of(settings.engineer, settings.engineer_id)
        await services.evidence.end_job(job.job_id, asked, engineer)

    def done() -> None:
        host.look_at_outbox()
        ended()

    EndSheet(host, f"{job.reference} · {job.address}", end, done)
