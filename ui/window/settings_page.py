"""Settings: how it looks, how big, which way to the meter, which language. What is chosen holds at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QVBoxLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.key_slot_part import KeySlotPart
from ui.window.lock import CHOICES, lock_after_s
from ui.window.page import Host, Page
from ui.window.parts import ButtonBar
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Card, Choice, Entry, Scroll, Segments, Text, drop, row_of, set_property

if TYPE_CHECKING:
    from ui.services import LinkChoice


def url_problem(text: str) -> HhtError | None:
    """What is wrong with a link typed by hand; None if nothing is, or nothing is typed."""
    from hht.link_url import parse_link_url

    if not text.strip():
        return None
    try:
        parse_link_url(text)
    except HhtError as error:
        return error
    return None


class SettingsPage(Page):
    """See the module."""

    name = "settings"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._links: list[LinkChoice] = []
        self._group = QButtonGroup(self)
        card = Card()
        inside = QVBoxLayout(card)
        inside.setContentsMargins(THEME.sizes.pad, 12, THEME.sizes.pad - 8, 12)
        self._scroll = Scroll()
        self._scroll.column.setSpacing(10)
        inside.addWidget(self._scroll)
        self.body.addWidget(card, 1)
        self._build_looks()
        self._build_engineer()
        self._build_links()
        self._build_folder()
        self._build_depot()
        self._build_language()
        self._build_lock()
        self._build_key_slot()
        self._build_diagnostics()
        self._scroll.column.addStretch(1)
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.help = Button(_("Help"), "big", "help", lambda: self.host.go("help"))
        self.body.addWidget(ButtonBar((self.back, self.help), ()))

    def _head(self, text: str, hint: str = "") -> None:
        self._scroll.column.addSpacing(6)
        self._scroll.column.addWidget(Text(text, "head"))
        if hint:
            self._scroll.column.addWidget(Text(hint, "soft"))

    def _choices(self, segments: Segments) -> None:
        self._scroll.column.addLayout(row_of(segments, 1))

    def _build_looks(self) -> None:
        self.theme = Segments(_("Theme"), [("day", _("Day")), ("night", _("Night")), ("sun", _("Sunlight"))])
        self.theme.chosen.connect(lambda name: self._save(theme=name))
        self.size_choice = Segments(_("Size"), [("normal", _("Normal")), ("glove", _("Glove: bigger"))])
        self.size_choice.chosen.connect(lambda size: self._save(glove=size == "glove"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(40)
        grid.setColumnStretch(2, 1)
        for column, (text, segments) in enumerate(((_("Theme"), self.theme), (_("Size"), self.size_choice))):
            grid.addWidget(Text(text, "head", wrap=False), 0, column)
            grid.addWidget(segments, 1, column)
        self._scroll.column.addLayout(grid)

    def _build_engineer(self) -> None:
        self._head(_("Engineer"), _("Stands in the report of every visit that begins from now on."))
        self.engineer = Entry(_("Your name"), placeholder=_("Your name"))
        self.engineer_id = Entry(_("Your identifier"), placeholder=_("Your identifier"))
        for entry in (self.engineer, self.engineer_id):
            entry.editingFinished.connect(self._save_engineer)
        row = row_of(self.engineer, self.engineer_id)
        row.setStretch(0, 2)
        row.setStretch(1, 1)
        self._scroll.column.addLayout(row)
        self.engineer_problem = self._remark()
        self.wallet = Button(_("Wallet…"), icon="shield", pressed=self._open_wallet)
        self.people = Button(_("People…"), icon="hand", pressed=self._open_people)
        self.log = Button(_("Log…"), icon="report", pressed=self._open_log)
        self._scroll.column.addLayout(row_of(self.wallet, self.people, self.log, 1))

    def _remark(self) -> Text:
        """Where it is said what is wrong with what was typed."""
        text = Text("", "small")
        text.hide()
        self._scroll.column.addWidget(text)
        return text

    def _complain(self, text: Text, problem: HhtError | None) -> None:
        text.setVisible(problem is not None)
        if problem is not None:
            text.setText(f"{safe_text(problem.message)} {safe_text(problem.remedy)}")
            set_property(text, "tone", "bad")

    def _save_engineer(self) -> None:
        from hht.work.engineer import Engineer

        try:
            engineer = Engineer.of(self.engineer.text(), self.engineer_id.text())
        except HhtError as error:
            self._complain(self.engineer_problem, error)
            return
        self._complain(self.engineer_problem, None)
        settings = self.host.settings
        if (engineer.name, engineer.identifier) != (settings.engineer, settings.engineer_id):
            self._save(engineer=engineer.name, engineer_id=engineer.identifier)

    def _build_links(self) -> None:
        self._head(_("Way to the meter"), _("A job may name its own; this one goes before it."))
        self.look = Button(_("Look for Bluetooth bridges…"), icon="search", pressed=self._look)
        self.probe = Button(_("Connect a probe…"), icon="link", pressed=self._connect_probe)
        self._scroll.column.addLayout(row_of(self.probe, self.look, 1))
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self._scroll.column.addLayout(self._list)
        self.url = Entry(_("Another link, by its address"), placeholder="optical:/dev/ttyUSB0")
        self.use = Button(_("Use"), icon="check", pressed=self._use_url)
        self.url.returnPressed.connect(self._use_url)
        row = row_of(self.url, self.use)
        row.setStretch(0, 1)
        self._scroll.column.addLayout(row)
        self._problem = self._remark()

    def _build_folder(self) -> None:
        self._head(_("New jobs"), _("This folder is looked into every few seconds; each new file is taken in once."))
        self.job_folder = Entry(_("Folder of new jobs"), placeholder=_("Folder of new jobs; empty: none"))
        self.job_folder.editingFinished.connect(self._save_folder)
        self._scroll.column.addWidget(self.job_folder)
        self.folder_problem = self._remark()

    def _build_depot(self) -> None:
        self._head(_("Depot"), _("Evidence goes home and jobs come over a broker: cards, check words, password."))
        self.depot = Button(_("Depot…"), icon="export", pressed=self._open_depot)
        self._scroll.column.addLayout(row_of(self.depot, 1))

    def _open_depot(self) -> None:
        from ui.window.depot_sheet import DepotSheet

        DepotSheet(self.host)

    def _save_folder(self) -> None:
        from pathlib import Path

        text = self.job_folder.text().strip()
        there = not text or (Path(text).is_absolute() and Path(text).is_dir())
        problem = HhtError(
            _("There is no folder “{folder}”.").format(folder=text),
            remedy=_("Type its whole path, from the root of the disk."),
            code="job-folder",
        )
        self._complain(self.folder_problem, None if there else problem)
        if there and text != self.host.settings.job_folder:
            self._save(job_folder=text)

    def _build_language(self) -> None:
        self._head(_("Language"))
        languages = [("", _("As the system")), ("en", "English"), ("cy", "Cymraeg")]
        self.language = Segments(_("Language"), languages)
        self.language.chosen.connect(lambda name: self._save(language=name))
        self._choices(self.language)

    def _build_lock(self) -> None:
        self._head(
            _("Locks itself"), _("When nobody touches it for so long; also when the computer slept, and by Ctrl+L.")
        )
        choices = [
            (str(count), ngettext("After {count} minute", "After {count} minutes", count).format(count=count))
            for count in CHOICES
        ]
        if THEME.training:
            choices.append(("0", _("Never")))
        self.lock_choice = Segments(_("Locks itself"), choices)
        self.lock_choice.chosen.connect(lambda minutes: self._save(lock_minutes=int(minutes)))
        self._choices(self.lock_choice)

    def _build_key_slot(self) -> None:
        self.key_slot: KeySlotPart | None = None
        if THEME.training:
            return
        self._head(
            _("This computer's key store"),
            _(
                "It can open the terminal at its start in your pass phrase's place: for anybody in your account. "
                "After a lock, and for what matters, your pass phrase is asked for as before."
            ),
        )
        self.key_slot = KeySlotPart(self.host, self._scroll.column)

    def _build_diagnostics(self) -> None:
        self._head(_("Diagnostics"), _("For whoever helps you: nothing of any customer, shown before it is written."))
        self.diagnostics = Button(_("Diagnostics…"), icon="export", pressed=self._open_diagnostics)
        self._scroll.column.addLayout(row_of(self.diagnostics, 1))

    def title(self) -> str:
        return _("Settings")

    def escape(self) -> None:
        self.host.go_home()

    def entered(self) -> None:
        self._show()
        if self.key_slot is not None:
            self.key_slot.look()
        self.host.bridge.call(lambda services: services.links(), self._arrived)
        give_keyboard(self.theme.buttons[self.host.settings.theme])

    def _arrived(self, links: list[LinkChoice]) -> None:
        self._links = links
        while (item := self._list.takeAt(0)) is not None:
            self._drop(item.widget())
        chosen = self.host.settings.link
        known = [("", _("As the job says"))] + [(link.url, link.title) for link in links]
        if chosen and chosen not in [url for url, _title in known]:
            known.append((chosen, chosen))
        for url, title in known:
            text = safe_text(title) if title == url or not url else f"{safe_text(title)} · {safe_text(url)}"
            button = Choice(text, pressed=lambda url=url: self._save(link=url))  # type: ignore[misc]
            button.setAccessibleName(_("Link: {title}").format(title=safe_text(title)))
            button.setChecked(url == chosen)
            self._group.addButton(button)
            self._list.addWidget(button)

    def _drop(self, widget: QWidget | None) -> None:
        if isinstance(widget, Button):
            self._group.removeButton(widget)
            drop(widget)

    def _show(self) -> None:
        settings = self.host.settings
        self.theme.choose(settings.theme)
        self.size_choice.choose("glove" if settings.glove else "normal")
        self.language.choose(settings.language)
        limit_s = lock_after_s(settings.lock_minutes, training=THEME.training)
        self.lock_choice.choose(str(round((limit_s or 0) / 60)))
        self.engineer.setText(settings.engineer)
        self.engineer_id.setText(settings.engineer_id)
        self.job_folder.setText(settings.job_folder)
        for problem in (self.engineer_problem, self.folder_problem):
            self._complain(problem, None)

    def _save(self, **changes: object) -> None:
        self.host.save_settings(replace(self.host.settings, **changes))  # type: ignore[arg-type]
        self._show()

    def _connect_probe(self) -> None:
        from ui.window.probe_sheet import ProbeSheet

        ProbeSheet(self.host, self._take_link).open_sheet()

    def _open_wallet(self) -> None:
        from ui.window.wallet_sheet import WalletSheet

        WalletSheet(self.host)

    def _open_log(self) -> None:
        from ui.window.log_sheet import LogSheet

        LogSheet(self.host)

    def _open_people(self) -> None:
        from ui.window.people_sheet import PeopleSheet

        PeopleSheet(self.host)

    def _open_diagnostics(self) -> None:
        from ui.window.diagnostics_sheet import DiagnosticsSheet

        DiagnosticsSheet(self.host)

    def _look(self) -> None:
        from ui.window.bridges_sheet import BridgesSheet

        BridgesSheet(self.host, self._take_link).open_sheet()

    def _take_link(self, url: str) -> None:
        self._save(link=url)
        self.host.bridge.call(lambda services: services.links(), self._arrived)  # it has a name there now

    def _use_url(self) -> None:
        text = self.url.text().strip()
        problem = url_problem(text)
        self._complain(self._problem, problem)
        if problem is None and text:
            self._save(link=text)
            self.url.clear()
            self._arrived(self._links)
