"""Links to the devices of plug-ins: ``emulated:NAME`` for the emulator of that kind, ``?kind=NAME`` for a real one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.link_url import LinkUrl, LinkUrlError
from hht.plugins.errors import PlugInError
from hht.resources import resource_path
from ui.wired_links import WIRED, OnPort

if TYPE_CHECKING:
    from drivers.ble_radio import BridgeTrust
    from hht.clock import Clock
    from hht.link import Link, TraceSink
    from hht.plugins.api import DeviceKind
    from hht.plugins.guard import Guard

_NAME: Final = re.compile(r"[a-z0-9-]+", re.ASCII)
_OPTIONS: Final = ("kind", "seed", "echo", "dtr", "rts", "pace", "strict")  # those that mean something to such a device
_DIGITS: Final = 18


def device_named(url: LinkUrl) -> str | None:
    """The name of the plug-in's device that `url` may mean; None: it means something else."""
    if "kind" in url.options:
        return url.options["kind"]
    named = url.scheme == "emulated" and _NAME.fullmatch(url.target) is not None
    return url.target if named and not resource_path("premises", f"{url.target}.toml").is_file() else None


def no_such_device(name: str) -> PlugInError:
    """No plug-in of the store has it, or none that is on."""
    return PlugInError(
        _("No plug-in that is on has a device “{name}”.").format(name=name[:40]),
        remedy=_(
            "See hht plugin list. Which are on stands in the store: name it with --training or --pass-phrase-file."
        ),
        code="plugin-kind",
    )


def only_a_plug_in_knows(link: object) -> LinkUrlError:
    """A meter is needed, and there is a plug-in's device."""
    return LinkUrlError(
        _("At the link “{text}” is a device that only a plug-in knows.").format(text=link),
        remedy=_("Such a device is identified and read: hht identify, hht read. Nothing is written to it."),
        code="link-not-a-meter",
    )


def link_to(
    url: LinkUrl,
    kind: DeviceKind,
    guard: Guard,
    clock: Clock,
    sink: TraceSink | None,
    on_port: OnPort | None = None,
    bridges: BridgeTrust | None = None,
) -> Link:
    """The link to a device of `kind`, not open; `bridges`: which BLE bridges are used. Raises LinkUrlError for options
    that such a device has not, PlugInError where its emulator fails."""
    if odd := [name for name in url.options if name not in _OPTIONS]:
        raise LinkUrlError(
            _("A plug-in's device has no option {name}.").format(name=odd[0]),
            remedy=_("Leave it out; its options are {options}.").format(options=", ".join(_OPTIONS)),
        )
    if url.scheme == "recorded":
        from ui.replays import Replays

        return Replays().link(url, clock, sink)
    if url.scheme != "emulated":
        return WIRED[url.scheme](url, sink, clock, on_port, bridges)
    from drivers.in_process import InProcessLink
    from hht.plugins.api import Surroundings
    from hht.plugins.emulated import EmulatedDevice

    seed = url.option("seed", "1")
    if not (seed.isascii() and seed.isdigit()) or len(seed) > _DIGITS:
        raise LinkUrlError(_("“{text}” is no whole number.").format(text=seed), remedy=_("Write for example seed=7."))
    return InProcessLink(
        EmulatedDevice(kind, guard, Surroundings(clock.now, int(seed))), name=str(url), clock=clock, sink=sink
    )
