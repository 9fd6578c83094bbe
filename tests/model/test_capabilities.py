"""What meters of each variant say that they are and can do; how an engineer names their auxiliary load switches."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.communications_hub.delivery import Delivery, DeliveryState
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import DeviceIdentity
from hht.model.electricity_meter import ElectricityMeter
from hht.model.electricity_meter.load_control import SetLabels
from hht.model.features.device_type import (
    DeviceType,
    ReadCapabilities,
    ReadGasMeterType,
    ReadHubType,
    ReadMeterType,
)
from hht.model.features.tamper import Tamper
from hht.model.gas_meter import GasMeter
from hht.model.parties import Party, UserRole
from hht.model.plan_file import PremisesError
from hht.model.premises import Premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text
from tests.model.wan.homes import after, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
GAS_SUPPLIER = Party("Example Gas", UserRole.GAS_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


def of_variant(variant: str, clock: ManualClock) -> ElectricityMeter:
    """The meter of storage-heaters (two switches in it, one on the HAN), as another variant."""
    text = resource_text("premises", "storage-heaters.toml").replace('variant = "ADE"', f'variant = "{variant}"')
    if variant.startswith("C"):
        text = text.replace("[[device]]", "[mains]\nphases = 3\n\n[[device]]", 1)
    if "D" not in variant:
        head, _switches, rest = text.partition("[[device.switch]]")
        text = head + rest[rest.index("[[device]]") :].replace('kind = "load-control-switch"', 'kind = "repeater"')
        text = text.replace('meter = "esme-1"\n', "")
    return bring_to_life(parse_premises(text, name="x", file="x.toml"), clock=clock, days=1).device()


@pytest.mark.requirement("ALC-01", "ALC-02")
@pytest.mark.parametrize(
    ("variant", "elements", "phases", "switches", "boost"),
    [
        ("A", 1, 1, 0, False),
        ("AD", 1, 1, 3, False),
        ("ADE", 1, 1, 3, True),
        ("BDE", 2, 1, 3, True),
        ("CD", 1, 3, 3, False),
    ],
)
def test_data_items_tell_the_variants_apart(
    clock: ManualClock, variant: str, elements: int, phases: int, switches: int, boost: bool
) -> None:
    meter = of_variant(variant, clock)
    told = meter.execute(ReadMeterType(), SUPPLIER)
    assert isinstance(told, DeviceType)
    able = told.capabilities
    assert able is not None
    assert (told.variant, able.elements, able.phases, able.boost_button) == (variant, elements, phases, boost)
    assert able.auxiliary_switches == ((1, "internal", 40), (2, "internal", 20), (3, "HAN", 32))[:switches]
    assert able.measures == ("active import", "active export", "reactive import", "reactive export")
    assert len(meter.measurement.channels) == able.channels == max(elements, phases)  # and it is as it says
    assert len(meter.load_control.switches) == switches
    assert any(button.name == "boost" for button in meter.display.buttons()) is boost


@pytest.mark.parametrize(
    ("variant", "match"), [("A", "auxiliary load switches need"), ("AE", "auxiliary load switches need")]
)
def test_a_file_whose_switches_the_variant_does_not_have_is_refused(variant: str, match: str) -> None:
    text = resource_text("premises", "storage-heaters.toml").replace('variant = "ADE"', f'variant = "{variant}"')
    with pytest.raises(PremisesError, match=match):
        parse_premises(text, name="x", file="x.toml")


def test_a_device_of_the_premises_reads_capabilities_and_the_supply_tamper_state_is_told(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1)
    meter, network = home.device(), hub(home).network
    assert network.ask(home.of(PrepaymentInterface)[0], meter, ReadCapabilities()) == meter.capabilities
    meter.tampers.locks = True
    assert meter.execute(ReadMeterType(), SUPPLIER).locks is True  # type: ignore[attr-defined]
    meter.tampers.begin(Tamper.METER_COVER)
    gas = home.of(GasMeter)[0].execute(ReadGasMeterType(), GAS_SUPPLIER)
    assert gas == DeviceType("HHT Training", "SMETS2-G4", locks=False)
    assert hub(home).execute(ReadHubType(), DCC) == DeviceType("HHT Training", "TRAINER-CH2")


@pytest.mark.requirement("ALC-07")
def test_an_engineers_terminal_names_each_switch(clock: ManualClock) -> None:
    home = load_premises("storage-heaters", clock=clock, days=1)
    meter = home.device()
    one = connected(home, clock)

    def carry(*labels: tuple[int, str]) -> Delivery:
        return hub(home).handheld.relay(one, meter.identity.device_id, SetLabels(labels), SUPPLIER)

    given = ((1, "Heaters upstairs"), (2, "Cylinder"), (3, "Car"))
    assert carry(*given).state is DeliveryState.ANSWERED
    assert [(state.number, state.label) for state in meter.load_control.states()] == list(given)
    for wrong in ((4, "None such"), (1, "x" * 23), (1, ""), (1, "Heizung für oben"), (2, "Car")):
        assert carry(wrong).state is DeliveryState.REFUSED
    assert [state.label for state in meter.load_control.states()] == [label for _number, label in given]
    assert "Car: off (calendar)" in next(page for page in meter.display.pages() if "Car" in str(page)).lines


def connected(home: Premises, clock: ManualClock) -> HandheldTerminal:
    identity = DeviceIdentity("00-DB-12-34-56-78-99-01", "HHT", "HHT", "00000001")
    one = HandheldTerminal(home.site, "hht-1", identity, InstallCode("00112233445566778899AABBCCDDEEFF"))
    hub(home).power.remove()
    hub(home).power.fit()
    hub(home).handheld.connect(one, hub(home).gpf.identity.device_id)
    after(home, clock, 60)
    return one
