"""Asking an emulated desk while the WAN is up: what it does at the premises, and what the terminal is told."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from hht.desk.course import AskReport, AskState
from hht.desk.errors import AskRefused, DeskError, DeskLost, MessageRefused
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.identifiers.errors import IdentifierError
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter import ElectricityMeter
from hht.store.store import Store
from hht.store.vault import PassPhrase
from tests.desk.house import ESME, GPF, GSME, HUB, IHD, MPAN, URL, house
from tests.store.conftest import CHEAP
from tests.support.radio import LoopClock
from tests.support.virtual_time import virtual
from ui.compose import Composer
from ui.desks import Desks, Mode


@pytest.mark.requirement("DCC-01", "DCC-03")
@virtual
async def test_an_mpan_goes_from_the_desk_to_the_meter(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}, step="write-mpan")
        reference = asked.ask.reference
        assert (await h.desks.ways(h.url, HUB)).mode is Mode.WAN
        told: list[AskReport] = []
        found = await h.desks.ask(h.url, reference, on_report=told.append)
        states = [one.state for one in told]
        assert states == [
            AskState.UNKNOWN, AskState.TAKEN, AskState.SENT, AskState.ACKNOWLEDGED, AskState.DONE
        ]  # fmt: skip
        assert told[3].code == "I99"
        assert (found.code, found.service, found.unknown) == ("I0", "6.20.1", False)
        assert h.premises.device().import_mpan == MPAN
        assert not found.settled, "no word of the desk's is a fact at the device"
        h.desks.seen(reference, MPAN, agrees=True, by="read by the optical port")
        assert h.desks.report(reference.lower()).settled


@virtual
async def test_a_change_of_the_device_log_is_told_by_n24(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        asked = h.desks.new("J-1", AskKind.REMOVE, HUB, "CHF", {"other": IHD})
        removed = await h.desks.ask(h.url, asked.ask.reference)
        assert (removed.state, removed.alert) == (AskState.DONE, "N24")
        assert IHD not in h.premises.of(CommunicationsHub)[0].device_log
        details = {"other": IHD, "other_type": "IHD", "join_s": "600"}
        let_in = await h.desks.ask(h.url, h.desks.new("J-1", "whitelist", HUB, "CHF", details).ask.reference)
        assert (let_in.state, let_in.alert) == (AskState.DONE, "N24")
        assert json.loads(let_in.answer) == {"registered": True, "timeout_set": True, "joining_enabled": True}
        assert IHD in h.premises.of(CommunicationsHub)[0].device_log


@virtual
async def test_what_can_be_asked_is_done(tmp_path: Path) -> None:
    """Every ask of which something goes to a device, at a device of its own: none is beyond the emulated desk."""
    asks: list[tuple[AskKind, str, str, dict[str, str]]] = [
        (AskKind.READ_DEVICE_LOG, HUB, "CHF", {}),
        (AskKind.READ_DEVICE_LOG, ESME, "ESME", {}),
        (AskKind.COMMISSION, ESME, "ESME", {}),
        (AskKind.SYNCHRONISE_CLOCK, ESME, "ESME", {"tolerance_s": "60"}),
        (AskKind.READ_MPXN, ESME, "ESME", {}),
        (AskKind.SET_OFFSET_LIMIT, ESME, "ESME", {"seconds": "900"}),
        (AskKind.SET_TARIFF, ESME, "ESME", {"tariff": "saver"}),
        (AskKind.SET_PAYMENT_MODE, ESME, "ESME", {"mode": "prepayment"}),
        (AskKind.SET_PAYMENT_MODE, ESME, "ESME", {"mode": "credit"}),
        (AskKind.DISABLE_SUPPLY, ESME, "ESME", {}),
        (AskKind.ARM_SUPPLY, ESME, "ESME", {}),
        (AskKind.ENABLE_SUPPLY, ESME, "ESME", {}),
        (AskKind.READ_SUPPLY, ESME, "ESME", {}),
        (AskKind.READ_BALANCE, ESME, "ESME", {}),
        (AskKind.READ_FIRMWARE, ESME, "ESME", {}),
        (AskKind.READ_PAYMENT_MODE, ESME, "ESME", {}),
        (AskKind.READ_LOG, ESME, "ESME", {"log": "security"}),
        (AskKind.READ_LOG, HUB, "CHF", {"log": "event"}),
        (AskKind.READ_DEVICE_LOG, HUB, "CHF", {"keys": "yes"}),
        (AskKind.READ_INVENTORY, GSME, "GSME", {}),
        (AskKind.UNJOIN, ESME, "ESME", {"other": IHD, "other_type": "IHD"}),
        (AskKind.JOIN, ESME, "ESME", {"other": IHD, "other_type": "IHD"}),
        (AskKind.HUB_INSTALLED, HUB, "CHF", {
            "install_type": "New CHF Install", "mpxn": MPAN, "aerial": "no", "location": "Deep indoors"}),
        (AskKind.HUB_FAULT_RETURN, HUB, "CHF", {
            "fault_found": "Fault identified post installation", "other": ESME, "connection": "Hot-shoe",
            "reason": "LED Fault"}),
        (AskKind.HUB_RETURN, HUB, "CHF", {"reason": "Lost or Stolen Hub"}),
        (AskKind.CONFIRM_LOG_COPY, HUB, "CHF", {}),
        (AskKind.CONFIRM_PACK, GSME, "GSME", {"pack": "J-1/1000"}),
    ]  # fmt: skip
    async with house(tmp_path) as h:
        for kind, device, type_, details in asks:
            asked = h.desks.new("J-1", kind, device, type_, details, test_identifiers=True)
            found = await h.desks.ask(h.url, asked.ask.reference)
            assert found.state is AskState.DONE, (kind, found.why)
        assert h.desks.asks("J-1")[0].ask.kind.to_device
        assert len(h.desks.asks("J-1")) == len(asks)
        assert h.desks.asks("J-2") == ()


@virtual
async def test_a_sleepy_meter_is_heard_of_later_under_the_same_reference(tmp_path: Path) -> None:
    async with house(tmp_path, result_s=60) as h:
        asked = h.desks.new("J-1", AskKind.READ_MPXN, GSME, "GSME")
        found = await h.desks.ask(h.url, asked.ask.reference)
        assert (found.state, found.unknown) == (AskState.ACKNOWLEDGED, False)
    async with house(tmp_path, result_s=3000) as h:
        asked = h.desks.new("J-1", AskKind.SET_CALORIFIC_VALUE, GSME, "GSME", {
            "calorific_value": "40.1", "conversion_factor": "1.02264"})  # fmt: skip
        assert (await h.desks.ask(h.url, asked.ask.reference)).state is AskState.DONE
        assert h.premises.find("gsme-1").conversion.calorific_value == 401  # type: ignore[attr-defined]


@virtual
async def test_a_lost_wan_is_told_before_and_after(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&fault=wan-lost") as h:
        ways = await h.desks.ways(h.url, GPF)
        assert (ways.mode, ways.desk) == (Mode.RELAY, "training desk")
        assert ways.why
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        found = await h.desks.ask(h.url, asked.ask.reference)
        assert (found.state, found.code) == (AskState.UNDELIVERED, "N12")
        anew = h.desks.again(asked.ask.reference)
        assert anew.ask.reference != asked.ask.reference
        assert dict(anew.ask.details) == {"mpan": MPAN}


@virtual
async def test_a_device_that_nobody_knows_is_refused_by_the_desk(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        asked = h.desks.new("J-1", AskKind.READ_SUPPLY, "00-DB-12-34-56-79-99-A0", "ESME")
        found = await h.desks.ask(h.url, asked.ask.reference)
        assert (found.state, found.code) == (AskState.REFUSED, "desk-unknown-device")
        assert found.remedy


@virtual
async def test_nothing_is_kept_of_an_ask_that_cannot_be(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        with pytest.raises(IdentifierError):
            h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": "1012345678904"})
        with pytest.raises(AskRefused):
            h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {})
        with pytest.raises(DeskError):
            h.desks.new("J-1", "make-tea", ESME, "ESME", {})
        assert h.desks.asks() == ()
        h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": "1012345678904"}, test_identifiers=True)


# --- what can be wrong with a desk ---------------------------------------------------------------------------------


@virtual
async def test_a_line_that_drops_makes_it_unknown_and_asking_again_does_nothing_twice(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&trouble=drops") as h:
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        reference = asked.ask.reference
        for _time in range(2):
            with pytest.raises(DeskLost):
                await h.desks.ask(h.url, reference)
            assert h.desks.report(reference).state is AskState.UNKNOWN
        found = await h.desks.ask(h.url, reference)
        assert found.state is AskState.DONE
        assert h.premises.centre is not None
        assert len(h.premises.centre.transactions) == 1


@virtual
async def test_a_terminal_that_dies_takes_the_ask_up_again(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&trouble=drops") as h:
        reference = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference
        with pytest.raises(DeskLost):
            await h.desks.ask(h.url, reference)
    async with house(tmp_path) as h:
        assert h.desks.report(reference).state is AskState.UNKNOWN
        assert (await h.desks.ask(h.url, reference)).state is AskState.DONE


@pytest.mark.parametrize(
    ("trouble", "code"),
    [("garbage", "desk-message"), ("other-job", "desk-other-ask"), ("silent", "")],
)
def test_what_a_desk_says_amiss_is_not_taken(tmp_path: Path, trouble: str, code: str) -> None:
    @virtual
    async def story() -> None:
        async with house(tmp_path, f"{URL}&trouble={trouble}", answer_s=5, result_s=20) as h:
            asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
            if code:
                with pytest.raises(MessageRefused) as refused:
                    await h.desks.ask(h.url, asked.ask.reference)
                assert refused.value.code == code
                assert h.desks.report(asked.ask.reference).state is AskState.UNKNOWN
            else:
                found = await h.desks.ask(h.url, asked.ask.reference)
                assert found.state is AskState.TAKEN

    story()


@virtual
async def test_a_desk_that_says_no_says_why(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&trouble=refuses") as h:
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        found = await h.desks.ask(h.url, asked.ask.reference)
        assert (found.state, found.code) == (AskState.REFUSED, "desk-refuses")
        assert found.remedy == "Ring the desk."
        assert h.premises.device().import_mpan != MPAN


@virtual
async def test_a_slow_desk_is_waited_for_and_one_that_speaks_twice_heard_once(tmp_path: Path) -> None:
    for trouble in ("slow", "twice"):
        async with house(tmp_path, f"{URL}&trouble={trouble}") as h:
            asked = h.desks.new("J-1", AskKind.READ_SUPPLY, ESME, "ESME")
            told: list[AskReport] = []
            found = await h.desks.ask(h.url, asked.ask.reference, on_report=told.append)
            assert (found.state, found.contradiction, len(told)) == (AskState.DONE, "", 5)


@virtual
async def test_a_later_version_is_said_and_leaves_no_doubt(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&trouble=version") as h:
        asked = h.desks.new("J-1", AskKind.READ_SUPPLY, ESME, "ESME")
        with pytest.raises(MessageRefused) as refused:
            await h.desks.ask(h.url, asked.ask.reference)
        assert refused.value.code == "desk-version"
        assert h.desks.report(asked.ask.reference).state is AskState.ASKED, "nothing of it has left"
        with pytest.raises(MessageRefused):
            await h.desks.ways(h.url, HUB)


@virtual
async def test_no_desk_at_all_is_no_mode(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        ways = await h.desks.ways("desk:tcp://127.0.0.1:9", HUB)
        assert ways.mode is Mode.NOTHING
        assert ways.why


@virtual
async def test_without_data_the_phone_serves(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}, step="write-mpan")
        reference = asked.ask.reference
        said = h.desks.read_out(reference)
        assert h.desks.report(reference).unknown, "the desk may have it, or not"
        answer = h.port.desk.by_phone(said.text)
        with pytest.raises(DeskError):
            h.desks.typed(reference, answer[:-1] + ("0" if answer[-1] != "0" else "1"))
        found = h.desks.typed(reference, answer.lower())
        assert (found.state, found.spoken) == (AskState.TAKEN, (answer,))
        assert len(h.desks.typed(reference, answer).spoken) == 1
        later = await h.desks.ask(h.url, reference)
        assert later.state is AskState.DONE, "with data again, the same reference tells the rest"
        assert isinstance(h.premises.device(), ElectricityMeter)
        assert h.premises.device().import_mpan == MPAN


@pytest.mark.requirement("HHT-10")
@virtual
async def test_live_work_takes_no_emulated_desk_and_no_open_line(tmp_path: Path) -> None:
    clock = LoopClock()
    phrase = PassPhrase("a long enough pass phrase for live work 42!")
    path = tmp_path / "live.db"
    with Store.open(path, phrase, training=False, clock=clock, entropy=random.Random(1).randbytes, cost=CHEAP) as store:
        composer = Composer(clock, training=False)
        desks = Desks(store, composer, clock, random.Random(2).randbytes)
        reference = desks.new("J-1", AskKind.READ_SUPPLY, ESME, "ESME").ask.reference
        for url, code in (
            (URL, "training-only"),
            ("desk:tcp://desk.example:4433", "desk-unprotected"),
            ("desk:tcp://127.0.0.1:9", "link-unavailable"),
        ):
            with pytest.raises(HhtError) as refused:
                await desks.ask(url, reference)
            assert refused.value.code == code
        assert desks.report(reference).state is AskState.ASKED
        await composer.close()
