"""One delivery as it runs on a hub's HAN: command after command, what is said of each, what is settled on the way.

What is for a gas meter that sleeps is handed to the hub together, as far as the desk lets one go whatever becomes of
the other: the meter wakes once for all of it, in a hub's hour that would not do for each by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from hht.i18n import _
from hht.identifiers import DeviceId
from hht.packs.delivery import Delivery
from hht.packs.errors import PackError
from hht.packs.locker import EntryState
from hht.packs.pack import Entry, OnFailure, Pack
from hht.protocol.gbcs.clocks import CLOCK_CODES
from ui.pack_facts import SLEEPERS, EntryFacts, entry_facts
from ui.pack_radio import OnHan, OnPack, PackEvent

Watch = Callable[[], Awaitable[str]]
Overtaken = Callable[[Entry], Iterable[tuple[str, Sequence[str]]]]  # what of other packs a command makes void, by pack


class PackRun:
    """See the module. `watch` is asked before each command whether the pack is to freeze, and says why; `overtaken`,
    what other packs that wait lose by it."""

    def __init__(
        self,
        pack: Pack,
        delivery: Delivery,
        han: OnHan,
        on_event: OnPack,
        watch: Watch | None = None,
        overtaken: Overtaken = lambda entry: (),
    ) -> None:
        self._delivery = delivery
        self._han = han
        self._on_event = on_event
        self._watch = watch
        self._overtaken = overtaken
        self._sleepers = {one.device for one in pack.devices if one.type in SLEEPERS}

    # --- delivering ------------------------------------------------------------------------------------------------

    async def all_that_may_go(self, only: DeviceId | None = None) -> None:
        """Settle what is unknown, then deliver each command that may go, in order, until one is for another device than
        `only`. Raises PackError where the next may not, and what the way raises where it is lost."""
        for entry in self._delivery.locker.unknown:
            await self.settle(entry)
        while (waiting := self._delivery.locker.next) is not None and only in (None, waiting.device):
            if waiting.device in self._sleepers:
                await self._together()
            else:
                await self._permitted(waiting)
                self._announce(waiting)
                await self._delivery.deliver(waiting)
                await self._ended(waiting)

    async def _together(self) -> None:
        """Hand over what is next for a device that sleeps, and what may follow it there; then wait for the answers."""
        handed: list[Entry] = []
        first = self._delivery.locker.next
        while (waiting := self._delivery.locker.next) is not None and first is not None:
            if waiting.device != first.device or (handed and handed[-1].on_failure is not OnFailure.CONTINUE):
                break
            try:
                await self._permitted(waiting)
            except PackError:
                if not handed:
                    raise
                break  # it is said once the answers to the others are there
            self._announce(waiting)
            report = await self._delivery.deliver(waiting, by=self._han.carrier.hand_over)
            handed.append(waiting)
            if report.state is EntryState.WAITING:  # it came back
                break
        for entry in handed:
            if entry in self._delivery.locker.unknown:
                await self._delivery.ask(entry, patient=True)
            await self._ended(entry)

    async def _permitted(self, entry: Entry) -> None:
        """Raises PackError with the reason why it may not go now. The hub's time is read before it sets a clock."""
        if self._watch is not None and (why := await self._watch()):
            self._delivery.freeze(why)
        if entry.message.message_code in CLOCK_CODES:
            await self._han.read_time()
        self._delivery.permit(entry, self._han.moment())

    async def _ended(self, entry: Entry) -> None:
        """Say what became of a command, and settle it where nobody knows. Raises PackError where it came back."""
        facts = self._facts(entry)
        self._on_event(PackEvent("entry", facts.words, entry.name, facts=facts))
        if facts.state is EntryState.WAITING:
            raise _not_brought(facts)
        if facts.state is EntryState.UNKNOWN:
            await self.settle(entry)

    def _announce(self, entry: Entry) -> None:
        """What is said before a command leaves."""
        voids = self._delivery.locker.would_void(entry)
        if voids:
            names = ", ".join(one.name for one in voids)
            said = _("Once {name} has left, its device refuses {names}: they are void then.")
            self._on_event(PackEvent("voids", said.format(name=entry.name, names=names), entry.name))
        for pack, others in self._overtaken(entry):
            said = _("Once {name} has left, its device refuses {names} of the pack {pack}: they are void then.")
            said = said.format(name=entry.name, names=", ".join(others), pack=pack)
            self._on_event(PackEvent("voids", said, entry.name))
        said = _("Delivering {name}").format(name=entry.name)
        if entry.device in self._sleepers:
            said = _("Delivering {name}: wake the gas meter by a button of it; else it answers within 35 minutes")
            said = said.format(name=entry.name)
        self._on_event(PackEvent("sending", said, entry.name))

    # --- settling --------------------------------------------------------------------------------------------------

    async def settle(self, entry: Entry) -> None:
        """What the hub knows of a command whose outcome is unknown (of a gas meter that sleeps: once it has woken),
        else what a read of the pack tells, where no other command is lost by it."""
        if entry not in self._delivery.locker.unknown:
            return
        if entry.device in self._sleepers:
            said = _("Waiting for the answer to {name}: wake the gas meter by a button of it; else up to 35 minutes")
            self._on_event(PackEvent("waiting", said.format(name=entry.name), entry.name))
        if await self.ask_hub(entry, patient=True):
            return
        read = self._delivery.locker.proof_of(entry)
        if read is not None and not self._delivery.locker.would_void(read):
            await self.prove(entry)

    async def ask_hub(self, entry: Entry, *, patient: bool = False) -> bool:
        """Whether that has settled it."""
        found = await self._delivery.ask(entry, patient=patient)
        facts = self._facts(entry)
        settled = facts.state is not EntryState.UNKNOWN
        text = facts.words if settled else found.why or facts.words
        self._on_event(PackEvent("settled" if settled else "open", text, entry.name, facts=facts))
        return settled

    async def prove(self, entry: Entry) -> None:
        """Deliver the read that tells what became of `entry`. Raises PackError ``pack-no-proof``."""
        read = self._delivery.locker.proof_of(entry)
        if read is not None:
            self._announce(read)
        await self._delivery.prove(entry)
        for one in self._both(read, entry):
            facts = self._facts(one)
            kind = "entry" if one is read else "open" if facts.state is EntryState.UNKNOWN else "settled"
            self._on_event(PackEvent(kind, facts.words, one.name, facts=facts))

    @staticmethod
    def _both(read: Entry | None, entry: Entry) -> Iterator[Entry]:
        if read is not None:
            yield read
        yield entry

    def _facts(self, entry: Entry) -> EntryFacts:
        return entry_facts(self._delivery.locker, entry, self._han.moment())


def _not_brought(facts: EntryFacts) -> PackError:
    return PackError(
        _("{name} did not reach {device}: {why}").format(name=facts.name, device=facts.device, why=facts.why),
        remedy=_("It is not used up. Have the device join the hub's HAN, then deliver the pack again."),
        code="pack-not-brought",
    )
