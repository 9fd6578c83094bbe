"""Registers, sealed for whoever asks (gbcs.md 2): ECS17b, ECS17d, ECS17e, and GCS13a to GCS13c of gas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hht.emulation.gbcs.translation import (
    ENUM8,
    UINT24,
    UINT48,
    Asked,
    Attributes,
    Translation,
    attribute,
    attributes_read,
    by_access,
    components_of,
    told,
    written,
    zcl_status,
)
from hht.model.commands import Command
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.registers import ReadImportRegisters, RegistersRead
from hht.model.features.tariff import ReadBlockRegisters, ReadTouRegisters
from hht.model.features.tariff_check import ELECTRICITY, SECOND_ELEMENT
from hht.model.gas_meter.registers import (
    GasRegisters,
    ReadGasBlockRegisters,
    ReadGasRegisters,
    ReadGasTouRegisters,
)
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.values import Data, array, double_long_unsigned, enumerated, integer, structure
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.gbz import Component, Gbz

_IMPORT, _TOU, _BLOCKS = "0-0:43.2.8.255", "0-0:43.2.9.255", "0-0:43.2.10.255"  # data protection objects
_READ: Final = 1  # the method get_protected_attributes
_WATT_HOUR, _VAR_HOUR = 30, 32  # COSEM units
_WRAP: Final = 1 << 32
_BLOCKS_OF_A_REGISTER, _REGISTERS_WITH_BLOCKS = 4, 16  # of the collection; the model's meters fill half of it
_METERING: Final = 0x0702
_TO_CLIENT_SILENT: Final = 0x18
_CUBIC_METRES, _KILOWATT_HOURS, _LITRES = 0x01, 0x00, 1000  # units, and how many litres or Wh one is


# --- electricity


def _sealed(name: str, values: Callable[[Asked, Any], Data], command: type[Command]) -> Translation:
    def ask(asked: Asked) -> Command:
        written(asked, name, _READ)  # it asks by the object that seals
        return command()

    def answer(asked: Asked, found: Any) -> AccessResponse:
        plaintext = encode(structure(values(asked, found)))
        return told(asked, [asked.end.sealed_value(asked.command, plaintext)])

    return by_access(ask, answer)


def _energy(wh: int) -> Data:
    return double_long_unsigned(wh % _WRAP)


def _imported(asked: Asked, found: RegistersRead) -> Data:
    """Active and reactive energy, each with its unit; of a meter with two elements the second's besides."""
    cells = [
        _energy(found.active_wh),
        structure(integer(0), enumerated(_WATT_HOUR)),
        _energy(found.reactive_varh),
        structure(integer(0), enumerated(_VAR_HOUR)),
    ]
    if _meter(asked).second_element is not None:
        cells.append(_energy(found.channels_wh[1]))
    return structure(*cells)


def _tou(asked: Asked, found: Mapping[int, int]) -> Data:
    """All 48 registers, those that are not in use with nothing; four of a second element."""
    lists = [_registers(found, ELECTRICITY.registers)]
    beside = _meter(asked).tariff.beside
    if beside is not None:
        lists.append(_registers(beside.tou_wh, SECOND_ELEMENT.registers))
    return structure(*lists)


def _registers(found: Mapping[int, int], count: int) -> Data:
    return array([_energy(found.get(number, 0)) for number in range(1, count + 1)])


def _blocks(_asked: Asked, found: Mapping[tuple[int, int], int]) -> Data:
    """Block by block, and in each by time-of-use register, as the collection's name has them."""
    return structure(
        array(
            [
                _energy(found.get((register, block), 0))
                for block in range(1, _BLOCKS_OF_A_REGISTER + 1)
                for register in range(1, _REGISTERS_WITH_BLOCKS + 1)
            ]
        )
    )


def _meter(asked: Asked) -> ElectricityMeter:
    assert isinstance(asked.device, ElectricityMeter)
    return asked.device


# --- gas


def _sealed_attributes(command: type[Command], known: Callable[[Any], Attributes]) -> Translation:
    def seal(asked: Asked, records: Callable[[Component], bytes]) -> Gbz:
        return Gbz(
            tuple(
                Component(
                    one.cluster,
                    _TO_CLIENT_SILENT,
                    one.sequence,
                    zcl.READ_RESPONSE,
                    asked.end.seal(asked.command, records(one)),
                    sealed=True,
                )
                for one in components_of(asked)
            )
        )

    def refused(asked: Asked, refusal: DeviceRefusal) -> Gbz:
        return seal(asked, lambda one: attributes_read(one, {}, zcl_status(refusal)))

    return Translation(
        lambda _asked: command(),
        lambda asked, found: seal(asked, lambda one: attributes_read(one, known(found))),
        refused,
    )


def _formatted(unit: int, values: Mapping[int, int]) -> Attributes:
    """Registers by attribute, in thousandths of `unit`, with the unit, multiplier and divisor that say so."""
    registers = {(_METERING, number): attribute(UINT48, found, 6) for number, found in values.items()}
    return registers | {
        (_METERING, 0x0300): attribute(ENUM8, unit, 1),
        (_METERING, 0x0301): attribute(UINT24, 1, 3),
        (_METERING, 0x0302): attribute(UINT24, _LITRES, 3),
    }


def _volume(found: GasRegisters) -> Attributes:
    return _formatted(_CUBIC_METRES, {0x0000: found.litres})


def _by_tier(found: Mapping[int, int]) -> Attributes:
    return _formatted(_KILOWATT_HOURS, {0x0100 + 2 * (tier - 1): found.get(tier, 0) for tier in range(1, 5)})


def _by_block(found: Mapping[tuple[int, int], int]) -> Attributes:
    return _formatted(_KILOWATT_HOURS, {0x0700 + block - 1: found.get((1, block), 0) for block in range(1, 5)})


TABLE: Final[dict[int, Translation]] = {
    0x0027: _sealed(_IMPORT, _imported, ReadImportRegisters),
    0x0029: _sealed(_TOU, _tou, ReadTouRegisters),
    0x002A: _sealed(_BLOCKS, _blocks, ReadBlockRegisters),
    0x0074: _sealed_attributes(ReadGasRegisters, _volume),
    0x00B6: _sealed_attributes(ReadGasTouRegisters, _by_tier),
    0x00B8: _sealed_attributes(ReadGasBlockRegisters, _by_block),
}
