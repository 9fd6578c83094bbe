"""A consumer's device and the emulated desk: notified, listed, joined; change of tenancy; who may; the number shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.model.training.panel import press_control
from tests.desk.house import House, house
from tests.support.virtual_time import virtual

URL = "desk:emulated?premises=consumer-devices&days=1"
ID = "00-DB-12-34-56-79-0B-"
ESME, HUB, GPF, NEW, OLD = ID + "A0", ID + "A2", ID + "A3", ID + "A8", ID + "A9"
CAD = {"other": NEW, "other_type": "CAD"}


async def asked(h: House, kind: AskKind, device: str, type_: str, details: Mapping[str, str] = {}) -> AskReport:
    return await h.desks.ask(h.url, h.desks.new("J-1", kind, device, type_, details).ask.reference)


def shown_at(premises: Premises) -> str:
    """The Customer Identification Number on the meter's display."""
    return str(premises.find("esme-1").notices.cin)  # type: ignore[attr-defined]


@pytest.mark.requirement("CAD-11")
@virtual
async def test_a_device_is_notified_listed_and_joined(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        found = await asked(h, AskKind.WHITELIST, HUB, "CHF", CAD)
        assert (found.state, found.code) == (AskState.REFUSED, "desk-not-notified")
        for _again in range(2):  # heard again, it is in the inventory already
            found = await asked(h, AskKind.PRE_NOTIFY, NEW, "CAD")
            assert found.state is AskState.DONE
            assert json.loads(found.answer)["status"] == "Not Applicable"
        assert (await asked(h, AskKind.WHITELIST, HUB, "CHF", CAD)).state is AskState.DONE
        device = h.premises.find("cad-1")
        await asyncio.sleep(60)
        assert device.indicator == "on the network, not paired with a meter"  # type: ignore[attr-defined]
        for at, type_ in ((ESME, "ESME"), (GPF, "GPF")):
            assert (await asked(h, AskKind.JOIN, at, type_, CAD)).state is AskState.DONE
        assert device.indicator == "paired"  # type: ignore[attr-defined]
        assert "Wh" in press_control(h.premises, "cad-1", "read")


@pytest.mark.requirement("CAD-01", "CAD-03")
@virtual
async def test_a_device_that_was_unjoined_is_refused_by_the_meter_and_its_log_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        meter, old = h.premises.find("esme-1"), {"other": OLD, "other_type": "CAD"}
        assert "refused" not in press_control(h.premises, "cad-2", "read")
        assert (await asked(h, AskKind.UNJOIN, ESME, "ESME", old)).state is AskState.DONE
        said = press_control(h.premises, "cad-2", "read")
        assert "esme-1: refused" in said
        assert "hub-1-gpf: refused" not in said
        rows = [(row.code, row.information) for row in meter.security_log]  # type: ignore[attr-defined]
        assert rows[-1] == (0x8F3E, OLD)
        assert (await asked(h, AskKind.REMOVE, HUB, "CHF", {"other": OLD})).state is AskState.DONE
        assert press_control(h.premises, "cad-2", "read").count("refused") == 2


@virtual
async def test_a_change_of_tenancy_is_each_suppliers_own(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        for at, type_ in ((ESME, "ESME"), (GPF, "GPF")):
            found = await asked(h, AskKind.CHANGE_TENANCY, at, type_)
            assert (found.state, found.service) == (AskState.DONE, "3.2")
        assert h.premises.find("esme-1").tenancy.since_ms > 0  # type: ignore[attr-defined]
    async with house(tmp_path, URL + "&role=other-user") as h:
        found = await asked(h, AskKind.CHANGE_TENANCY, ESME, "ESME")
        assert (found.state, found.code) == (AskState.REFUSED, "role")


@pytest.mark.requirement("CAD-12", "CAD-13")
@virtual
async def test_another_user_may_list_and_join_and_unjoin_a_consumers_device(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&role=other-user") as h:
        assert (await asked(h, AskKind.PRE_NOTIFY, NEW, "CAD")).state is AskState.DONE
        assert (await asked(h, AskKind.WHITELIST, HUB, "CHF", CAD)).state is AskState.DONE
        await asyncio.sleep(60)
        assert (await asked(h, AskKind.JOIN, ESME, "ESME", CAD)).state is AskState.DONE
        assert (await asked(h, AskKind.UNJOIN, ESME, "ESME", CAD)).state is AskState.DONE


@pytest.mark.requirement("CAD-06", "CAD-10")
@virtual
async def test_another_user_pairs_for_who_repeats_the_number_on_the_meter(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&role=other-user") as h:
        asking = asyncio.create_task(asked(h, AskKind.PAIR_DEVICE, HUB, "CHF", CAD))
        await asyncio.sleep(10)
        number = shown_at(h.premises)
        wrong = "0000" if number != "0000" else "1111"
        with pytest.raises(DeviceRefusal):
            press_control(h.premises, "esme-1", "tell-cin", wrong)
        assert not asking.done()
        press_control(h.premises, "esme-1", "tell-cin", number)
        found = await asking
        assert found.state is AskState.DONE, found.why
        hops = [(hop["service"], hop["device"]) for hop in json.loads(found.answer)]
        assert hops == [("9.1", "esme-1"), ("8.11", "hub-1"), ("8.7.2", "esme-1"), ("8.7.2", "hub-1-gpf")]
        assert number not in found.answer
        assert h.premises.find("cad-1").indicator == "paired"  # type: ignore[attr-defined]


@virtual
async def test_a_caller_who_does_not_know_the_number_gets_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&role=other-user") as h:
        asking = asyncio.create_task(asked(h, AskKind.PAIR_DEVICE, HUB, "CHF", CAD))
        await asyncio.sleep(10)
        wrong = "0000" if shown_at(h.premises) != "0000" else "1111"
        for _try in range(3):
            with pytest.raises(DeviceRefusal):
                press_control(h.premises, "esme-1", "tell-cin", wrong)
        assert (await asking).state is AskState.FAILED
        assert NEW not in h.premises.find("hub-1").device_log  # type: ignore[attr-defined]


@virtual
async def test_a_supplier_knows_its_customer_and_shows_no_number(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        found = await asked(h, AskKind.PAIR_DEVICE, HUB, "CHF", CAD)
        assert found.state is AskState.DONE, found.why
        assert [hop["service"] for hop in json.loads(found.answer)] == ["8.11", "8.7.2"], "to its own meter alone"
        assert shown_at(h.premises) == ""
