"""What this terminal brings of commands that take a supply away: few, to its own jobs, signed by two."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.desk.asks import Ask
from hht.desk.course import Carried, CommandState
from hht.desk.kinds import AskKind
from hht.emulation import desk_relay
from hht.emulation.broker import AccessControlBroker
from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.identifiers import DeviceId
from hht.model.electricity_meter.items import SupplyState
from hht.packs import envelope
from hht.packs.acceptance import Situation, accept
from hht.packs.errors import EnvelopeError, PackError, PackFileError
from hht.packs.pack import Entry, OnFailure, parse_pack
from hht.packs.supply_limits import SupplyGate, TakenAway, supply_limits, takes_away
from hht.packs.training_desk import second_training_desk, second_training_key, training_desk, training_desk_key
from hht.protocol.gbcs.messages import use_cases
from hht.store.log_chain import whole_log
from hht.store.store import Store
from hht.work.visit_store import VisitStore
from tests.conftest import ROOT
from tests.desk.house import House, house
from tests.desk.test_relay import URL, Direct
from tests.packs.at_home import Home, at_home
from tests.packs.making import ESME, GSME, NOW, READ_MPAN, command, desk, entry, pack
from tests.packs.test_prepared import DEVICES, job
from tests.protocol.gbcs_vectors import training_key
from tests.store.conftest import OpenStore
from tests.support.virtual_time import virtual
from ui.desk_trust import DeskTrust
from ui.desks import Way
from ui.supply_gate import LOG_KIND
from ui.system import new_id

OPEN_SWITCH, CLOSE_VALVE = 0x0050, 0x0081
METERS = frozenset(DeviceId(one.hex().upper()) for one in (ESME, GSME))
HERE = Situation("J-1042", training=True, now=NOW, devices=METERS)
DESKS = (training_desk(), second_training_desk())


def taking(*targets: bytes) -> tuple[Entry, ...]:
    codes = {ESME: OPEN_SWITCH, GSME: CLOSE_VALVE}
    listed = [command(codes[target], 1000 + number, target) for number, target in enumerate(targets)]
    return tuple(entry(f"off-{number}", one, on_failure=OnFailure.CONTINUE) for number, one in enumerate(listed))


def signed(*entries: Entry, two: bool = True) -> bytes:
    octets = envelope.close(pack(*entries).payload(), training_desk_key())
    return envelope.countersign(octets, second_training_key()) if two else octets


def refused(octets: bytes, situation: Situation = HERE) -> str:
    with pytest.raises(PackError) as error:
        accept(octets, DESKS, situation, "visit.pack")
    assert error.value.remedy
    return error.value.code


def test_the_catalogue_names_commands_that_there_are_and_says_that_nobody_verified_its_numbers() -> None:
    limits = supply_limits()
    told = {one.name for one in use_cases() if takes_away(command()._replace(message_code=one.code))}
    assert {"ECS43", "GCS32", "ECS28a", "ECS81", "GCS24", "GCS24a"} == told
    assert limits.asks <= {str(kind) for kind in AskKind}
    assert limits.signatures >= 2
    assert limits.per_site_a_day <= limits.per_terminal_a_day


def test_a_pack_that_takes_a_supply_away_is_signed_by_two_for_devices_of_its_job_and_no_more_than_a_site_has() -> None:
    both = taking(ESME, GSME)
    found = accept(signed(*both), DESKS, HERE, "visit.pack")
    assert [one.name for one in found.signers] == ["training desk", "training desk, second person"]
    assert refused(signed(*both, two=False)) == "pack-one-signature"
    assert refused(signed(*both), replace(HERE, devices=None)) == "pack-supply-no-job"
    assert refused(signed(*both), replace(HERE, devices=METERS - {DeviceId(GSME.hex().upper())})) == (
        "pack-supply-other-device"
    )
    assert refused(signed(*taking(ESME, GSME, ESME))) == "pack-supply-many"
    accept(signed(two=False), DESKS, replace(HERE, devices=None), "visit.pack")  # any other work needs no second person


def test_one_person_is_not_two_and_neither_is_somebody_whom_nobody_trusts() -> None:
    one = signed(*taking(ESME), two=False)
    (signature,) = json.loads(one)["signatures"]
    twice = json.dumps(json.loads(one) | {"signatures": [signature, signature]}).encode()
    assert refused(twice) == "pack-one-signature"
    with pytest.raises(EnvelopeError):
        envelope.countersign(one, training_desk_key())
    stranger = envelope.countersign(one, training_key(9))
    assert refused(stranger) == "pack-one-signature"
    forged = json.loads(signed(*taking(ESME)))
    forged["signatures"][1]["sig"] = forged["signatures"][0]["sig"]
    assert refused(json.dumps(forged).encode()) == "pack-one-signature"
    live = replace(desk(training=False), key=second_training_key().public_key())
    with pytest.raises(PackError) as mixed:
        accept(signed(*taking(ESME)), (training_desk(), live), HERE, "visit.pack")
    assert mixed.value.code == "pack-one-signature", "a desk of live work signs nothing in training"
    assert refused(envelope.close(pack(*taking(ESME)).payload(), training_desk_key())) == "pack-one-signature"


def test_the_second_training_key_is_none_of_live_work_either(open_store: OpenStore) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = second_training_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with open_store(training=True) as store, pytest.raises(PackError, match="everybody has"):
        DeskTrust(store).add("Mine", pem)


@pytest.mark.parametrize("target", ["FF" * 8, "00" * 8])
def test_no_command_is_for_everybody(target: str) -> None:
    """Neither can a pack name everybody as one of its devices, nor bring a command for whom it does not name."""
    payload = pack(*taking(ESME)).payload()
    plain = json.loads(payload)
    raw = base64.b64decode(plain["entries"][0]["command"]).replace(ESME, bytes.fromhex(target))
    plain["entries"][0]["command"] = base64.b64encode(raw).decode()
    with pytest.raises(PackFileError, match="a device that the pack does not name"):
        parse_pack(json.dumps(plain).encode(), "a.pack")
    plain["devices"].append({"device": bytes.fromhex(target).hex("-").upper(), "type": "ESME"})
    with pytest.raises(PackFileError, match="names no device"):
        parse_pack(json.dumps(plain).encode(), "a.pack")


def with_job(store: Store) -> None:
    """The job whose devices they are."""
    plain = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
    plain["devices"] = [{"type": name, **DEVICES[name]} for name in ("electricity-meter", "gas-meter")]
    VisitStore(store, new_id).import_job(json.dumps(plain), "job.json")


def test_a_site_has_so_many_within_a_day_whichever_pack_brings_them(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        def take(counter: int, edition: int) -> str:
            made = prepare(job("electricity-meter"), clock.now(), counter, (PackPart.DISABLE,), edition=edition)
            return home.packs.take(made, "a.pack").key

        with pytest.raises(PackError) as none:
            take(1000, 1)
        assert none.value.code == "pack-supply-no-job"
        with_job(store)
        most = supply_limits().per_site_a_day
        for number in range(most):
            assert await home.deliver(take(1000 + number, 1 + number)) == ["done"]
        assert home.meters[0].load_switch.state is SupplyState.DISABLED
        again, heard = take(2000, 10), len(home.heard)
        with pytest.raises(PackError) as many:
            await home.deliver(again)
        assert (many.value.code, len(home.heard), home.states(again)) == ("pack-supply-site", heard, ["waiting"])
        clock._now -= timedelta(hours=3)
        with pytest.raises(PackError, match="within 24 hours"):
            await home.deliver(again)
        clock.advance(27 * 3600 + 1)
        assert await home.deliver(again) == ["done"]
        noted = [one for one in whole_log(store) if one.kind == LOG_KIND]
        assert len(noted) == most + 1
        assert not any("00-DB" in str(one.details) or "J-1042" in str(one.details) for one in noted)

    store = open_store()
    at_home(store, clock, story)


class Book(list[TakenAway]):
    """A ledger in memory."""

    def past(self) -> list[TakenAway]:
        return self

    def written(self, job: str, device: DeviceId) -> tuple[str, str]:
        return job, str(device)

    def note(self, job: str, device: DeviceId, _what: str) -> None:
        self.append(TakenAway(NOW, job, str(device)))


def test_all_sites_together_have_a_limit_however_many_jobs_a_desk_makes_up() -> None:
    book, most = Book(), supply_limits().per_terminal_a_day
    gate = SupplyGate(book, lambda: NOW, lambda _job: None)
    meters = [number.to_bytes(8, "big") for number in range(1, most + 2)]
    gate = replace(gate, devices_of=lambda job: frozenset({DeviceId(meters[int(job)].hex().upper())}))
    commands = [command(OPEN_SWITCH, 1000, ESME) for _meter in meters]
    told = [one._replace(target=meter) for one, meter in zip(commands, meters, strict=True)]
    for number in range(most):
        gate.leaves(told[number], str(number))
    with pytest.raises(PackError) as refused_:
        gate.leaves(told[most], str(most))
    assert (refused_.value.code, len(book)) == ("pack-supply-terminal", most)
    gate.leaves(command(READ_MPAN, 1000), "0")
    assert len(book) == most, "a read takes nothing away"
    replace(gate, now=lambda: NOW + timedelta(hours=24)).leaves(told[most], str(most))


async def off(h: House, way: Direct, kind: AskKind = AskKind.DISABLE_SUPPLY) -> Carried:
    """Ask for it over the relay; the command that came of it."""
    reference = h.desks.new("J-1042", kind, "00-DB-12-34-56-78-95-A0", "ESME", {}).ask.reference
    report = await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
    (command_,) = report.commands
    return command_


@virtual
async def test_a_desk_that_hands_over_another_command_than_was_asked_for_gets_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read was asked for, and the desk's answer switches the supply off."""
    honest = desk_relay.finished_command

    def rogue(broker: AccessControlBroker, ask: Ask, *rest: Any) -> Any:
        return honest(broker, replace(ask, kind=AskKind.DISABLE_SUPPLY), *rest)

    async with house(tmp_path, URL) as h:
        with_job(h.store)
        way = Direct(h.premises)
        assert (await off(h, way, AskKind.READ_SUPPLY)).left
        monkeypatch.setattr(desk_relay, "finished_command", rogue)
        refused_ = await off(h, way, AskKind.READ_SUPPLY)
        assert (refused_.left, len(way.carried)) == (False, 1)
        assert "takes the supply away" in refused_.why
        monkeypatch.setattr(
            desk_relay,
            "finished_command",
            lambda broker, ask, *rest: honest(
                broker, replace(ask, kind=AskKind.SET_PAYMENT_MODE, details={"mode": "prepayment"}), *rest
            ),
        )
        credit = await off(h, way, AskKind.READ_SUPPLY)
        assert (credit.left, len(way.carried)) == (False, 1)
        assert "affects the supply" in credit.why
        assert h.premises.device().load_switch.state is SupplyState.ENABLED


@virtual
async def test_what_is_relayed_counts_too_and_needs_a_job(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way, most = Direct(h.premises), supply_limits().per_site_a_day
        stranger = await off(h, way)
        assert (stranger.left, way.carried) == (False, [])
        assert "not on this terminal" in stranger.why
        with_job(h.store)
        assert [(await off(h, way)).left for _time in range(most + 1)] == [True] * most + [False]
        over = await off(h, way)
        assert (over.state, len(way.carried)) == (CommandState.RETURNED, most), "the desk hears that it is not brought"
        assert "within 24 hours" in over.why
