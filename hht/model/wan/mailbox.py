"""Who hears of what: alerts that reach the centre go on to the parties they concern (DNO-02, FUN-16)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.model.alert_codes import AlertCode
from hht.model.device import Alert, DeviceKind
from hht.model.parties import UserRole
from hht.model.wan.access import SUPPLIERS, User
from hht.model.wan.requests import OUTAGE_CODE

_NETWORKS = frozenset({UserRole.ELECTRICITY_DISTRIBUTOR})
OUTAGE = frozenset(
    {code for code in AlertCode if 0x8F35 <= code <= 0x8F3C or 0x8F57 <= code <= 0x8F5A}
)  # supply interrupted and restored
VOLTAGE = frozenset({code for code in AlertCode if 0x8002 <= code <= 0x802F or 0x8085 <= code <= 0x809C})


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert in a party's mailbox. `received_ms`: when the centre had it; `code`: the DCC's own, or ""."""

    alert: Alert
    received_ms: int
    code: str = ""


@dataclass(slots=True)
class Mailboxes:
    """By party's name, oldest first."""

    notices: dict[str, list[Notice]] = field(default_factory=dict)

    def of(self, name: str) -> list[Notice]:
        """What a party has been told."""
        return self.notices.setdefault(name, [])

    def forward(self, alert: Alert, kind: DeviceKind, users: list[User], now_ms: int) -> None:
        """Tell everybody whom an alert concerns: outages network operator and suppliers, voltage the operator alone,
        the rest the suppliers whose device it is."""
        outage = alert.code in OUTAGE
        roles = _NETWORKS | SUPPLIERS if outage else _NETWORKS if alert.code in VOLTAGE else SUPPLIERS
        code = OUTAGE_CODE if alert.code == AlertCode.SUPPLY_INTERRUPTED else ""
        for user in users:
            concerned = user.responsible(kind, alert.device) or (outage and kind is DeviceKind.COMMUNICATIONS_HUB)
            if user.party.role in roles and concerned:
                self.of(user.party.name).append(Notice(alert, now_ms, code))
