"""A device's own display and buttons: pages that its features bring, and what can be done there.

Local time is shown as people read it; what a privacy PIN protects is shown only when it was entered (factbook 1.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.features.checks import require
from hht.model.refusal import DeviceRefusal, Reason

if TYPE_CHECKING:
    from hht.model.device import Device
    from hht.model.features.tenancy import Tenancy

V = TypeVar("V")


OUT_OF_REACH = frozenset({"box-locked", "too-high"})  # faults: nobody gets to the meter
_DARK = OUT_OF_REACH | {"dead-display", "worn-out"}
_DEAD = frozenset({"dead-buttons", "worn-out"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page: a title and a few lines. `private`: the privacy PIN protects it."""

    title: str
    lines: tuple[str, ...]
    private: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """Something that a person can do. `available` says whether it does anything now; `press` takes what was typed (""
    for a plain press) and may raise DeviceRefusal."""

    name: str
    title: str
    available: Callable[[], bool]
    press: Callable[[str], None]
    typed: str = ""  # what is to be typed before it ("UTRN, 20 digits"); "" for nothing


@dataclass(frozen=True, slots=True)
class KeptPages:
    """What a display had to show at some moment, kept cheaply: `Display.as_kept` writes the pages."""

    values: tuple[object, ...]
    hidden: bool


class Display:
    """Pages and buttons of one device, in the order in which its features brought them."""

    def __init__(self, device: Device, tenancy: Tenancy | None = None) -> None:
        self._device = device
        self._tenancy = tenancy
        self._pages: list[tuple[Callable[[], Any], Callable[[Any], Page | None]]] = []
        self._buttons: dict[str, Button] = {}
        self.said = ""  # the answer to the last press

    def add(self, page: Callable[[], Page | None]) -> None:
        """Show what `page` gives, each time somebody looks (None: nothing to show)."""
        self._pages.append((page, _as_it_is))

    def add_written(self, values: Callable[[], V], write: Callable[[V], Page | None]) -> None:
        """Show what `write` makes of `values`: of those now, or of those of the moment that somebody keeps."""
        self._pages.append((values, write))

    def offer(self, button: Button) -> None:
        """Let people press this."""
        self._buttons[button.name] = button

    def pages(self) -> list[Page]:
        """What can be paged through now. Private pages say only that a PIN is needed. Faults: `dead-display` shows
        nothing, `cryptic-screen` nothing but a version that looks like an error; what is out of reach nobody sees."""
        faults = self._device.faults
        if faults & _DARK:
            return []
        if "cryptic-screen" in faults:
            return [Page(f"V{self._device.identity.firmware}", (self._device.identity.device_id[-8:],))]
        return self.as_kept(self.kept())

    def kept(self) -> KeptPages:
        """What is to be shown at this moment, without the work of writing it: for whoever will seldom be asked."""
        hidden = self._tenancy is not None and not self._tenancy.open
        return KeptPages(tuple([values() for values, _write in self._pages]), hidden)

    def as_kept(self, kept: KeptPages) -> list[Page]:
        """The pages of that moment."""
        written = (write(value) for (_values, write), value in zip(self._pages, kept.values, strict=False))
        pages = [page for page in written if page is not None]
        return [Page(page.title, (_("PIN needed"),), True) if page.private and kept.hidden else page for page in pages]

    def buttons(self) -> list[Button]:
        """Everything that can be pressed, whether or not it does anything now."""
        return list(self._buttons.values())

    def press(self, name: str, typed: str = "") -> None:
        """Press a button. DeviceRefusal when it does nothing now, or what was typed is refused: the display says so."""
        faults = self._device.faults
        require(not faults & OUT_OF_REACH, _("Nobody gets to the buttons."), _("See to the access first."))
        self._press(name, typed, works=not faults & _DEAD)

    def press_from_afar(self, name: str, typed: str = "") -> None:
        """Another device does what a button does, whatever is wrong with the button itself. Raises as `press` does."""
        self._press(name, typed, works=True)

    def _press(self, name: str, typed: str, *, works: bool) -> None:
        self._device.site.catch_up()
        button = self._buttons.get(name)
        try:
            if button is None or not works or not button.available():
                raise DeviceRefusal(
                    Reason.TEMPORARY_FAILURE,
                    _("This does nothing now."),
                    remedy=_("Look at the display for what can be done."),
                )
            button.press(typed)
        except DeviceRefusal as refusal:
            self.said = refusal.message
            self._device.alert(AlertCode.USER_INTERFACE_COMMAND_NOT_ACTIONED, name)
            raise
        self.said = _("Done")
        self._device.alert(AlertCode.USER_INTERFACE_COMMAND_ACTIONED, name)


def _as_it_is(page: Page | None) -> Page | None:
    """A page that costs nothing to write is kept written."""
    return page
