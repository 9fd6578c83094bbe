"""A meter's display and buttons as a prepayment interface repeats them (PPM-01, PPM-04).

Pressing "enable" away from the meter is a matter of safety, and of policy: over a wireless HAN and over a wired one it
can be allowed or not (PPM-05, PPM-06); a refusal says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE
from hht.model.features.checks import require
from hht.model.features.display import Display, Page
from hht.model.han.requests import Audience, HanRequest
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.device import Device

ENABLE = "enable"
WIRELESS, WIRED = "wireless", "wired"


@dataclass(frozen=True, slots=True)
class ReadDisplay(HanRequest):
    """The pages of the meter's own display: a tuple of `Page`."""

    audience: ClassVar[Audience] = Audience.SUPPLIERS_DEVICES


@dataclass(frozen=True, slots=True)
class PressButton(HanRequest):
    """Press one of the meter's buttons from afar; `typed` is what was typed before."""

    name: str
    typed: str = ""
    changes: ClassVar[bool] = True
    audience: ClassVar[Audience] = Audience.SUPPLIERS_DEVICES


class RemoteDisplay:
    """One meter's display for others. `enable_over`: the media over which the supply may be enabled from afar."""

    def __init__(self, device: Device, display: Display, enable_over: frozenset[str]) -> None:
        self._device = device
        self._display = display
        self.enable_over = enable_over
        device.serve({ReadDisplay: lambda _request, _asker: self.pages(), PressButton: self._press})

    def pages(self) -> tuple[Page, ...]:
        """What the meter's display has to show."""
        return tuple(self._display.as_kept(self._display.kept()))

    def _press(self, request: PressButton, asker: Device) -> object:
        if request.name == ENABLE:
            network = asker.node.network if asker.node is not None else None
            medium = WIRED if network is not None and network.medium.wired else WIRELESS
            require(
                medium in self.enable_over,
                _("The supply may not be enabled over a {medium} network here.").format(medium=medium),
                _("Press the button on the meter itself, with appliances off."),
                reason=Reason.ACCESS_DENIED,
            )
        self._display.press_from_afar(request.name, request.typed)
        return DONE
