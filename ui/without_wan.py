"""What the terminal does where there is no WAN: the part of `ui.terminal.Terminal` about HAN, packs and desk."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link_url import LinkUrl, parse_link_url
from ui.compose import Composer
from ui.guard import Guard
from ui.known_ports import KnownPorts, by_use, port_words
from ui.live_trace import LiveTrace
from ui.services import LinkChoice, Settings
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.client.api import Meter
    from hht.client.radio.joining import HanMember
    from hht.desk.course import AskReport
    from hht.store.store import Store
    from ui.desks import Desks
    from ui.han import HanService, HanState
    from ui.hub_facts import DeviceLogFacts
    from ui.pack_facts import PackFacts
    from ui.packs import HanWay, OnPack, PackEvent, Packs
    from ui.training_ground import TrainingGround

_USUAL_HOME: Final = "emulated:dual-fuel"


TOLERANCE_S: Final = 10.0  # of a clock that was synchronised (trust T21)
READ_DEVICE_LOG: Final = 0x010F  # CCS06
_BEFORE: Final = ("voids", "sending")  # what is told before a command leaves


class PackStopped(HhtError):
    """A person has stopped a delivery; no command was on its way."""

    default_code = "pack-stopped"


@dataclass(frozen=True, slots=True)
class PackWay:
    """How a delivery reaches devices: the dongle's link, the hub's GPF ID as printed, and the file that has the
    terminal's own install code ("": in training everybody's)."""

    link: str
    hub: str
    code_file: str = ""


@dataclass(frozen=True, slots=True)
class HubWay:
    """A hub and how it is reached: the dongle's link, the hub's two Device IDs as printed, and the file that has the
    terminal's own install code ("": in training everybody's)."""

    link: str
    gpf: str
    chf: str
    code_file: str = ""


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """Where the desk is: its link ("": none is chosen), and the premises of an emulated one."""

    url: str
    home: str = ""


class WithoutWan:
    """See the module."""

    _training: bool
    _clock: Clock
    _composer: Composer
    _trace: LiveTrace
    _known_ports: KnownPorts
    _settings: Settings
    _han: HanService | None = None
    _packs: Packs | None = None
    _desks: Desks | None = None
    guard: Guard

    def __init__(self) -> None:
        self._desk_notes: list[Callable[[str], None]] = []

    def _device(self, link: str) -> AbstractAsyncContextManager[Meter]:
        """The meter of the device page; `ui.terminal.Terminal` has it."""
        raise NotImplementedError

    def _opened(self) -> Store:
        """The store; `ui.terminal.Terminal` has it. Raises HhtError ``locked``."""
        raise NotImplementedError

    @property
    def ground(self) -> TrainingGround:
        """The premises that can be trained with; `ui.terminal.Terminal` has them."""
        raise NotImplementedError

    @property
    def han(self) -> HanService:
        """The HAN side: survey, coming on, leaving."""
        if self._han is None:
            from ui.han import HanService
            from ui.hub_networks import network_of

            composer, hear = self._composer, self._trace.hear
            self._han = HanService(
                lambda link: composer.dongle(link, hear),
                composer.clock_at,
                training=self._training,
                network_of=lambda gpf: network_of(self._opened(), gpf),
            )
        return self._han

    async def dongles(self) -> list[LinkChoice]:
        """Radio dongles that may be at this computer's ports; in training those of emulated premises too."""
        return await asyncio.to_thread(dongle_choices, self._known_ports, training=self._training)

    async def usual_dongle(self) -> str:
        """The dongle that was chosen; in training else the one at the premises in use; "" where there is none."""
        if self._settings.dongle or not self._training:
            return self._settings.dongle
        return dongle_at(self.ground.current())

    @property
    def packs(self) -> Packs:
        """Command packs that are kept. Raises HhtError ``locked``."""
        if self._packs is None:
            from ui.packs import Packs

            self._packs = Packs(self._opened(), self._clock, self._composer)
        return self._packs

    async def take_pack(self, path: Path) -> PackFacts:
        """Take a pack in from a file. Raises what `Packs.take` raises, and HhtError ``pack-unreadable``."""
        from ui.pack_files import read_pack_file

        return await in_thread(lambda: self.packs.take(read_pack_file(path), path.name))

    async def look_into_pack(self, path: Path) -> PackFacts:
        """What is in a pack, whoever made it. Raises what `Packs.look` raises, and HhtError ``pack-unreadable``."""
        from ui.pack_files import read_pack_file

        return await in_thread(lambda: self.packs.look(read_pack_file(path), path.name))

    async def deliver_pack(
        self, key: str, way: PackWay, on_event: OnPack, going: Callable[[], bool], *, ask: bool = False
    ) -> PackFacts:
        """Deliver what may go of a pack; `ask`: only ask the hub what became of unknown outcomes. Once `going` says no,
        nothing more leaves (PackStopped); cancelled, what is on its way is unknown. The terminal leaves the HAN that it
        is on before: a delivery comes on by itself. Raises what `Packs.deliver` raises."""
        if not ask:
            facts = await in_thread(self.packs.list)
            self.guard.require_for_pack(one for one in facts if one.key == key)
        han = await self._han_way(way)

        def told(event: PackEvent) -> None:
            if event.kind in _BEFORE and not going():
                raise PackStopped(
                    _("Stopped before {name}.").format(name=event.entry),
                    remedy=_("What has not left is not used up: deliver again to go on."),
                )
            on_event(event)

        act = self.packs.ask if ask else self.packs.deliver
        return await act(key, han, told, self._trace.hear)

    async def export_answers(self, key: str, path: Path) -> int:
        """Write what goes home of a pack as JSON: the devices' answers and every record; how many answers. Raises
        FileNotWritten, PackError."""

        def write() -> int:
            from ui.whole_file import whole_binary_file

            found = self.packs.export(key)
            with whole_binary_file(path) as file:
                file.write(found.octets)
            return found.answers

        return await in_thread(write)

    @property
    def desks(self) -> Desks:
        """What is asked of the supplier's desk. Raises HhtError ``locked``."""
        if self._desks is None:
            from ui.desks import Desks

            self._desks = Desks(
                self._opened(),
                self._composer,
                self._clock,
                secrets.token_bytes,
                on_note=self._tell_desk_note,
                before=self.guard.require_for_ask,
            )
        return self._desks

    def _tell_desk_note(self, note: str) -> None:
        for hear in self._desk_notes:
            hear(note)

    def hear_desk(self, on_note: Callable[[str], None]) -> None:
        """Hear from now on what an ask means for packs that are kept (they freeze, or go on)."""
        self._desk_notes.append(on_note)

    async def relay_ask(
        self, reference: str, place: DeskPlace, way: PackWay, on_event: OnPack, on_report: Callable[[AskReport], None]
    ) -> AskReport:
        """Ask the desk, and bring each command that it hands over to its device by radio. Raises as `Desks.relay`."""
        han = await self._han_way(way)
        return await self.desks.relay(
            place.url, reference, han, on_event, home=place.home, sink=self._trace.hear, on_report=on_report
        )

    async def see_ask(self, reference: str) -> AskReport:
        """Read at the meter what an ask is about, by the link of the device page. Raises DeskError ``desk-not-seen``
        where it is another meter or shows nothing of it, and what reading a meter raises."""
        from ui.desk_seeing import see_at_meter

        async with self._device("") as meter:
            return await see_at_meter(self.desks, reference, meter, TOLERANCE_S)

    async def _han_way(self, way: PackWay) -> HanWay:
        """How devices are reached; the terminal leaves the HAN that it is on: it comes on anew for this."""
        from hht.identifiers import DeviceId
        from ui.han import terminal_code
        from ui.packs import HanWay

        hub = DeviceId.parse(way.hub)
        file = way.code_file or self.han.code_file
        code = await asyncio.to_thread(terminal_code, way.link, file, training=self._training)
        await self.han.free()
        return HanWay(way.link, hub, code)

    async def usual_desk(self) -> DeskPlace:
        """The desk that was chosen; in training else the emulated one of the premises in use."""
        if self._settings.desk or not self._training:
            return DeskPlace(self._settings.desk)
        return DeskPlace("desk:emulated", self.ground.current() or _USUAL_HOME)

    async def read_device_log(
        self,
        way: HubWay,
        times: int,
        every_s: float,
        on_log: Callable[[DeviceLogFacts], None],
        on_state: Callable[[HanState], None] = lambda _state: None,
    ) -> None:
        """Read the Device Log of a hub so often; the terminal comes onto its HAN for it where it is not on it already.
        The commands are a kept pack's where one has such a command for this hub, else, in training, the training
        desk's. Raises what reaching the hub raises, PackError, OrderError where there is no such command."""
        from hht.identifiers import DeviceId
        from ui.desk_seeing import see_all_in_log
        from ui.hub_work import HubPlace, HubWorkService

        def come(place: HubPlace, _traced: bool) -> AbstractAsyncContextManager[HanMember]:
            return self.han.on_han(place.link, str(place.gpf), on_state, code_file=way.code_file)

        gpf, chf = DeviceId.parse(way.gpf), DeviceId.parse(way.chf)
        pack = await in_thread(self._pack_with_log_command, way.chf)
        service = HubWorkService(self._opened(), self._clock, come)

        def read(log: DeviceLogFacts) -> None:
            see_all_in_log(self.desks, log)
            on_log(log)

        await service.watch(HubPlace(way.link, gpf, chf, pack=pack), times, every_s, read)

    def _pack_with_log_command(self, chf: str) -> str:
        """The key of the newest kept pack that can still read that hub's Device Log; "": none can."""
        for pack in reversed(self.packs.list()):
            for entry in pack.entries:
                if entry.message_code == READ_DEVICE_LOG and str(entry.device) == chf and not entry.state.final:
                    return pack.key
        return ""

    async def _leave_han(self) -> None:
        if self._han is not None:
            await self._han.close()


def dongle_at(home: str) -> str:
    """The link of the emulated dongle at a premises; "": at the usual one."""
    url = parse_link_url(home or _USUAL_HOME)
    return str(LinkUrl(url.scheme, url.target, {**url.options, "via": "han"}))


def dongle_choices(known_ports: KnownPorts, *, training: bool) -> list[LinkChoice]:
    """See `WithoutWan.dongles`. Blocks."""
    from drivers.discovery import list_serial_ports

    ports, known = list_serial_ports(), known_ports.read()
    found = [
        LinkChoice(f"dongle:{port.url.partition(':')[2]}", port_words(port, known)) for port in by_use(ports, known)
    ]
    return found + (_emulated() if training else [])


def _emulated() -> list[LinkChoice]:
    """Premises with a hub: a dongle hears it."""
    from hht.model.device import DeviceKind
    from hht.model.premises import available_premises, read_premises

    plans = [read_premises(name) for name in available_premises()]
    return [
        LinkChoice(f"emulated:{plan.name}?via=han", plan.title_words)
        for plan in plans
        if any(device.kind is DeviceKind.COMMUNICATIONS_HUB for device in plan.devices)
    ]
