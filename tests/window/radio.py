"""A home by radio for the window's tests: emulated, over its dongle's bytes, its time hurried (`tests.window.hurried`);
and packs kept in a store of its own. What the terminal does without a WAN is the program's own."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from hht.access.person import training_person
from hht.client.api import Meter
from hht.client.radio.dongle import Dongle
from hht.client.radio.host import RadioTiming
from hht.clock import Clock, ManualClock
from hht.link import Link, TraceSink
from hht.link_url import LinkUrl, parse_link_url
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE, KdfCost
from tests.window import samples
from tests.window.hurried import HurriedLink, StandsStill
from ui.compose import AssociationOptions, Composer
from ui.evidence import KeptEvidence
from ui.guard import Guard
from ui.known_ports import known_ports
from ui.live_trace import LiveTrace
from ui.living import home_of
from ui.people import KeptPeople, PeopleFacts
from ui.services import LinkChoice, Settings, TraceLine
from ui.training_ground import TrainingGround
from ui.wallet import KeptWallet
from ui.with_devices import WithDevices
from ui.without_wan import WithoutWan


class _Alone:
    async def all(self) -> PeopleFacts:
        return PeopleFacts((training_person(),), training_person(), True)


class _Evidence:
    """The program's own; but no store is made only to hear that nothing waits in it."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio

    async def waiting(self) -> int:
        return 0 if self._radio._store is None else await self._kept().waiting()

    def _kept(self) -> KeptEvidence:
        return KeptEvidence(self._radio._opened(), ManualClock(samples.NOW), lambda _visit: None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept(), name)


TWO_HUBS = "emulated:second-hub?days=1&via=han&hub=fresh"
ONE_HOME = "emulated:dual-fuel?days=1&via=han&hub=fresh"


class _Running:
    """Begins at the samples' time, and runs."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return samples.NOW + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began


class HurriedComposer(Composer):
    """The program's own, but that the home's time goes on only while the terminal waits."""

    def __init__(self, clock: Clock, **options: Any) -> None:
        super().__init__(clock, **{**options, "training": True})
        self.when = StandsStill()

    def dongle(self, text: str, sink: TraceSink | None = None) -> Dongle:
        dongle = super().dongle(text, sink)
        dongle.timing = RadioTiming(poll_s=0.0)
        return dongle

    def _dongle_link(self, url: LinkUrl, sink: TraceSink | None) -> Link:
        if url.scheme != "emulated":
            return super()._dongle_link(url, sink)
        port = self.living.dongle(url)
        return self._hurried(port, port.premises, str(url), sink)

    def desk(self, text: str, home: str = "") -> Link:
        url = parse_link_url(text)
        if url.target != "emulated":
            return super().desk(text, home)
        port = self.living.desk(url, home)
        return self._hurried(port, port.desk.premises, str(url), None)

    def _hurried(self, port: Any, premises: Premises, name: str, sink: TraceSink | None) -> Link:
        premises.site.clock.set_speed(0)
        return HurriedLink(
            port, lambda: premises, self.when, name=name, clock=self._clock, sink=sink, line_control=False
        )


class Radio(WithoutWan, WithDevices):
    """`link`: of the dongle; `premises` is what lives at its other end, made when it is first wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.link = TWO_HUBS
        self.desk = ""
        self._training = True
        self._clock = _Running()
        self._settings = Settings()
        self.guard = Guard(self._clock, self._opened, training=True)
        self._folder: Path | None = None
        self.live_store: Store | None = None
        self._store: Store | None = None
        self._trace = LiveTrace(self._clock, lambda: self._store, training=True)
        self._composer: HurriedComposer = HurriedComposer(self._clock)
        self._known_ports = known_ports(Path("/nowhere"), self._clock)
        self._ground = TrainingGround(self._composer.living, lambda: self.link)

    @property
    def training(self) -> bool:
        return True

    @property
    def ground(self) -> TrainingGround:
        return self._ground

    @contextlib.asynccontextmanager
    async def _device(self, link: str) -> AsyncIterator[Meter]:
        """The first meter of the premises, at its port."""
        home = str(home_of(parse_link_url(link or self.link)))
        meter = self._composer.meter(home, AssociationOptions(training=True), self._trace.hear)
        await meter.open()
        try:
            yield meter
        finally:
            await meter.close()

    def _opened(self) -> Store:
        if self._store is None:
            self._folder = Path(tempfile.mkdtemp(prefix="hht-window-"))
            self._store = Store.open(
                self._folder / "training.db",
                TRAINING_PASS_PHRASE,
                training=True,
                clock=ManualClock(samples.NOW),
                entropy=random.Random(7).randbytes,
                cost=KdfCost(memory_kib=64, iterations=1),
            )
        return self._store

    @property
    def people(self) -> KeptPeople:
        """Of the live store that several share; else the one person of training, without a store."""
        return KeptPeople(self.live_store) if self.live_store else cast("KeptPeople", _Alone())

    @property
    def wallet(self) -> KeptWallet:
        return KeptWallet(self._opened(), ManualClock(samples.NOW))

    @property
    def evidence(self) -> KeptEvidence:
        return cast("KeptEvidence", _Evidence(self))

    async def usual_dongle(self) -> str:
        return self.link

    async def dongles(self) -> list[LinkChoice]:
        return [
            LinkChoice("dongle:usb:10C4:EA60/0001", "Silicon Labs CP2652, no. 0001"),
            LinkChoice(self.link, "Two hubs in one house"),
        ]

    @property
    def premises(self) -> Premises:
        return self._composer.living.premises(parse_link_url(self.link))

    @property
    def hub(self) -> CommunicationsHub:
        return self.premises.of(CommunicationsHub)[0]

    @property
    def when(self) -> StandsStill:
        """Whether the home's time stands still, or from when on."""
        return self._composer.when

    def hear_trace(self, on_line: Callable[[TraceLine], None]) -> None:
        """What goes over the dongle is told there too."""
        self._trace.subscribe(on_line)

    async def close(self) -> None:
        """Leave, at a time that runs, and end it."""
        self.when.still = False
        await self._leave_han()
        await self._composer.close()
        if self._store is not None and self._folder is not None:
            self._store.close()
            shutil.rmtree(self._folder)
            self._store = None
