"""A radio dongle: its line, whole and in pieces; it, a hub and the terminal before an other end that says anything."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from random import Random
from typing import Final

from drivers.in_process import in_process_pair
from hht.client.radio.dongle import Dongle
from hht.client.radio.host import RadioTiming
from hht.client.radio.joining import HanMember
from hht.client.radio.tunnel import HanTunnel
from hht.clock import ManualClock
from hht.emulation.radio.air import TERMINAL, Air
from hht.emulation.radio.dongle import EmulatedDongle
from hht.emulation.radio.firmware import FIRMWARES
from hht.emulation.radio.hub_end import HubEnd
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import DeviceIdentity
from hht.model.premises import Premises, load_premises
from hht.protocol.frames import ProtocolError
from hht.protocol.zigbee.aps import air_frame
from hht.protocol.zigbee.gas_meter import parse_prefixed
from hht.protocol.zigbee.handheld import NOT_LISTENING, Envelope, OwnFraming
from hht.protocol.zigbee.tunnelling import tunnel_command
from hht.protocol.zigbee.zcl import ZclFrame
from hht.protocol.znp.frame import SOF, Frame, FrameType, ZnpReader, fcs
from hht.protocol.znp.messages import RpcError, command_of, frame_of
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.decoders import whole_tree
from tests.support.radio import CODE, ESME, START, echo
from tests.support.virtual_time import in_virtual_time


def repair_znp(octets: bytes, _random: Random) -> bytes:
    """The check octet of the first frame is made right."""
    start = octets.find(SOF)
    if start < 0 or start + 1 >= len(octets) or start + octets[start + 1] + 4 >= len(octets):
        return octets
    end = start + octets[start + 1] + 4
    return octets[:end] + bytes([fcs(octets[start + 1 : end])]) + octets[end + 1 :]


def znp_stream(messages: Messages) -> Hashable:
    """Frames found in a stream; a command that was understood is written as it came."""
    reader, seen = ZnpReader(), set()
    for octets in messages:
        for found in [*reader.feed(octets), *([] if octets else reader.pause())]:
            if not isinstance(found, Frame):
                seen.add(found.error.code)
                continue
            try:
                command = command_of(found)
            except ProtocolError as error:
                seen.add(error.code)
                continue
            assert frame_of(command) == found
            seen.add(type(command).__name__)
    return tuple(sorted(seen))


def dissect_znp(messages: Messages) -> Hashable:
    return whole_tree("znp", b"".join(messages))


def dissect_zcl(messages: Messages) -> Hashable:
    return whole_tree("zcl", b"".join(messages))


@cache
def _home() -> tuple[Premises, ManualClock]:
    clock = ManualClock(START)
    return load_premises("dual-fuel", clock=clock, days=1), clock


def dongle(messages: Messages) -> Hashable:
    """The emulated dongle hears anything: each synchronous request has one answer, which is its own, and what comes
    unasked can be read. The first message says whether the hub listens to terminals."""
    premises, clock = _home()
    said: list[bytes] = []
    seen: set[str] = set()
    hub = premises.of(CommunicationsHub)[0]
    if messages[:1] and messages[0][:1] > b"\x7f":
        hub.power.remove()
        hub.power.fit()
    identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "DONGLE", "00000001")
    terminal = HandheldTerminal(premises.site, TERMINAL, identity, CODE)
    made = EmulatedDongle(Air(premises), terminal, FIRMWARES["3.30"], OwnFraming(), echo, said.append)
    reader = ZnpReader()
    for octets in messages[1:]:
        for found in reader.feed(octets):
            if not isinstance(found, Frame):
                continue
            answer = made.hear(found)
            assert bool(answer) == (found.cmd0 & 0xE0 == FrameType.SREQ)
            seen |= {_answer(found, answer)} if answer else set()
        clock.advance(7)
        premises.site.catch_up()
    for octets in said:
        (frame,) = ZnpReader().feed(octets)
        assert isinstance(frame, Frame)
        seen.add(type(command_of(frame)).__name__)
    hub.handheld.leave()
    return tuple(sorted(seen))


def _answer(asked: Frame, octets: bytes) -> str:
    (frame,) = ZnpReader().feed(octets)
    assert isinstance(frame, Frame)
    command = command_of(frame)
    if isinstance(command, RpcError):
        assert command.header == (asked.cmd0, asked.cmd1)
    else:
        assert (frame.cmd0, frame.cmd1) == (FrameType.SRSP | asked.cmd0 & 0x1F, asked.cmd1)
    return type(command).__name__


def hub(messages: Messages) -> Hashable:
    """A hub hears anything from a terminal's radio; what it says is sound, and it opens no more tunnels than it has."""
    premises, _clock = _home()
    said: list[bytes] = []
    identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "DONGLE", "00000001")
    terminal = HandheldTerminal(premises.site, TERMINAL, identity, CODE)
    end = HubEnd(premises.of(CommunicationsHub)[0], terminal, OwnFraming(), echo, said.append)
    for octets in messages:
        end.hear(octets)
        answer = end.introduced(octets, 1)
        assert answer is None or OwnFraming().welcomed(answer) == NOT_LISTENING
    return tuple(sorted({_said(octets) for octets in said}))


def _said(octets: bytes) -> str:
    frame = ZclFrame.decode(octets)
    command = tunnel_command(frame)
    return "default" if command is None else type(command).__name__


def zigbee(messages: Messages) -> Hashable:
    """Every reader of Zigbee's parts: what was read is written as it came."""
    seen = set()
    for octets in messages:
        for read in (ZclFrame.decode, parse_prefixed, air_frame, Envelope.decode):
            try:
                found = read(octets)
            except ProtocolError as error:
                seen.add(error.code)
                continue
            assert found.encode() == octets
            seen.add(type(found).__name__)
    return tuple(sorted(seen))


def terminal(messages: Messages) -> Hashable:
    """The terminal hears anything from what may be a dongle: it comes to an end, and says in words why."""

    async def talk() -> str:
        clock = ManualClock(START)
        link, far = in_process_pair(clock=clock, name="dongle:fuzz", line_control=False)
        left = list(messages)
        far.receive = lambda _octets: far.send(left.pop(0)) if left else None
        dongle = Dongle(lambda: link, timing=RadioTiming(repeats=1))
        try:
            await dongle.open()
            await dongle.energy()
            member = HanMember(dongle, CODE)
            await member.join(DeviceId("00DB1234567890A3"))
            async with HanTunnel(member) as tunnel:
                await tunnel.send(ESME, b"\xdd" * 300, reference=1)
            await member.leave()
        except HhtError as error:
            return error.code if error.remedy else ""
        finally:
            await dongle.close()
        return "done"

    outcome = in_virtual_time(talk())
    assert outcome, "no remedy"
    return outcome


_WORDS: Final = (b"\xfe\x00\x21\x01", b"\xfe", b"\x45\xc1", b"\x44\x82", b"\xfa", b"\x00" * 8)

TARGETS: Final = [
    Target("znp", znp_stream, "znp", (), _WORDS, repair_znp, sample=500, longest=MEBIBYTE, stream=True),
    Target("dissect-znp", dissect_znp, "znp", (), _WORDS, repair_znp, sample=300, longest=MEBIBYTE),
    Target("dissect-zcl", dissect_zcl, "znp", (), _WORDS, sample=200, longest=MEBIBYTE),
    Target("zigbee", zigbee, "tunnels", (), _WORDS, sample=300),
    Target("dongle", dongle, "dongle-requests", (), _WORDS, repair_znp, fixed=1, sample=250),
    Target("hub-radio", hub, "tunnels", (), _WORDS, sample=250),
    Target("radio-terminal", terminal, "dongle-answers", (), _WORDS, repair_znp, sample=150),
]
