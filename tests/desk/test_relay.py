"""Without a WAN, with data: the desk hands over each command, the terminal brings it and takes the answer home."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hht.client.radio.carrier import TunnelCarrier
from hht.client.radio.tunnel import HanTunnel
from hht.desk.course import AskState, CommandState
from hht.desk.errors import DeskError
from hht.desk.kinds import AskKind
from hht.desk.messages import PutAsk, RelayCommand, ReturnAnswer
from hht.desk.records import RecordKind
from hht.emulation.broker import SUPPLIER, training_certificate
from hht.emulation.desk_port import DeskPort
from hht.emulation.gbcs.ends import GbcsEnds
from hht.emulation.gbcs.pki import keys_for
from hht.identifiers.device_id import DeviceId
from hht.link import LinkLost
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.device import DeviceIdentity
from hht.model.exchange import exchange_hub
from hht.model.gas_meter import GasMeter
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.packs.way import Brought, Found, Ticket
from hht.protocol.duis.response import LocalCommand, read_response
from hht.protocol.duis.signature import verify
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.work.visit_store import VisitStore
from tests.conftest import ROOT
from tests.desk.house import URL as WITH_WAN
from tests.desk.house import House, house
from tests.support.radio import Bench, joined, play
from tests.support.virtual_time import virtual
from ui.desks import Mode, Way
from ui.system import new_id

HUB, ESME, GSME = "00-DB-12-34-56-78-90-A2", "00-DB-12-34-56-78-95-A0", "00-DB-12-34-56-78-90-A1"
IHD, PPMID, GPF = "00-DB-12-34-56-78-90-A7", "00-DB-12-34-56-78-90-A4", "00-DB-12-34-56-78-90-A3"
URL = "desk:emulated?premises=dual-fuel&days=1"
DISPLAY = "00-DB-12-34-56-79-01-A7"
MPAN, MPRN = "2000000000015", "3938424403"


@dataclass
class Direct:
    """A way to the devices without a radio: what they answer, unless something is wrong with it."""

    premises: Premises
    ends: GbcsEnds = field(default_factory=GbcsEnds)
    carried: list[bytes] = field(default_factory=list)
    answers: dict[int, bytes] = field(default_factory=dict)
    lost: bool = False
    brought: Brought = Brought.ANSWERED
    spoil: int | None = None
    never_heard: bool = False

    async def ticket(self, _device: DeviceId) -> Ticket:
        return Ticket("direct", len(self.carried) + 1)

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        self.carried.append(command)
        if self.brought is not Brought.ANSWERED:
            return Found(self.brought, why="the hub said so")
        everything = [*self.premises.devices, *(hub.gpf for hub in self.premises.devices if hasattr(hub, "gpf"))]
        target = next(one for one in everything if one.identity.device_id == str(device))
        try:
            self.answers[ticket.reference] = self.ends.read(target, command)
        except DeviceRefusal as refusal:
            return Found(Brought.OPEN, why=refusal.message)
        if self.lost:
            raise LinkLost("The radio went away.", remedy="Plug it in.")
        return await self.outcome(device, ticket)

    async def outcome(self, _device: DeviceId, ticket: Ticket) -> Found:
        octets = self.answers.get(ticket.reference)
        if octets is None:
            if self.never_heard:
                return Found(Brought.NEVER_HEARD, why="never heard of it")
            return Found(Brought.OPEN, why="it sleeps")
        if self.spoil is not None:
            octets = bytes(octets[: self.spoil]) + bytes((octets[self.spoil] ^ 1,)) + octets[self.spoil + 1 :]
        return Found(Brought.ANSWERED, octets)


def ask(h: House, kind: AskKind, device: str, type_: str, details: dict[str, str] | None = None) -> str:
    return h.desks.new("J-1", kind, device, type_, details or {}, test_identifiers=True).ask.reference


async def relayed(h: House, way: Direct, *what: Any, keys: KeyRing | None = None) -> Any:
    return await h.desks.ask(h.url, ask(h, *what), way=Way.RELAY, carrier=way, keys=keys)


@virtual
async def test_a_command_is_brought_and_its_answer_taken_home_as_it_came(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        ways = await h.desks.ways(h.url, HUB)
        assert (ways.mode, ways.why) == (Mode.RELAY, "no centre serves this premises")
        way = Direct(h.premises)
        ring = keys_for(DeviceId.parse(ESME))
        found = await relayed(h, way, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}, keys=ring)
        assert (found.state, found.code, found.service) == (AskState.DONE, "I0", "6.20.1")
        assert h.premises.device().import_mpan == MPAN
        (command,) = found.commands
        assert (command.state, command.vouched, command.left) == (CommandState.RETURNED, True, True)
        assert command.answer == way.answers[1]
        assert list(h.port.desk.broker.returned.values()) == [way.answers[1]]
        (request,) = h.port.desk.broker.returned
        assert (str(request), request.originator) == (found.request, SUPPLIER)


@virtual
async def test_a_terminal_without_keys_says_that_it_could_not_check(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        found = await relayed(h, Direct(h.premises), AskKind.READ_MPXN, ESME, "ESME")
        assert found.state is AskState.DONE
        assert not found.commands[0].vouched


@virtual
async def test_each_kind_is_made_signed_carried_out_and_read(tmp_path: Path) -> None:
    asks: list[tuple[AskKind, str, str, dict[str, str]]] = [
        (AskKind.READ_DEVICE_LOG, HUB, "CHF", {}),
        (AskKind.READ_DEVICE_LOG, HUB, "CHF", {"keys": "yes"}),
        (AskKind.READ_DEVICE_LOG, ESME, "ESME", {}),
        (AskKind.READ_LOG, ESME, "ESME", {"log": "event"}),
        (AskKind.READ_LOG, ESME, "ESME", {"log": "security", "since": "2026-03-01T00:00:00Z"}),
        (AskKind.READ_LOG, HUB, "CHF", {"log": "event"}),
        (AskKind.READ_LOG, GSME, "GSME", {"log": "event"}),
        (AskKind.READ_PAYMENT_MODE, ESME, "ESME", {}),
        (AskKind.READ_PAYMENT_MODE, GSME, "GSME", {}),
        (AskKind.REMOVE, HUB, "CHF", {"other": IHD}),
        (AskKind.WHITELIST, HUB, "CHF", {"other": IHD, "other_type": "IHD", "join_s": "600"}),
        (AskKind.COMMISSION, ESME, "ESME", {}),
        (AskKind.SYNCHRONISE_CLOCK, GSME, "GSME", {}),
        (AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}),
        (AskKind.SET_MPRN, GSME, "GSME", {"mprn": MPRN}),
        (AskKind.READ_MPXN, ESME, "ESME", {}),
        (AskKind.READ_MPXN, GSME, "GSME", {}),
        (AskKind.SET_OFFSET_LIMIT, ESME, "ESME", {"seconds": "900"}),
        (AskKind.SET_CALORIFIC_VALUE, GSME, "GSME", {"calorific_value": "40.1", "conversion_factor": "1.02264"}),
        (AskKind.UNJOIN, ESME, "ESME", {"other": PPMID, "other_type": "PPMID"}),
        (AskKind.JOIN, ESME, "ESME", {"other": PPMID, "other_type": "PPMID"}),
        (AskKind.UNJOIN, PPMID, "PPMID", {"other": ESME, "other_type": "ESME"}),
        (AskKind.JOIN, PPMID, "PPMID", {"other": ESME, "other_type": "ESME"}),
        (AskKind.UNJOIN, GSME, "GSME", {"other": GPF, "other_type": "GPF"}),
        (AskKind.JOIN, GSME, "GSME", {"other": GPF, "other_type": "GPF"}),
        (AskKind.DISABLE_SUPPLY, ESME, "ESME", {}),
        (AskKind.ARM_SUPPLY, ESME, "ESME", {}),
        (AskKind.ENABLE_SUPPLY, ESME, "ESME", {}),
        (AskKind.READ_SUPPLY, ESME, "ESME", {}),
        (AskKind.DISABLE_SUPPLY, GSME, "GSME", {}),
        (AskKind.ARM_SUPPLY, GSME, "GSME", {}),
        (AskKind.READ_SUPPLY, GSME, "GSME", {}),
        (AskKind.READ_BALANCE, ESME, "ESME", {}),
        (AskKind.READ_FIRMWARE, ESME, "ESME", {}),
        (AskKind.READ_FIRMWARE, GSME, "GSME", {}),
    ]  # fmt: skip
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises)
        job = json.loads((ROOT / "resources" / "jobs" / "demo.json").read_text(encoding="utf-8"))
        gas = {"type": "gas-meter", "device_id": GSME, "mprn": MPRN}
        own = {"reference": "J-1", "devices": [job["devices"][0] | {"device_id": ESME}, gas]}  # else no supply goes off
        VisitStore(h.store, new_id).import_job(json.dumps(job | own), "job.json")
        for what in asks:
            found = await relayed(h, way, *what, keys=keys_for(DeviceId.parse(what[1])))
            assert found.state is AskState.DONE, (what, found.why, found.commands)
            assert found.commands[0].vouched, what
            assert json.loads(found.answer)["operations"]
        meter = h.premises.of(GasMeter)[0]
        assert (meter.mprn, meter.conversion.calorific_value) == (MPRN, 401)


@virtual
async def test_a_replacement_hub_has_the_old_ones_logs_by_relay(tmp_path: Path) -> None:
    """With the centre's copy, and without a WAN: CCS03 at the hub, GCS59 at its Gas Proxy Function."""
    async with house(tmp_path) as h:
        old = h.premises.of(CommunicationsHub)[0]
        listed = set(old.device_log.entries)
        identity = DeviceIdentity("00-DB-12-34-56-78-77-A2", "HHT Training", "T-2", "00030105", gbcs_version="4.2")
        spare = HubConfiguration("hub-2", identity, "00-DB-12-34-56-78-77-A3")
        new = exchange_hub(h.premises, old, spare, by=Party("installer", UserRole.IMPORT_SUPPLIER), why="a fault")
        way = Direct(h.premises)
        log = {"old": old.identity.device_id}
        found = await relayed(h, way, AskKind.RESTORE_DEVICE_LOG, new.identity.device_id, "CHF", log)
        assert found.state is AskState.DONE, (found.code, found.why)
        assert set(new.device_log.entries) >= listed
        partners = {"old": old.gpf.identity.device_id}
        found = await relayed(h, way, AskKind.RESTORE_DEVICE_LOG, new.gpf.identity.device_id, "GPF", partners)
        assert found.state is AskState.FAILED, "the gas meter has to be joined anew, and that is said"
        assert [one["done"] for one in json.loads(found.answer)["operations"]] == [False, True]
        assert new.gpf.node is not None
        assert DISPLAY in new.gpf.node.partners
        none = {"old": "00-DB-12-34-56-79-99-A2"}
        missing = await relayed(h, way, AskKind.RESTORE_DEVICE_LOG, new.identity.device_id, "CHF", none)
        assert (missing.state, missing.code) == (AskState.REFUSED, "desk-no-copy")


@virtual
async def test_what_the_device_refuses_is_failed(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        found = await relayed(
            h, Direct(h.premises), AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN, "secondary": "1012345678912"}
        )
        assert found.state is AskState.FAILED
        assert found.why
        assert h.premises.device().import_mpan != MPAN


@virtual
async def test_a_tariff_is_had_over_the_wan_or_in_a_pack_alone(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        found = await relayed(h, Direct(h.premises), AskKind.SET_TARIFF, ESME, "ESME", {"tariff": "SAVER"})
        assert (found.state, found.code) == (AskState.REFUSED, "desk-not-local")


@virtual
async def test_no_way_to_the_device_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        reference = ask(h, AskKind.READ_SUPPLY, ESME, "ESME")
        with pytest.raises(DeskError) as refused:
            await h.desks.ask(h.url, reference, way=Way.RELAY)
        assert refused.value.code == "desk-no-carrier"
        assert h.desks.report(reference).state is AskState.ASKED


@virtual
async def test_a_way_that_is_lost_leaves_it_unknown_and_the_hub_settles_it(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, lost=True)
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        with pytest.raises(LinkLost):
            await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        assert h.desks.report(reference).commands[0].state is CommandState.UNKNOWN
        way.lost = False
        found = await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        assert found.state is AskState.DONE
        assert len(way.carried) == 1, "a command leaves once"


@virtual
async def test_a_device_that_sleeps_is_asked_for_again_and_its_command_not_sent_twice(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, brought=Brought.OPEN)
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        for _time in range(2):  # the hub does not know either, or was not heard: nothing is told the desk as a fact
            with pytest.raises(DeskError) as refused:
                await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
            assert refused.value.code == "desk-command-open"
            assert h.desks.report(reference).commands[0].state is CommandState.UNKNOWN
        assert len(way.carried) == 1
        with pytest.raises(DeskError) as refused:
            h.desks.again(reference)
        assert refused.value.code == "desk-not-ended"
        way.never_heard = True
        found = await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        assert (found.state, found.why) == (AskState.NO_RESPONSE, "never heard of it")
        never = Direct(h.premises, brought=Brought.NOT_BROUGHT)
        found = await relayed(h, never, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        assert found.state is AskState.UNDELIVERED
        assert h.desks.again(found.ask.reference).state is AskState.ASKED


@virtual
async def test_a_read_that_nothing_is_known_of_may_be_asked_for_anew(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, brought=Brought.OPEN)
        reference = ask(h, AskKind.READ_SUPPLY, ESME, "ESME")
        with pytest.raises(DeskError):
            await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        way.never_heard = True
        found = await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        assert found.state is AskState.NO_RESPONSE
        assert h.desks.again(reference).state is AskState.ASKED


@virtual
async def test_an_answer_that_was_lost_on_the_air_is_had_from_the_hub_before_the_desk_hears_of_silence(
    tmp_path: Path,
) -> None:
    class Lossy(Direct):
        async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
            await super().carry(device, command, ticket)
            return Found(Brought.OPEN, why="no answer in time")

    async with house(tmp_path, URL) as h:
        way = Lossy(h.premises)
        found = await relayed(h, way, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        assert (found.state, len(way.carried)) == (AskState.DONE, 1)
        assert found.commands[0].answer == way.answers[1]


@virtual
async def test_somebody_elses_answer_is_none(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, spoil=14)  # in the originator counter
        found = await relayed(h, way, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        assert found.state is AskState.NO_RESPONSE
        assert not h.port.desk.broker.returned


@pytest.mark.parametrize(
    ("by", "dies"), [*((Way.RELAY, at) for at in range(2, 9)), *((Way.WAN, at) for at in (2, 3, 5))]
)
def test_a_terminal_that_dies_at_any_record_goes_on_and_sends_nothing_twice(tmp_path: Path, by: Way, dies: int) -> None:
    """Asked, offered, taken, sent, command, intent, answer, returned, result: killed before each is on disk."""

    @virtual
    async def story() -> None:
        async with house(tmp_path, URL if by is Way.RELAY else WITH_WAN) as h:
            way = Direct(h.premises)
            meter = ESME if by is Way.RELAY else h.premises.device().identity.device_id
            reference = ask(h, AskKind.SET_MPAN, meter, "ESME", {"mpan": MPAN})
            records = h.desks._book.records(reference)
            whole, count = records.append, 1

            def dying(kind: RecordKind, payload: dict[str, Any]) -> Any:
                nonlocal count
                count += 1
                if count == dies:
                    raise KeyboardInterrupt
                return whole(kind, payload)

            records.append = dying  # type: ignore[method-assign]
            h.desks._book.records = lambda _reference: records  # type: ignore[method-assign]
            with pytest.raises(KeyboardInterrupt):
                await h.desks.ask(h.url, reference, way=by, carrier=way)
            found = await h.anew().ask(h.url, reference, way=by, carrier=way)
            assert found.state is AskState.DONE, found.why
            assert len(way.carried) == (1 if by is Way.RELAY else 0)
            assert h.premises.centre is None or len(h.premises.centre.transactions) == 1
            assert h.premises.device().import_mpan == MPAN

    story()


@virtual
async def test_a_desk_takes_home_only_what_it_asked_for(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, brought=Brought.OPEN)
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        told: list[Any] = []
        h.port.desk.hear(PutAsk(h.desks.report(reference).ask, Way.RELAY), told.append)
        (said,) = (one for one in told if isinstance(one, RelayCommand))
        verified = verify(
            said.response.encode(), [training_certificate(Role.ACCESS_CONTROL_BROKER)], h.premises.site.clock.now()
        )
        response = read_response(said.response.encode())
        assert verified.document.name == "Response"
        assert isinstance(response.content, LocalCommand)
        assert parse(response.content.octets).target == DeviceId.parse(ESME).to_bytes()
        for document in ("", "<a/>", said.response, said.response.replace("LocalCommand", "ReturnLocalCommand")):
            told.clear()
            h.port.desk.hear(ReturnAnswer(reference, 1, document), told.append)
            assert [one.code for one in told] == ["desk-return"]
        assert not way.carried


@virtual
async def test_a_command_for_another_device_or_a_forged_one_is_not_brought(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises)
        desk = h.port.desk
        prepare = desk._relay.prepare

        def for_the_hub(asked: Any) -> Any:
            outgoing = prepare(asked)
            other = prepare(h.desks.report(elsewhere).ask)
            return replace(outgoing, said=replace(outgoing.said, response=other.said.response))

        elsewhere = ask(h, AskKind.READ_MPXN, GSME, "GSME")
        desk._relay.prepare = for_the_hub  # type: ignore[method-assign]
        found = await relayed(h, way, AskKind.READ_SUPPLY, ESME, "ESME")
        assert found.state is AskState.UNDELIVERED
        assert "which the ask does not name" in found.why
        assert not way.carried


@pytest.mark.requirement("HHT-02", "HHT-03")
def test_by_dongle_hub_and_tunnel(tmp_path: Path) -> None:
    """The same over the radio: to the electricity meter, and to the gas meter when it wakes."""
    ends = GbcsEnds()

    async def story(made: Bench) -> None:
        async with house(tmp_path, URL) as h:
            h.composer.living._desks = dict.fromkeys(
                ["emulated:dual-fuel?days=1 none suppliers"], DeskPort(made.premises)
            )
            member = await joined(made)
            async with HanTunnel(member) as tunnel:
                way = TunnelCarrier(tunnel, made.gpf_id, [DeviceId.parse(GSME)])
                for what in (
                    (AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}),
                    (AskKind.SET_MPRN, GSME, "GSME", {"mprn": MPRN}),
                ):
                    found = await h.desks.ask(h.url, ask(h, *what), way=Way.RELAY, carrier=way)
                    assert found.state is AskState.DONE, found.why
            await member.leave()
            assert made.premises.device().import_mpan == MPAN

    play(story, read=ends.read)
