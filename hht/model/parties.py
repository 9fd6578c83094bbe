"""Who sends commands: roles as the Smart Energy Code names its users, and the remote parties of GBCS they act as.

Sources: factbook 4.3 (user roles) and chapter 5 (remote party roles).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class RemoteParty(enum.StrEnum):
    """The role that a device knows a sender by: it holds that role's credentials (a trust anchor cell)."""

    SUPPLIER = "supplier"
    NETWORK_OPERATOR = "network-operator"
    ACCESS_CONTROL_BROKER = "access-control-broker"
    LOAD_CONTROLLER = "load-controller"
    OTHER = "other"  # no credentials on the device: it can be reached only through the access control broker


class UserRole(enum.StrEnum):
    """A user's role towards the DCC."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    OTHER_USER = "OU"
    DCC = "DCC"  # the access control broker's own
    HEAD_END = "HES"  # the head-end system of a supplier, which stands there where no DCC does


_REMOTE = {
    UserRole.IMPORT_SUPPLIER: RemoteParty.SUPPLIER,
    UserRole.GAS_SUPPLIER: RemoteParty.SUPPLIER,
    UserRole.ELECTRICITY_DISTRIBUTOR: RemoteParty.NETWORK_OPERATOR,
    UserRole.GAS_TRANSPORTER: RemoteParty.NETWORK_OPERATOR,
    UserRole.EXPORT_SUPPLIER: RemoteParty.ACCESS_CONTROL_BROKER,
    UserRole.REGISTERED_SUPPLIER_AGENT: RemoteParty.ACCESS_CONTROL_BROKER,
    UserRole.OTHER_USER: RemoteParty.ACCESS_CONTROL_BROKER,
    UserRole.DCC: RemoteParty.ACCESS_CONTROL_BROKER,
    UserRole.HEAD_END: RemoteParty.ACCESS_CONTROL_BROKER,
}


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name, a role and an entity identifier (EUI-64 text; "" where nobody asks for it)."""

    name: str
    role: UserRole
    entity_id: str = ""

    @property
    def remote(self) -> RemoteParty:
        """The role that a device knows this party by."""
        return _REMOTE[self.role]

    def __str__(self) -> str:
        return f"{self.name} ({self.role.value})"


DCC = Party("DCC", UserRole.DCC, "90-B3-D5-1F-30-00-00-00")
HEAD_END = Party("head end", UserRole.HEAD_END)
