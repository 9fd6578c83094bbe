"""Who lives here: a change of tenancy hides what was before from those after, and a PIN hides it from visitors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_digits
from hht.model.parties import Party
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.device import Device

_TRIES = 3  # wrong PINs before the display waits (our own number: no source has one)
_WAIT_MS = 60_000


@dataclass(frozen=True, slots=True)
class ChangeTenancy(Command):
    """A new consumer since `since_ms` (true time, past or ahead): carried out at once (ECS12, factbook 3.3). One ahead
    hides what was before this moment, and nothing of what comes: nobody's data is hidden while it is made."""

    since_ms: int
    use_case: ClassVar[str] = "ECS12"


@dataclass(frozen=True, slots=True)
class ChangeGasTenancy(ChangeTenancy):
    """The same at the Gas Proxy Function (GCS09)."""

    use_case: ClassVar[str] = "GCS09"


@dataclass(frozen=True, slots=True)
class DisablePrivacyPin(Command):
    """Let the display show everything without the PIN (ECS14)."""

    use_case: ClassVar[str] = "ECS14"


@dataclass(frozen=True, slots=True)
class DisableGasPrivacyPin(DisablePrivacyPin):
    """The same at a gas meter (GCS11)."""

    use_case: ClassVar[str] = "GCS11"


class Tenancy:
    """`since_ms`: consumers' devices and the display see nothing from before it (0: nobody has moved yet)."""

    def __init__(self, device: Device, since_ms: int = 0) -> None:
        self._device = device
        self.since_ms = since_ms
        self.changed: list[Callable[[], None]] = []  # told of a change of tenancy
        self._pin = ""
        self._wrong = 0
        self._locked_until_ms = 0
        self._unlocked = False
        device.accept(
            dict.fromkeys((ChangeTenancy, ChangeGasTenancy), self._change)
            | dict.fromkeys((DisablePrivacyPin, DisableGasPrivacyPin), self._disable_pin)
        )

    def begin(self, since_ms: int) -> None:
        """Nothing from before `since_ms` (true time) reaches people at home any more; parties go on reading it. What is
        hidden stays so: an earlier date, sent later (put right, or sent again), shows nobody the people between."""
        self.since_ms = max(self.since_ms, since_ms)
        for forget in self._device.forgets:
            forget(self.since_ms)
        node = self._device.node
        if node is not None:
            node.people_changed()

    # --- the privacy PIN -------------------------------------------------------------------------------------------

    @property
    def pin_set(self) -> bool:
        """Whether a PIN protects the display."""
        return bool(self._pin)

    @property
    def open(self) -> bool:
        """Whether the display may show what the PIN protects."""
        return not self._pin or self._unlocked

    def set_pin(self, pin: str) -> None:
        """The consumer chooses a PIN at the meter, four digits. DeviceRefusal while another one is in force."""
        require_digits(_("privacy PIN"), pin, 4)
        require(
            self.open,
            _("Another PIN is in force."),
            _("Enter it first, or ask the supplier to disable it."),
            reason=Reason.ACCESS_DENIED,
        )
        self._pin, self._unlocked, self._wrong = pin, False, 0

    def enter_pin(self, pin: str) -> bool:
        """The consumer types the PIN; whether it was right. After three wrong ones the display waits a minute."""
        now_ms = self._device.site.now_ms
        if now_ms < self._locked_until_ms or not self._pin:
            return not self._pin
        self._unlocked = pin == self._pin
        self._wrong = 0 if self._unlocked else self._wrong + 1
        if self._wrong >= _TRIES:
            self._wrong, self._locked_until_ms = 0, now_ms + _WAIT_MS
        return self._unlocked

    def lock(self) -> None:
        """The display has gone dark: the PIN is asked for again."""
        self._unlocked = False

    def _change(self, command: ChangeTenancy, _sender: Party) -> object:
        self.begin(min(command.since_ms, self._device.site.agenda.now_ms))
        self._pin, self._unlocked = "", False
        for listener in self.changed:
            listener()
        self._device.site.tell(self._device.name, "change of tenancy", "what was before is hidden from consumers")
        return DONE

    def _disable_pin(self, _command: DisablePrivacyPin, _sender: Party) -> object:
        self._pin = ""
        return DONE
