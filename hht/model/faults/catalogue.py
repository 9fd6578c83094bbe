"""Every fault by name: the kinds that the modules of this package declare, each beside its effect."""

from __future__ import annotations

import tomllib
from functools import cache

from hht.model.faults.kind import FaultKind
from hht.resources import resource_text


@cache
def failures() -> dict[str, str]:
    """What really fails on site, in a few words, by the number that kinds name ("F-12"): 49 of them
    (``resources/catalogue/failures.toml``)."""
    return {number: str(words) for number, words in tomllib.loads(resource_text("catalogue", "failures.toml")).items()}


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
