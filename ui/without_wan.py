"""What the terminal does where there is no WAN: the part of `ui.terminal.Terminal` that is about the HAN."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from hht.clock import Clock
from hht.link_url import LinkUrl, parse_link_url
from ui.compose import Composer
from ui.known_ports import KnownPorts, by_use, port_words
from ui.live_trace import LiveTrace
from ui.services import LinkChoice, Settings

if TYPE_CHECKING:
    from ui.han import HanService
    from ui.training_ground import TrainingGround

_USUAL_HOME: Final = "emulated:dual-fuel"


class WithoutWan:
    """See the module."""

    _training: bool
    _clock: Clock
    _composer: Composer
    _trace: LiveTrace
    _known_ports: KnownPorts
    _settings: Settings
    _han: HanService | None = None

    @property
    def ground(self) -> TrainingGround:
        """The premises that can be trained with; `ui.terminal.Terminal` has them."""
        raise NotImplementedError

    @property
    def han(self) -> HanService:
        """The HAN side: survey, coming on, leaving."""
        if self._han is None:
            from ui.han import HanService

            composer, hear = self._composer, self._trace.hear
            self._han = HanService(lambda link: composer.dongle(link, hear), composer.clock_at, training=self._training)
        return self._han

    async def dongles(self) -> list[LinkChoice]:
        """Radio dongles that may be at this computer's ports; in training those of emulated premises too."""
        return await asyncio.to_thread(dongle_choices, self._known_ports, training=self._training)

    async def usual_dongle(self) -> str:
        """The dongle that was chosen; in training else the one at the premises in use; "" where there is none."""
        if self._settings.dongle or not self._training:
            return self._settings.dongle
        return dongle_at(self.ground.current())

    async def _leave_han(self) -> None:
        if self._han is not None:
            await self._han.close()


def dongle_at(home: str) -> str:
    """The link of the emulated dongle at a premises; "": at the usual one."""
    url = parse_link_url(home or _USUAL_HOME)
    return str(LinkUrl(url.scheme, url.target, {**url.options, "via": "han"}))


def dongle_choices(known_ports: KnownPorts, *, training: bool) -> list[LinkChoice]:
    """See `WithoutWan.dongles`. Blocks."""
    from drivers.discovery import list_serial_ports

    ports, known = list_serial_ports(), known_ports.read()
    found = [
        LinkChoice(f"dongle:{port.url.partition(':')[2]}", port_words(port, known)) for port in by_use(ports, known)
    ]
    return found + (_emulated() if training else [])


def _emulated() -> list[LinkChoice]:
    """Premises with a hub: a dongle hears it."""
    from hht.model.device import DeviceKind
    from hht.model.premises import available_premises, read_premises

    plans = [read_premises(name) for name in available_premises()]
    return [
        LinkChoice(f"emulated:{plan.name}?via=han", plan.title)
        for plan in plans
        if any(device.kind is DeviceKind.COMMUNICATIONS_HUB for device in plan.devices)
    ]
