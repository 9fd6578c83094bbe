"""A dual-fuel home with a WAN and, where a test asks for it, a centre."""

from __future__ import annotations

from datetime import timedelta

from hht.clock import ManualClock
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises, bring_to_life, parse_premises
from hht.resources import resource_text


def home_with(top: str, clock: ManualClock, *, base: str = "dual-fuel", days: int = 1, tail: str = "") -> Premises:
    """The premises `base` with the tables `top` put before its devices and `tail` after them."""
    text = resource_text("premises", f"{base}.toml")
    head, mark, devices = text.partition("[[device]]")
    text = f"{head}{top}\n{mark}{devices}\n{tail}"
    return bring_to_life(parse_premises(text, name=base, file="test.toml"), clock=clock, days=days)


def after(home: Premises, clock: ManualClock, seconds: float) -> None:
    """Let so much time pass."""
    clock.advance(seconds)
    home.site.catch_up()


def hub(home: Premises) -> CommunicationsHub:
    """Its hub."""
    return home.of(CommunicationsHub)[0]


def days(number: int) -> float:
    """Seconds."""
    return timedelta(days=number).total_seconds()
