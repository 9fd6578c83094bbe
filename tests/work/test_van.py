"""The van: stock, delivery notes, the product list in the store, and the check before leaving the depot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.errors import HhtError
from hht.packs.envelope import close
from hht.packs.training_desk import training_desk, training_desk_key
from hht.protocol.gbcs.crypto import private_key
from hht.resources import resource_path, resource_text
from hht.work.depot import Place, brought_along, depot_check
from hht.work.job import parse_job
from hht.work.products import PAYLOAD_TYPE, parse_products
from hht.work.products_kept import ProductListStore
from hht.work.reasons import Standing
from hht.work.van import VanStock, counted, of_product, van_device
from hht.work.van_check import VanCheck
from hht.work.van_file import parse_van_file
from hht.work.visit import StepFailed
from tests.work.conftest import START, Rig
from tests.work.flow_model import GAS, HUB, job
from ui.van import Van, add_sample_van, renew_training_list, training_list

SAMPLE = resource_text("samples", "van.json")
TODAY = START.date()
COUNT = len(json.loads(SAMPLE)["devices"])
METER = "00-DB-12-34-56-78-90-A0"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("van"))
    yield rig
    rig.store.close()


@pytest.fixture
def rig(shared: Rig) -> Rig:
    """A store with nothing of a van in it."""
    with shared.store.transaction() as database:
        database.execute("DELETE FROM settings")
    return shared


def code_of(refused: pytest.ExceptionInfo[HhtError]) -> str:
    return refused.value.code


def signed(key: bytes = b"", **changes: Any) -> bytes:
    plain = json.loads(resource_text("samples", "products.json")) | changes
    desk = training_desk_key() if not key else private_key(key)
    return close(json.dumps(plain).encode(), desk, PAYLOAD_TYPE)


def test_devices_are_scanned_in_counted_taken_out_once_and_put_back(rig: Rig) -> None:
    van = VanStock(rig.store)
    assert van.add(parse_van_file(SAMPLE, "van.json")) == COUNT
    assert van.add(parse_van_file(SAMPLE, "van.json")) == 0, "they are there already"
    assert counted(van.on_van())["electricity meter (one element)"] == 9
    assert van.take(METER, "J-1")
    assert not van.take(METER, "J-2"), "it is out"
    assert not van.take("00-00-00-00-00-00-00-01", "J-2")
    found = van.find("00DB1234567890A0")
    assert found is not None
    assert found.taken_by == "J-1"
    assert METER not in [str(one.device_id) for one in van.on_van()]
    van.put_back(METER)
    assert METER in [str(one.device_id) for one in van.on_van()]
    van.remove(METER)
    with pytest.raises(HhtError) as refused:
        van.remove(METER)
    assert code_of(refused) == "van-unknown"
    assert METER not in repr(van.all())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "kettle"}, "must be one of"),
        ({"device_id": "00-DB-12-34-56-78-90"}, "16 hex digits"),
        ({"variant": "cellular"}, "no variant of a device of this type"),
        ({"certificate_until": "2026-02-30"}, "is no day"),
        ({"install_code": "00"}, "not known"),
        ({"device_id": "00-DB-12-34-56-79-0A-A0"}, "the same device as in devices[0]"),
    ],
)
def test_a_delivery_note_that_is_wrong_says_where(change: dict[str, str], words: str) -> None:
    plain = json.loads(SAMPLE)
    plain["devices"] = [plain["devices"][1], plain["devices"][0] | change]
    with pytest.raises(HhtError) as refused:
        parse_van_file(json.dumps(plain, indent=1), "note.json")
    assert words in refused.value.message
    assert "devices[1]" in refused.value.message


def test_what_a_person_says_of_a_device_is_checked() -> None:
    for said, code in (
        ({"firmware": "12"}, "van-text"), ({"model": "x" * 81}, "van-text"), ({"certificate_until": "soon"}, "van-day")
    ):  # fmt: skip
        with pytest.raises(HhtError) as refused:
            van_device("gas-meter", METER, **said)
        assert code_of(refused) == code
    products = parse_products(resource_text("samples", "products.json"), "products.json")
    assert of_product(products.products[0], METER).words == "electricity meter (one element), HHT Training TRAINER-1E"


def test_only_a_list_that_a_trusted_desk_signed_is_kept_and_never_an_older_or_altered_one(rig: Rig) -> None:
    lists, desks = ProductListStore(rig.store), [training_desk()]

    def refusal(octets: bytes) -> str:
        with pytest.raises(HhtError) as refused:
            lists.take(octets, "list.signed", desks)
        assert "list.signed" in refused.value.message or "product list" in refused.value.message
        return code_of(refused)

    assert lists.kept() is None
    assert refusal(signed(b"\x07" * 32)) == "products-desk-unknown"
    assert refusal(signed(training=False)) == "wrong-trust"
    assert refusal(signed(issued=(TODAY + timedelta(days=1)).isoformat())) == "products-from-future"
    assert refusal(b"{}") == "products-envelope"
    whole = json.loads(signed())
    whole["payload"] = json.loads(signed(number=9))["payload"]
    assert refusal(json.dumps(whole).encode()) == "products-signature"
    assert refusal(signed(number="9")) == "products-file"
    assert lists.kept() is None, "nothing of these was taken"
    kept = lists.take(signed(number=5), "list.signed", desks)
    assert (kept.products.number, kept.desk) == (5, "training desk")
    assert lists.take(signed(number=5), "again.signed", desks).products == kept.products
    assert refusal(signed(number=4)) == "products-older"
    assert refusal(signed(number=5, title="Another")) == "products-altered"
    assert lists.kept() == kept
    assert lists.take(signed(number=6), "list.signed", desks).products.number == 6
    earlier = (kept.products.issued - timedelta(days=1)).isoformat()
    assert refusal(signed(number=7, issued=earlier)) == "products-issued-before", "a higher number makes nothing newer"
    assert lists.take(signed(number=7), "list.signed", desks).products.number == 7


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("issued",), "2026-02-30", "does not exist"),
        (("products", 0, "type"), "kettle", "must be one of"),
        (("products", 1, "removed"), "2020-01-01", "comes before"),
        (("products", 1, "model"), "TRAINER-1E", "not have"),
        (("specifications", 1, "name"), "SMETS V5.0", "already"),
    ],
)
def test_a_list_that_is_wrong_says_where(place: tuple[Any, ...], value: str, words: str) -> None:
    plain = json.loads(resource_text("samples", "products.json"))
    *way, last = place
    node = plain
    for step in way:
        node = node[step]
    if words == "not have":
        node["manufacturer"], node["firmware"], words = "hht training", "0002012F", "stands in the list already"
    node[last] = value
    with pytest.raises(HhtError) as refused:
        parse_products(json.dumps(plain), "products.json")
    assert words in refused.value.message


@pytest.mark.requirement("EDG-16")
def test_the_check_before_leaving_says_of_each_device_whether_it_is_there_fits_and_may_be_installed(rig: Rig) -> None:
    van = Van(rig.store)
    add_sample_van(rig.store)
    sample = parse_job(resource_path("jobs", "install-dual-fuel.json").read_bytes(), "sample.json")
    products = van.facts().products
    lines = depot_check([sample], van.facts().devices, products, TODAY)
    assert {line.need.type for line in lines} == set(load(sample))
    assert all(line.ready for line in lines), [line.words for line in lines]
    assert len(brought_along(job("commission-electricity"))) == 0, "its meter is on the wall"
    wants = job("install-dual-fuel", HUB, GAS, variant="polyphase")
    meter, hub, gas = depot_check([wants], van.facts().devices, products, TODAY)
    assert (meter.place, meter.ready) == (Place.ON_VAN, False)
    assert meter.verdict is not None
    assert "wrong-variant" in meter.verdict.codes
    assert "3 others on the van fit" in meter.words  # the advanced meter does not go to a site of the DCC
    assert (hub.place, hub.others) == (Place.MISSING, 7), "the region is a guess: it only warns"
    assert (gas.place, gas.others) == (Place.MISSING, 4)
    VanStock(rig.store).take(METER, "J-OTHER")
    assert depot_check([wants], VanStock(rig.store).all(), products, TODAY)[0].place is Place.ELSEWHERE
    both = depot_check([sample, wants], VanStock(rig.store).all(), products, TODAY)
    assert both[-1].others == 3, "one of the gas meters is the other job's"


@pytest.mark.parametrize("path", sorted(resource_path("jobs").glob("*.json")), ids=lambda path: str(path.stem))
def test_the_sample_van_has_what_each_sample_job_brings_along(path: Path) -> None:
    sample = parse_job(path.read_bytes(), path.name)
    products = parse_products(resource_text("samples", "products.json"), "products.json")
    lines = depot_check([sample], parse_van_file(SAMPLE, "van.json"), replace(products, issued=TODAY), TODAY)
    assert not [f"{line.need.device_id}: {line.words}" for line in lines if not line.ready]


def load(of: Any) -> list[str]:
    return [device.type for device in of.devices]


@pytest.mark.requirement("ASR-01")
async def test_a_scan_at_the_wall_takes_the_device_out_and_stops_one_that_must_not_be_installed(rig: Rig) -> None:
    check, van = VanCheck(rig.store), VanStock(rig.store)
    assert check.judge(rig.job.job, rig.job.job.meter) is None, "neither list nor van"
    add_sample_van(rig.store)
    bad = van_device("electricity-meter", METER, manufacturer="HHT Training", model="SMETS2-1E", firmware="0002012E")
    van.add([bad])
    with pytest.raises(StepFailed) as stopped:
        await rig.visit(van=check).run()
    assert (stopped.value.code, stopped.value.details["step"]) == ("must-not-install", "scan-meter")
    assert "left the product list 2025-06-30" in stopped.value.message
    assert van.find(METER) == bad, "it stays on the van"
    van.add(parse_van_file(SAMPLE, "van.json"))
    await rig.visit(van=check).run()
    (fact,) = [one for one in rig.views[-1].step("scan-meter").facts if one.label == "May be installed"]
    assert fact.value == "It may be installed."
    found = van.find(METER)
    assert found is not None
    assert found.taken_by == rig.job.job.reference


def test_the_training_list_is_issued_anew_and_another_one_is_left_alone(rig: Rig) -> None:
    lists, old = ProductListStore(rig.store), TODAY - timedelta(days=40)
    VanStock(rig.store).add(parse_van_file(SAMPLE, "van.json"))
    lists.take(signed(number=old.toordinal(), issued=old.isoformat()), "old.signed", [training_desk()])
    van = Van(rig.store)
    assert van.facts().age_days == 40
    check = VanCheck(rig.store)
    told = check.judge(rig.job.job, rig.job.job.meter)
    assert told is not None
    assert told.standing is Standing.MUST_NOT
    assert "40 days old" in told.words
    renew_training_list(rig.store)
    assert van.facts().age_days == 0
    own = signed(number=TODAY.toordinal() + 5, title="A trainer's own", issued="2026-02-01")
    with pytest.raises(HhtError) as refused:
        lists.take(own, "own.signed", [training_desk()])
    assert code_of(refused) == "products-issued-before"
    lists.forget(TODAY.toordinal())
    lists.take(own, "own.signed", [training_desk()])
    renew_training_list(rig.store)
    assert van.facts().age_days == 29
    assert training_list(TODAY) != training_list(TODAY + timedelta(days=1))
