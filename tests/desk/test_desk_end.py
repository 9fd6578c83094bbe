"""The emulated desk before odd asks, odd terminals and an odd centre; and a terminal with several asks on one line."""

from __future__ import annotations

import json

import pytest

from drivers.in_process import InProcessLink
from hht.clock import ManualClock
from hht.desk.asks import Ask, make_reference
from hht.desk.client import DeskClient, DeskTiming
from hht.desk.course import AskState, Course
from hht.desk.errors import DeskError, MessageRefused
from hht.desk.kinds import AskKind
from hht.desk.messages import (
    Acknowledged,
    AskReach,
    Hello,
    Message,
    Outcome,
    PutAsk,
    Reach,
    Refused,
    Result,
    Returned,
    ReturnSilence,
    Taken,
    Way,
)
from hht.emulation.desk_end import EmulatedDesk
from hht.emulation.desk_port import DeskPort, Fault
from hht.identifiers.device_id import DeviceId
from hht.model.agenda import DAY_MS
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.device import DeviceIdentity
from hht.model.exchange import exchange_hub
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.wan.inventory import SmiStatus
from hht.model.wan.requests import Outcome as CentreOutcome
from hht.model.wan.requests import Transaction
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from tests.desk.house import ESME, GPF, HUB, IHD, MPAN
from tests.desk.making import START, asked
from tests.model.wan.homes import home_with
from tests.support.virtual_time import virtual

CENTRE = "[mains]\noutages = 0\n[wan]\nsearch_s = 60\nlatency_ms = 1000\n[centre]\n"
INSTALLER = Party("installer", UserRole.IMPORT_SUPPLIER)


class Home:
    """A home, its desk, and what that says; `wait` lets time pass."""

    def __init__(self, extra: str = "", base: str = "dual-fuel-connected", top: str = CENTRE) -> None:
        self.clock = ManualClock(START)
        self.premises: Premises = home_with("" if base.endswith("connected") else top + extra, self.clock, base=base)
        self.desk = EmulatedDesk(self.premises)
        self.said: list[Message] = []
        self._asks = 0
        self.wait(200)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.premises.site.catch_up()

    def ask(self, kind: AskKind, device: str, type_: Type, **details: str) -> Ask:
        self._asks += 1
        reference = make_reference(self._asks.to_bytes(5, "big"))
        return Ask(reference, "J-1", kind, DeviceId.parse(device), type_, details)

    def put(self, ask: Ask, way: Way = Way.WAN, seconds: float = 60) -> Result | Refused | None:
        """Ask, and what came of it."""
        self.said.clear()
        self.desk.hear(PutAsk(ask, way), self.said.append)
        self.wait(seconds)
        return next((one for one in self.said if isinstance(one, Result | Refused)), None)


@pytest.fixture(scope="module")
def home() -> Home:
    return Home()


def result(found: Result | Refused | None) -> Result:
    assert isinstance(found, Result), found
    return found


def test_a_reference_is_one_asks_alone(home: Home) -> None:
    first = home.ask(AskKind.READ_SUPPLY, ESME, Type.ESME)
    assert result(home.put(first)).outcome is Outcome.DONE
    other = Ask(first.reference, "J-1", AskKind.ARM_SUPPLY, first.device, Type.ESME)
    found = home.put(other)
    assert isinstance(found, Refused)
    assert found.code == "desk-reference-used"
    again = home.put(first)
    assert result(again).outcome is Outcome.DONE, "the first one stands"


def test_what_the_desk_lacks_it_says(home: Home) -> None:
    unknown = "00-DB-12-34-56-79-99-A7"
    for ask, code in (
        (home.ask(AskKind.SET_TARIFF, ESME, Type.ESME, tariff="free beer"), "desk-unknown-tariff"),
        (home.ask(AskKind.WHITELIST, HUB, Type.CHF, other=unknown, other_type="IHD"), "desk-no-install-code"),
        (home.ask(AskKind.RESTORE_DEVICE_LOG, HUB, Type.CHF, old=unknown), "desk-no-copy"),
        (home.ask(AskKind.READ_SUPPLY, HUB, Type.ESME), "desk-unknown-device"),
    ):
        found = home.put(ask)
        assert isinstance(found, Refused), ask.kind
        assert found.code == code
        assert found.remedy


def test_a_code_from_the_label_is_enough_for_a_device_that_was_notified(home: Home) -> None:
    removed = home.put(home.ask(AskKind.REMOVE, HUB, Type.CHF, other=IHD))
    assert result(removed).outcome is Outcome.DONE
    code = "FFEEDDCCBBAA99887766554433221100"
    details = {"other": IHD, "other_type": "IHD", "install_code": code}
    assert result(home.put(home.ask(AskKind.WHITELIST, HUB, Type.CHF, **details))).outcome is Outcome.DONE
    entry = home.premises.of(CommunicationsHub)[0].device_log.entries[IHD]
    assert entry.install_code is not None
    assert entry.install_code.reveal() == code


def test_the_centres_word_on_a_device_log(home: Home) -> None:
    hub = home.premises.of(CommunicationsHub)[0]
    now = home.put(home.ask(AskKind.CONFIRM_LOG_COPY, HUB, Type.CHF))
    assert set(json.loads(result(now).answer)["devices"]) == {row.device_id for row in hub.backups.log().devices}
    late = home.put(home.ask(AskKind.CONFIRM_LOG_COPY, HUB, Type.CHF, since="2027-01-01T00:00:00Z"))
    assert (result(late).outcome, result(late).why) == (Outcome.REFUSED, "the centre's copy is older than that")
    gone = hub.device_log.entries.pop(IHD)
    changed = home.put(home.ask(AskKind.CONFIRM_LOG_COPY, HUB, Type.CHF))
    assert "has changed" in result(changed).why
    hub.device_log.entries[IHD] = gone
    unknown = home.put(home.ask(AskKind.CONFIRM_LOG_COPY, "00-DB-12-34-56-79-99-A2", Type.CHF))
    assert "no copy" in result(unknown).why


def test_reach_knows_hubs_and_what_hangs_on_them(home: Home) -> None:
    for device, up in ((HUB, True), (GPF, True), (ESME, True), ("00-DB-12-34-56-79-99-A2", False)):
        home.said.clear()
        home.desk.hear(AskReach(DeviceId.parse(device)), home.said.append)
        (found,) = home.said
        assert isinstance(found, Reach)
        assert (found.up, bool(found.why)) == (up, not up)


def test_a_terminal_that_says_what_it_should_not(home: Home) -> None:
    reference = make_reference(b"\0\0\0\0\0")
    for message, code in (
        (Taken(reference), "desk-message"),
        (ReturnSilence(reference, 1, True, ""), "desk-return"),
        (Hello("HHT", False), "desk-training"),
    ):
        home.said.clear()
        home.desk.hear(message, home.said.append)
        found = home.said[-1]
        assert isinstance(found, Refused)
        assert (found.reference, found.code) == ("", code)


def test_what_came_home_once_is_thanked_for_again(home: Home) -> None:
    ask = home.ask(AskKind.READ_MPXN, ESME, Type.ESME)
    home.put(ask, Way.RELAY)
    silence = ReturnSilence(ask.reference, 1, True, "no answer came")
    for _time in range(2):
        home.said.clear()
        home.desk.hear(silence, home.said.append)
        assert isinstance(home.said[0], Returned)
    assert result(home.put(ask)).outcome is Outcome.NO_RESPONSE


def test_an_unusual_request_waits_in_quarantine_until_it_is_released() -> None:
    home = Home("daily_volume = 1\n", base="dual-fuel")
    arm = AskKind.ARM_SUPPLY
    meter = "00-DB-12-34-56-78-95-A0"
    assert result(home.put(home.ask(arm, meter, Type.ESME))).outcome is Outcome.DONE
    held = home.ask(arm, meter, Type.ESME)
    assert home.put(held) is None
    (told,) = (one for one in home.said if isinstance(one, Acknowledged))
    assert told.code == "quarantined"
    assert home.premises.centre is not None
    centre = home.premises.centre
    waiting = next(one for one in centre.transactions.values() if one.outcome is CentreOutcome.QUARANTINED)
    officers = [centre.quarantine.enrol(waiting.request.sender, name, seed) for seed, name in enumerate("AB", 1)]
    assert not centre.release(waiting, officers[0].approve(waiting))
    home.wait(60)
    assert home.put(held) is None, "one officer is not enough"
    assert centre.release(waiting, officers[1].approve(waiting))
    home.wait(60)
    assert result(home.put(held)).outcome is Outcome.DONE


def test_nobody_registered_is_nobodys_request() -> None:
    home = Home('[[party]]\nname = "Example Networks"\nrole = "ED"\n', base="dual-fuel")
    found = home.put(home.ask(AskKind.READ_SUPPLY, "00-DB-12-34-56-78-95-A0", Type.ESME))
    assert isinstance(found, Refused)
    assert found.code == "desk-no-supplier"


def test_a_replacement_hub_gets_the_old_ones_log_and_is_told_of() -> None:
    home = Home(base="dual-fuel")
    old = home.premises.of(CommunicationsHub)[0]
    listed = set(old.device_log.entries)
    identity = DeviceIdentity("00-DB-12-34-56-78-77-A2", "HHT Training", "TRAINER-CH2", "00030105", gbcs_version="4.2")
    new = exchange_hub(
        home.premises, old, HubConfiguration("hub-2", identity, "00-DB-12-34-56-78-77-A3"), by=INSTALLER, why="a fault"
    )
    home.wait(600)
    chf, gpf = new.identity.device_id, new.gpf.identity.device_id
    log = home.ask(AskKind.RESTORE_DEVICE_LOG, chf, Type.CHF, old=old.identity.device_id)
    assert result(home.put(log, seconds=120)).outcome is Outcome.DONE
    assert set(new.device_log.entries) >= listed
    partners = home.ask(AskKind.RESTORE_DEVICE_LOG, gpf, Type.GPF, old=old.gpf.identity.device_id)
    assert result(home.put(partners, seconds=120)).outcome is Outcome.DONE
    gone = home.put(home.ask(AskKind.DECOMMISSION, chf, Type.CHF))
    assert result(gone).outcome is Outcome.DONE
    meter = home.premises.find("esme-1").identity.device_id
    assert result(home.put(home.ask(AskKind.DECOMMISSION, meter, Type.ESME))).outcome is Outcome.DONE
    assert home.premises.centre.inventory.asset(meter).status is SmiStatus.DECOMMISSIONED
    assert result(home.put(home.ask(AskKind.DECOMMISSION, meter, Type.ESME))).outcome is Outcome.REFUSED
    twice = home.put(home.ask(AskKind.DECOMMISSION, chf, Type.CHF))
    assert isinstance(twice, Refused) or result(twice).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (AskKind.HUB_INSTALLED, SmiStatus.COMMISSIONED),
        (AskKind.HUB_INSTALLED_NO_WAN, SmiStatus.INSTALLED_NOT_COMMISSIONED),
    ],
)
def test_a_new_hub_that_is_told_of_is_in_the_inventory(kind: AskKind, status: SmiStatus) -> None:
    home = Home(base="dual-fuel")
    hub = home.premises.of(CommunicationsHub)[0].identity.device_id
    assert home.premises.centre is not None
    inventory = home.premises.centre.inventory
    inventory.put(hub, SmiStatus.PENDING, "a test")
    details = {"install_type": "New CHF Install", "mpxn": MPAN, "aerial": "no", "location": "Deep indoors"}
    if kind is AskKind.HUB_INSTALLED_NO_WAN:
        details |= {"premises": "Terraced", "metal_checked": "yes", "connectivity_checked": "yes"}
        details |= {"shared_checked": "yes", "install_type": "CHF Install - no SM WAN"}
    assert result(home.put(home.ask(kind, hub, Type.CHF, **details))).code == "I0"
    assert inventory.asset(hub).status is status
    home.wait(DAY_MS / 1000)
    assert inventory.asset(hub).status is status


def test_an_answer_that_no_line_carries_is_left_out_and_that_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transaction, "report", ["é" * 20] * 3000)
    found = result(home.put(home.ask(AskKind.READ_LOG, ESME, Type.ESME, log="security")))
    assert found.outcome is Outcome.DONE
    assert not found.answer
    assert "more than this line carries" in found.why


# --- the terminal's end --------------------------------------------------------------------------------------------


def client(port: DeskPort, clock: ManualClock, *, training: bool = True) -> DeskClient:
    return DeskClient(InProcessLink(port, clock=clock, line_control=False), clock, training=training,
                      timing=DeskTiming(0.5, 0.5))  # fmt: skip


@virtual
async def test_live_and_training_never_speak() -> None:
    home = Home()
    with pytest.raises(DeskError) as refused:
        await client(DeskPort(home.premises), home.clock, training=False).open()
    assert refused.value.code == "desk-training"


@virtual
async def test_what_comes_of_one_ask_while_another_is_waited_for_is_kept() -> None:
    home = Home()
    line = client(DeskPort(home.premises), home.clock)
    await line.open()
    first = asked(home.ask(AskKind.READ_SUPPLY, ESME, Type.ESME))
    second = asked(home.ask(AskKind.READ_BALANCE, ESME, Type.ESME))
    assert (await line.put(first, Way.WAN)).state is AskState.ACKNOWLEDGED, "the premises' time stands still"
    assert (await line.put(second, Way.WAN)).state is AskState.ACKNOWLEDGED
    home.wait(30)
    assert (await line.put(second, Way.WAN)).state is AskState.DONE
    assert Course(first.all()).report().state is AskState.DONE, "it was told on the same line"
    assert (await line.reach(DeviceId.parse(HUB))).up
    await line.close()


@virtual
async def test_a_desk_that_contradicts_itself_is_shown_with_its_first_word() -> None:
    home = Home()
    line = client(DeskPort(home.premises, Fault.CONTRADICTS), home.clock)
    await line.open()
    ask = asked(home.ask(AskKind.CONFIRM_PACK, ESME, Type.ESME, pack="P"))
    assert (await line.put(ask, Way.WAN)).state is AskState.DONE
    await line.reach(DeviceId.parse(HUB))
    found = Course(ask.all()).report()
    assert found.state is AskState.DONE
    assert "thought better" in found.contradiction
    await line.close()


@virtual
async def test_a_desk_that_speaks_of_nothing_that_was_asked_is_left() -> None:
    home = Home()
    port = DeskPort(home.premises)
    line = client(port, home.clock)
    await line.open()
    for message in (Taken(make_reference(b"never")), Refused("", "desk-closed", "we close", "call tomorrow")):
        for head in port._heads:
            head.say(message)
        with pytest.raises(MessageRefused) as refused:
            await line.reach(DeviceId.parse(HUB))
        assert refused.value.code in ("desk-other-ask", "desk-closed")
        for head in port._heads:
            head.say(message)
        with pytest.raises(MessageRefused):
            await line.put(asked(home.ask(AskKind.READ_SUPPLY, ESME, Type.ESME)), Way.WAN)
    await line.close()
