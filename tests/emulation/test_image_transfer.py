"""An image over the optical port: in blocks, verified, activated (class 18), and everything that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from hht.emulation.cosem_objects import MeterObjects
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import ElectricityMeter, LocalPort
from hht.model.electricity_meter.image_port import BLOCK_OCTETS, TransferStatus, image_file, image_in
from hht.model.features.firmware import FirmwareImage
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.codes import DataAccessResult, Mechanism
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import ClientIdentity

MeterOf = Callable[..., ElectricityMeter]
IMAGE = Obis.parse("0-0:44.0.0")
KEYS = ClientIdentity(1, "installer", Mechanism.GMAC)
PASSWORD = ClientIdentity(17, "installer", Mechanism.LOW)
PUBLIC = ClientIdentity(16, "public", Mechanism.NONE)


@pytest.fixture
def meter(meter_of: MeterOf) -> ElectricityMeter:
    return meter_of(days=1)


@pytest.fixture
def model(meter: ElectricityMeter) -> MeterObjects:
    return MeterObjects(LocalPort(meter))


def image_for(meter: ElectricityMeter, **changes: object) -> FirmwareImage:
    own = meter.identity
    image = FirmwareImage("00030200", own.manufacturer, own.model, own.hardware, b"new", octets=1_300)
    return replace(image, **changes)  # type: ignore[arg-type]


def act(model: MeterObjects, method: int, argument: Data, client: ClientIdentity = KEYS) -> None:
    assert model.invoke(client, CosemMethod(18, IMAGE, method), argument) is None


def initiate(model: MeterObjects, octets: int) -> None:
    act(model, 1, cosem.structure(cosem.octets(b"TRAINING"), cosem.double_long_unsigned(octets)))


def send(model: MeterObjects, file: bytes, numbers: Iterable[int] | None = None) -> None:
    initiate(model, len(file))
    for number in range(-(-len(file) // BLOCK_OCTETS)) if numbers is None else numbers:
        block = file[number * BLOCK_OCTETS :][:BLOCK_OCTETS]
        act(model, 2, cosem.structure(cosem.double_long_unsigned(number), cosem.octets(block)))


def shown(model: MeterObjects, attribute: int) -> Data:
    value = model.get(PUBLIC, CosemAttribute(18, IMAGE, attribute), None)
    assert isinstance(value, Data)
    return value


def refused(act_so: Callable[[], object]) -> DataAccessResult:
    with pytest.raises(AccessDenied) as caught:
        act_so()
    result = caught.value.result
    assert isinstance(result, DataAccessResult)
    return result


def test_an_image_comes_in_blocks_is_verified_and_runs(meter: ElectricityMeter, model: MeterObjects) -> None:
    image = image_for(meter)
    assert shown(model, 2).as_int() == BLOCK_OCTETS
    assert (shown(model, 6).as_int(), shown(model, 7).as_items()) == (TransferStatus.NOT_INITIATED, ())
    send(model, image_file(image), (0, 2))
    assert (shown(model, 4).as_int(), shown(model, 6).as_int()) == (1, TransferStatus.INITIATED)
    assert refused(lambda: act(model, 3, cosem.integer(0))) is DataAccessResult.TEMPORARY_FAILURE
    send(model, image_file(image))
    assert shown(model, 4).as_int() == 3
    act(model, 3, cosem.integer(0))
    (row,) = shown(model, 7).as_items()
    octets, identifier, digest = row.as_items()
    assert (octets.as_int(), identifier.as_bytes()) == (1_300, b"TRAINING")
    assert digest.as_bytes().hex().upper() == image.sha256
    before = meter.firmware.version
    assert before != image.version
    act(model, 4, cosem.integer(0))
    assert (meter.firmware.version, shown(model, 6).as_int()) == (image.version, TransferStatus.ACTIVATED)
    codes = [record.code for log in meter.logs.values() for record in log]
    assert AlertCode.FIRMWARE_CHANGED in codes
    local = [line.information for line in meter.event_log if line.code == AlertCode.LOCAL_COMMAND_ACTIONED]
    assert [line for line in local if "take-block" in line] == []  # a thousand blocks would leave nothing else
    assert any("activate" in line for line in local)


@pytest.mark.parametrize("client", [PUBLIC, PASSWORD])
def test_only_an_installer_with_keys_brings_one(model: MeterObjects, client: ClientIdentity) -> None:
    start = cosem.structure(cosem.octets(b"X"), cosem.double_long_unsigned(10))
    for method in (1, 2, 3, 4):
        assert refused(lambda method=method: act(model, method, start, client)) is DataAccessResult.READ_WRITE_DENIED  # type: ignore[misc]


@pytest.mark.parametrize(
    "changes",
    [{"model": "ANOTHER"}, {"manufacturer": "ANOTHER"}, {"hardware": "REV-Z"}, {"follows": "00000001"}],
)
def test_an_image_for_another_meter_does_not_verify(
    meter: ElectricityMeter, model: MeterObjects, changes: dict[str, object]
) -> None:
    send(model, image_file(image_for(meter, **changes)))
    assert refused(lambda: act(model, 3, cosem.integer(0))) is DataAccessResult.OTHER_REASON
    assert shown(model, 6).as_int() == TransferStatus.VERIFICATION_FAILED
    assert refused(lambda: act(model, 4, cosem.integer(0))) is DataAccessResult.TEMPORARY_FAILURE


def test_one_that_does_not_start_is_given_up(meter: ElectricityMeter, model: MeterObjects) -> None:
    before = meter.firmware.version
    send(model, image_file(image_for(meter, works=False)))
    act(model, 3, cosem.integer(0))
    act(model, 3, cosem.integer(0))  # once more changes nothing
    assert refused(lambda: act(model, 4, cosem.integer(0))) is DataAccessResult.OTHER_REASON
    assert (meter.firmware.version, shown(model, 6).as_int()) == (before, TransferStatus.ACTIVATION_FAILED)


@pytest.mark.parametrize("damage", [0, 5, 30, 700])
def test_a_file_that_was_damaged_is_no_image(meter: ElectricityMeter, model: MeterObjects, damage: int) -> None:
    file = bytearray(image_file(image_for(meter)))
    file[damage] ^= 0x55
    assert image_in(bytes(file)) is None
    send(model, bytes(file))
    assert refused(lambda: act(model, 3, cosem.integer(0))) is DataAccessResult.OTHER_REASON


@pytest.mark.parametrize(
    ("method", "argument", "result"),
    [
        (1, cosem.structure(cosem.octets(b"X"), cosem.double_long_unsigned(0)), DataAccessResult.OTHER_REASON),
        (1, cosem.structure(cosem.octets(b""), cosem.double_long_unsigned(9)), DataAccessResult.OTHER_REASON),
        (1, cosem.structure(cosem.octets(b"X"), cosem.double_long_unsigned(1 << 30)), DataAccessResult.OTHER_REASON),
        (1, cosem.integer(0), DataAccessResult.TYPE_UNMATCHED),
        (2, cosem.integer(0), DataAccessResult.TYPE_UNMATCHED),
        (2, cosem.structure(cosem.double_long_unsigned(0), cosem.octets(b"x")), DataAccessResult.TEMPORARY_FAILURE),
        (3, cosem.integer(0), DataAccessResult.TEMPORARY_FAILURE),
        (4, cosem.integer(0), DataAccessResult.TEMPORARY_FAILURE),
    ],
)
def test_what_makes_no_sense_is_refused(
    model: MeterObjects, method: int, argument: Data, result: DataAccessResult
) -> None:
    assert refused(lambda: act(model, method, argument)) is result


@pytest.mark.parametrize(("number", "octets"), [(3, 100), (0, 511), (2, 512), (2, 275)])
def test_a_block_that_is_none_of_the_image_is_refused(model: MeterObjects, number: int, octets: int) -> None:
    initiate(model, 1_300)
    block = cosem.structure(cosem.double_long_unsigned(number), cosem.octets(bytes(octets)))
    assert refused(lambda: act(model, 2, block)) is DataAccessResult.OTHER_REASON
    assert shown(model, 4).as_int() == 0


def test_an_image_is_as_long_as_what_it_holds_or_longer(meter: ElectricityMeter) -> None:
    with pytest.raises(ValueError, match="as long as"):
        image_file(image_for(meter, octets=20))
    assert image_in(image_file(image_for(meter))) == image_for(meter)
