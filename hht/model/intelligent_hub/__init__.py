"""Gas prepayment in the hub (document 001, appendix C): see `hht.model.intelligent_hub.account`."""

from __future__ import annotations

from hht.model.intelligent_hub.account import AccountingGasProxy, AccountPlan
from hht.model.intelligent_hub.basic_meter import BasicGasMeter, BasicMeterConfiguration

__all__ = ["AccountPlan", "AccountingGasProxy", "BasicGasMeter", "BasicMeterConfiguration"]
