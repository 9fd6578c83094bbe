"""`hht set` on a meter that speaks plain text: the same items at their addresses, and any address by its command."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.client import catalogue
from hht.client.api import MeterError, MeterRefused, OnIntent, WriteResult
from hht.clock import iso_z
from hht.i18n import _
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.client.plain_text_session import PlainTextSession
    from hht.client.programming_mode import ProgrammingMode
    from hht.protocol.iec62056_21.programming import Password


ADDRESSES = {
    "mpan": catalogue.IMPORT_MPAN,
    "randomised-offset-limit": catalogue.RANDOMISED_OFFSET_LIMIT,
    **catalogue.CONTACTS,
}


class PlainTextItems:
    """A plain-text meter in programming mode, asked for the items that `hht set` knows, and for commands such as
    W1/0-0:94.44.0.1 and E2/0-0:1.0.0. Every operation raises LinkError, MeterError or FrameError."""

    def __init__(self, mode: ProgrammingMode) -> None:
        self._mode = mode

    @classmethod
    async def enter(cls, args: argparse.Namespace, meter: PlainTextSession) -> PlainTextItems:
        """Enter programming mode with the password that was given; at training meters with the published one."""
        await meter.program(_password(args))
        return cls(meter.programming)

    async def read_device_id(self) -> str:
        """The meter's number; "" where it shows none at C.1.1."""
        try:
            return await self._mode.value("C.1.1")
        except MeterRefused:
            return ""

    async def read_item(self, item: str) -> str:
        """What it holds of an item, or at the address of a command that writes."""
        if item == "clock":
            return iso_z(await self._mode.read_clock())
        if item in ADDRESSES:
            return _without_unit(item, await self._mode.value(ADDRESSES[item]))
        name, slash, address = item.partition("/")
        if not slash:
            raise MeterError(
                _("An electricity meter holds no MPRN."),
                remedy=_("Use the gas meter's link."),
                code="not-on-this-device",
            )
        return await self._mode.value(address, f"R{name[1]}")

    async def set_import_mpan(self, mpan: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """Write, reading before and after, as the next ones do. Raises MeterRefused, ReadBackMismatch."""
        return await self._mode.write(catalogue.IMPORT_MPAN, mpan, before_write=before_write)

    async def set_contact(self, item: str, text: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """ "contact-name" or "contact-telephone"."""
        return await self._mode.write(catalogue.CONTACTS[item], text, before_write=before_write)

    async def set_randomised_offset_limit(self, seconds: int, *, before_write: OnIntent | None = None) -> WriteResult:
        """Seconds, 0 to 1799."""
        done = await self._mode.write(catalogue.RANDOMISED_OFFSET_LIMIT, str(seconds), before_write=before_write)
        before, after = (_without_unit("randomised-offset-limit", text) for text in (done.before, done.after))
        return replace(done, before=before, after=after)

    async def set_clock(self, *, tolerance_s: float = 0.0, before_write: OnIntent | None = None) -> WriteResult:
        """To this computer's time, unless it is within `tolerance_s` already."""
        return await self._mode.set_clock(SystemClock().now, tolerance_s, before_write)

    async def write(self, item: str, value: str, *, before_write: OnIntent | None = None) -> WriteResult:
        """A command with its address: W1 to W5 write, E2 executes (what the meter answers stands as `after`)."""
        name, address = item.split("/", 1)
        if name != "E2":
            return await self._mode.write(address, value, name=name, before_write=before_write)
        lines = await self._mode.execute(address, value, before_write=before_write)
        answer = "  ".join(str(entry) for line in lines for entry in line)
        return WriteResult(item, "", answer or _("(acknowledged)"), True, _("Import Supplier (IS)"))


def _without_unit(item: str, held: str) -> str:
    """The limit as COSEM has it, whose unit is always the second; any other text is what it is."""
    return held.removesuffix("*s") if item == "randomised-offset-limit" else held


def _password(args: argparse.Namespace) -> Password | None:
    from hht.link_url import parse_link_url
    from ui.compose import association_from_options, plain_text_password

    options, url = association_from_options(args), parse_link_url(args.link)
    if options.password_file is None and (options.training or url.scheme == "emulated"):
        options = replace(options, security="low")
    return plain_text_password(options, url)
