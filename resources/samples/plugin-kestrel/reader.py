"""The terminal's end of the language."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from hht.plugins.api import Event, Exchange, Identity, Register, Talk, Trouble

from .wire import Damaged, fields_of, frame, is_whole

LABELS = {"E": "Heat delivered", "V": "Volume", "TF": "Flow temperature", "TR": "Return temperature"}
CUMULATIVE = ("E", "V")
MOST_EVENTS = 500
EVENTS = {"T0": "Self-test passed", "L1": "Flow sensor: air in the pipe"}


class HeatMeterReader:
    """One conversation."""

    def __init__(self) -> None:
        self._number = 0

    def identify(self) -> Talk[Identity]:
        """Number, maker, model and firmware."""
        found = yield from self._ask("ID", fields=4)
        return Identity(*found)

    def clock(self) -> Talk[datetime]:
        """The meter's clock runs on UTC."""
        found = yield from self._ask("CK", fields=1)
        return _time(found[0])

    def registers(self) -> Talk[Sequence[Register]]:
        """Each field is NAME=VALUE UNIT."""
        found = yield from self._ask("RG")
        return [_register(text) for text in found]

    def events(self) -> Talk[Sequence[Event]]:
        """One by one, until the meter has no more."""
        listed: list[Event] = []
        while len(listed) < MOST_EVENTS:
            found = yield from self._ask("EV", str(len(listed)))
            if found == ["END"]:
                return listed
            if len(found) != 2:
                raise Trouble("The log of the heat meter is not written as this reader knows it.")
            listed.append(Event(_time(found[0]), found[1], EVENTS.get(found[1], "unknown code")))
        raise Trouble("The log of the heat meter has no end.")

    def _ask(self, *asked: str, fields: int | None = None) -> Talk[list[str]]:
        """The fields of the answer without its word."""
        self._number = (self._number + 1) % 10
        heard = yield Exchange(frame(self._number, *asked), is_whole, within_s=5.0, most=1024)
        try:
            number, found = fields_of(heard)
        except Damaged:
            raise Trouble(
                "The answer of the heat meter was damaged on the way.", "Clean the port, and try again."
            ) from None
        if number != self._number or found[0] != asked[0] or (fields is not None and len(found) != fields + 1):
            raise Trouble(f"The heat meter does not answer what it was asked ({asked[0]}).")
        return found[1:]


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Trouble("The heat meter states a time that there is not.") from None


def _register(text: str) -> Register:
    name, _equals, stated = text.partition("=")
    number, _space, unit = stated.partition(" ")
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise Trouble(f"The heat meter states no number for {name[:10]}.") from None
    if not value.is_finite():
        raise Trouble(f"The heat meter states no number for {name[:10]}.")
    return Register(name, value, unit, LABELS.get(name, ""), name in CUMULATIVE)
