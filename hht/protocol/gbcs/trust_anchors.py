"""Whom a device trusts: its trust anchor cells, and how far each originator's counter has come.

A cell is named by role, key usage and cell usage, and holds one organisation's key for that. Nobody whose key stands in
no cell can make a device do anything. Source: factbook chapter 5; gbcs.md 2.1.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hht.i18n import _
from hht.protocol.gbcs.certificates import Certificate, KeyUsage
from hht.protocol.gbcs.errors import GbcsError
from hht.protocol.gbcs.messages import Role


class CellUsage(enum.IntEnum):
    """What the key in a cell is for: everything, or top-up tokens alone."""

    MANAGEMENT = 0
    PREPAYMENT_TOP_UP = 1


class Cell(NamedTuple):
    """The name of a trust anchor cell."""

    role: Role
    usage: KeyUsage
    cell_usage: CellUsage = CellUsage.MANAGEMENT

    @property
    def key_usage(self) -> KeyUsage:
        """The usage that its key has in a `KeyRing`."""
        return KeyUsage.PREPAYMENT if self.cell_usage is CellUsage.PREPAYMENT_TOP_UP else self.usage


_SIGNING, _AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT


def _both(role: Role) -> tuple[Cell, Cell]:
    return Cell(role, _SIGNING), Cell(role, _AGREEMENT)


_EVERY = (
    Cell(Role.ROOT, KeyUsage.CERTIFICATE_SIGNING),
    Cell(Role.RECOVERY, _SIGNING),
    *_both(Role.ACCESS_CONTROL_BROKER),
    Cell(Role.TRANSITIONAL_COS, _SIGNING),
)
_METER = (
    *_EVERY,
    *_both(Role.SUPPLIER),
    Cell(Role.SUPPLIER, _AGREEMENT, CellUsage.PREPAYMENT_TOP_UP),
    *_both(Role.NETWORK_OPERATOR),
)
_HUB = (*_EVERY, *_both(Role.WAN_PROVIDER))
# Which cells a device has. Those of meters are seen in the reference data (CS02b by contingency); the others' follow
# from which roles may send it commands.
CELLS: Mapping[str, tuple[Cell, ...]] = {
    "ESME": (*_METER, *_both(Role.LOAD_CONTROLLER)),
    "GSME": _METER,
    "GPF": (*_METER, *_both(Role.WAN_PROVIDER)),
    "CHF": _HUB,
    "PPMID": (*_EVERY, *_both(Role.SUPPLIER)),
    "HCALCS": (*_EVERY, *_both(Role.SUPPLIER)),
    "SAPC": (*_EVERY, *_both(Role.SUPPLIER), *_both(Role.LOAD_CONTROLLER)),
}


# Who may stand in another's cell: a device comes from its maker with the access control broker in the cells of parties
# that are not known yet, which it hands over (SR 6.21); a supplier may be its own load controller (reference CS02g).
_STAND_INS: Mapping[Role, frozenset[Role]] = {
    Role.SUPPLIER: frozenset({Role.ACCESS_CONTROL_BROKER}),
    Role.NETWORK_OPERATOR: frozenset({Role.ACCESS_CONTROL_BROKER}),
    Role.LOAD_CONTROLLER: frozenset({Role.ACCESS_CONTROL_BROKER, Role.SUPPLIER}),
}


class TrustAnchors:
    """The cells of one device, each empty or with an organisation's certificate. `version` rises with every change."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._cells: dict[Cell, Certificate | None] = dict.fromkeys(cells)
        self.version = 0

    @classmethod
    def of_device(cls, device: str) -> TrustAnchors:
        """The empty cells of a device: "ESME", "GSME", "CHF", "GPF", "PPMID", "HCALCS", "SAPC"."""
        return cls(CELLS[device])

    def __iter__(self) -> Iterator[tuple[Cell, Certificate]]:
        """The cells that hold something."""
        return ((cell, found) for cell, found in self._cells.items() if found is not None)

    def __contains__(self, cell: object) -> bool:
        """Whether the device has such a cell, empty or not."""
        return cell in self._cells

    def get(self, cell: Cell) -> Certificate | None:
        """What a cell holds; None: nothing, or there is no such cell."""
        return self._cells.get(cell)

    def put(self, cell: Cell, certificate: Certificate) -> None:
        """Put a certificate into a cell. Raises GbcsError where there is no such cell, or the certificate is another
        role's or for another usage."""
        if cell not in self._cells:
            raise _misfit(_("This device has no trust anchor cell for {role}, {usage}."), cell)
        usages = {cell.usage, cell.key_usage}
        roles = {cell.role} | _STAND_INS.get(cell.role, frozenset())
        if certificate.role not in roles or certificate.usage not in usages:
            raise _misfit(_("The certificate does not belong into the trust anchor cell for {role}, {usage}."), cell)
        self._cells[cell] = certificate
        self.version += 1

    def put_all(self, certificates: Iterable[Certificate]) -> None:
        """Put each certificate into the cell that it is for; those that this device has no cell for are left out."""
        for certificate in certificates:
            if certificate.role is None:
                continue
            prepayment = certificate.usage is KeyUsage.PREPAYMENT
            usage = _AGREEMENT if prepayment else certificate.usage
            cell = Cell(certificate.role, usage, CellUsage(prepayment))
            if cell in self._cells:
                self.put(cell, certificate)

    def roles(self, entity: bytes, usage: KeyUsage) -> frozenset[Role]:
        """The roles in which `entity` is trusted, by a key of `usage`."""
        return frozenset(
            cell.role
            for cell, found in self
            if found.entity == entity and cell.usage is usage and cell.cell_usage is CellUsage.MANAGEMENT
        )

    def entity(self, role: Role) -> bytes:
        """Who has the role; b"": nobody."""
        return next((found.entity for cell, found in self if cell.role is role), b"")


@dataclass(slots=True)
class OriginatorCounters:
    """The highest counter that was accepted, by role and originator; it never goes back but by new credentials."""

    _highest: dict[tuple[Role | None, bytes], int] = field(default_factory=dict)

    def highest(self, role: Role | None, originator: bytes) -> int:
        """-1: none was accepted yet. `role` None: a device."""
        return self._highest.get((role, originator), -1)

    def accept(self, role: Role | None, originator: bytes, counter: int) -> None:
        """`counter` came with a command that was accepted. Raises ValueError where it does not rise."""
        if counter <= self.highest(role, originator):
            raise ValueError(counter)
        self._highest[role, originator] = counter

    def begin(self, role: Role, originator: bytes, floor: int) -> None:
        """New credentials for `role`: `originator` begins above `floor`; whoever had the role before is forgotten."""
        for key in [key for key in self._highest if key[0] is role]:
            del self._highest[key]
        self._highest[role, originator] = floor


def _misfit(words: str, cell: Cell) -> GbcsError:
    return GbcsError(
        words.format(role=cell.role.value, usage=cell.key_usage.value),
        remedy=_("Use the certificate that was issued for this role and usage."),
        code="gbcs-trust-anchor",
    )
