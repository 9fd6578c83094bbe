"""Whether a kept pack may still go: no newer edition was here, and in live work its signers are trusted as of now.

Trust is asked for when a pack is taken in, and again whenever something of it is to leave: whoever was taken off the
list meanwhile (a stolen key, somebody who left the desk) signs nothing any more, and no way around the list is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.acceptance import require_signed_still
from hht.packs.errors import PackError
from hht.packs.supply_limits import SupplyGate
from ui.desk_trust import DeskTrust
from ui.supply_gate import job_devices, supply_gate

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.packs.kept import KeptPack
    from hht.protocol.gbcs.envelope import Envelope
    from hht.store.store import Store


def require_trusted(store: Store, kept: KeptPack) -> None:
    """Of live work: raises EnvelopeError, PackError where those who are trusted now did not sign it, or too few did."""
    if not store.training:
        pack = kept.pack
        require_signed_still(pack, kept.envelope, DeskTrust(store).trusted(), job_devices(store, pack.job))


@dataclass(frozen=True, slots=True)
class TrustedGate(SupplyGate):
    """`SupplyGate`, and before each command whether who signed the pack is trusted still: a delivery may take hours."""

    trusted: Callable[[], None] = field(repr=False)

    def require(self, message: Envelope, job: str) -> None:
        """As `SupplyGate.require`, and as `require_trusted`."""
        self.trusted()
        SupplyGate.require(self, message, job)


def gate_of(store: Store, clock: Clock, kept: KeptPack) -> TrustedGate:
    """What each command of a kept pack passes before it leaves."""
    found = supply_gate(store, clock)
    return TrustedGate(found.ledger, found.now, found.devices_of, lambda: require_trusted(store, kept))


def distrusted(store: Store, kept: KeptPack) -> str:
    """What `require_trusted` says, in words; "": nothing."""
    try:
        require_trusted(store, kept)
    except HhtError as error:
        return error.message
    return ""


def require_newest(kept: KeptPack, newest: int) -> None:
    """Raises PackError ``pack-rolled-back`` where an edition above the pack's has been here. `newest`: which."""
    if kept.pack.edition < newest:
        said = _("This is edition {edition} of the pack; edition {newest} has been here before.")
        raise PackError(
            said.format(edition=kept.pack.edition, newest=newest),
            remedy=_("Use the newest edition; the desk can send it again."),
            code="pack-rolled-back",
        )
