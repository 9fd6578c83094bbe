"""The depot: this terminal's card for it, its card for this terminal, the broker between them. All of it once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from ui.window.depot_model import depot_lines, words_apart
from ui.window.parts import FactTable, Notice
from ui.window.safe_text import safe_text
from ui.window.sheet import Sheet, close_word, give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Entry, FittingScroll, Text, row_of

if TYPE_CHECKING:
    from ui.depot_service import CardFacts, DepotFacts
    from ui.window.page import Host

CARD_FILE = "terminal-card.json"


class DepotSheet(Sheet):
    """See the module. `changed` hears when it is closed."""

    def __init__(self, host: Host, changed: Callable[[], None] = lambda: None) -> None:
        super().__init__(host.canvas(), _("Depot"), wide=1000)
        self._host = host
        self.known: DepotFacts | None = None
        self.notice = Notice()
        self.body.addWidget(self.notice)
        self._scroll = FittingScroll(self._most)
        self.body.addWidget(self._scroll)
        self._build_cards()
        self._build_broker()
        self.closed.connect(changed)
        self.add_button(close_word(), self.close_sheet, icon="close")
        self.keep = self.add_button(_("Keep the broker"), self.keep_broker, primary=True, icon="check")
        host.bridge.call(lambda services: services.depot.facts(), self._arrived, self.failed)
        self.open(self.name)

    def _most(self) -> int:
        """How high the rest may be: above it is what was refused."""
        high = self.notice.heightForWidth(self.card.width() - 2 * THEME.sizes.pad) if self.notice.message else 0
        return self.room(high + THEME.sizes.gap if high else 0)

    def _build_cards(self) -> None:
        column = self._scroll.column
        hint = _("Each end takes the other's card in, once. Compare the check words on the phone.")
        column.addWidget(Text(hint, "soft"))
        self.facts = FactTable()
        column.addWidget(self.facts)
        self.name = Entry(_("What people call this terminal"), placeholder=_("What people call this terminal"))
        self.write = Button(_("Write its card…"), icon="export", pressed=self.ask_where)
        self.take = Button(_("Take the depot's card in…"), icon="import", pressed=self.ask_card)
        self.name.returnPressed.connect(self.ask_where)
        row = row_of(self.name, self.write, self.take)
        row.setStretch(0, 1)
        column.addLayout(row)

    def _build_broker(self) -> None:
        column = self._scroll.column
        hint = _("mqtts://USER@HOST for a broker with TLS, mqtt:// for one without. The password is kept sealed.")
        column.addWidget(Text(_("Broker"), "head"))
        column.addWidget(Text(hint, "soft"))
        self.broker = Entry(_("Address of the broker"), placeholder="mqtts://van7@broker.example")
        self.password = Entry(_("Password at the broker"), placeholder=_("Password at the broker"), secret=True)
        self.authority = Button(_("Certificates…"), icon="shield", pressed=self.ask_authority)
        self.broker.returnPressed.connect(lambda: give_keyboard(self.password))
        self.password.returnPressed.connect(self.keep_broker)
        row = row_of(self.broker, self.password, self.authority)
        row.setStretch(0, 3)
        row.setStretch(1, 2)
        column.addLayout(row)

    # What is there ---------------------------------------------------------------------------------------------------

    def _arrived(self, facts: DepotFacts) -> None:
        first = self.known is None
        self.known = facts
        self.facts.show_facts(depot_lines(facts))
        if first:
            self.name.setText("" if facts.mine.name == facts.mine.key else facts.mine.name)
            self.broker.setText(facts.broker)
        kept = _("Password: one is kept")
        self.password.setPlaceholderText(kept if facts.password else _("Password at the broker"))
        self._scroll.fit()

    def failed(self, error: HhtError) -> None:
        """Say what was refused."""
        self._say("bad", error.message, error.remedy, error.code)

    def _say(self, tone: str, message: str, remedy: str = "", code: str = "") -> None:
        self.notice.say(tone, message, remedy, code)
        self._scroll.fit()

    # Cards -----------------------------------------------------------------------------------------------------------

    def ask_where(self) -> None:
        """Have a place chosen for this terminal's card."""
        self._host.pick_new_file(_("This terminal's card"), CARD_FILE, self.write_card)

    def write_card(self, path: str) -> None:
        """Write it there."""
        name = self.name.text().strip()

        def done(facts: DepotFacts) -> None:
            self._arrived(facts)
            self._say(
                "good",
                _("The card is in {file}.").format(file=safe_text(path)),
                _("The depot takes it in: hht depot know DIR CARD. It shows the same check words then."),
            )

        self._host.bridge.call(lambda services: services.depot.write_card(Path(path), name), done, self.failed)

    def ask_card(self) -> None:
        """Have the depot's card chosen."""
        self._host.pick_file(_("The depot's card"), (".json",), self.look_at)

    def look_at(self, path: str) -> None:
        """Look at the card there, and ask whether it is the depot's."""
        before = self.known.depot if self.known is not None else None

        def looked(card: CardFacts) -> None:
            TrustSheet(self._host, card, before, lambda: self._trust(card))

        self._host.bridge.call(lambda services: services.depot.look_at(Path(path)), looked, self.failed)

    def _trust(self, card: CardFacts) -> None:
        def done(facts: DepotFacts) -> None:
            self._arrived(facts)
            words = _("Receipts and jobs of “{name}” are taken here, and of no other depot.")
            self._say("good", words.format(name=safe_text(card.name)))

        self._host.bridge.call(lambda services: services.depot.trust(card), done, self.failed)

    # The broker ------------------------------------------------------------------------------------------------------

    def keep_broker(self) -> None:
        """Keep where the broker is, and the password where one was typed."""
        self._keep(None)

    def ask_authority(self) -> None:
        """Have the certificates chosen that vouch for the broker."""
        self._host.pick_file(_("Certificates that vouch for the broker"), (".pem", ".crt", ".cer"), self.take_authority)

    def take_authority(self, path: str) -> None:
        """Keep these with the broker."""
        self._keep(Path(path))

    def _keep(self, authority: Path | None) -> None:
        url, password = self.broker.text().strip(), self.password.text() or None

        def done(facts: DepotFacts) -> None:
            self.password.clear()
            self._arrived(facts)
            self._say("good", _("Kept, sealed.") if facts.broker else _("No broker is kept any more."))

        self._host.bridge.call(
            lambda services: services.depot.keep_broker(url, password=password, authority=authority), done, self.failed
        )


class TrustSheet(Sheet):
    """Whether a card is the depot's: somebody there reads its check words out."""

    def __init__(self, host: Host, card: CardFacts, before: CardFacts | None, trust: Callable[[], None]) -> None:
        super().__init__(host.canvas(), _("Is this the card of “{name}”?").format(name=safe_text(card.name)))
        self._trust = trust
        self.words = Text(words_apart(card.words), "title", wrap=False)
        self.words.setAccessibleName(_("Check words: {words}").format(words=" ".join(card.words)))
        self.body.addWidget(
            Text(_("Ring the depot and have its check words read out to you. Take the card in only if they are these:"))
        )
        self.body.addWidget(self.words)
        if before is not None and before.key != card.key:
            words = _("It takes the place of “{name}”, whose receipts and jobs count no more then.")
            self.body.addWidget(Text(words.format(name=safe_text(before.name)), "strong"))
        differ = self.add_button(_("They differ"), self.close_sheet, icon="cross")
        self.same = self.add_button(_("They are the same"), self._go, icon="check")
        self.open(differ)

    def _go(self) -> None:
        self.close_sheet()
        self._trust()
