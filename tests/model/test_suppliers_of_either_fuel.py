"""What a device carries out for the supplier of the other fuel: what the service request is open to, and no more."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.electricity_meter import SupplyState
from hht.model.electricity_meter.load_limit import LoadLimitSettings, SetLoadLimit
from hht.model.electricity_meter.randomised_offset import UpdateRandomisedOffsetLimit
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply, EnableSupply
from hht.model.gas_meter import GasMeter
from hht.model.gas_meter.valve import ArmValve, CloseValve, FlowTest, SetFlowTest
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal, Reason

POWER = Party("Example Power", UserRole.IMPORT_SUPPLIER)
GAS = Party("Example Gas", UserRole.GAS_SUPPLIER)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("dual-fuel", clock=clock, days=1)


def test_a_gas_supplier_disables_and_arms_an_electricity_meter(home: Premises) -> None:
    meter = home.device()
    assert meter.execute(DisableSupply(), GAS) is DONE
    assert meter.execute(ArmSupply(), GAS) is DONE
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.ARMED, False)


@pytest.mark.parametrize(
    "command", [EnableSupply(), SetLoadLimit(LoadLimitSettings(2000)), UpdateRandomisedOffsetLimit(60)]
)
def test_a_gas_supplier_is_refused_what_is_the_import_suppliers_alone(home: Premises, command: Command) -> None:
    meter = home.device()
    meter.execute(DisableSupply(), POWER)
    with pytest.raises(DeviceRefusal) as refused:
        meter.execute(command, GAS)
    assert (refused.value.reason, refused.value.remedy) == (
        Reason.ACCESS_DENIED,
        "Leave it to a party in one of the roles: IS.",
    )
    assert list(meter.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY == 0x8F30
    assert (meter.supply, meter.load_switch.closed) == (SupplyState.DISABLED, False)
    assert meter.execute(command, POWER) is DONE


def test_an_import_supplier_closes_and_arms_a_gas_meter_and_sets_no_flow_test(home: Premises) -> None:
    meter = home.of(GasMeter)[0]
    assert meter.execute(CloseValve(), POWER) is DONE
    assert meter.execute(ArmValve(), POWER) is DONE
    with pytest.raises(DeviceRefusal, match="GCS24a"):
        meter.execute(SetFlowTest(FlowTest()), POWER)
    assert list(meter.security_log)[-1].code == AlertCode.SOURCE_LACKS_AUTHORITY
    assert meter.execute(SetFlowTest(FlowTest()), GAS) is DONE
