"""Asking the supplier's desk, for command line, window and walkthroughs: what is asked, how it stands, in which way.

The terminal issues no service requests. An ask is kept before anything leaves; whatever dies, `Desks` finds it again by
its reference. "Device fact seen" is set by whoever read the device or the hub, and by no word of the desk's.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.desk.asks import REFERENCE_OCTETS, Ask, make_reference
from hht.desk.client import DeskClient, DeskTiming
from hht.desk.course import AskReport, AskState, CommandState, Course
from hht.desk.errors import DeskError
from hht.desk.kept import AskBook, KeptRecords
from hht.desk.kinds import AskKind
from hht.desk.memory import remembering
from hht.desk.messages import Hello, PutAsk, Way
from hht.desk.records import RecordKind
from hht.desk.spoken import Readout, read_out, typed_reference
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId, Mpan, Mprn
from hht.link_url import LinkUrl, parse_link_url, reaches_desk
from hht.packs.supply_limits import supply_limits
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.supplier import ended_in_vain
from hht.work.unusual import DISABLES, LOOKED_UP, LOOKUPS, SUPPLY_ASKED, note_act, usual
from ui.desk_folder import DeskFolder
from ui.desk_packs import confirm_by, freeze_for
from ui.packs import Packs
from ui.supply_gate import supply_gate

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.desk.client import OnReport
    from hht.link import TraceSink
    from hht.packs.way import CommandCarrier
    from hht.protocol.gbcs.keys import KeyRing
    from hht.store.store import Store
    from ui.compose import Composer
    from ui.pack_radio import HanWay, OnPack


class Mode(enum.StrEnum):
    """How the desk can act now."""

    WAN = "wan"  # the WAN is up: the desk sends it
    RELAY = "relay"  # no WAN, but data: the desk hands over each command, the terminal brings it
    NOTHING = "nothing"  # no data: a pack, or the phone


@dataclass(frozen=True, slots=True)
class Ways:
    """What works now, and why not more. `desk`: who answered, "" where nobody did."""

    mode: Mode
    why: str = ""
    desk: str = ""


class Desks:
    """The asks of one store, and conversations with desks. Methods without ``async`` only read and write the store (a
    window calls them in a thread); the others are for the core thread.

    `timing` is how long a desk is waited for; `random_bytes` draws references; `on_note` is told what follows for packs
    that are kept: they freeze where the desk is to change one of their devices itself. `before` may refuse an ask.
    """

    def __init__(
        self,
        store: Store,
        composer: Composer,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        timing: DeskTiming | None = None,
        on_note: Callable[[str], None] = lambda _note: None,
        before: Callable[[AskReport], None] = lambda _report: None,
    ) -> None:
        self._store, self._packs = store, Packs(store, clock, composer)
        self._on_note, self._before = on_note, before
        self._book = AskBook(store)
        self._composer = composer
        self._clock = clock
        self._training = store.training
        self._random_bytes = random_bytes
        self._timing = timing or DeskTiming()

    @property
    def longest_s(self) -> float:
        """How long a desk is waited for until it says how an ask ended, in seconds."""
        return self._timing.result_s

    # --- what is kept ----------------------------------------------------------------------------------------------

    def asks(self, job: str | None = None) -> tuple[AskReport, ...]:
        """Every ask of the store, or of a job, the oldest first."""
        return self._book.reports(job)

    def report(self, reference: str) -> AskReport:
        """How an ask stands. Raises DeskError ``desk-unknown-ask``."""
        return self._book.report(reference.upper())

    def new(
        self,
        job: str,
        kind: AskKind | str,
        device: str,
        type_: DuisDeviceType | str,
        details: Mapping[str, str] | None = None,
        *,
        step: str = "",
        test_identifiers: bool = False,
    ) -> AskReport:
        """Keep a new ask; nothing leaves. Raises AskRefused, IdentifierError where a value is wrong (MPAN and MPRN are
        held to their check digits unless `test_identifiers`), StoreError."""
        given = dict(details or {})
        if not test_identifiers:
            _check_digits(given)
        try:
            what, who = AskKind(kind), DuisDeviceType(str(type_).upper())
        except ValueError:
            raise DeskError(
                _("“{what}” of a {type} is nothing that can be asked.").format(what=kind, type=type_),
                remedy=_("See hht desk what for what can be asked, and of which devices."),
                code="desk-ask",
            ) from None
        reference = make_reference(self._random_bytes(REFERENCE_OCTETS))
        ask = Ask(reference, job, what, DeviceId.parse(device), who, given, step)
        records = self._book.keep(ask)
        if not step and what in usual()[LOOKUPS].asks:
            note_act(self._store, LOOKUPS, LOOKED_UP, self._told(ask))
        return Course(records.all()).report()

    def _told(self, ask: Ask) -> dict[str, str]:
        """What the log tells of an ask: nothing of whose supply it is but a fingerprint."""
        return {"ask": str(ask.kind), "device": self._store.blind_index("log", "device", str(ask.device))}

    def again(self, reference: str) -> AskReport:
        """A new ask for the same thing, for one that ended without being done.

        Raises DeskError ``desk-not-ended`` for one that may still be done: that is asked under its own reference.
        """
        before = self.report(reference)
        if not before.state.final or (before.state.value in _MAY_BE_DONE and not ended_in_vain(before)):
            raise DeskError(
                _("{reference} is {state}: asked anew it could be done twice.").format(
                    reference=before.ask.reference, state=before.state
                ),
                remedy=_("Ask under the same reference how it stands, or read the device."),
                code="desk-not-ended",
            )
        old = before.ask
        anew = self.new(old.job, old.kind, str(old.device), old.type, old.details, step=old.step, test_identifiers=True)
        self._book.erase_secrets(old.reference)  # the new ask has them
        return anew

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        """The terminal itself read `what` of the device or the hub; `by`: how, in words. The last of the five lamps."""
        return self._fact(reference, {"what": what, "agrees": agrees, "by": by, "read": True})

    def noted(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        """A person saw `what` at the device; `by`: who, and how. It settles the ask, and lights no lamp: only what the
        terminal itself read does."""
        return self._fact(reference, {"what": what, "agrees": agrees, "by": by, "read": False})

    def erase_answer(self, reference: str) -> None:
        """Take what was answered out of an ask: how people live is kept where they can have it dropped."""
        self._book.erase_answer(reference)

    def settled(self, reference: str, what: str, *, done: bool) -> AskReport:
        """What a read of the device showed, made after nobody knew what became of the command. It ends an ask that had
        no response, and changes no other."""
        records = self._book.records(reference.upper())
        records.append(RecordKind.SETTLED, {"what": what, "done": done})
        return Course(records.all()).report()

    def _fact(self, reference: str, told: dict[str, Any]) -> AskReport:
        records = self._book.records(reference.upper())
        records.append(RecordKind.SEEN, told)
        return Course(records.all()).report()

    # --- by a line -------------------------------------------------------------------------------------------------

    async def ways(self, url: str, hub: str, *, home: str = "") -> Ways:
        """Which mode works now: asks the desk at the link `url` whether the WAN reaches `hub` (a CHF or GPF ID, or that
        of a device behind one). Raises
        DeskError of a desk that is there and not to be spoken to (another version, live and training mixed)."""
        if by_folder(url):
            return Ways(Mode.NOTHING, _("the desk is reached by files that are carried to it"))
        try:
            async with self.conversation(url, home) as client:
                found = await client.reach(DeviceId.parse(hub))
                return Ways(Mode.WAN if found.up else Mode.RELAY, found.why, client.desk)
        except HhtError as error:
            if isinstance(error, DeskError) and error.code not in ("desk-lost", "desk-silent"):
                raise
            return Ways(Mode.NOTHING, error.message)

    async def ask(
        self,
        url: str,
        reference: str,
        *,
        way: Way = Way.WAN,
        home: str = "",
        carrier: CommandCarrier | None = None,
        keys: KeyRing | None = None,
        on_report: OnReport = lambda _report: None,
    ) -> AskReport:
        """Ask the desk at the link `url`, and follow it to its end or until its time is over; asked before: hear how it
        stands. `home`: the premises of an emulated desk. `carrier`: the way to the devices, for ``Way.RELAY``. At a
        folder the ask is written there and what has come back is read: nothing is waited for.

        Raises DeskLost, MessageRefused (the ask is unknown then), DeskError, LinkUnavailable, FileNotWritten,
        StoreError.
        """
        report = self.report(reference)
        self._book.permit(report.ask)
        self._before(report)
        first = way is not Way.RELAY and report.state is AskState.ASKED  # a relay counts what it brings
        if first and report.ask.kind in supply_limits().asks:
            note_act(self._store, DISABLES, SUPPLY_ASKED, self._told(report.ask))
        records = self._book.records(reference.upper())
        if by_folder(url):
            return self._in_folder(DeskFolder(Path(parse_link_url(url).target)), records, on_report)
        async with self.conversation(url, home) as client:
            self._freeze(Course(records.all()))
            found = await client.put(records, way, carrier=carrier, keys=keys, on_report=on_report)
        return self._afterwards(found)

    async def relay(
        self,
        url: str,
        reference: str,
        way: HanWay,
        on_event: OnPack,
        *,
        home: str = "",
        sink: TraceSink | None = None,
        on_report: OnReport = lambda _report: None,
    ) -> AskReport:
        """`ask` without a WAN: come onto the hub's HAN, bring what the desk hands over, take the answer home, leave.

        Raises as `ask`, and what reaching the devices raises: nobody knows then whether the command arrived, and the
        same again asks the hub; it is never sent twice.
        """
        from ui.hub_networks import with_network
        from ui.pack_radio import on_han

        ask = self.report(reference).ask
        sink = None if ask.secret else sink  # its command has the secret in it
        sleepers = [ask.device] if ask.type is DuisDeviceType.GSME else []
        last = int.from_bytes(self._random_bytes(2), "big")
        async with (
            self._composer.dongle(way.link, sink) as dongle,
            on_han(dongle, with_network(way, self._store), self._clock, on_event, sleepers, last) as han,
        ):
            carrier = remembering(han.carrier, self._book, ask.job)
            return await self.ask(url, reference, way=Way.RELAY, home=home, carrier=carrier, on_report=on_report)

    def _in_folder(self, folder: DeskFolder, records: KeptRecords, on_report: OnReport) -> AskReport:
        report = Course(records.all()).report()
        if not report.state.final:
            self._freeze(Course(records.all()))
            if report.way is not Way.FILE:
                records.append(RecordKind.OFFERED, {"way": str(Way.FILE)})
            if not folder.has_ask(report.ask.reference):
                folder.put(report.ask.reference, Hello("HHT", self._training), [PutAsk(report.ask, Way.FILE)])
        for message in folder.answers(training=self._training):
            course = Course(records.all())
            if getattr(message, "reference", "") == course.ask.reference:
                found = course.take(message)
                if found is not None:
                    records.append(*found)
                    on_report(Course(records.all()).report())
        return self._afterwards(Course(records.all()).report())

    def _freeze(self, course: Course) -> None:
        """Before anything leaves: packs whose commands may be overtaken."""
        if not course.report().state.final:
            said = _(
                "The pack {name} (job {job}) has commands for {device} too: it is frozen until the desk confirms it, "
                "whose own command may overtake them."
            )
            for pack in freeze_for(self._packs, course.ask):
                self._on_note(said.format(name=pack.name, job=pack.job, device=course.ask.device))

    def _afterwards(self, report: AskReport) -> AskReport:
        """Packs that the desk has confirmed go on, and what was secret in an ask that is done is erased."""
        for name in confirm_by(self._packs, report):
            self._on_note(_("The desk has confirmed the pack {name}: it goes on.").format(name=name))
        home = all(command.state is CommandState.RETURNED for command in report.commands)
        if report.state is AskState.DONE and home and self._book.erase_secrets(report.ask.reference):
            return self._book.report(report.ask.reference)
        return report

    @contextlib.asynccontextmanager
    async def conversation(self, url: str, home: str = "") -> AsyncIterator[DeskClient]:
        """A conversation with the desk at the link `url`, which is no folder. Raises as `ask`."""
        self._require_trust(url)
        link = self._composer.desk(url, home)
        gate = supply_gate(self._store, self._clock)
        client = DeskClient(link, self._clock, training=self._training, timing=self._timing, gate=gate)
        await client.open()
        try:
            yield client
        finally:
            await client.close()

    def _require_trust(self, url: str) -> None:
        if self._training:
            return
        target = parse_link_url(url).target
        if target == "emulated":
            raise DeskError(
                _("An emulated desk does nothing for live work."),
                remedy=_("Use --training, or the link of your supplier's desk."),
                code="training-only",
            )
        if target.startswith("tcp://") and not _on_this_computer(target):
            raise DeskError(
                _("Nothing protects this line, and what is asked may hold install codes."),
                remedy=_("In live work name a port of this computer, where a protected way to the desk begins."),
                code="desk-unprotected",
            )

    # --- by phone --------------------------------------------------------------------------------------------------

    def read_out(self, reference: str) -> Readout:
        """What is read out to the desk of an ask; from now on it may have it. Raises AskRefused where it is secret."""
        records = self._book.records(reference.upper())
        course = Course(records.all())
        said = read_out(course.ask)
        if course.report().way is not Way.PHONE and not course.report().state.final:
            self._freeze(course)
            records.append(RecordKind.OFFERED, {"way": str(Way.PHONE)})
        return said

    def heard(self, url: str, text: str, *, home: str = "") -> str:
        """What an emulated desk says on the phone to a read-out: its reference. To train with; nothing is kept here.

        Raises SpokenRefused, AskRefused where it is not to be understood, DeskError ``training-only``.
        """
        self._require_trust(url)
        desk = self._composer.living.desk(parse_link_url(url), home).desk
        return desk.by_phone(text)

    def typed(self, reference: str, text: str) -> AskReport:
        """The desk's reference, typed in. Raises SpokenRefused where it is mistyped or another ask's."""
        records = self._book.records(reference.upper())
        course = Course(records.all())
        found = typed_reference(course.ask, text)
        if found.text not in course.report().spoken:
            outcome = "" if found.outcome is None else str(found.outcome)
            records.append(RecordKind.SPOKEN, {"reference": found.text, "outcome": outcome})
        return self._afterwards(Course(records.all()).report())


_MAY_BE_DONE: Final = ("done", "no-response")


def _on_this_computer(target: str) -> bool:
    """Whether only programs here see what goes over a TCP link."""
    host, _port = LinkUrl("tcp", target.removeprefix("tcp://")).host_and_port()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def by_folder(url: str) -> bool:
    """Whether a link names a desk that is reached by files."""
    found = parse_link_url(url)
    return reaches_desk(found) and found.target != "emulated" and not found.target.startswith("tcp://")


def _check_digits(details: Mapping[str, str]) -> None:
    """Raise IdentifierError for an MPAN or MPRN whose check digits are wrong."""
    for name in ("mpan", "secondary"):
        if name in details:
            Mpan.parse(details[name])
    if "mprn" in details:
        Mprn.parse(details["mprn"], confirm_short=True)
    if "mpxn" in details:
        text = details["mpxn"]
        if len("".join(text.split())) >= 13:
            Mpan.parse(text)
        else:
            Mprn.parse(text, confirm_short=True)


__all__ = ["AskKind", "AskReport", "Desks", "Mode", "Readout", "Way", "Ways"]
