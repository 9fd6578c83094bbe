"""The HAN side, the same for window and command line: what a dongle hears, coming onto a hub's HAN, and leaving it.

One dongle does one thing at a time. A hub listens for handheld terminals for 60 minutes from power-on (factbook 3.6):
when that hour ends is known to the second where a person says that the hub was switched on just now, and else only to
be at most an hour from the moment at which it let the terminal in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.client.radio.dongle import Dongle, DongleFacts
    from hht.client.radio.joining import HanMember, Joined, JoinStep
    from hht.client.radio.survey import Survey
    from hht.clock import Clock
    from hht.identifiers import DeviceId, InstallCode

TRAINING_CODE: Final = "83FED3407A939723A5C639B269161802"  # everybody's (factbook 1.4)
HOUR: Final = timedelta(minutes=60)
USUAL_LOOKS: Final = 3
MOST_LOOKS: Final = 1000
_GLANCE_S: Final = 0.05  # for what the dongle has said meanwhile


@dataclass(frozen=True, slots=True)
class HandheldHour:
    """Until when a hub listens for handheld terminals, by the time at the premises (UTC). `exact`: a person said when
    the hub was switched on; else it ends at `ends` at the latest."""

    ends: datetime
    exact: bool


@dataclass(frozen=True, slots=True)
class HanState:
    """How the terminal stands to the HAN. `doing`: what the dongle does just now ("survey", "join", "leave", or "");
    `step`: how far a join is; `now`: the time at the premises when this was so; `hub`: the
    GPF ID of the hub that a person has chosen, as printed."""

    now: datetime
    link: str = ""
    doing: str = ""
    step: JoinStep | None = None
    joined: Joined | None = None
    dongle: DongleFacts | None = None
    hour: HandheldHour | None = None
    hub: str = ""

    @property
    def left_s(self) -> float | None:
        """Seconds until the hub's hour is over (at the latest); None where nobody knows."""
        return None if self.hour is None else max(0.0, (self.hour.ends - self.now).total_seconds())


@dataclass(frozen=True, slots=True)
class SurveyShown:
    """What is found so far in `looks` looks out of `total`."""

    found: Survey
    total: int
    dongle: DongleFacts

    @property
    def looks(self) -> int:
        """Looks that are over."""
        return len(self.found.times)


class HanBusy(HhtError):
    """The dongle does something else."""

    default_code = "han-busy"


class HanService:
    """See the module. `dial` makes a dongle by its link, not open; `clock_at` gives the time where a link leads."""

    def __init__(
        self,
        dial: Callable[[str], Dongle],
        clock_at: Callable[[str], Clock],
        *,
        training: bool,
        network_of: Callable[[DeviceId], DeviceId | None] = lambda _gpf: None,
    ) -> None:
        """`network_of`: the network that a hub has taken over from another, by what is kept (None: it has its own)."""
        self._dial, self._clock_at, self._training, self._network_of = dial, clock_at, training, network_of
        self._link = self._doing = self._hub = ""
        self._step: JoinStep | None = None
        self._dongle: Dongle | None = None
        self._member: HanMember | None = None
        self._facts: DongleFacts | None = None
        self._hour: HandheldHour | None = None
        self._survey: Survey | None = None
        self._code_file = ""
        self._glance = asyncio.Lock()  # two who read the dongle's octets at once have one another's answers

    @property
    def state(self) -> HanState:
        """How it stands now."""
        joined = None if self._member is None else self._member.joined
        now = self._clock_at(self._link).now()
        return HanState(now, self._link, self._doing, self._step, joined, self._facts, self._hour, self._hub)

    @property
    def code_file(self) -> str:
        """Where the terminal's own install code is, as a person has said; "": nowhere (in training everybody's)."""
        return self._code_file

    def choose_code_file(self, path: str) -> None:
        """A person says where the terminal's own install code is."""
        self._code_file = path

    def choose_hub(self, gpf_id: str) -> None:
        """A person says which hub is the one of this home (its GPF ID as printed; "": none yet)."""
        self._hub = gpf_id

    def hub_switched_on(self, link: str) -> HanState:
        """A person says that the hub has been switched on this very moment: its hour begins."""
        self._link = link
        self._hour = HandheldHour(self._clock_at(link).now() + HOUR, exact=True)
        return self.state

    # ------------------------------------------------------------------ survey

    async def survey(self, link: str, on_found: Callable[[SurveyShown], None], *, looks: int = USUAL_LOOKS) -> Survey:
        """Look around so often, and tell after each look what is found so far. What was found stays (`export_survey`),
        also where it is cancelled or fails. Raises HanBusy, LinkUrlError, LinkError, DongleError."""
        from hht.client.radio.survey import survey

        with self._busy("survey", link):
            async with self._dial(link) as dongle:
                facts = self._facts = dongle.facts

                def tell(found: Survey) -> None:
                    self._survey = found
                    on_found(SurveyShown(found, looks, facts))

                return await survey(dongle, self._clock_at(link), looks=looks, on_found=tell)

    async def export_survey(self, path: Path) -> int:
        """Write the latest survey as CSV; how many figures. Raises FileNotWritten, HhtError where there is none."""
        from ui.survey_file import write_survey

        if self._survey is None:
            raise HhtError(
                _("Nothing has been surveyed yet."), remedy=_("Look around first, then export."), code="no-survey"
            )
        return await asyncio.to_thread(write_survey, path, self._survey)

    # ------------------------------------------------------------------ on and off

    async def join(
        self, link: str, gpf_id: str, on_state: Callable[[HanState], None], *, code_file: str = ""
    ) -> HanState:
        """Come onto the HAN of the hub with that GPF ID, and stay. Raises IdentifierError, HanBusy, LinkError,
        DongleError, HubError; then, and cancelled, the terminal is in no network."""
        from hht.client.radio.joining import HanMember
        from hht.identifiers import DeviceId

        hub = DeviceId.parse(gpf_id)
        code = await asyncio.to_thread(terminal_code, link, code_file or self._code_file, training=self._training)
        pan = await in_thread(self._network_of, hub)
        with self._busy("join", link):
            dongle = self._dial(link)
            member = HanMember(dongle, code)

            def reached(step: JoinStep) -> None:
                self._step = step
                on_state(self.state)

            try:
                self._facts = await dongle.open()
                await member.join(hub, pan=pan, on_step=reached)
            except BaseException:
                await dongle.close()
                raise
            self._dongle, self._member = dongle, member
            if self._hour is None or self._hour.ends <= self._clock_at(link).now():
                self._hour = HandheldHour(self._clock_at(link).now() + HOUR, exact=False)
        return self.state

    async def leave(self) -> HanState:
        """Leave the HAN, where the terminal is on one. Raises DongleError where the hub may not have heard of it; the
        dongle is free all the same."""
        async with self._on_air("leave") as member:
            if member is not None:
                try:
                    await member.leave()
                finally:
                    await self._let_go()
        return self.state

    async def free(self) -> None:
        """Leave for something else to come on. That the hub may not have heard of it harms nothing: it takes the
        terminal off when its hour is over, and the dongle is free all the same. Raises HanBusy."""
        try:
            await self.leave()
        except HanBusy:
            raise
        except HhtError:
            return

    async def look(self) -> HanState:
        """Whether the terminal is still on the HAN. Raises HubError, DongleError or LinkError where it is no longer;
        the dongle is free then."""
        async with self._glance:
            if self._member is not None and self._dongle is not None and not self._doing:
                try:
                    await self._dongle.host.expect(lambda _message: False, _GLANCE_S)
                except HhtError:
                    await self._let_go()
                    raise
        return self.state

    @contextlib.asynccontextmanager
    async def on_han(
        self, link: str, gpf_id: str, on_state: Callable[[HanState], None], *, code_file: str = ""
    ) -> AsyncIterator[HanMember]:
        """The terminal on the HAN of that hub: as it is on it already, and stays on it then; or it comes on for this,
        and leaves afterwards. Raises as `join`, and HubError ``han-not-joined`` where it has just been lost."""
        from hht.client.radio.errors import not_joined

        here = None if self._member is None else self._member.joined
        stays = here is not None and gpf_id in (str(here.gpf_id), here.gpf_id.value)
        if not stays:
            await self.free()
            await self.join(link, gpf_id, on_state, code_file=code_file)
        try:
            async with self._on_air("messages") as member:
                if member is None:
                    raise not_joined()
                yield member
        finally:
            if not stays:
                await self.leave()

    async def close(self) -> None:
        """Leave, whatever is; never raises."""
        with contextlib.suppress(HhtError):
            await self.leave()

    # ------------------------------------------------------------------ inside

    @contextlib.asynccontextmanager
    async def _on_air(self, doing: str) -> AsyncIterator[HanMember | None]:
        """Busy with something on the HAN, once a glance that is under way is over; None: the terminal is on none, and
        nothing is busy. Raises HanBusy."""
        async with self._glance:
            pass
        if self._member is None:
            yield None
            return
        with self._busy(doing, self._link, joined=True):
            yield self._member

    @contextlib.contextmanager
    def _busy(self, doing: str, link: str, *, joined: bool = False) -> Iterator[None]:
        if self._doing:
            raise HanBusy(
                _("The dongle is busy with something else."), remedy=_("Wait for it to end, or stop it first.")
            )
        if self._member is not None and not joined:
            raise HanBusy(
                _("The terminal is on a HAN, and its dongle hears that alone."), remedy=_("Leave the HAN first.")
            )
        if link != self._link:
            self._hour = None  # that of another hub's
        self._link, self._doing = link, doing
        try:
            yield
        finally:
            self._doing, self._step = "", None

    async def _let_go(self) -> None:
        dongle, self._dongle, self._member = self._dongle, None, None
        if dongle is not None:
            await dongle.close()


def terminal_code(link: str, code_file: str, *, training: bool) -> InstallCode:
    """The terminal's own install code, from a file; in training everybody's. Raises HhtError ``terminal-code`` where it
    is not known, IdentifierError, AssociationError."""
    from hht.identifiers import InstallCode
    from hht.link_url import parse_link_url
    from ui.meter_keys import read_secret

    if code_file:
        return InstallCode.parse(read_secret(code_file).strip())
    if training or parse_link_url(link).scheme == "emulated":
        return InstallCode(TRAINING_CODE)
    raise HhtError(
        _("The terminal's own install code is not known."),
        remedy=_("Choose the file that has it: “Home network”, “On the HAN”."),
        code="terminal-code",
    )
