"""What a person notes of a command pack, and answers for: what was seen, what is left out, why nothing may go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.i18n import _, ngettext
from hht.packs.second_proof import spoken
from ui.threads import in_thread
from ui.window.note_sheet import NoteSheet
from ui.window.safe_text import safe_text

if TYPE_CHECKING:
    from ui.pack_facts import PackFacts
    from ui.services import Services
    from ui.window.packs_page import PacksPage


class PackNotes:
    """See the module; of the pack that the page shows."""

    def __init__(self, page: PacksPage) -> None:
        self._page = page

    def settle(self) -> None:
        """Have said what was seen of a command whose outcome is unknown."""
        entry = self._page.locker.marked
        if entry is None or self._page.pack is None:
            return
        key, name = self._page.pack.key, entry.name
        words = _("Read the device, at its display or by its port. {name} is never sent again.").format(name=name)
        choices = [("done", _("It was carried out")), ("not", _("It was not carried out"))]

        def noted(choice: str, by: str) -> None:
            self._note(lambda services: in_thread(services.packs.settle, key, name, done=choice == "done", by=by))

        NoteSheet(
            self._page.host.canvas(), _("What became of {name}?").format(name=name), words,
            _("What was seen, and who saw it"), _("Settle"), noted, choices,
        )  # fmt: skip

    def pass_over(self) -> None:
        """Have said who decided that a command is left out."""
        entry = self._page.locker.marked
        if entry is None or self._page.pack is None:
            return
        key, name = self._page.pack.key, entry.name
        words = _("{name} is void then, and what depends on it cannot go.").format(name=name)
        NoteSheet(
            self._page.host.canvas(), _("Pass over {name}?").format(name=name), words, _("Who decided it"),
            _("Pass over"),
            lambda _choice, by: self._note(lambda services: in_thread(services.packs.pass_over, key, name, by)),
        )  # fmt: skip

    def code(self) -> None:
        """Have a challenge made and read out to the desk, and its one-time codes typed in."""
        entry = self._page.locker.marked
        if entry is None or self._page.pack is None:
            return
        key, name, job, device = self._page.pack.key, entry.name, self._page.pack.job, entry.device

        def typed(_choice: str, said: str) -> None:
            codes = tuple(said.replace(",", " ").split())
            self._note(lambda services: in_thread(services.packs.release, key, name, codes))

        def made(challenge: str) -> None:
            words = _("Ring the desk and read this out: job {job}, {name}, {device}, challenge {challenge}.").format(
                job=safe_text(job), name=safe_text(name), device=device, challenge=spoken(challenge)
            )
            field = ngettext(
                "The code that {count} person there says", "The codes that {count} people there say", entry.codes
            ).format(count=entry.codes)
            NoteSheet(self._page.host.canvas(), _("The desk's code"), words, field, _("Take"), typed)

        self._page.host.bridge.call(
            lambda services: in_thread(services.packs.challenge, key, name), made, self._page.failed
        )

    def freeze(self) -> None:
        """Have said why nothing may go for now."""
        if self._page.pack is None:
            return
        key = self._page.pack.key
        words = _("Freeze it when the WAN is back, or the desk sends commands over it: counters may have gone on.")
        NoteSheet(
            self._page.host.canvas(), _("Freeze this pack?"), words, _("Why"), _("Freeze"),
            lambda _choice, why: self._note(lambda services: in_thread(services.packs.freeze, key, why)),
        )  # fmt: skip

    def confirm(self) -> None:
        """Have said under which reference the desk lets it go on."""
        if self._page.pack is None:
            return
        key = self._page.pack.key
        words = _("Ask the desk whether what is left may still go, and note its reference.")
        NoteSheet(
            self._page.host.canvas(), _("The desk confirms this pack"), words, _("The desk's reference"), _("Confirm"),
            lambda _choice, said: self._note(lambda services: in_thread(services.packs.confirm, key, said)),
        )  # fmt: skip

    def export(self) -> None:
        """Have a place chosen, and write there what the devices answered, and every record."""
        if self._page.pack is None:
            return
        key, name = self._page.pack.key, f"{self._page.pack.name}-answers.json"

        def written(answers: int) -> None:
            said = ngettext("{count} answer is in {file}.", "{count} answers are in {file}.", answers)
            self._page.notice.say("good", said.format(count=answers, file=chosen[-1]))

        chosen: list[str] = []

        def to(path: str) -> None:
            chosen.append(path)
            self._page.host.bridge.call(
                lambda services: services.export_answers(key, Path(path)), written, self._page.failed
            )

        self._page.host.pick_new_file(_("Export the devices' answers"), name, to, (".json",))

    def _note(self, make: Callable[[Services], Any]) -> None:
        self._page.notice.say("plain", "")

        def noted(pack: PackFacts) -> None:
            self._page.show_pack(pack)
            self._page.look_again()
            self._page.say_unknown()

        self._page.host.bridge.call(make, noted, self._page.failed)
