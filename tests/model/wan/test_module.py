"""A hub's WAN module: coverage and its loss, search, checks, what is kept meanwhile."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import ReadDeviceLog
from hht.model.device import Alert
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises
from hht.model.wan import HubVariant, Region, Service, WanModule, WanState, WanTrouble
from hht.model.wan.coverage import HubDuty, Ownership, check_coverage, responsible, suits
from hht.model.wan.frames import Downlink, Frame, LinkKey
from hht.model.wan.module import module_status
from tests.model.wan.homes import after, home_with, hub

WAN = "[mains]\noutages = 0\n[wan]\nsearch_s = 100\n"


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with(WAN, clock)


def heard(module: WanModule) -> list[Alert]:
    """What arrives at the centre's end from now on."""
    arrived: list[Alert] = []

    def take(_hub: object, frame: Frame) -> None:
        assert frame.tag == module.key.tag(frame.number, frame.message)
        if isinstance(frame.message, Alert):
            arrived.append(frame.message)

    module.to_centre = take
    return arrived


@pytest.mark.requirement("CH-01")
def test_the_three_parts_have_a_status_each(home: Premises, clock: ManualClock) -> None:
    (module,) = home.wan
    assert module_status(module)["wan"] == "connected"
    module.change(service=Service.NONE)
    hub(home).network.open_joining(60)
    assert module_status(module) == {
        "wan": "no service found: there was WAN, and it is lost now",
        "han": "lets devices join",
        "functions": "CHF and GPF run, 5 devices listed",
    }
    home.mains.switch(False)
    after(home, clock, 181)
    assert module_status(module) == {"wan": "off: the hub has no power", "han": "off", "functions": "off"}


@pytest.mark.requirement("CH-02")
def test_the_module_takes_only_authentic_unaltered_new_and_known_frames(home: Premises) -> None:
    (module,) = home.wan
    other, counters = LinkKey(12345), module.counters
    assert not module.receive(other.frame(1, "no message at all"))
    assert (counters.malformed, counters.taken) == (1, 0)
    down = Downlink(1, hub(home).identity.device_id, ReadDeviceLog(), Party("DCC", UserRole.DCC))
    assert not module.receive(other.frame(1, down))
    assert counters.unauthentic == 1
    good = module.key.frame(1, down)
    assert not module.receive(Frame(2, down, good.tag))  # another number: the tag does not fit
    assert module.receive(good)
    assert not module.receive(good)  # once is enough
    assert (counters.taken, counters.unauthentic, counters.altered, counters.malformed) == (1, 2, 1, 1)


@pytest.mark.requirement("CH-02")
def test_infill_takes_more_frames_than_core(home: Premises) -> None:
    (module,) = home.wan
    message = "x" * 1000
    core = module.frames_of(message)
    module.change(service=Service.INFILL)
    assert (core, module.frames_of(message)) == (1, 8)


def test_a_search_shows_its_progress_and_ends(clock: ManualClock) -> None:
    home = home_with(WAN + "service = 'none'\n", clock)
    (module,) = home.wan
    assert (module.state, module.trouble) == (WanState.NO_SERVICE, WanTrouble.NEVER)
    assert hub(home).network.time_ms() is None  # nobody ever told it
    module.change(service=Service.CORE)
    assert (module.state, module.progress, module.trouble) == (WanState.SEARCHING, 0, WanTrouble.SEARCHING)
    after(home, clock, 50)
    assert module.progress == 50
    after(home, clock, 50)
    assert (module.state, module.progress, module.trouble) == (WanState.CONNECTED, 100, WanTrouble.NONE)
    assert hub(home).network.time_ms() == home.site.agenda.now_ms


def test_what_is_kept_without_wan_goes_in_order_when_it_comes(home: Premises, clock: ManualClock) -> None:
    (module,) = home.wan
    arrived = heard(module)
    module.change(service=Service.NONE)
    hub(home).alert(AlertCode.CHF_DEVICE_LOG_CHANGED)
    hub(home).alert(AlertCode.GSME_COMMAND_NOT_RETRIEVED)
    assert [alert.code for alert in hub(home).outbox] == [0x8F12, 0x819D]
    module.change(service=Service.CORE)
    after(home, clock, 99)
    assert arrived == []
    after(home, clock, 4)
    assert [alert.code for alert in arrived] == [0x8F12, 0x819D]
    assert hub(home).outbox == []


def test_the_centre_may_be_down_while_the_wan_stands(home: Premises, clock: ManualClock) -> None:
    (module,) = home.wan
    arrived = heard(module)
    module.centre_outage(True)
    assert (module.state, module.trouble) == (WanState.CONNECTED, WanTrouble.CENTRE_DOWN)
    hub(home).alert(AlertCode.GSME_COMMAND_NOT_RETRIEVED)
    module.centre_outage(False)
    after(home, clock, 3)
    assert [alert.code for alert in arrived] == [0x819D]


@pytest.mark.requirement("CH-05", "DNO-02", "DNO-03")
@pytest.mark.parametrize(("seconds", "told"), [(179, False), (180, True), (181, True)])
def test_an_outage_and_its_end_go_over_the_wan(home: Premises, clock: ManualClock, seconds: int, told: bool) -> None:
    (module,) = home.wan
    arrived = heard(module)
    home.mains.switch(False)
    after(home, clock, seconds)
    home.mains.switch(True)
    after(home, clock, 110)
    codes = [alert.code for alert in arrived if alert.device == "hub-1"]
    expected = [AlertCode.SUPPLY_INTERRUPTED, AlertCode.SUPPLY_OUTAGE_RESTORED_LONG] if told else []
    assert codes == expected
    assert (module.state, hub(home).network.time_ms()) == (WanState.CONNECTED, home.site.agenda.now_ms)


def test_a_weak_signal_is_no_signal(home: Premises) -> None:
    (module,) = home.wan
    module.change(signal_dbm=-111)
    assert module.trouble is WanTrouble.LOST


@pytest.mark.parametrize(
    ("variant", "region", "service", "good"),
    [
        (HubVariant.CELLULAR, Region.SOUTH, Service.CORE, True),
        (HubVariant.CELLULAR, Region.SOUTH, Service.INFILL, False),
        (HubVariant.CELLULAR_AND_MESH, Region.CENTRAL, Service.INFILL, True),
        (HubVariant.CELLULAR_AND_MESH, Region.NORTH, Service.CORE, False),
        (HubVariant.LONG_RANGE_RADIO, Region.NORTH, Service.NONE, True),
    ],
)
@pytest.mark.requirement("CH-03")
def test_a_variant_suits_a_region_or_does_not(
    clock: ManualClock, variant: HubVariant, region: Region, service: Service, good: bool
) -> None:
    assert suits(variant, region, service) is good
    text = f"region = '{region}'\nservice = '{service}'\nvariant = '{variant}'\n"
    (module,) = home_with(WAN + text, clock).wan
    assert (module.trouble is WanTrouble.WRONG_VARIANT) is not good


def test_the_coverage_check_says_what_is_there() -> None:
    answer = check_coverage(Region.SOUTH, Service.INFILL)
    assert (answer.technology, answer.likelihood) == ("mesh", "Medium")
    assert check_coverage(Region.SOUTH, Service.NONE).technology is None


@pytest.mark.requirement("CHR-01", "CHR-02")
def test_who_answers_for_a_hub(clock: ManualClock) -> None:
    (module,) = home_with(WAN + "ownership = 'csp'\n", clock).wan
    duties = responsible(module.configuration.ownership)
    assert [duties[duty] for duty in HubDuty] == ["csp", "csp", "csp", "supplier", "supplier", "csp"]
    (module,) = home_with(WAN + "ownership = 'supplier'\n", clock).wan
    assert set(responsible(module.configuration.ownership).values()) == {Ownership.SUPPLIER}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("region = 'west'", "region"),
        ("signal_dbm = 5", "signal_dbm"),
        ("colour = 1", "colour"),
        ("search_s = 0", "search_s"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(clock: ManualClock, line: str, field: str) -> None:
    with pytest.raises(PremisesError, match="line 8") as caught:
        home_with("[mains]\noutages = 0\n[wan]\n" + line, clock)
    assert f"wan.{field}" in caught.value.message


def test_history_with_a_wan_is_the_same_twice(clock: ManualClock) -> None:
    prints = [home_with("[wan]\n", clock, days=30).site.chronicle.fingerprint for _number in range(2)]
    assert prints[0] == prints[1]
