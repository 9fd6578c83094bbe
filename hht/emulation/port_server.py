"""The emulated meter's optical port on an event loop: what `drivers.serve_pty`, `serve_tcp` and in-process links serve.

`attach(send)` begins a conversation; all of them talk to the same meter, each with a port head of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from hht.clock import Clock
from hht.emulation.head_trouble import HeadTrouble
from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import Action, OpticalPort
from hht.emulation.people import people_look
from hht.model.electricity_meter import ElectricityMeter, OpticalHead, OpticalMode, ProfileForm
from hht.model.electricity_meter.clients import ClientSet, clients_of
from hht.model.plans.electricity_meter import COUNTERS
from hht.model.premises import HISTORY_DAYS, Premises, bring_to_life, read_premises, with_faults
from hht.protocol.iec62056_21 import SwitchLine

TELEGRAM_S = 5.0  # a head of mode D talks so often
INACTIVITY_S = 120.0  # after this long without a byte the port wants a new sign-on
# After this long without a byte a frame that has begun is given up. The standard's 25 ms would be too little for a line
# that is a pseudo-terminal or TCP on a busy computer; its range goes to 6 s.
INTER_OCTET_S = 0.5


class PortServer:
    """One meter's optical port. Raises DeviceRefusal when the meter has none.

    It answers at once; a line that takes its time is `drivers.line_simulator`'s business.
    """

    def __init__(self, meter: ElectricityMeter, *, inactivity_s: float = INACTIVITY_S) -> None:
        self.meter = meter
        self._server = MeterServer(meter)
        self._inactivity_s = inactivity_s
        self._heads: set[PortHead] = set()
        meter.probe_moved.append(self._probe_moved)

    def attach(self, send: Callable[[bytes], None]) -> PortHead:
        """Begin a conversation; `send` hands bytes to the terminal and never blocks."""
        trouble = HeadTrouble(self.meter, send)
        head = PortHead(OpticalPort(self._server), trouble, self._inactivity_s, self._heads.discard)
        self._heads.add(head)
        return head

    @property
    def plugged(self) -> bool:
        """Whether the probe at this port is in somebody's computer."""
        return "probe-unplugged" not in self.meter.faults

    def on_plugging(self, tell: Callable[[], None]) -> None:
        """Call `tell` when somebody pulls it out, or plugs it in."""
        self.meter.probe_moved.append(tell)

    def _probe_moved(self) -> None:
        for head in list(self._heads):
            head.looked_for()

    async def close(self) -> None:
        """End every conversation."""
        with contextlib.suppress(ValueError):
            self.meter.probe_moved.remove(self._probe_moved)
        for head in list(self._heads):
            head.closed()


class PortHead:
    """One conversation: the optical head as somebody's probe sees it."""

    def __init__(
        self,
        port: OpticalPort,
        trouble: HeadTrouble,
        inactivity_s: float,
        forget: Callable[[PortHead], None],
    ) -> None:
        self._port = port
        self._trouble = trouble
        self._inactivity_s = inactivity_s
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._open = True
        self._baud = port.baud
        self._telegram = self._loop.call_soon(self._tell) if port.unsolicited else None

    def looked_for(self) -> None:
        """The probe was moved: one that was pulled out is not there."""
        self._trouble.looked_for()

    def when_unplugged(self, tell: Callable[[], None]) -> None:
        """Call `tell` when somebody has pulled the probe out."""
        self._trouble.hang_up = tell

    @property
    def baud(self) -> int:
        """The speed at which the meter talks now."""
        return self._baud

    def receive(self, data: bytes) -> None:
        """Bytes from the terminal. Never raises, never blocks."""
        if not self._open:
            return
        data = self._trouble.hears(data)
        if not data:
            return
        self._watch_for_silence()
        self._act(self._port.receive(data))
        self._watch_for_pause()

    def line_speed(self, baud: int) -> None:
        """The terminal's port changed speed: at 300 baud it begins anew."""
        self._trouble.looked_for()
        self._port.line_speed(baud)
        self._baud = self._port.baud

    def closed(self) -> None:
        """The conversation is over."""
        self._open = False
        for timer in (self._watch, self._pause, self._telegram):
            if timer is not None:
                timer.cancel()
        self._port.reset()
        self._forget(self)

    def _act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, SwitchLine):
                self._baud = action.baud
            else:
                self._trouble.says(action.data)

    def _tell(self) -> None:
        """A head of mode D talks by itself, again and again."""
        self._telegram = self._loop.call_later(TELEGRAM_S, self._tell)
        self._act(self._port.telegram())

    def _watch_for_silence(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self._loop.call_later(self._inactivity_s, self._start_over)

    def _watch_for_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._port.in_frame:
            self._pause = self._loop.call_later(INTER_OCTET_S, self._port.pause)

    def _start_over(self) -> None:
        """After long silence the port waits for a sign-on, whatever was going on."""
        self._port.reset()
        self._baud = self._port.baud


def open_port(target: str, *, device: str | None = None, clock: Clock, options: Mapping[str, str]) -> PortServer:
    """The port of a device in the premises `target` (a name or a file), alone with it. `options`: "seed", "days",
    "offers" (protocol mode, "a" to "e"), "clients", "counters", "profiles", "notifies", "fault" (several with
    semicolons), as in ``emulated:`` links.

    Raises PremisesError, FaultError, and DeviceRefusal when the device has no optical port.
    """
    return port_of(living(target, clock=clock, options=options), device, options)


def living(target: str, *, clock: Clock, options: Mapping[str, str]) -> Premises:
    """The premises `target` (a name or a file), alive. `options`: "seed", "days", "fault", and "people" ("look": they
    do, so that displays ask). Raises PremisesError, FaultError."""
    faults = options.get("fault", "").split(";") if "fault" in options else []
    looks = options.get("people") == "look"
    return bring_to_life(
        with_faults(read_premises(target), faults),
        clock=clock,
        seed=_whole(options.get("seed"), 1),
        days=_whole(options.get("days"), HISTORY_DAYS),
        beforehand=people_look if looks else lambda _premises: None,
    )


def port_of(premises: Premises, device: str | None, options: Mapping[str, str]) -> PortServer:
    """The port of a device (None: the first meter) in a premises that lives. `options` as `open_port` has them, but for
    "seed" and "days". Raises PremisesError, and DeviceRefusal when the device has no optical port."""
    meter = secured(premises.device(device), options.get("clients"), options.get("counters"))
    notifies = {"yes": True, "no": False}.get(options.get("notifies", ""))
    offered = options.get("offers")
    offering(meter, offered and offered.upper(), profiles=options.get("profiles"), notifies=notifies)
    return PortServer(meter)


def secured(meter: ElectricityMeter, clients: str | None, counters: str | None) -> ElectricityMeter:
    """`meter` with the clients "training" or "every", and counters "per-association" or "strict"; None: as its
    premises file says."""
    if clients is not None:
        meter.clients = clients_of(ClientSet(clients))
    if counters is not None:
        meter.configuration = replace(meter.configuration, strict_counters=counters == COUNTERS[1])
    return meter


def offering(
    meter: ElectricityMeter,
    mode: str | None = None,
    *,
    reaction_ms: int | None = None,
    profiles: str | None = None,
    notifies: bool | None = None,
) -> ElectricityMeter:
    """`meter` with another optical head than its premises file says: protocol mode "A" to "E", reaction time, how rows
    of profiles are written ("plain", "null", "delta", "compact"), whether it notifies. None: as it is."""
    head = meter.configuration.optical
    head = OpticalHead(
        head.mode if mode is None else OpticalMode(mode),
        head.reaction_ms if reaction_ms is None else reaction_ms,
        head.profiles if profiles is None else ProfileForm(profiles),
        head.notifies if notifies is None else notifies,
    )
    meter.configuration = replace(meter.configuration, optical=head)
    return meter


def _whole(text: str | None, default: int) -> int:
    from hht.i18n import _
    from hht.model.plan_file import PremisesError

    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise PremisesError(
            _("“{text}” is no whole number.").format(text=text),
            remedy=_("Write for example emulated:single-element?days=30&seed=7."),
            code="premises-option",
        )
    return int(text)
