"""What can go wrong in a run: each kind with where it can be, how it is done and undone, and how a visit may end by it.

Whatever ends a visit otherwise than by one of those codes is a defect. `rows` are those of the list of faults in the
field that the kind stands for.
"""

from __future__ import annotations

import asyncio
import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.soak.com_port import ComPortPlug
from tests.soak.links import ANY_BAUD, BlePlug, ProbePlug, TcpPlug
from tests.soak.place import USUAL, Place

ALL = frozenset(("probe", "tcp", "rfc2217", "ble"))
PROBE, BLE = frozenset(("probe",)), frozenset(("ble",))
LINED, NET = frozenset(("probe", "rfc2217")), frozenset(("tcp", "rfc2217"))

# How a visit may end when ...
SILENT = frozenset(("sign-on-silent", "hdlc-no-answer", "deadline"))  # nothing is heard
LOST = frozenset(("link-lost",))  # the link has gone
ENDED = LOST | {"link-no-line-control"}  # so has a connection, perhaps while control of the far port was agreed on
# What is heard at a sign-on is no answer: which of these it is called is judged by its look, and a few characters of
# noise may look like any of them
GARBLED = frozenset(("sign-on-garbled", "sign-on-light", "sign-on-weak", "sign-on-speed"))
# ... what is heard is damaged, or what is said is: a meter that gets half of it asks, refuses or hangs up
DAMAGED = (
    SILENT
    | GARBLED
    | {
        "sign-on-busy",
        "hdlc-damaged",
        "hdlc-no-progress",
        "hdlc-rejected",
        "hdlc-disconnected",
        "hdlc-refused",
        "noise",
        "no-mode-e",  # the identification lost or gained a character
    }
)
# ... it falls silent in the middle of a word
CUT = SILENT | GARBLED | {"hdlc-damaged"}
# ... the meter or the terminal has forgotten the conversation that the other one goes on with
FORGOTTEN = frozenset(("hdlc-disconnected", "hdlc-refused", "hdlc-rejected", "sign-on-silent", "sign-on-busy"))

Act = Callable[[Place, random.Random], None]


def nothing(_place: Place, _rng: random.Random) -> None:
    """It ends by itself."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind. `lasts` is drawn from (seconds, at least and at most); `kills`: how the terminal
    ends by it ("killed", "stopped"), if it does."""

    name: str
    rows: tuple[int, ...]
    ways: frozenset[str]
    codes: frozenset[str]
    begin: Act
    end: Act = nothing
    lasts: tuple[float, float] = (0.02, 60.0)
    kills: str = ""


def _set(name: str, least: float, most: float) -> tuple[Act, Act]:
    """A field of the line, drawn between `least` and `most`; afterwards what it was."""

    def begin(place: Place, rng: random.Random) -> None:
        setattr(place.settings, name, rng.uniform(least, most))

    def end(place: Place, _rng: random.Random) -> None:
        setattr(place.settings, name, getattr(USUAL, name))

    return begin, end


def _lift(place: Place, _rng: random.Random) -> None:
    place.settings.lifted = True


def _seat(place: Place, _rng: random.Random) -> None:
    place.settings.lifted = False


def _tilt(place: Place, rng: random.Random) -> None:
    place.settings.drop, place.settings.bit_error = rng.uniform(0, 0.2), rng.uniform(0, 0.2)


def _straighten(place: Place, _rng: random.Random) -> None:
    place.settings.drop = place.settings.bit_error = 0.0


def _echo(place: Place, rng: random.Random) -> None:
    place.settings.echo, place.settings.echo_drop = True, rng.choice((0.0, 0.0, 0.02, 0.3))


def _no_echo(place: Place, _rng: random.Random) -> None:
    place.settings.echo, place.settings.echo_drop = False, 0.0


def _noise_before(place: Place, rng: random.Random) -> None:
    place.settings.noise = rng.randbytes(rng.randint(1, 6))


def _no_noise(place: Place, _rng: random.Random) -> None:
    place.settings.noise = b""


def _burst(place: Place, rng: random.Random) -> None:
    """Light or a switched contactor: octets out of nothing, at both ends."""
    place.way.inject(rng.randbytes(rng.randint(1, 300)))
    place.way.power.receive(rng.randbytes(rng.randint(1, 40)))


def _silence(place: Place, _rng: random.Random) -> None:
    place.way.deaf = True


def _hear(place: Place, _rng: random.Random) -> None:
    place.way.deaf = False


def _gag(place: Place, _rng: random.Random) -> None:
    place.way.mute = True


def _ungag(place: Place, _rng: random.Random) -> None:
    place.way.mute = False


def _stick(place: Place, rng: random.Random) -> None:
    place.settings.stays_at = rng.choice((300, 2400))


def _unstick(place: Place, _rng: random.Random) -> None:
    place.settings.stays_at = 0


def _slow_probe(place: Place, rng: random.Random) -> None:
    place.settings.adapter_limit = rng.choice((2400, 4800))


def _quick_probe(place: Place, _rng: random.Random) -> None:
    place.settings.adapter_limit = 0


def _refuse_speeds(place: Place, rng: random.Random) -> None:
    assert isinstance(place.plug, ProbePlug | ComPortPlug)
    place.plug.fastest = rng.choice((300, 2400, 4800))


def _any_speed(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, ProbePlug | ComPortPlug)
    place.plug.fastest = ANY_BAUD


def _packets(place: Place, rng: random.Random) -> None:
    place.settings.batch_s = rng.choice((0.016, 0.016, 0.1))


def _no_packets(place: Place, _rng: random.Random) -> None:
    place.settings.batch_s = 0.0


def _power_off(place: Place, _rng: random.Random) -> None:
    place.way.power.cut()


def _power_on(place: Place, _rng: random.Random) -> None:
    place.way.power.restore()


def _unplug(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, ProbePlug)
    place.plug.pull()


def _replug(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, ProbePlug)
    place.plug.absent = False


def _take(place: Place, rng: random.Random) -> None:
    """Another program opens the port as soon as it is free: it is, when our adapter has been out and in."""
    _unplug(place, rng)
    _replug(place, rng)
    assert isinstance(place.plug, ProbePlug)
    place.plug.taken = True


def _give_back(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, ProbePlug)
    place.plug.taken = False


def _reset(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, TcpPlug)
    place.plug.end(reset=True)


def _idle_out(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, TcpPlug)
    place.plug.end(reset=False)


def _gateway_down(place: Place, rng: random.Random) -> None:
    _reset(place, rng)
    assert isinstance(place.plug, TcpPlug)
    place.plug.absent, place.plug.unreachable = (True, False) if rng.random() < 0.5 else (False, True)


def _gateway_up(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, TcpPlug)
    place.plug.absent = place.plug.unreachable = False


def _half_open(place: Place, _rng: random.Random) -> None:
    """The gateway has forgotten the connection and sends nothing, not even a reset."""
    place.way.sever()


def _out_of_range(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.air.sever()


def _lossy(place: Place, rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.bridge.habits.loses = rng.uniform(0.02, 0.5)


def _lossless(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.bridge.habits.loses = 0.0


def _lossy_air(place: Place, rng: random.Random) -> None:
    """The radio's pieces that do not arrive: from either side, and nobody is told."""
    assert isinstance(place.plug, BlePlug)
    chance = rng.uniform(0.01, 0.2)
    place.plug.air.passes = lambda _data: rng.random() >= chance


def _clean_air(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.air.passes = lambda _data: True


def _slow_air(place: Place, rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.air.interval_s = rng.choice((0.0075, 0.1, 0.5))


def _quick_air(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.air.interval_s = 0.0


def _slow_bridge(place: Place, rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.bridge.habits.write_s = rng.choice((0.1, 0.5, 2.0))


def _quick_bridge(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.bridge.habits.write_s = 0.0


def _cutting_bridge(place: Place, rng: random.Random) -> None:
    """It puts more into a notification than fits, or keeps less of a write than was agreed."""
    assert isinstance(place.plug, BlePlug)
    if rng.random() < 0.5:
        place.plug.bridge.habits.notifies = 512
    else:
        place.plug.bridge.habits.keeps = 20


def _whole_bridge(place: Place, _rng: random.Random) -> None:
    assert isinstance(place.plug, BlePlug)
    place.plug.bridge.habits.notifies, place.plug.bridge.habits.keeps = 0, 512


HOUR_S = 3600.0
SLEEP = "laptop sleeps"


def _sleep(place: Place, rng: random.Random) -> None:
    """The laptop sleeps for an hour: the meter hangs up and goes on living. The adapter may be gone on waking."""
    place.way.clear()
    if rng.random() < 0.5:
        place.terminal_clock.slept_s += HOUR_S
        place.true_clock.slept_s += HOUR_S
    else:
        loop = asyncio.get_running_loop()
        loop.sleep_through(HOUR_S)  # type: ignore[attr-defined]
    if rng.random() < 0.5 and place.way.hang is not None:
        place.way.hang(OSError(errno.EIO, os.strerror(errno.EIO)))


KINDS: tuple[FaultKind, ...] = (
    FaultKind("echo", (1,), LINED, DAMAGED | {"sign-on-echo"}, _echo, _no_echo, (1.0, 300.0)),
    FaultKind("tilted probe", (2,), ALL, DAMAGED, _tilt, _straighten),
    FaultKind("lifted probe", (2,), ALL, CUT | FORGOTTEN, _lift, _seat),
    FaultKind("noise before answers", (3,), ALL, DAMAGED, _noise_before, _no_noise),
    FaultKind("burst of noise", (3,), ALL, DAMAGED, _burst),
    FaultKind("lost characters", (4,), ALL, DAMAGED, *_set("drop", 0.001, 0.05)),
    FaultKind("doubled characters", (4,), ALL, DAMAGED, *_set("double", 0.001, 0.05)),
    FaultKind("flipped bits", (3,), ALL, DAMAGED, *_set("bit_error", 0.001, 0.05)),
    FaultKind("flipped pairs of bits", (4,), ALL, DAMAGED, *_set("even_error", 0.001, 0.05)),
    FaultKind("breaks", (3,), ALL, DAMAGED, *_set("breaks", 0.001, 0.05)),
    FaultKind("strong light", (3,), ALL, DAMAGED, *_set("light", 1.0, 300.0)),
    FaultKind("probe too slow", (8,), LINED, DAMAGED, _slow_probe, _quick_probe),
    FaultKind("port refuses speeds", (8,), LINED, DAMAGED, _refuse_speeds, _any_speed),
    FaultKind("adapter sends late", (8, 11), LINED, DAMAGED, *_set("late_s", 0.005, 0.2)),
    FaultKind("meter does not hear", (5, 6), ALL, SILENT | FORGOTTEN, _silence, _hear),
    FaultKind("meter is not heard", (5,), ALL, CUT | FORGOTTEN, _gag, _ungag),
    FaultKind("slow meter", (7,), ALL, DAMAGED, *_set("turnaround_s", 0.2, 5.0)),
    FaultKind("meter stays slow", (8,), LINED, DAMAGED, _stick, _unstick),
    FaultKind("adapter sends packets", (11, 17), ALL, DAMAGED, _packets, _no_packets, (1.0, 300.0)),
    FaultKind("power cut of the meter", (5,), ALL, CUT | FORGOTTEN, _power_off, _power_on),
    FaultKind("unplugged", (12, 13), PROBE, LOST | {"link-absent"}, _unplug, _replug),
    FaultKind("port taken", (14,), PROBE, LOST | {"link-busy"}, _take, _give_back),
    FaultKind("TCP reset", (22,), NET, ENDED, _reset),
    FaultKind("gateway idles out", (22,), NET, ENDED, _idle_out),
    FaultKind("gateway down", (22,), NET, ENDED | {"link-unavailable"}, _gateway_down, _gateway_up),
    FaultKind("TCP half open", (22,), NET, CUT, _half_open),
    FaultKind("out of range", (16,), BLE, LOST | {"link-absent", "link-unavailable"}, _out_of_range),
    FaultKind("writes lost in the bridge", (16,), BLE, DAMAGED, _lossy, _lossless),
    FaultKind(
        "radio packets lost",
        (16, 19),
        BLE,
        DAMAGED | LOST | {"link-timeout", "link-unavailable"},  # the last: where connecting itself is lost
        _lossy_air,
        _clean_air,
    ),
    FaultKind("bridge cuts off", (15,), BLE, DAMAGED, _cutting_bridge, _whole_bridge),
    FaultKind("slow bridge", (17,), BLE, DAMAGED | {"link-timeout"}, _slow_bridge, _quick_bridge),
    FaultKind("slow radio", (17, 20), BLE, DAMAGED | {"link-timeout"}, _slow_air, _quick_air),
    FaultKind(SLEEP, (), ALL, {"computer-slept", "hdlc-disconnected"} | LOST, _sleep),
    FaultKind("terminal killed", (), ALL, FORGOTTEN, nothing, kills="killed"),
    FaultKind("terminal stopped", (), ALL, FORGOTTEN, nothing, kills="stopped"),
)
