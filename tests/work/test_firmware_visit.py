"""Firmware at a visit: read, listed, brought by the supplier's pack over the emulated radio, read again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.errors import HhtError
from hht.link import LinkLost
from hht.model.electricity_meter import ElectricityMeter
from hht.packs.errors import PackError
from hht.resources import resource_text
from hht.work.firmware_rules import Installed, gbcs_clash
from hht.work.job import JobFirmware
from hht.work.products import parse_products
from hht.work.products_kept import ProductListStore
from hht.work.record import VisitRecord
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import Visit
from hht.work.walkthrough import WalkthroughError, parse_walkthrough
from tests.support.virtual_time import virtual
from tests.work.new_home import Home, home
from ui.desk_trust import DeskTrust
from ui.packs import Packs
from ui.training_hands import TrainingHands
from ui.van import training_list
from ui.visits import VisitOptions, VisitRunner

ROOT = Path(__file__).parents[2]
JOB = json.loads((ROOT / "resources/jobs/firmware.json").read_text("utf-8"))
ANSWERS = json.loads((ROOT / "resources/samples/firmware-answers.json").read_text("utf-8"))
ELECTRICITY = [one for one in JOB["devices"] if one["type"] != "gas-meter"]  # nothing that sleeps
LINK = JOB["link"]
OLD, NEW = "00020131", "00020132"


def at_home(folder: Path, link: str = LINK, **more: Any) -> AbstractAsyncContextManager[Home]:
    """A terminal at the sample's home, without its gas meter unless the devices are said."""
    plain: dict[str, Any] = {"devices": ELECTRICITY, "firmware": JOB["firmware"], "walkthrough": "firmware", **more}
    return home(folder, link, **plain)


def equip(at: Home, *, products: bool = True) -> None:
    """The desk's product list, and the pack of the job."""
    if products:
        today = at.clock.now().date()
        ProductListStore(at.store).take(training_list(today), "list", DeskTrust(at.store).trusted())
    octets = prepare(at.job, at.clock.now(), 1000, (PackPart.FIRMWARE,))
    Packs(at.store, at.clock, at.composer).take(octets, "visit.pack")


def outdate(at: Home) -> None:
    """The list that is kept was good until yesterday."""
    kept, today = at.store.setting("product-list"), at.clock.now().date()
    plain = json.loads(base64.b64decode(kept["payload"])) | {"title": "A trainer's own"}
    plain |= {"issued": str(today - timedelta(days=3)), "good_until": str(today - timedelta(days=1))}
    at.store.save_setting("product-list", kept | {"payload": base64.b64encode(json.dumps(plain).encode()).decode()})


def visit_of(
    at: Home,
    *,
    before: dict[str, Callable[[], None]] | None = None,
    leaves: dict[str, str] | None = None,
    **answers: str,
) -> Visit:
    """A run of the sample visit; `before`: what happens before a question is answered."""
    told = {**ANSWERS, **{name.replace("__", "-").replace("_", "/"): value for name, value in answers.items()}}
    hands = TrainingHands(at.composer.living, lambda: at.link, lambda _said: None)

    async def ask(question: Question, error: HhtError | None) -> str | None:
        hands.do(told.get(f"hands:{question.id}", ""))
        (before or {}).get(question.id, lambda: None)()
        return None if error is not None else told[question.id]

    han = at.link.replace("?", "?via=han&hub=fresh&")
    options = VisitOptions(auto=True, desk="desk:emulated", han=han, leaves=leaves or {})
    return VisitRunner(at.store, at.clock, at.composer, at.stored, options, ask=ask).visit


def meter(at: Home) -> ElectricityMeter:
    found: ElectricityMeter = at.premises.of(ElectricityMeter)[0]
    return found


@virtual
async def test_the_suppliers_activation_is_brought_once_and_seen_to_run_with_every_join_as_before(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path) as at:
        equip(at)
        visit = visit_of(at)
        await visit.run()
        record = VisitRecord.of(visit.job, visit.view, visit.progress)
        assert visit.view.outcome is Outcome.COMPLETE
        assert meter(at).firmware.version == NEW
    before, after = record.data["firmware-before"], record.data["firmware-after"]
    assert before["versions"] == {"electricity-meter": OLD, "communications-hub": "00030105"}
    assert after["versions"]["electricity-meter"] == NEW
    assert after["joined"] == before["joined"]
    assert len(before["joined"]) == 3
    assert (after["lost"], after["back"]) == ([], True)
    assert record.data["activate-firmware"]["activation"] == "answered"
    assert visit.view.step("firmware-not-back").state is StepState.SKIPPED


@virtual
async def test_an_image_that_does_not_start_is_told_and_left_to_the_supplier(tmp_path: Path) -> None:
    async with at_home(tmp_path, LINK + "&fault=firmware-does-not-start@esme-1") as at:
        equip(at)
        visit = visit_of(at, firmware__not__back_supply="on", firmware__not__back_screen="OK",
                         firmware__not__back_desk="follows")  # fmt: skip
        await visit.run()
    assert visit.view.outcome is Outcome.INSTALL_AND_LEAVE
    assert visit.progress.steps["firmware-after"].data["versions"]["electricity-meter"] == OLD
    assert "went back" in str(visit.progress.steps["firmware-after"].data["remark"])
    assert visit.view.step("firmware-not-back").state is StepState.DONE


@virtual
async def test_a_version_that_is_not_listed_or_another_image_is_never_activated(tmp_path: Path) -> None:
    for number, (version, image) in enumerate((("000201FF", "AB" * 32), (NEW, "AB" * 32))):
        wanted = [{"type": "electricity-meter", "version": version, "hash": image}]
        async with at_home(tmp_path / str(number), firmware=wanted) as at:
            equip(at)
            outdate(at)
            visit = visit_of(at)
            with pytest.raises(HhtError, match=r"The product list was good until .*: that is over"):
                await visit.run()
            assert visit.view.step("firmware-list").code == "firmware-not-listed"
            assert meter(at).firmware.version == OLD
            assert all(one.state.value == "waiting" for one in Packs(at.store, at.clock, at.composer).show(
                Packs(at.store, at.clock, at.composer).find(at.job.reference).key).entries)  # fmt: skip


@virtual
async def test_without_a_list_or_with_work_open_nothing_is_sent(tmp_path: Path) -> None:
    async with at_home(tmp_path / "1") as at:
        equip(at, products=False)
        visit = visit_of(at)
        with pytest.raises(HhtError):
            await visit.run()
        assert visit.view.step("firmware-list").code == "no-product-list"
    for number, bad in enumerate(({"power__kept_work": "open"}, {"power__kept_supply": "unsteady"},
                                  {"power__kept_terminal": "20"}), 2):  # fmt: skip
        async with at_home(tmp_path / str(number)) as at:
            visit = visit_of(at, **bad)
            with pytest.raises(HhtError):
                await visit.run()
            assert visit.view.step("power-kept").state is StepState.FAILED
            assert meter(at).firmware.version == OLD


@virtual
async def test_what_nobody_knows_is_settled_by_a_read_and_sent_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dongle is lost when the activation has left: the step is done, unknown, and the next one reads."""
    async with at_home(tmp_path) as at:
        equip(at)
        carried = Packs.deliver
        calls: list[str] = []

        async def lost(self: Packs, key: str, *rest: object, **more: object) -> object:
            calls.append(key)
            await carried(self, key, *rest, **more)  # type: ignore[arg-type]
            raise LinkLost("The dongle was unplugged.", remedy="Plug it in again.")

        monkeypatch.setattr(Packs, "deliver", lost)
        visit = visit_of(at)
        await visit.run()
        assert meter(at).firmware.version == NEW
    assert visit.progress.steps["activate-firmware"].data["activation"] == "unknown"
    assert visit.progress.steps["firmware-after"].data["back"] is True
    assert len(calls) == 1


@virtual
async def test_where_nothing_has_left_the_step_fails_and_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_home(tmp_path) as at:
        equip(at)

        async def refused(_self: Packs, _key: str, *_rest: object, **_more: object) -> object:
            raise PackError("No dongle answers.", remedy="Plug it in.", code="pack-held-not")

        monkeypatch.setattr(Packs, "deliver", refused)
        visit = visit_of(at)
        with pytest.raises(HhtError):
            await visit.run()
        assert visit.view.step("activate-firmware").state is StepState.FAILED
        assert meter(at).firmware.version == OLD


def test_partners_of_another_major_gbcs_version_are_told() -> None:
    products = parse_products(resource_text("samples", "products.json"), "products.json")
    target = JobFirmware("electricity-meter", NEW, JOB["firmware"][0]["hash"])
    same = [Installed("gas-meter", "00040007"), Installed("communications-hub", "00030105")]
    assert gbcs_clash(products, same, [target]) == []
    old = [Installed("communications-hub", "00010203")]
    assert len(gbcs_clash(products, old, [target])) == 1
    assert gbcs_clash(products, [Installed("gas-meter", "FFFFFFFF")], [target]) == []
    assert gbcs_clash(products, old, [replace(target, image_hash="AB" * 32)]) == []


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ('id = "power-kept"\n', 'id = "power-kept"\nisolates = "gas"\n'),
        ('needs = ["firmware-before", "firmware-list", "image-held"]', 'needs = ["firmware-before", "image-held"]'),
        ('action = "firmware-after"', 'action = "firmware-before"'),
    ],
)
def test_no_walkthrough_activates_amid_work_or_without_looking_before_and_after(what: str, instead: str) -> None:
    parts = ROOT / "resources/walkthroughs/parts"
    texts = {name: (parts / f"{name}.toml").read_text("utf-8") for name in ("reasons", "firmware")}
    assert what in texts["firmware"]
    whole = (ROOT / "resources/walkthroughs/firmware.toml").read_text("utf-8")
    wrong = {**texts, "firmware": texts["firmware"].replace(what, instead, 1)}
    with pytest.raises(WalkthroughError, match=r"firmware is activated|versions read and the product list"):
        parse_walkthrough(whole, "firmware", wrong.__getitem__)
