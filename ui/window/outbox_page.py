"""The outbox: what waits to go home, item by item; export, sending to desk or depot, receipts, erasure with proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.window.busy_page import BusyPage
from ui.window.depot_model import contact_words, failed_words, going_words, met_words, no_contact
from ui.window.depot_sheet import DepotSheet
from ui.window.doing import Doing
from ui.window.outbox_model import OutRow, facts_of, out_rows, visit_words, waiting_of, waiting_words
from ui.window.outbox_sheets import ErasedSheet, EraseSheet, PlaceSheet, UnsignedReceiptSheet
from ui.window.page import Host
from ui.window.parts import ButtonBar, FactTable, Notice
from ui.window.sheet import give_keyboard
from ui.window.state_list import StateList
from ui.window.theme import THEME
from ui.window.widgets import Button, ElidedText, ProgressBar, Scroll, Text, row_of
from ui.window.work_card import WorkCard

if TYPE_CHECKING:
    from hht.store.erasure import Erased
    from ui.depot_kept import Brought
    from ui.depot_service import DepotFacts, Going
    from ui.outbox_items import OutVisit
    from ui.services import Services

FOLDER = "to-the-depot"
UNSIGNED = "receipt-unsigned"  # the code of what is refused until a person says why
NARROW = 1180  # below this width a button has to do with its icon


async def _depot_of(services: Services) -> DepotFacts | None:
    return await services.depot.facts() if await services.depot.ready() else None


class OutboxPage(BusyPage):
    """See the module. One sending at a time; what arrived before it was stopped is receipted."""

    name = "outbox"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.visits: tuple[OutVisit, ...] = ()
        self.loaded = False
        self._stopped = self._with_depot = False
        self.refused: dict[str, str] = {}  # what the depot did not take when it was met last: name -> why
        self._depot: DepotFacts | None = None  # how it stands to the depot, where that can be met
        self.doing = Doing(host.clock.monotonic)
        self.receipt = Button(_("Take a receipt in…"), icon="import", pressed=self.ask_receipt)
        self.depot = Button(_("Depot…"), icon="settings", pressed=self.open_depot)
        self.contact = ElidedText("", "soft")
        self.notice = Notice()
        self.progress = ProgressBar(_("Progress"))
        self.list: StateList[OutRow] = StateList(_("What goes home"))
        self.list.marked_changed.connect(self._show_marked)
        self._none = Text("", "head")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.facts = FactTable()
        self.erase = Button(_("Erase this visit…"), icon="cross", pressed=self.ask_erase)
        self.back = Button(_("Back"), "big", "back", host.go_home)
        self.export = Button(_("Export…"), "big", "export", self.ask_export)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.send = Button(_("Send to the desk"), "primary", "forward", self.send_all)
        self.to_depot = Button(_("Send to the depot"), "primary", "forward", self.send_to_depot)
        self._build()

    def _build(self) -> None:
        card = WorkCard(row_of(self.doing, self.depot, self.receipt), 0, self.notice, self.progress)
        card.column.addWidget(self.contact)
        card.add(self._none)
        scroll = Scroll()
        scroll.column.addWidget(self.facts)
        scroll.column.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(scroll, 1)
        right.addLayout(row_of(1, self.erase))
        row = QHBoxLayout()
        row.setSpacing(THEME.sizes.gap + 4)
        row.addWidget(self.list, 1)
        row.addLayout(right, 1)
        card.add(row)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.export), (self.stop, self.send, self.to_depot)))
        self._show((), loaded=False)
        self._show_depot(None)
        self._show_busy("")

    # What a page does ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        for button, words, short in (
            (self.receipt, _("Take a receipt in…"), _("Receipt…")),
            (self.send, _("Send to the desk"), _("To the desk")),
            (self.to_depot, _("Send to the depot"), _("To the depot")),
        ):
            button.say(short if narrow else words)
            button.setAccessibleName(words)

    def title(self) -> str:
        return _("Outbox")

    def entered(self) -> None:
        self.notice.say("plain", "")
        self.look_again(first=True)
        self._keyboard()

    def tick(self) -> None:
        self.doing.tick()

    @property
    def marked(self) -> OutRow | None:
        """What is looked at."""
        return self.list.marked

    def _keyboard(self) -> None:
        if self.busy:
            give_keyboard(self.stop)
        elif self.list.rows:
            give_keyboard(self.list)
        else:
            give_keyboard(self.back)

    # What is there ---------------------------------------------------------------------------------------------------

    def look_again(self, *, first: bool = False) -> None:
        """Ask the store what goes home."""

        def arrived(visits: tuple[OutVisit, ...]) -> None:
            self._show(visits, loaded=True)
            if first:
                self._keyboard()

        self.host.bridge.call(lambda services: services.evidence.outbox(), arrived, self.failed)
        self.host.bridge.call(_depot_of, self._show_depot, self.failed)

    def _show_depot(self, facts: DepotFacts | None) -> None:
        """There is a depot that can be met, or there is none."""
        self._depot = facts
        self.send.play("primary" if facts is None else "big")  # one way leads home
        self.to_depot.setVisible(facts is not None)
        self.contact.setVisible(facts is not None)
        self.contact.setText(contact_words(facts) if facts is not None else "")

    def open_depot(self) -> None:
        """Who the depot is, and the way there."""
        DepotSheet(self.host, self.look_again)

    def _show(self, visits: tuple[OutVisit, ...], *, loaded: bool) -> None:
        self.visits, self.loaded = visits, loaded
        if loaded:
            self.host.look_at_outbox()
        rows = out_rows([visit for visit in visits if not self.host.privacy.hides(visit.reference)])
        self.list.show_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        words = _("Nothing waits to go home: no visit has ended yet.") if loaded else _("Looking what goes home…")
        if visits and not rows:
            words = _("Nothing of this job waits to go home; the other jobs are not shown while its visit is open.")
        self._none.setText(words)
        if not self.busy:
            self.doing.say(waiting_words(visits) if rows else "")
        self._show_marked()

    def _show_marked(self) -> None:
        row = self.marked
        self.facts.show_facts(facts_of(row, self.refused) if row is not None else ())
        begun = row is not None and row.item is None and row.visit.erased is None
        whole = row is not None and row.visit.receipted
        self.erase.setVisible(whole or begun)
        self._offer()

    def _offer(self) -> None:
        waits = waiting_of(self.visits) > 0
        self.send.setEnabled(waits and not self.busy)
        self.to_depot.setEnabled(not self.busy)  # it is asked as well whether it still has what it receipted
        self.export.setEnabled(waits and not self.busy)
        for button in (self.receipt, self.erase, self.depot):
            button.setEnabled(not self.busy)

    # Going home ------------------------------------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Have a folder chosen, and write into it what is not receipted."""
        PlaceSheet(self.host.canvas(), _("Export for the supplier"), FOLDER, self.export_to).open_at_home()

    def export_to(self, folder: str) -> None:
        """Write there what is not receipted."""

        def done(files: tuple[Path, ...]) -> None:
            words = ngettext("{count} file is in {folder}.", "{count} files are in {folder}.", len(files))
            remedy = _("They are for the supplier alone. When its receipt comes, take it in here.")
            self.notice.say("good", words.format(count=len(files), folder=folder), remedy)
            self.look_again()

        self.notice.say("plain", "")
        self.host.bridge.call(lambda services: services.evidence.export(Path(folder)), done, self.failed)

    def send_all(self) -> None:
        """Send what is not receipted to the desk; in training its word is the receipt."""
        if self.busy or not self.send.isEnabled():
            return
        going = self.host.bridge.listener(self._going)

        async def send(services: Services) -> tuple[str, ...]:
            place = await services.usual_desk()
            if not place.url:
                remedy = _("Choose one in the settings, or export to a folder.")
                raise HhtError(_("No desk is chosen."), remedy=remedy, code="no-desk")

            def tell(name: str, number: int, total: int) -> None:
                going((name, number, total))

            return await services.evidence.send(services.desks, place.url, place.home, tell)

        self.notice.say("plain", "")
        self._stopped = self._with_depot = False
        self.progress.show_done(0, waiting_of(self.visits))
        self._show_busy(_("Calling the desk…"))
        self._call = self.host.bridge.call(send, self._sent, self.failed, self._ended)
        self._offer()

    def send_to_depot(self) -> None:
        """Meet the depot: what is not receipted goes, jobs come; its word is the receipt."""
        if self.busy or self._depot is None:
            return
        going = self.host.bridge.listener(self._depot_going)
        self.notice.say("plain", "")
        self._stopped, self._with_depot = False, True
        self.progress.show_done(0, waiting_of(self.visits))
        self._show_busy(_("Calling the depot…"))
        self._call = self.host.bridge.call(
            lambda services: services.depot.meet(going), self._met, self._not_met, self._ended
        )
        self._offer()

    def _depot_going(self, going: Going) -> None:
        if self.busy and not self._stopped:
            total = waiting_of(self.visits)
            self.progress.show_done(going.number - 1, max(total, going.number))
            self.doing.say(going_words(going, total))

    def _met(self, brought: Brought) -> None:
        self.host.depot_again.settled()
        self.tell_met(brought)

    def tell_met(self, brought: Brought, first: str = "") -> None:
        """Say what a meeting with the depot came to."""
        self.refused = dict(brought.met.refused)
        tone, message, remedy = met_words(brought)
        self.notice.say(tone, " ".join(filter(None, [first, message])), remedy)
        if brought.jobs:
            self.host.arrivals.came(brought.jobs, _("From the depot:"))
        if first:
            self.look_again()

    def _not_met(self, error: HhtError) -> None:
        self.notice.say(*failed_words(error))
        if no_contact(error):
            self.host.depot_again.no_contact()
        else:
            self.host.depot_again.settled()

    def _going(self, told: tuple[str, int, int]) -> None:
        name, number, total = told
        if self.busy and not self._stopped:
            self.progress.show_done(number - 1, total)
            self.doing.say(_("{number} of {total}: {name}").format(number=number, total=total, name=name))

    def _sent(self, names: tuple[str, ...]) -> None:
        words = ngettext("The desk has {count} item.", "The desk has {count} items.", len(names))
        receipt = _("Its word is the receipt.") if THEME.training else _("When its receipt comes, take it in here.")
        self.notice.say("good", words.format(count=len(names)), receipt)

    def cancel(self) -> None:
        """Stop sending: what the desk has whole is noted, the rest waits."""
        self._stopped = self._stopped or self.busy
        super().cancel()

    def _ended(self) -> None:
        if self._stopped:
            words = _("Stopped. What the desk has whole is noted; what broke off goes on where it stopped.")
            if self._with_depot:
                self.host.depot_again.settled()  # nor is it tried by itself
                words = _("Stopped. What the depot has whole is receipted; what broke off goes on where it stopped.")
            self.notice.say("plain", words, icon="stop")
        self._show_busy("")
        self.look_again()
        if self.has_stop_or_nothing:
            self._keyboard()

    # Receipts and erasure --------------------------------------------------------------------------------------------

    def ask_receipt(self) -> None:
        """Have a receipt's file chosen, and take it in."""
        self.host.pick_file(_("Take a receipt in"), (".json",), self.take_receipt)

    def take_receipt(self, path: str, reason: str = "") -> None:
        """Take that receipt in. `reason`: why one that nobody signed is taken in live work."""

        def done(names: tuple[str, ...]) -> None:
            words = ngettext("Receipted: {count} item.", "Receipted: {count} items.", len(names))
            self.notice.say("good", words.format(count=len(names)))
            self.look_again()

        def refused(error: HhtError) -> None:
            if error.code == UNSIGNED:
                UnsignedReceiptSheet(self.host.canvas(), error, lambda why: self.take_receipt(path, why))
            else:
                self.failed(error)

        self.notice.say("plain", "")
        self.host.bridge.call(lambda services: services.evidence.receipt(Path(path), reason), done, refused)

    def ask_erase(self) -> None:
        """Ask whether the marked visit is to be erased."""
        row = self.marked
        if row is not None:
            named = visit_words(row.visit) if row.item is not None else row.title
            visit = row.visit
            EraseSheet(self.host.canvas(), named, lambda: self._erase(visit.visit_id, named), visit.warning)

    def _erase(self, visit_id: str, named: str) -> None:
        def done(erased: Erased) -> None:
            self.look_again()
            ErasedSheet(self.host.canvas(), named, erased)

        self.notice.say("plain", "")
        self.host.bridge.call(lambda services: services.evidence.erase(visit_id), done, self.failed)

    # ------------------------------------------------------------------------------------------------------------------

    def failed(self, error: HhtError) -> None:
        """Say what went wrong."""
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _show_busy(self, doing: str) -> None:
        if doing:
            self.doing.begin(doing)
        else:
            self.doing.end(waiting_words(self.visits) if self.visits else "")
        self.stop.setEnabled(bool(doing))
        self.progress.setVisible(bool(doing))
        self._offer()
        if doing:
            self.send.setEnabled(False)
            self.to_depot.setEnabled(False)
            give_keyboard(self.stop)
