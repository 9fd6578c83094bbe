"""Prepayment, shared by electricity and gas meters: see `hht.model.prepayment.prepayment`."""

from hht.model.prepayment.habit import TopUpHabit
from hht.model.prepayment.offer import PrepaymentOffer
from hht.model.prepayment.prepayment import Prepayment
from hht.model.prepayment.settings import PrepaymentPlan
from hht.model.prepayment.switch import SupplySwitch

__all__ = ["Prepayment", "PrepaymentOffer", "PrepaymentPlan", "SupplySwitch", "TopUpHabit"]
