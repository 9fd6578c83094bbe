"""The premises that the window trains with: one that lives in this process, its time in a person's hands.

It is the same premises that ``emulated:`` links reach (`ui.living`): a write over a link shows on its displays, and
what is pressed or goes wrong here a walkthrough meets. Everything runs in the core thread's loop, time in slices of
some milliseconds, so that links and window stay quick.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.link_url import LinkUrl, parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.premises import available_premises, read_premises
from hht.model.site import to_ms
from hht.model.training.house_plan import HousePlan, house_plan, links
from hht.model.training.kind_words import kind_words
from hht.model.training.panel import (
    DevicePanel,
    asks_others,
    device_states,
    panel_of,
    press_control,
)
from hht.model.training.session import Pace, TrainingSession
from hht.model.training.story import Line
from ui.living import LivingPremises, home_of
from ui.training_views import (
    FaultShown,
    PremisesChoice,
    PremisesView,
    amount_shown,
    faults_on,
    faults_planned,
)

if TYPE_CHECKING:
    from hht.work.held_certificates import Held
    from ui.home_devices import HomeDevice

USUAL_HOME = "emulated:dual-fuel-connected"  # where nobody has chosen one
SLICE_S = 0.02  # of work before the loop may do something else
AIR_S = 0.002  # between two slices
TICK_S = 0.2  # between two looks while time goes at its pace
TELL_S = 0.1  # between two views on the way to a goal
LOOK_AGAIN_MS = 10_000  # how soon a display that asks over the HAN is looked at again


class NoPremises(HhtError):
    """Something is asked of a premises, and none is open."""

    default_code = "no-premises"


class TrainingGround:
    """See the module. `link` gives the link that this window uses: that of the settings, else of the visit."""

    def __init__(self, living: LivingPremises, link: Callable[[], str]) -> None:
        self._living = living
        self._chosen_link = link
        self._sessions: dict[str, TrainingSession] = {}
        self._plans: dict[str, HousePlan] = {}
        self._home: LinkUrl | None = None
        self._link_then = ""  # which link was in use when the premises was opened
        self._device = ""
        self._panel: tuple[str, int, DevicePanel] | None = None  # of a display that asks others: when it was looked at
        self._listeners: list[Callable[[PremisesView], None]] = []
        self._pump: asyncio.Task[None] | None = None

    # --- which one -------------------------------------------------------------------------------------------------

    async def choices(self) -> list[PremisesChoice]:
        """The premises that come with the program."""
        return await asyncio.to_thread(_choices)

    def current(self) -> str:
        """The link to the premises that belongs on the screen: the one that is open (unless another link is in use
        since), that of the link in use, or the last that a link has brought to life; "" where there is none."""
        opened = self._home is not None and str(self._home) in self._living.known
        if opened and self._chosen_link() == self._link_then:
            return str(self._home)
        reached = self._reached()
        if reached is not None:
            return str(home_of(reached))
        return self._living.known[-1] if self._living.known else ""

    def _reached(self) -> LinkUrl | None:
        """The link in use, where it is to an emulated premises."""
        with contextlib.suppress(HhtError):
            link = parse_link_url(self._chosen_link())
            return link if link.scheme == "emulated" else None
        return None

    def _probe(self, home: LinkUrl, session: TrainingSession) -> str:
        """The meter of the open premises that the link in use reaches; "" where it reaches none of them."""
        link = self._reached()
        if link is None or str(home_of(link)) != str(home):
            return ""
        meters = session.premises.of(ElectricityMeter)
        return link.options.get("device") or (meters[0].name if meters else "")

    async def open(self, text: str) -> PremisesView:
        """Open a premises: its name, the path of its file, or an ``emulated:`` link. Raises PremisesError."""
        url = _home(text)
        premises = await asyncio.to_thread(self._living.premises, url)
        session = self._sessions.get(str(url))
        if session is None or session.premises is not premises:
            self._sessions[str(url)] = TrainingSession(premises, self._living.clock.monotonic)
            self._plans[str(url)] = house_plan(premises)
        for key, other in self._sessions.items():
            if key != str(url):
                other.stop()  # nobody leads it on to its goal any more: its time goes on as it did
        self._home, self._device, self._panel = url, "", None
        self._link_then = self._chosen_link()
        self._begin()
        return self.view()

    async def start_again(self) -> PremisesView:
        """Let the open premises live anew, from now: its history is as it was at first. Conversations with it end."""
        home = self._opened()[0]
        await self._living.forget(home)
        return await self.open(str(home))

    # --- what is seen ----------------------------------------------------------------------------------------------

    def view(self) -> PremisesView:
        """The open premises now. NoPremises when none is."""
        home, session = self._opened()
        premises = session.premises
        time_ms = session.now_ms
        return PremisesView(
            str(home),
            premises.plan.title_words,
            self._plans[str(home)],
            time_ms,
            session.pace,
            session.goal is not None,
            session.progress,
            session.remark,
            links(premises),
            device_states(premises),
            session.story.written,
            faults_on(premises.faults),
            faults_planned(premises.faults),
            self._look(session),
            self._probe(home, session),
        )

    def watch(self, on_view: Callable[[PremisesView], None]) -> Callable[[], None]:
        """Hear of every change from now on; the returned function ends it. Called in the core thread."""
        self._listeners.append(on_view)
        self._begin()

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(on_view)

        return end

    def lines(self, since: int) -> tuple[Line, ...]:
        """What the story tells after line `since`, oldest first."""
        return self._opened()[1].story.since(since)

    def look_at(self, device: str) -> PremisesView:
        """Stand before a device ("": before none)."""
        self._device, self._panel = device, None
        return self.view()

    async def devices(self) -> tuple[HomeDevice, ...]:
        """Every device of the premises that belongs on the screen; it is opened where none is."""
        from ui.home_devices import HomeDevice

        await self._at_home()
        premises = self._opened()[1].premises
        hub = next(iter(premises.of(CommunicationsHub)), None)
        gpf = "" if hub is None else hub.gpf.identity.device_id
        chf = "" if hub is None else hub.identity.device_id
        kinds = (DeviceKind.COMMUNICATIONS_HUB, DeviceKind.GSME)
        return tuple(
            HomeDevice(one.kind.value, one.identity.device_id, one.name, gpf if one.kind in kinds else "", chf)
            for one in premises.devices
            if one.kind is not DeviceKind.GPF
        )

    async def certificates(self) -> tuple[Held, ...]:
        """What each device of the premises in use holds now (SEC-19). NoPremises when none is in use."""
        await self._at_home()
        from ui.certificates import certificates_of

        return await asyncio.to_thread(certificates_of, self._opened()[1].premises, self.time())

    async def meter_link(self, device: str) -> str:
        """The link of a probe that is held to the meter called `device`."""
        await self._at_home()
        home = self._opened()[0]
        return str(LinkUrl(home.scheme, home.target, {**home.options, "device": device}))

    async def panel_at(self, device: str) -> DevicePanel:
        """What somebody before the device called `device` has, whoever else looks at another."""
        await self._at_home()
        return panel_of(self._opened()[1].premises, device)

    async def press_at(self, device: str, control: str, typed: str = "") -> tuple[str, DevicePanel]:
        """Press something there: what it answers, and what it shows then. Raises as `press`."""
        await self._at_home()
        premises = self._opened()[1].premises
        said = press_control(premises, device, control, typed)
        return said, panel_of(premises, device)

    def time(self) -> datetime:
        """True time at the premises that is open. NoPremises when none is."""
        return self._opened()[1].premises.site.clock.now()

    async def _at_home(self) -> None:
        """Open the premises that belongs on the screen, unless it is open."""
        wanted = self.current() or USUAL_HOME
        if self._home is None or str(self._home) != str(_home(wanted)) or str(self._home) not in self._sessions:
            await self.open(wanted)

    # --- what is done ----------------------------------------------------------------------------------------------

    def press(self, control: str, typed: str = "") -> tuple[str, PremisesView]:
        """Press a control of the device that is looked at; what it answers. Raises DeviceRefusal, another HhtError."""
        session = self._opened()[1]
        self._panel = None
        said = press_control(session.premises, self._device, control, typed)
        return said, self.view()

    def faults(self) -> tuple[FaultShown, ...]:
        """What can be switched on in the open premises now."""
        return tuple(
            FaultShown(
                kind.name, kind.title, kind.failures, kind.symptom, kind.remedy, kind.stays, devices, amount_shown(kind)
            )
            for kind, devices in self._opened()[1].premises.faults.offered()
        )

    def switch_fault(self, name: str, device: str, on: bool, amount: int | None = None) -> PremisesView:
        """Let a fault begin or end, at a device or ("") in the premises as a whole; `amount`: so much of it. Raises
        FaultError."""
        register = self._opened()[1].premises.faults
        self._panel = None
        if on:
            register.on(name, device or None, amount)
        else:
            register.off(name, device or None)
        return self.view()

    def plan_fault(
        self, name: str, device: str, begins: datetime, ends: datetime | None = None, *, amount: int | None = None
    ) -> PremisesView:
        """Let a fault begin, and end (None: never), at those times of the premises. Raises FaultError."""
        ends_ms = None if ends is None else to_ms(ends)
        register = self._opened()[1].premises.faults
        register.schedule(name, device or None, to_ms(begins), ends_ms, amount)
        return self.view()

    def give_up_plan(self, number: int) -> PremisesView:
        """Let a plan come to nothing."""
        self._opened()[1].premises.faults.give_up(number)
        return self.view()

    def set_pace(self, pace: Pace) -> PremisesView:
        """Let time go so fast; a goal is given up."""
        return self._time(lambda session: session.set_pace(pace))

    def step(self) -> PremisesView:
        """To the end of this half-hour."""
        return self._time(TrainingSession.step)

    def to_next_line(self) -> PremisesView:
        """To the next thing that happens."""
        return self._time(TrainingSession.to_next_line)

    def go_to(self, moment: datetime) -> PremisesView:
        """To a moment. Raises TimeRefused."""
        return self._time(lambda session: session.go_to(moment))

    def stop(self) -> PremisesView:
        """Give the goal up."""
        return self._time(TrainingSession.stop)

    async def close(self) -> None:
        """Nobody looks any more."""
        self._listeners.clear()
        task, self._pump = self._pump, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    # --- inside ----------------------------------------------------------------------------------------------------

    def _opened(self) -> tuple[LinkUrl, TrainingSession]:
        session = self._sessions.get(str(self._home)) if self._home is not None else None
        if self._home is None or session is None:
            raise NoPremises(_("No premises is open."), remedy=_("Choose one first."))
        return self._home, session

    def _time(self, act: Callable[[TrainingSession], object]) -> PremisesView:
        act(self._opened()[1])
        self._begin()
        return self.view()

    def _look(self, session: TrainingSession) -> DevicePanel | None:
        """The device that is looked at. A display that asks over the HAN is looked at now and then only."""
        if not self._device:
            return None
        if self._panel is not None:
            device, looked_ms, panel = self._panel
            going = session.goal is not None
            if device == self._device and (going or session.now_ms - looked_ms < LOOK_AGAIN_MS):
                return panel
        panel = panel_of(session.premises, self._device)
        asks = asks_others(session.premises.find(self._device))
        self._panel = (self._device, session.now_ms, panel) if asks else None
        return panel

    def _begin(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._run(), name="premises")
            self._pump.add_done_callback(_tell_bug)

    async def _run(self) -> None:
        """Let time go on while somebody looks, or a goal is to be reached."""
        clock, told, last = self._living.clock, 0.0, None
        while self._sessions and self._home is not None:
            session = self._opened()[1]
            more = session.work(SLICE_S)
            if not self._listeners and not more:
                return
            if not more or clock.monotonic() - told >= TELL_S:
                told, view = clock.monotonic(), self.view()
                if view != last:
                    last = view
                    self._tell(view)
            await asyncio.sleep(AIR_S if more else TICK_S)

    def _tell(self, view: PremisesView) -> None:
        for listener in list(self._listeners):
            listener(view)


def _tell_bug(task: asyncio.Task[None]) -> None:
    """A fault of the program has stopped the time: whoever runs the loop hears of it."""
    bug = None if task.cancelled() else task.exception()
    if bug is not None:
        task.get_loop().call_exception_handler({"message": "the premises' time has stopped", "exception": bug})


def _home(text: str) -> LinkUrl:
    if text.startswith("emulated:"):
        return home_of(parse_link_url(text))
    return LinkUrl("emulated", str(Path(text)) if text.endswith(".toml") else text)


def _choices() -> list[PremisesChoice]:
    return [_choice(name) for name in available_premises()]


def _choice(name: str) -> PremisesChoice:
    try:
        plan = read_premises(name)
    except HhtError as error:
        return PremisesChoice(name, name, error.message, "", error.message)
    return PremisesChoice(
        name, plan.title_words, plan.description_words, _devices_in_words([one.kind for one in plan.devices])
    )


def _devices_in_words(kinds: Sequence[DeviceKind]) -> str:
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join(
        f"{count} × {kind_words(kind)}" if count > 1 else kind_words(kind) for kind, count in counted.items()
    )
