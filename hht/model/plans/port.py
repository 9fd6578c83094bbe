"""The port between an electricity meter and a hub as a premises file says it: ``[device.port]`` at either."""

from __future__ import annotations

from hht.i18n import _
from hht.model.hub_port import MeterPort, ModulePort, PortProtocol, Tap
from hht.model.plan_file import Section
from hht.model.plans.checks import short

_PROTOCOLS = tuple(PortProtocol)


def read_meter_port(section: Section) -> MeterPort | None:
    """What a meter offers; None where its table is left out."""
    table = section.optional("port")
    if table is None:
        return None
    usual = MeterPort()
    port = MeterPort(
        connector=table.text("connector", usual.connector, check=short),
        volts=table.whole("volts", usual.volts, low=1, high=60),
        maximum_ma=table.whole("maximum_ma", usual.maximum_ma, low=1, high=5_000),
        longest_cable_cm=table.whole("longest_cable_cm", usual.longest_cable_cm, low=1, high=10_000),
        protocol=PortProtocol(table.choice("protocol", _PROTOCOLS, usual.protocol)),
        aperture_mm=_size(table, "aperture_mm"),
        tap=Tap(table.choice("tap", tuple(Tap), usual.tap)),
    )
    table.done()
    return port


def read_module_port(section: Section) -> ModulePort:
    """What a hub needs."""
    table, usual = section.section("port"), ModulePort()
    port = ModulePort(
        connector=table.text("connector", usual.connector, check=short),
        volts=table.whole("volts", usual.volts, low=1, high=60),
        draws_ma=table.whole("draws_ma", usual.draws_ma, low=1, high=5_000),
        cable_cm=table.whole("cable_cm", usual.cable_cm, low=1, high=10_000),
        protocol=PortProtocol(table.choice("protocol", _PROTOCOLS, usual.protocol)),
        size_mm=_size(table, "size_mm"),
    )
    table.done()
    return port


def _size(table: Section, name: str) -> tuple[int, ...]:
    size = table.wholes_or_none(name, low=1, high=500)
    if size and len(size) != 3:
        raise table.error(name, _("write width, height and depth in mm"))
    return size
