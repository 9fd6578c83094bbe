"""What parties and other devices may ask of a prepayment meter, for either fuel: first electricity, then gas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hht.identifiers.utrn import Utrn
from hht.model.commands import Command
from hht.model.han.requests import HanRequest
from hht.model.prepayment.settings import ModeTerms, PaymentMode, PrepaymentSettings, RecoveryPeriod


@dataclass(frozen=True, slots=True)
class SetCreditMode(Command):
    """Payment Mode Credit (ECS02, critical, may be dated ahead)."""

    use_case: ClassVar[str] = "ECS02"


@dataclass(frozen=True, slots=True)
class SetPrepaymentMode(Command):
    """Payment Mode Prepayment (ECS03, critical, may be dated ahead)."""

    terms: ModeTerms = field(default_factory=ModeTerms)
    use_case: ClassVar[str] = "ECS03"


@dataclass(frozen=True, slots=True)
class AdjustBalance(Command):
    """Add `amount` (it may be negative) to the Meter Balance of a mode (ECS04a, critical)."""

    amount: int
    mode: PaymentMode = PaymentMode.PREPAYMENT
    use_case: ClassVar[str] = "ECS04a"


@dataclass(frozen=True, slots=True)
class ResetBalance(Command):
    """Set the Meter Balance of a mode to nothing (ECS04b, critical)."""

    mode: PaymentMode = PaymentMode.PREPAYMENT
    use_case: ClassVar[str] = "ECS04b"


@dataclass(frozen=True, slots=True)
class DebtChange:
    """`adjustment` is added to a time-based debt (it may be negative); `rate` and `period` hold from now on."""

    adjustment: int = 0
    rate: int = 0
    period: RecoveryPeriod = RecoveryPeriod.DAILY


@dataclass(frozen=True, slots=True)
class ManageDebt(Command):
    """Adjust debts and set how they are recovered (ECS07, critical). `per_payment`: hundredths of a per cent."""

    time_debts: tuple[DebtChange, DebtChange] = (DebtChange(), DebtChange())
    payment_debt: int = 0
    per_payment: int = 0
    use_case: ClassVar[str] = "ECS07"


@dataclass(frozen=True, slots=True)
class UpdatePrepaymentConfiguration(Command):
    """Other limits, thresholds and calendar (ECS08a, critical, may be dated ahead)."""

    settings: PrepaymentSettings
    use_case: ClassVar[str] = "ECS08a"


@dataclass(frozen=True, slots=True)
class ActivateEmergencyCredit(Command):
    """Activate emergency credit remotely (ECS09, critical)."""

    use_case: ClassVar[str] = "ECS09"


@dataclass(frozen=True, slots=True)
class ApplyTopUp(Command):
    """A top-up that the supplier sends, with the whole `counter` and its `target` device (CS01a)."""

    utrn: Utrn
    counter: int
    target: str
    use_case: ClassVar[str] = "CS01a"


@dataclass(frozen=True, slots=True)
class ReadPrepaymentRegisters(Command):
    """The balances and debts (ECS19): `Registers`."""

    use_case: ClassVar[str] = "ECS19"


@dataclass(frozen=True, slots=True)
class ReadMeterBalance(Command):
    """The Meter Balance of the mode in force, thousandths of a penny (ECS82)."""

    use_case: ClassVar[str] = "ECS82"


@dataclass(frozen=True, slots=True)
class ReadDebtPayments(Command):
    """The last ten payments of payment-based debt (ECS20a): a tuple of `DebtPayment`."""

    use_case: ClassVar[str] = "ECS20a"


@dataclass(frozen=True, slots=True)
class ReadTopUps(Command):
    """The last five top-ups (ECS20d): a tuple of `TopUp`."""

    use_case: ClassVar[str] = "ECS20d"


@dataclass(frozen=True, slots=True)
class ReadPrepaymentDaily(Command):
    """The Prepayment Daily Read Log (ECS21b): a tuple of `DailyRow`, at most 31, oldest first."""

    use_case: ClassVar[str] = "ECS21b"


@dataclass(frozen=True, slots=True)
class ReadPrepaymentConfiguration(Command):
    """`PrepaymentSettings` (ECS26a)."""

    use_case: ClassVar[str] = "ECS26a"


@dataclass(frozen=True, slots=True)
class ReadPaymentMode(Command):
    """`PaymentModeRead` (ECS26j)."""

    use_case: ClassVar[str] = "ECS26j"


@dataclass(frozen=True, slots=True)
class PaymentModeRead:
    """The Payment Mode in force, and on which terms Prepayment mode is, or was last."""

    mode: PaymentMode
    terms: ModeTerms


# --- gas -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadGasPaymentMode(ReadPaymentMode):
    """GCS21j."""

    use_case: ClassVar[str] = "GCS21j"


@dataclass(frozen=True, slots=True)
class SetGasCreditMode(SetCreditMode):
    """GCS02."""

    use_case: ClassVar[str] = "GCS02"


@dataclass(frozen=True, slots=True)
class SetGasPrepaymentMode(SetPrepaymentMode):
    """GCS03."""

    use_case: ClassVar[str] = "GCS03"


@dataclass(frozen=True, slots=True)
class AdjustGasBalance(AdjustBalance):
    """The balance of Prepayment mode (GCS40a)."""

    mode: PaymentMode = field(default=PaymentMode.PREPAYMENT, init=False)
    use_case: ClassVar[str] = "GCS40a"


@dataclass(frozen=True, slots=True)
class AdjustGasCreditBalance(AdjustBalance):
    """The balance of Credit mode (GCS40c)."""

    mode: PaymentMode = field(default=PaymentMode.CREDIT, init=False)
    use_case: ClassVar[str] = "GCS40c"


@dataclass(frozen=True, slots=True)
class ResetGasBalance(ResetBalance):
    """The balance of Prepayment mode (GCS40b)."""

    mode: PaymentMode = field(default=PaymentMode.PREPAYMENT, init=False)
    use_case: ClassVar[str] = "GCS40b"


@dataclass(frozen=True, slots=True)
class ResetGasCreditBalance(ResetBalance):
    """The balance of Credit mode (GCS40d)."""

    mode: PaymentMode = field(default=PaymentMode.CREDIT, init=False)
    use_case: ClassVar[str] = "GCS40d"


@dataclass(frozen=True, slots=True)
class ManageGasDebt(ManageDebt):
    """GCS04."""

    use_case: ClassVar[str] = "GCS04"


@dataclass(frozen=True, slots=True)
class UpdateGasPrepaymentConfiguration(UpdatePrepaymentConfiguration):
    """GCS05."""

    use_case: ClassVar[str] = "GCS05"


@dataclass(frozen=True, slots=True)
class ActivateGasEmergencyCredit(ActivateEmergencyCredit):
    """GCS06."""

    use_case: ClassVar[str] = "GCS06"


@dataclass(frozen=True, slots=True)
class ApplyGasTopUp(ApplyTopUp):
    """CS01b."""

    use_case: ClassVar[str] = "CS01b"


@dataclass(frozen=True, slots=True)
class ReadGasPrepaymentRegisters(ReadPrepaymentRegisters):
    """GCS14."""

    use_case: ClassVar[str] = "GCS14"


@dataclass(frozen=True, slots=True)
class ReadGasDebtPayments(ReadDebtPayments):
    """GCS15d."""

    use_case: ClassVar[str] = "GCS15d"


@dataclass(frozen=True, slots=True)
class ReadGasTopUps(ReadTopUps):
    """GCS15e."""

    use_case: ClassVar[str] = "GCS15e"


@dataclass(frozen=True, slots=True)
class ReadGasPrepaymentDaily(ReadPrepaymentDaily):
    """GCS16b."""

    use_case: ClassVar[str] = "GCS16b"


@dataclass(frozen=True, slots=True)
class ReadGasPrepaymentConfiguration(ReadPrepaymentConfiguration):
    """GCS21b."""

    use_case: ClassVar[str] = "GCS21b"


# --- other devices of the premises -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadPrepayment(HanRequest):
    """Every prepayment item (PPM-04): a `PrepaymentShown`. A change of tenancy hides the payments before it."""


@dataclass(frozen=True, slots=True)
class RequestEmergencyCredit(HanRequest):
    """The consumer activates emergency credit at a PPMID (PECS02, PCS02)."""

    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EnterTopUp(HanRequest):
    """The consumer has typed a UTRN at a PPMID (PECS01, PCS01): a `Distribution`."""

    utrn: Utrn
    changes: ClassVar[bool] = True
