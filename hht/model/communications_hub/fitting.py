"""What it takes to fit a hub: who has to be there, and who has to agree (CHR-13).

On an electricity meter that is there the hub sits on its hot-shoe. Where gas comes first it stands alone, on a safe
supply: from behind the meter that needs nobody's leave; from the network's side it needs the operator's authorisation.
"""

from __future__ import annotations

import enum

from hht.model.communications_hub.power import Mounting


class Need(enum.StrEnum):
    """What is needed."""

    SMART_ELECTRICITY_METER = "a smart electricity meter with a hot-shoe"
    SAFE_SUPPLY = "a safe supply for a stand-alone hub"
    ELECTRICALLY_COMPETENT = "an electrically competent installer"
    OPERATOR_AUTHORISATION = "the network operator's authorisation"


def fitting_needs(mounting: Mounting, *, gas_first: bool) -> tuple[Need, ...]:
    """What fitting a hub so takes. `gas_first`: there is no smart electricity meter yet."""
    if mounting is Mounting.ALONE:
        return (Need.SAFE_SUPPLY, Need.ELECTRICALLY_COMPETENT)
    needs = [Need.ELECTRICALLY_COMPETENT]
    if mounting is Mounting.CRADLE:
        if gas_first:
            needs.insert(0, Need.SAFE_SUPPLY)
        return (*needs, Need.OPERATOR_AUTHORISATION)
    return (Need.SMART_ELECTRICITY_METER, *needs) if gas_first else tuple(needs)
