"""Every fault by name: the kinds that the modules of this package declare, each beside its effect."""

from __future__ import annotations

from hht.model.faults.kind import FaultKind

FAILURES = tuple(f"F-{number:02}" for number in range(1, 50))  # what fails on site, by the rows of its evidence


def fault_kinds() -> dict[str, FaultKind]:
    """Every kind by its name, texts in the language in use; in the order in which they are shown."""
    from hht.model.faults import (
        body,
        centre,
        clocks,
        electricity,
        firmware,
        gas,
        han,
        home,
        hub,
        metering,
        networks,
        port,
        prepayment,
        smets1,
        street,
        wan,
    )

    modules = (
        port,
        clocks,
        metering,
        street,
        electricity,
        body,
        gas,
        firmware,
        prepayment,
        han,
        hub,
        networks,
        home,
        wan,
        centre,
        smets1,
    )
    return {kind.name: kind for module in modules for kind in module.kinds()}
