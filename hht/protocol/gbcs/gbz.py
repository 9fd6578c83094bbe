"""GBZ payloads: ZigBee Cluster Library commands in a GBCS message, for gas meters and the gas proxy (gbcs.md 1.4).

    command, response    0109 n, then n components
    alert                0109 n, alert code, time, then components, or what the alert is about as octets

The header of a component is written most significant octet first, ZCL the other way round.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from hht.i18n import _
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.errors import GbcsError, MalformedPayload

PROFILE: Final = b"\x01\x09"
LAST, ENCRYPTED, FROM_DATE_TIME = 0x01, 0x02, 0x10
SECURITY_HEADER: Final = bytes.fromhex("3100000000")
TAG_LENGTH: Final = 12
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
NEVER: Final = 0xFFFF_FFFF
_HEAD: Final = struct.Struct(">BHH")  # control, cluster, length
_SEALED: Final = struct.Struct(">BBBBBH")  # additional header (control, frame counter), ZCL header, ciphered length

_FUTURE_DATED: Final = struct.Struct(">HQHBB")


class Place(NamedTuple):
    """Where a component stands in the octets that were looked through: `at` its control, `zcl` its ZCL header (or
    additional header), `end` behind it."""

    at: int
    control: int
    cluster: int
    zcl: int
    end: int


@dataclass(frozen=True, slots=True)
class Component:
    """One ZCL command. `frame_control`, `sequence` and `command` are its ZCL header, `payload` what follows.

    `from_time`: seconds since 2000 (None: the component has none). `sealed`: `payload` is ciphertext and tag (12
    octets); `header_control` and `frame_counter` are then its additional header.
    """

    cluster: int
    frame_control: int
    sequence: int
    command: int
    payload: bytes = b""
    from_time: int | None = None
    sealed: bool = False
    header_control: int = 0
    frame_counter: int = 0

    def encode(self, *, last: bool) -> bytes:
        """The octets. Raises GbcsError where a component cannot be that long."""
        control = LAST * last | ENCRYPTED * self.sealed | FROM_DATE_TIME * (self.from_time is not None)
        time = b"" if self.from_time is None else self.from_time.to_bytes(4, "big")
        header = bytes((self.frame_control, self.sequence, self.command))
        if self.sealed:
            secured = SECURITY_HEADER + self.payload
            additional = bytes((self.header_control, self.frame_counter))
            body = time + additional + header + len(secured).to_bytes(2, "big") + secured
        else:
            body = time + header + self.payload
        if len(body) > 0xFFFF:
            raise GbcsError(_("A part of the message is too long."), code="gbcs-field")
        return _HEAD.pack(control, self.cluster, len(body)) + body


@dataclass(frozen=True, slots=True)
class Gbz:
    """A whole payload. Alerts have `alert_code` and `time` (seconds since 2000), and components or `about`.

    `count` is the number that the payload states, None: of its components; alerts without any say 1 all the same.
    """

    components: tuple[Component, ...] = ()
    alert_code: int | None = None
    time: int = 0
    about: bytes = b""
    count: int | None = None

    def encode(self) -> bytes:
        """The octets."""
        count = len(self.components) if self.count is None else self.count
        parts = [PROFILE + bytes((count,))]
        if self.alert_code is not None:
            parts.append(self.alert_code.to_bytes(2, "big") + self.time.to_bytes(4, "big"))
        final = len(self.components) - 1
        parts += [one.encode(last=index == final) for index, one in enumerate(self.components)]
        return b"".join(parts) + self.about


class FutureDated(NamedTuple):
    """What the alert of a future-dated instruction is about: of which command, and which of its parts."""

    message_code: int
    counter: int
    cluster: int
    frame_control: int
    command: int

    def encode(self) -> bytes:
        """The octets, with their length."""
        return bytes((_FUTURE_DATED.size,)) + _FUTURE_DATED.pack(*self)


def start_of_components(octets: bytes, at: int, cra: int) -> int:
    """The offset behind profile, count and (in an alert) code and time. Raises MalformedPayload."""
    head = 9 if cra == Cra.ALERT else 3
    if octets[at : at + 2] != PROFILE or at + head > len(octets):
        raise wrong(_("it does not begin as one"), at)
    return at + head


def places(octets: bytes, at: int, end: int) -> Iterator[Place]:
    """The components of ``octets[at:end]``, which may end before `end`. Raises MalformedPayload."""
    control = 0
    while not control & LAST:
        if at + _HEAD.size > end:
            raise wrong(_("a component is missing"), at)
        control, cluster, length = _HEAD.unpack_from(octets, at)
        zcl = at + _HEAD.size + (4 if control & FROM_DATE_TIME else 0)
        after = at + _HEAD.size + length
        least = zcl + (_SEALED.size + len(SECURITY_HEADER) + TAG_LENGTH if control & ENCRYPTED else 3)
        if control & ~(LAST | ENCRYPTED | FROM_DATE_TIME) or after > end or least > after:
            raise wrong(_("a component of no known form"), at)
        if control & ENCRYPTED:
            size = octets[zcl + 5] << 8 | octets[zcl + 6]
            if size != after - zcl - _SEALED.size or octets[zcl + 7 : zcl + 12] != SECURITY_HEADER:
                raise wrong(_("an encrypted component of no known form"), at)
        yield Place(at, control, cluster, zcl, after)
        at = after


def parse_gbz(octets: bytes, cra: int) -> Gbz:
    """A payload of a message of that kind (command, response, alert). Raises MalformedPayload."""
    at, end = start_of_components(octets, 0, cra), len(octets)
    count = octets[2]
    if cra != Cra.ALERT:
        components = _components(octets, at, end)
        if len(components) != count:
            raise wrong(_("another number of components than it says"), 2)
        return Gbz(components, count=count)
    code, time = int.from_bytes(octets[3:5], "big"), int.from_bytes(octets[5:9], "big")
    if has_components(octets, at, end):
        return Gbz(_components(octets, at, end), code, time, count=count)
    return Gbz((), code, time, octets[at:], count)


def has_components(octets: bytes, at: int, end: int) -> bool:
    """Whether what follows an alert's time are components, and nothing else."""
    try:
        return at < end and list(places(octets, at, end))[-1].end == end
    except MalformedPayload:
        return False


def _components(octets: bytes, at: int, end: int) -> tuple[Component, ...]:
    found = []
    for place in places(octets, at, end):
        found.append(_component(octets, place))
        at = place.end
    if at != end:
        raise wrong(_("octets left over behind the last component"), at)
    return tuple(found)


def _component(octets: bytes, place: Place) -> Component:
    _at, control, cluster, zcl, end = place
    time = int.from_bytes(octets[zcl - 4 : zcl], "big") if control & FROM_DATE_TIME else None
    if control & ENCRYPTED:
        header_control, counter, frame, sequence, command, _size = _SEALED.unpack_from(octets, zcl)
        payload = octets[zcl + _SEALED.size + len(SECURITY_HEADER) : end]
        return Component(cluster, frame, sequence, command, payload, time, True, header_control, counter)
    return Component(cluster, octets[zcl], octets[zcl + 1], octets[zcl + 2], octets[zcl + 3 : end], time)


def future_dated(about: bytes) -> FutureDated:
    """What the alert of a future-dated instruction says behind its time. Raises MalformedPayload."""
    if len(about) != 1 + _FUTURE_DATED.size or about[0] != _FUTURE_DATED.size:
        raise wrong(_("no statement of a future-dated instruction"), 9)
    return FutureDated(*_FUTURE_DATED.unpack_from(about, 1))


def zigbee_time(seconds: int) -> datetime:
    """A time as ZigBee counts it."""
    return EPOCH + timedelta(seconds=seconds)


def wrong(what: str, at: int) -> MalformedPayload:
    """The error for a payload that is no GBZ."""
    return MalformedPayload(
        _("The payload is no sound GBZ: {what}, at octet {at} of it.").format(what=what, at=at), code="gbcs-gbz", at=at
    )
