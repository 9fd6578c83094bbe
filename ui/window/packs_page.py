"""Command packs: what a supplier's desk gave for a visit, its commands in their order, and their delivery by radio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent

from hht.errors import HhtError
from hht.i18n import _
from ui.threads import in_thread
from ui.window.busy_page import BusyPage
from ui.window.doing import Doing
from ui.window.packs_model import going, pack_line, unknown_remedy, unknown_words
from ui.window.packs_notes import PackNotes
from ui.window.packs_parts import AboutPart, KeptPart, LockerPart
from ui.window.page import Host
from ui.window.parts import ButtonBar, Notice
from ui.window.sheet import give_keyboard, has_keyboard
from ui.window.way_sheet import WaySheet
from ui.window.widgets import Button, ProgressBar, Segments, row_of
from ui.window.work_card import PartStack, WorkCard
from ui.without_wan import PackWay

if TYPE_CHECKING:
    from ui.pack_facts import PackFacts
    from ui.packs import PackEvent
    from ui.services import Services

NARROW = 1180  # below this width a button has to do with its icon


class PacksPage(BusyPage):
    """See the module. One delivery runs at a time; it can be stopped; whatever happened is on disk, and shown."""

    name = "packs"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.part = "kept"
        self.packs: tuple[PackFacts, ...] = ()
        self.pack: PackFacts | None = None
        self.sending = ""  # the name of the command that is on its way
        self.looked = False  # the pack was only looked into: it is not kept
        self._stopped = False
        self.notes = PackNotes(self)
        words = [("kept", _("Packs")), ("locker", _("Commands")), ("about", _("Who made it"))]
        self.parts = Segments(_("Show"), words)
        self.parts.chosen.connect(self.show_part)
        self.doing = Doing(host.clock.monotonic)
        self.freeze = Button(_("Freeze…"), icon="pause", pressed=self.notes.freeze)
        self.confirm = Button(_("Desk confirms…"), icon="play", pressed=self.notes.confirm)
        self.export = Button(_("Export answers…"), icon="export", pressed=self.notes.export)
        self.inspect = Button(_("Look into a file…"), icon="search", pressed=self.look_into)
        self.notice = Notice()
        self.progress = ProgressBar(_("Progress"))
        self.progress.hide()
        self.kept = KeptPart()
        self.kept.chosen.connect(self.choose)
        self.locker = LockerPart(self.notes.settle, self.notes.pass_over, self.ask_hub, self.notes.code)
        self.about = AboutPart()
        self.back = Button(_("Back"), "big", "back", self.host.go_home)
        self.take = Button(_("Take in…"), "big", "import", self.take_in)
        self.stop = Button(_("Stop"), "stop", "stop", self.cancel)
        self.act = Button(_("Deliver…"), "primary", "forward", self.go_on)
        self._build()

    def _build(self) -> None:
        head = row_of(self.parts, self.doing, self.inspect, self.export, self.freeze, self.confirm)
        card = WorkCard(head, 1, self.notice, self.progress)
        self._stack = PartStack({"kept": self.kept, "locker": self.locker, "about": self.about})
        card.add(self._stack)
        self.body.addWidget(card, 1)
        self.body.addWidget(ButtonBar((self.back, self.take), (self.stop, self.act)))
        self.show_part("kept")
        self._show_busy("")

    # What a page does ------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        words = (
            (self.inspect, _("Look into a file…")),
            (self.export, _("Export answers…")),
            (self.freeze, _("Freeze…")),
        )
        for button, text in words:
            button.say("" if self.width() < NARROW else text)
            button.setAccessibleName(text)

    def title(self) -> str:
        return _("Command packs")

    def entered(self) -> None:
        self.look_again(first=True)
        self._keyboard()

    def escape(self) -> None:
        """A delivery that is cut off cannot be taken back: only Stop does that, and leaving the page does not."""
        if self.busy:
            give_keyboard(self.stop)
        elif self.part != "kept":
            self.show_part("kept")
            give_keyboard(self.kept.list if self.packs else self.take)
        else:
            self.host.go_home()

    def tick(self) -> None:
        self.doing.tick()

    def show_part(self, part: str) -> None:
        """Show that part: "kept" | "locker" | "about"."""
        self.part = part
        self.parts.choose(part)
        self._stack.show_part(part)
        self._offer()

    def _keyboard(self) -> None:
        """To what is to be done next."""
        if self.busy:
            give_keyboard(self.stop)
        elif self.part == "kept":
            give_keyboard(self.kept.list if self.packs else self.take)
        else:
            give_keyboard(self.act if self.act.isEnabled() else self.locker.list)

    # Which pack ------------------------------------------------------------------------------------------------------

    def look_again(self, *, first: bool = False) -> None:
        """Ask the store what is kept."""

        def arrived(packs: tuple[PackFacts, ...]) -> None:
            self._kept(packs)
            if first:
                self._keyboard()

        self.host.bridge.call(lambda services: in_thread(services.packs.list), arrived, self.failed)

    def _kept(self, packs: tuple[PackFacts, ...]) -> None:
        packs = tuple(pack for pack in packs if not self.host.privacy.hides(pack.job))
        self.packs = packs
        self.kept.show_packs(packs, self.host.clock.now())
        if self.pack is not None and self.host.privacy.hides(self.pack.job) and not self.busy:
            self._put_away()
        here = next((pack for pack in packs if self.pack is not None and pack.key == self.pack.key), None)
        if here is not None:
            self.show_pack(here)
        elif self.pack is None and packs:
            self.show_pack(packs[-1], follow=True)
        self._offer()

    def choose(self, key: str) -> None:
        """Work with that one."""
        found = next(pack for pack in self.packs if pack.key == key)
        self.looked = False
        self.show_pack(found, follow=True)
        self.show_part("locker")
        self.say_unknown()
        self._keyboard()

    def take_in(self) -> None:
        """Have a file chosen, and take it in where a trusted desk made it."""
        self.host.pick_file(_("Take a command pack in"), (".pack",), self.take_file)

    def take_file(self, path: str) -> None:
        """Take that file in."""

        def taken(pack: PackFacts) -> None:
            self.looked = False
            self.show_pack(pack, follow=True)
            self.show_part("locker")
            self.notice.say("good", _("{desk} made it: it is kept here.").format(desk=pack.desk))
            self.look_again()
            self._keyboard()

        self.host.bridge.call(lambda services: services.take_pack(Path(path)), taken, self.failed)

    def look_into(self) -> None:
        """Have a file chosen, and show what is in it, whoever made it."""
        self.host.pick_file(_("Look into a command pack"), (".pack",), self.look_into_file)

    def look_into_file(self, path: str) -> None:
        """Show what is in that file."""

        def seen(pack: PackFacts) -> None:
            self.looked = True
            self.show_pack(pack, follow=True)
            self.show_part("about")
            words = _("Only looked into: nobody has checked who made it, and nothing of it can be delivered.")
            self.notice.say("warn", words, _("Take it in to work with it."))

        self.host.bridge.call(lambda services: services.look_into_pack(Path(path)), seen, self.failed)

    def _put_away(self) -> None:
        """The pack that is shown is of a job that may not be named now."""
        self.pack, self.looked = None, False
        self.doing.say("")
        self.notice.say("plain", "")
        self.show_part("kept")

    def show_pack(self, pack: PackFacts, *, follow: bool = False) -> None:
        """Show that pack as it stands; `follow`: look at the command that matters now."""
        self.pack = pack
        self.locker.show_pack(pack, self.sending, follow=follow)
        self.about.show_pack(pack, self.host.clock.now())
        gone = sum(entry.state.final for entry in pack.entries)
        self.progress.show_done(gone, len(pack.entries))
        if not self.busy:
            self.doing.say(f"{pack.name} · {pack_line(pack, self.host.clock.now())}")
        self._offer()

    def _offer(self) -> None:
        """What can be done with the pack that is shown."""
        pack, kept = self.pack, self.pack is not None and not self.looked
        self.inspect.setVisible(self.part == "kept")
        self.freeze.setVisible(self.part != "kept" and kept and pack is not None and not pack.frozen and not pack.over)
        self.confirm.setVisible(self.part != "kept" and kept and pack is not None and bool(pack.frozen))
        self.export.setVisible(self.part != "kept" and kept and pack is not None and bool(pack.answers))
        for button in (self.freeze, self.confirm, self.take, self.inspect, self.export):
            button.setEnabled(not self.busy)
        if self.part == "kept":
            self.act.say(_("Open"), "forward")
            self.act.setEnabled(bool(self.packs) and not self.busy)
        else:
            self.act.say(_("Deliver…"), "forward")
            self.act.setEnabled(kept and pack is not None and not self.busy and bool(pack.next) and not pack.obstacle)

    def say_unknown(self) -> None:
        """Say what nobody knows, and how it is settled."""
        if self.pack is not None and self.pack.unknown and not self.busy:
            self.notice.say("warn", unknown_words(self.pack.unknown), unknown_remedy(), icon="unknown")

    # Delivering ------------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """What the big button says."""
        if self.part == "kept":
            self.kept.open_marked()
        elif self.act.isEnabled():
            self._ask_way(self.deliver)

    def ask_hub(self) -> None:
        """Ask the hub what became of what is unknown."""
        self._ask_way(lambda link, hub: self.deliver(link, hub, ask=True), ask=True)

    def _ask_way(self, go: Callable[[str, str], None], *, ask: bool = False) -> None:
        """By which dongle, at which hub: known, or asked for."""
        pack = self.pack
        if pack is None:
            return

        async def way(services: Services) -> tuple[str, str]:
            state = services.han.state
            hub = next((str(one.device) for one in pack.devices if one.kind == "GPF"), "")
            return await services.usual_dongle(), hub or state.hub

        def known(found: tuple[str, str]) -> None:
            link, hub = found
            WaySheet(self.host, going(pack, ask=ask), link, hub, lambda hub: go(link, hub))

        self.host.bridge.call(way, known, self.failed)

    def deliver(self, link: str, hub: str, *, ask: bool = False) -> None:
        """Deliver what may go by that dongle, at that hub; `ask`: only ask what became of what is unknown."""
        pack = self.pack
        if pack is None or self.busy:
            return
        key, way, hear = pack.key, PackWay(link, hub), self.host.bridge.listener(self._happened)
        self.notice.say("plain", "")
        self._stopped = False
        self._show_busy(_("Opening the dongle…"))
        self._call = self.host.bridge.call(
            lambda services: services.deliver_pack(key, way, hear, lambda: not self._stopped, ask=ask),
            self._delivered,
            self.failed,
            self._ended,
        )
        self._offer()

    def _happened(self, event: PackEvent) -> None:
        """Said while a delivery runs."""
        if not self.busy:
            return
        if event.kind == "voids":
            self.notice.say("warn", event.text)
        elif event.kind == "note":
            self.notice.say("plain", event.text)
        else:
            self.doing.say(event.text)
        if event.kind == "sending":
            self.sending = event.entry
            self.locker.show_doing(event.text)
        elif event.kind in ("entry", "settled", "open"):
            self.sending = ""
        if event.kind != "joining":
            self._refresh()

    def _refresh(self) -> None:
        """The pack as it is on disk now."""
        key = self.pack.key if self.pack is not None else ""

        def arrived(pack: PackFacts) -> None:
            if self.pack is not None and pack.key == self.pack.key:
                self.show_pack(pack, follow=self.busy)

        self.host.bridge.call(lambda services: in_thread(services.packs.show, key), arrived, self.failed)

    def _delivered(self, pack: PackFacts) -> None:
        self.show_pack(pack)
        if pack.unknown:
            return
        words = _("{done} of {all} commands are carried out.").format(done=pack.done, all=len(pack.entries))
        good = pack.done == len(pack.entries)
        remedy = "" if good else _("The list says what became of the others.")
        self.notice.say("good" if good else "warn", words, remedy)

    def cancel(self) -> None:
        """Stop before the next command; pressed again, cut off the one that is on its way: its outcome is unknown then,
        until it is settled."""
        if not self.busy:
            return
        if self._stopped or not self.sending:
            super().cancel()
        else:
            words = _("Stopping once {name} has its answer.").format(name=self.sending)
            remedy = _("Press Stop again to cut it off: nobody knows then whether the device has it.")
            self.notice.say("warn", words, remedy)
        self._stopped = True

    def failed(self, error: HhtError) -> None:
        """Say what went wrong."""
        if error.code == "pack-stopped":
            return  # as asked
        self.notice.say("bad", error.message, error.remedy, error.code)

    def _ended(self) -> None:
        self.sending = ""
        self._show_busy("")
        self.look_again()
        if self._stopped:
            self.notice.say("plain", _("Stopped. What has not left is not used up: deliver again to go on."))
        self._refresh_unknown()
        if self.has_stop_or_nothing:
            self._keyboard()

    def _refresh_unknown(self) -> None:
        key = self.pack.key if self.pack is not None else ""

        def arrived(pack: PackFacts) -> None:
            if self.pack is not None and pack.key == self.pack.key and not self.busy:
                self.show_pack(pack, follow=True)
                if pack.unknown:
                    self.say_unknown()

        self.host.bridge.call(lambda services: in_thread(services.packs.show, key), arrived, self.failed)

    def _show_busy(self, doing: str) -> None:
        had = has_keyboard(self.act)
        if doing:
            self.doing.begin(doing)
        else:
            self.doing.end()
        self.stop.setEnabled(bool(doing))
        self.progress.setVisible(bool(doing))
        self.locker.show_busy(bool(doing))
        self._offer()
        if doing:
            self.act.setEnabled(False)
        if doing and (had or self.focusWidget() is None):
            give_keyboard(self.stop)
