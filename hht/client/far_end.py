"""Training changes devices of training alone, and live work none of them: asked of the device itself, at the link.

Everything that changes a device passes here: `CosemSession` (set, action), `ProgrammingMode` (write, execute),
`HanMember.join` and `HanTunnel`. In training it also comes before what is secret: a password or key that somebody
brought goes to a device only once it has said, with public access, that it is of training. An emulated or recorded
link is of training whatever stands there, and nobody is asked.

What this rests on is the device's own word: whoever builds a meter that claims a Device ID of training is believed. A
real one has the ID that its maker gave it, outside of that range (`hht.identifiers.training_range`).
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from hht.client import catalogue
from hht.client.api import MeterError
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.training_range import TRAINING_RANGE_SHOWN, is_of_training
from hht.plain_text import plain_text
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import CosemRefusal
from hht.protocol.cosem.obis import Obis

if TYPE_CHECKING:
    from hht.client.cosem_session import CosemSession

_DEVICE_ID: Final = CosemAttribute(catalogue.CLASS_DATA, Obis.parse(catalogue.DEVICE_ID), 2)
_EUI_OCTETS: Final = 8
_MOST_SHOWN: Final = 40  # characters of what a device says of itself


def _nothing_written() -> str:
    return _(
        "Nothing was written, and no password or key of yours was used. Public access may read it (--security none)."
    )


def _nothing_sent() -> str:
    return _("Nothing was sent to the hub. Looking around the home stays possible.")


class Work(enum.StrEnum):
    """What the terminal is used for."""

    TRAINING = "training"
    LIVE = "live"


class OtherTrust(HhtError):
    """A real device in training, or one of training in live work. Nothing has been changed."""

    default_code = "training-real-device"


@dataclass(frozen=True, slots=True)
class FarEnd:
    """Who may be at the other end of a link. `work` None: nobody is asked. `link`: its name, for people. `refuses`
    False: the device is asked as then, and nobody is refused (a recording)."""

    work: Work | None
    link: str = ""
    refuses: bool = True

    @property
    def asks_first(self) -> bool:
        """Before anything but public access the device has to say that it is of training."""
        return self.work is Work.TRAINING

    def check_change(self, said: str) -> None:
        """Before a device is changed that says of itself `said` ("": nothing). Raises OtherTrust."""
        self.check_trust(said)
        if self.work is Work.LIVE and self.refuses and is_of_training(said):
            raise _of_training(said, self.link)

    def check_trust(self, said: str) -> None:
        """Before passwords and keys are used in training. Raises OtherTrust."""
        if self.asks_first and self.refuses and not is_of_training(said):
            raise _real(said, self.link, _nothing_written())

    def check_hub(self, gpf_id: str) -> None:
        """Before the terminal comes onto the HAN of a hub, which puts it on its Device Log. Raises OtherTrust."""
        if self.asks_first and self.refuses and not is_of_training(gpf_id):
            raise _real(gpf_id, self.link, _nothing_sent())
        self.check_change(gpf_id)

    async def of_meter(self, session: CosemSession) -> None:
        """Ask the meter in this association for its Device ID, before it is changed. Raises OtherTrust, and what the
        link raises."""
        if self.work is not None:
            self.check_change(await stated_device_id(session))


class _Asked(Protocol):
    async def read_device_id(self) -> str: ...

    async def close(self) -> None: ...


async def ask_first(far_end: FarEnd, opening: Awaitable[None], asked: _Asked) -> None:
    """Whose meter it is, by its public client: `opening` opens `asked`, which is closed again. Raises OtherTrust, and
    what the link raises."""
    said = ""
    try:
        with contextlib.suppress(CosemRefusal, MeterError):  # it tells nobody who it is: no meter of training does that
            await opening
            said = await asked.read_device_id()
    finally:
        await asked.close()
    far_end.check_trust(said)


ANYBODY: Final = FarEnd(None)


async def stated_device_id(session: CosemSession) -> str:
    """The Device ID that the meter states; "" where it shows none that can be understood."""
    try:
        value = (await session.get(_DEVICE_ID)).value
    except (CosemRefusal, MeterError):
        return ""
    if isinstance(value, bytes) and len(value) == _EUI_OCTETS:
        return "-".join(f"{octet:02X}" for octet in value)
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text if isinstance(text, str) else ""


def _real(said: str, link: str, left: str) -> OtherTrust:
    remedy = _(
        "{left} Real devices are worked on in live work, by somebody who has logged in: leave --training out, or start "
        "the terminal without it. To train, use an emulated device (emulated:single-element, or hht emulate)."
    ).format(left=left)
    if not said:
        return OtherTrust(
            _("This is training, and the device on {link} does not show that it is of training.").format(link=link),
            remedy=remedy,
            code="training-unknown-device",
        )
    shown = plain_text(said)[:_MOST_SHOWN]
    words = _("This is training, and {device} on {link} is a real device: those of training begin with {range}.")
    return OtherTrust(words.format(device=shown, link=link, range=TRAINING_RANGE_SHOWN), remedy=remedy, device=shown)


def _of_training(said: str, link: str) -> OtherTrust:
    shown = plain_text(said)[:_MOST_SHOWN]
    words = _("This is live work, and {device} on {link} is a device of training: those begin with {range}.")
    return OtherTrust(
        words.format(device=shown, link=link, range=TRAINING_RANGE_SHOWN),
        remedy=_(
            "Nothing was written. Look which meter this is; to train with this one, use --training, or start "
            "the terminal in training."
        ),
        code="live-training-device",
        device=shown,
    )
