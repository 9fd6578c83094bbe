"""A dual-fuel home with a WAN and, where a test asks for it, a centre."""

from __future__ import annotations

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises, bring_to_life
from hht.model.premises_plan import parse_premises
from hht.resources import resource_text


def home_with(
    top: str, clock: ManualClock, *, base: str = "dual-fuel", days: int = 1, first_generation: bool = False
) -> Premises:
    """The premises `base` with the tables `top` put before its devices; as SMETS1 devices if wanted."""
    text = resource_text("premises", f"{base}.toml")
    if first_generation:
        text = text.replace('smets_version = "SMETS V5.0"\ngbcs_version = "4.2"', 'smets_version = "SMETS1 V1.2"')
        text = text.replace('gbcs_version = "4.2"', 'smets_version = "SMETS1 V1.2"').replace("SMETS2-", "SMETS1-")
    head, mark, devices = text.partition("[[device]]")
    text = f"{head}{top}\n{mark}{devices}"
    return bring_to_life(parse_premises(text, name=base, file="test.toml"), clock=clock, days=days)


def after(home: Premises, clock: ManualClock, seconds: float) -> None:
    """Let so much time pass."""
    clock.advance(seconds)
    home.site.catch_up()


def hub(home: Premises) -> CommunicationsHub:
    """Its hub."""
    return home.of(CommunicationsHub)[0]
