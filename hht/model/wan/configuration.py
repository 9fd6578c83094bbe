"""How the centre of a premises is set up: what ``[centre]`` and ``[[party]]`` say, checked."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from hht.model.parties import Party, UserRole
from hht.model.wan.access import User
from hht.model.wan.anomaly import AnomalyDetection, usual_windows
from hht.model.wan.arbitration import Arbitration
from hht.model.wan.product_lists import CombinationStatus

_METERS = 1  # of a user behind one premises' centre: the catalogue's least numbers hold


class Regime(enum.StrEnum):
    """Who stands at the other end of the WAN: the DCC, or (Foundation, opted-out sites) a supplier's own head end."""

    MASS_ROLL_OUT = "mass-roll-out"
    FOUNDATION = "foundation"
    OPTED_OUT = "opted-out"


class Exclusion(enum.StrEnum):
    """Why a SMETS1 site is left out of migration for the time being (the DCC's exclusion classes, painpoints P18; a
    direction)."""

    MASTER_KEYS = "master-keys"
    NO_WAN = "no-wan"
    ATTEMPTS = "attempts"
    HAN_ERROR = "GT01"
    DIRECTION = "direction"  # the SEC Panel has directed the DCC not to commission it (S1E-18)


class Enrolment(enum.StrEnum):
    """Whose system a SMETS1 site is worked by: the centre's, its supplier's own, or (dormant) nobody's."""

    ENROLLED = "enrolled"
    ACTIVE = "active"
    DORMANT = "dormant"


class Arrangement(enum.StrEnum):
    """What a supplier with a system of its own leaves to the one that comes in (DCC-08): it novates its communications
    contract, it serves the other by its system, or nothing: the site is dormant then."""

    NOVATE = "novate"
    SERVE = "serve"
    NONE = "none"


USUAL_USERS = (
    User(Party("Example Energy", UserRole.IMPORT_SUPPLIER, "90-B3-D5-1F-30-00-00-01")),
    User(Party("Example Gas", UserRole.GAS_SUPPLIER, "90-B3-D5-1F-30-00-00-02")),
    User(Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR, "90-B3-D5-1F-30-00-00-03")),
    User(Party("Example Pipes", UserRole.GAS_TRANSPORTER, "90-B3-D5-1F-30-00-00-04")),
)


@dataclass(frozen=True, slots=True)
class CentreConfiguration:
    """`unlisted`, `expired`: names of devices whose model is not on the list, or whose certificate has expired;
    `not_notified`: of those that the inventory has never heard of;
    `combination`: where a SMETS1 site's combination stands; `lead_supplier`: who manages its hub ("": the electricity
    supplier); `grace_days`: for a replacement hub; `daily_volume`, `highest_price` and `highest_standing_charge`
    (thousandths of a penny): anomaly thresholds of every user (0: none); `smets1`: whether a SMETS1 site is enrolled;
    `archive`: the suppliers collect half-hours each night; `on_change`: what becomes of a supplier's own system when
    the supplier changes; `adoptable`: at a site outside the DCC, the hub is CHTS-compliant and the DCC may adopt its
    WAN contract (CHR-08); `generation`: generation meters with a Feed-in Tariff registration, which alone the DCC
    serves (MIC-06)."""

    regime: Regime = Regime.MASS_ROLL_OUT
    arbitration: Arbitration = Arbitration.NONE
    users: tuple[User, ...] = field(default=USUAL_USERS)
    suspended: tuple[tuple[str, str], ...] = ()  # (user, why)
    unlisted: frozenset[str] = frozenset()
    not_notified: frozenset[str] = frozenset()
    expired: frozenset[str] = frozenset()
    combination: CombinationStatus = CombinationStatus.ELIGIBLE
    lead_supplier: str = ""
    grace_days: int = 30
    daily_volume: int = 0
    highest_price: int = 0
    highest_standing_charge: int = 0
    smets1: Enrolment = Enrolment.ENROLLED
    archive: bool = False
    on_change: Arrangement = Arrangement.NOVATE
    adoptable: bool = False
    generation: frozenset[str] = frozenset()

    def thresholds(self) -> AnomalyDetection:
        """Anomaly detection for one user, nothing counted yet."""
        services = ("1.1.1", "1.2.1", "7.1", "7.2", "7.3") if self.daily_volume else ()
        highest = {"prices": self.highest_price, "standing_charge": self.highest_standing_charge}
        limits = {name: value for name, value in highest.items() if value}
        volumes = dict.fromkeys(services, self.daily_volume)
        values = dict.fromkeys(("1.1.1", "1.2.1"), limits)
        return AnomalyDetection(volumes, values, usual_windows(_METERS))
