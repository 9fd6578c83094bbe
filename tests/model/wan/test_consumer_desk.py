"""A consumer calls: proof of being at home, remote pairing in both sub-options, the passkey."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.communications_hub.pairing import PairingMode
from hht.model.consumer_devices.access_device import AccessConfiguration, AccessDevice
from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import DeviceIdentity, DeviceKind
from hht.model.features.tenancy import ChangeTenancy
from hht.model.han.node import HanNode
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.wan.centre import Centre
from hht.model.wan.consumer_desk import ConsumerDesk, PairingBy, letters
from hht.model.wan.desk import DeskError
from hht.model.wan.requests import Outcome, ServiceRequest
from tests.model.wan.homes import after, home_with, hub

PARTIES = """
[mains]
outages = 0
[wan]
search_s = 60
[[party]]
name = "Example Energy"
role = "IS"
[[party]]
name = "Example Gas"
role = "GS"
[[party]]
name = "Compare"
role = "OU"
"""
CODE = InstallCode("00112233445566778899AABBCCDDEEFF")
DEVICE = "00-DB-12-34-56-78-77-01"


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with(PARTIES, clock)


def centre_of(home: Premises) -> Centre:
    assert home.centre is not None
    return home.centre


def desk(home: Premises, name: str = "Compare", **options: PairingBy) -> ConsumerDesk:
    user = centre_of(home).access.users[name]
    return ConsumerDesk(centre_of(home), user.party, **options)


def shown(home: Premises) -> str:
    """The four digits on the in-home display."""
    display = next(device for device in home.of(HomeDisplay) if device.kind is DeviceKind.IHD)
    collected = display.collect()
    assert collected.electricity[0].notices is not None
    return collected.electricity[0].notices.cin


def new_device(home: Premises) -> AccessDevice:
    identity = DeviceIdentity(DEVICE, "Maker", "CAD", "00000001")
    one = AccessDevice(AccessConfiguration("cad-new", identity), home.site)
    one.node = HanNode(one, CODE, type_1=False)
    hub(home).network.bring_near(one.node)
    return one


def proven(home: Premises, clock: ManualClock, name: str = "Compare") -> ConsumerDesk:
    one = desk(home, name)
    one.ask("esme-1")
    after(home, clock, 10)
    assert one.repeat(shown(home))
    return one


@pytest.mark.requirement("CAD-10")
def test_a_number_is_shown_at_home_and_repeated(home: Premises, clock: ManualClock) -> None:
    one = desk(home)
    assert one.ask("esme-1").outcome is Outcome.SENT
    assert not one.repeat("0000")
    after(home, clock, 10)
    cin = shown(home)
    assert len(cin) == 4
    assert cin not in repr(one._proof)
    assert one.repeat(cin)
    assert one.proven
    after(home, clock, 3600)
    assert not one.proven  # for an hour
    assert not one.repeat(cin)


def test_three_wrong_answers_and_the_right_one_is_no_good(home: Premises, clock: ManualClock) -> None:
    one = desk(home)
    one.ask("esme-1")
    after(home, clock, 10)
    wrong = f"{(int(shown(home)) + 1) % 10_000:04}"
    assert [one.repeat(wrong) for _time in range(3)] == [False] * 3
    assert not one.repeat(shown(home))
    one.ask("esme-1")
    after(home, clock, 10)
    assert one.repeat(shown(home))


@pytest.mark.requirement("CAD-11", "CAD-13", "CAD-16")
def test_any_party_has_a_proven_consumers_device_paired_from_afar(home: Premises, clock: ManualClock) -> None:
    one, cad = proven(home, clock), new_device(home)
    assert cad.read() == []
    with pytest.raises(DeskError, match="lodged nothing"):
        one.pair(DEVICE, ("esme-1",))
    one.lodge(DEVICE, DeviceKind.CAD, CODE)
    one.pair(DEVICE, ("esme-1", "hub-1-gpf"))
    assert cad.node is not None
    cad.node.locate()
    after(home, clock, 120)
    assert [sent.outcome for sent in one.pairings[DEVICE]] == [Outcome.ANSWERED] * 3
    assert cad.indicator == "paired"
    assert cad.read()[0][0] == "esme-1"
    assert "hub-1-gpf" in cad.gather()


@pytest.mark.requirement("CAD-12", "CAD-27")
def test_where_only_the_supplier_pairs_it_submits_its_customers_request(home: Premises, clock: ManualClock) -> None:
    other = proven(home, clock)
    other.by = PairingBy.SUPPLIER
    other.lodge(DEVICE, DeviceKind.CAD, CODE)
    with pytest.raises(DeskError, match="only the consumer's supplier"):
        other.pair(DEVICE, ("esme-1",))
    supplier, cad = desk(home, "Example Energy", by=PairingBy.SUPPLIER), new_device(home)
    supplier.lodge(DEVICE, DeviceKind.CAD, CODE)
    with pytest.raises(DeskError, match="not proven"):
        supplier.pair(DEVICE, ("esme-1",))
    supplier.recognise()
    assert cad.node is not None
    cad.node.locate()
    assert supplier.pair(DEVICE, ("esme-1",)).outcome is Outcome.SENT
    after(home, clock, 120)
    assert cad.indicator == "paired"
    with pytest.raises(DeskError, match="only a supplier"):
        other.recognise()


@pytest.mark.requirement("CAD-08")
def test_a_lost_passkey_is_told_to_a_proven_caller_and_works(home: Premises, clock: ManualClock) -> None:
    hub(home).pairing.mode = PairingMode.PASSKEY
    one = desk(home, "Example Energy")
    with pytest.raises(DeskError, match="not proven"):
        one.passkey()
    one.recognise()
    passkey = one.passkey()
    assert hub(home).pairing.passkey not in repr(passkey)
    cad = new_device(home)
    hub(home).pairing.press_button()
    assert cad.node is not None
    hub(home).pairing.type_passkey(cad.node, passkey.reveal())
    after(home, clock, 30)
    assert cad.indicator == "paired"


@pytest.mark.requirement("CAD-26")
def test_the_passkey_is_given_with_the_hub_and_to_whoever_moves_in(home: Premises, clock: ManualClock) -> None:
    own = hub(home).identity.device_id
    assert [(one.chf_id, one.why) for one in letters(centre_of(home))] == [(own, "installed")]
    supplier = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
    after(home, clock, 100)
    moved_ms = home.site.now_ms
    centre_of(home).request(ServiceRequest(supplier, "esme-1", ChangeTenancy(moved_ms)))
    after(home, clock, 60)
    assert [(one.why, one.time_ms) for one in letters(centre_of(home))][1:] == [("moved in", moved_ms)]
