"""What the emulated access control broker makes of a service request for a gas meter: ZigBee commands (gbcs.md 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hht.emulation.service_asked import Asked, Made, seconds_of
from hht.protocol.gbcs.gbz import Component, Gbz

_WRITE, _OWN = 0x00, 0x01  # frame control of a ZCL header: general, of the cluster


def _zigbee(code: int, *components: Component) -> Made:
    return Made(code, Gbz(components).encode())


def _octets(seconds: int) -> bytes:
    return seconds.to_bytes(4, "little")


def _event(asked: Asked) -> bytes:
    """The issuer event identifier that makes one publication newer than another."""
    return _octets(seconds_of(asked.now))


def _mprn(asked: Asked) -> Made:
    mprn = asked.text("ImportMPRN").encode("ascii")
    payload = _event(asked) + bytes(8) + bytes((len(mprn),)) + mprn
    return _zigbee(0x0087, Component(0x0708, _OWN | 8, 0, 3, payload))


def _valve(code: int, state: int) -> Callable[[Asked], Made]:
    """Propose a supply state at once: 0 off, 1 off and armed."""
    return lambda asked: _zigbee(
        code, Component(0x0702, _OWN, 0, 0x0B, bytes(4) + _event(asked) + bytes(8) + bytes((state, 1)))
    )


def _attributes(code: int, cluster: int, *numbers: int) -> Callable[[Asked], Made]:
    return lambda _asked: _zigbee(code, read_attributes(cluster, *numbers))


def read_attributes(cluster: int, *numbers: int) -> Component:
    """ZCL Read Attributes of those numbers."""
    return Component(cluster, _WRITE, 0, 0, b"".join(number.to_bytes(2, "little") for number in numbers))


def _gas_mode(asked: Asked) -> Made:
    """GCS02, GCS03: Change Payment Mode, at once."""
    code, configuration, threshold = 0x006C, 0x0C94, -1  # -1: as it is
    if asked.has("Prepayment"):
        code, threshold = 0x006D, int(asked.text("DisablementThreshold"))
        configuration = 0x0097
        configuration |= 1 << 10 if asked.text("SuspendDebtDisabled") == "true" else 0
        configuration |= 0 if asked.text("SuspendDebtEmergency") == "true" else 1 << 11
    said = configuration.to_bytes(2, "little") + threshold.to_bytes(4, "little", signed=True)
    return _zigbee(code, Component(0x0705, _OWN, 0, 6, bytes(4) + _event(asked) + bytes(4) + said))


def _gas_conversion(asked: Asked) -> Made:
    """Two publications: the volume conversion factor, and the calorific value, each with its trailing digit."""
    event, at_once = _event(asked), bytes(4)
    factor = int(Decimal(asked.text("ConversionFactor")) * 100_000).to_bytes(4, "little")
    calorific = int(Decimal(asked.text("CalorificValue")) * 10).to_bytes(4, "little")
    return _zigbee(
        0x007C,
        Component(0x0700, _OWN | 8, 0, 2, event + at_once + factor + b"\x50"),
        Component(0x0700, _OWN | 8, 1, 3, event + at_once + calorific + b"\x01\x10"),
    )


def _gas_log(asked: Asked) -> Made:
    """Get Event Log, whole rows, of the device's own events or of its security log."""
    secure = asked.text("LogToRead") == "Security"
    since, until = (_octets(asked.seconds(name)) for name in ("StartDateTime", "EndDateTime"))
    payload = (b"\x04" if secure else b"\x13") + bytes(2) + since + until + bytes(3)
    return _zigbee(0x00A1 if secure else 0x0014, Component(0x0709, _OWN, 0, 0, payload))


def _gas_balance(_asked: Asked) -> Made:
    """The balance of credit mode, and that of prepayment mode."""
    credit = Component(0x0702, _WRITE, 0, 0, (0x0A00).to_bytes(2, "little"))
    return _zigbee(0x008D, credit, Component(0x0705, _WRITE, 1, 0, (0x0001).to_bytes(2, "little")))


GAS: Final[dict[str, Callable[[Asked], Made]]] = {
    "6.13": _gas_log,
    "6.2.9": _attributes(0x00BF, 0x0705, 0x0000),
    "6.20.1": _mprn,
    "6.2.7": _attributes(0x0089, 0x0702, 0x0307),
    "6.6": _gas_conversion,
    "1.6": _gas_mode,
    "7.2": _valve(0x0081, 0),
    "7.3": _valve(0x0085, 1),
    "7.4": _attributes(0x0082, 0x0702, 0x0205, 0x0014),
    "4.18": _gas_balance,
    "11.2": _attributes(0x0084, 0x0702, 0x0206),
}
"""By the Service Reference Variant, but for what every device takes in the same form (joins, clocks)."""
