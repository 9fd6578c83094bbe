"""`hht read` and `hht identify` on a meter that speaks plain text only (IEC 62056-21, modes A to D)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from ui.cli.common import Output, UsageProblem
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.client.plain_text_session import PlainTextSession, Readout
    from hht.protocol.iec62056_21 import ProtocolMode
    from hht.protocol.iec62056_21.data_sets import DataSet
    from hht.protocol.iec62056_21.programming import Password
    from hht.store.profile_store import ProfileStore
    from hht.store.store import Store
    from hht.work.kept_profile import KeptRead

_COMMAND = re.compile(r"(R[1-6])/([^()]+)(?:\(([^()]*)\))?")
_SERIALS = ("C.1.1", "C.1.0", "0.0.0", "0.0")  # where meters have their number


async def read_plain(
    args: argparse.Namespace,
    output: Output,
    meter: PlainTextSession,
    store: Store | None,
    items: Sequence[str],
    start: datetime | None,
    end: datetime | None,
) -> tuple[int, int]:
    """Read and show every item; profile rows, and how many of them came from the meter. Programming mode gets the
    password that was given."""
    from hht.link_url import parse_link_url
    from ui.compose import association_from_options, plain_text_password

    password = plain_text_password(association_from_options(args), parse_link_url(args.link))
    reading = _Reading(args, output, meter, password, store)
    reads = [await reading.item(item, start, end) for item in items]
    return sum(rows for rows, _fresh in reads), sum(fresh for _rows, fresh in reads)


class _Reading:
    """The items of one `hht read`. Everything that the meter reads out by itself is read once."""

    def __init__(
        self,
        args: argparse.Namespace,
        output: Output,
        meter: PlainTextSession,
        password: Password | None,
        store: Store | None,
    ) -> None:
        self._store = store
        self._args, self._output, self._meter, self._password = args, output, meter, password
        self._readout: Readout | None = None
        self._computer = SystemClock()
        self._said_at: datetime | None = None  # by this computer's clock, when the readout began to arrive
        self._programming = False

    async def item(self, name: str, start: datetime | None, end: datetime | None) -> tuple[int, int]:
        """Read and show one item; its profile rows, and how many of them came from the meter. Raises UsageProblem for
        what no such meter shows."""
        from ui.cli.read import PROFILE

        if name in PROFILE:
            read = await self._profile(start, end)
            return read.rows, read.from_meter
        if name in ("events", "supply"):
            raise UsageProblem(
                _("A meter in plain text does not show “{item}”.").format(item=name),
                remedy=_("Read clock, registers, profile, objects, or an address such as 1.8.0 or R5/P.98."),
                code="plain-text-item",
            )
        readers = {"clock": self._clock, "registers": self._registers, "objects": self._objects}
        if name == "identity":
            serial = serial_number(await self._sets())
            self._output.emit("identity", serial, device_id=serial, model=self._ident)
        elif name in readers:
            await readers[name]()
        else:
            await self._object(name)
        return 0, 0

    @property
    def _ident(self) -> str:
        return self._meter.identification.ident if self._meter.identification is not None else ""

    async def _sets(self) -> list[DataSet]:
        if self._readout is None:
            self._said_at = None
            self._readout = await self._meter.readout(self._begins)
            self._said_at = self._said_at or self._computer.now()  # it came in one piece
            self._programming = False
            if not self._readout.checked:
                self._output.warn(_("this readout has no block check; only the parity bits speak for it"))
        return self._readout.data_sets

    def _begins(self, _characters: int) -> None:
        self._said_at = self._said_at or self._computer.now()

    async def _registers(self) -> None:
        for entry in await self._sets():
            self._show_register(entry)

    def _show_register(self, entry: DataSet) -> bool:
        """Show a measured quantity; False where the data set is none."""
        from hht.client.catalogue import register_label

        found = entry.register
        if found is None:
            return False
        obis, number, unit = str(found[0]), str(found[1]), found[2]
        label = register_label(obis)
        more: dict[str, object] = {}
        if entry.marker:
            more["stored"] = {"*": "automatically", "&": "by hand"}[entry.marker]
        if len(entry.values) > 1:
            more["further"] = [str(value) for value in entry.values[1:]]
        self._output.emit(
            "register",
            f"{obis:<14} {number:>14} {unit:<5} {label}",
            obis=obis,
            value=number,
            unit=unit,
            label=label,
            address=entry.address,
            **more,
        )
        return True

    async def _objects(self) -> None:
        for entry in await self._sets():
            first = entry.values[0] if entry.values else None
            self._output.emit(
                "object",
                f"{entry.address or '':<14} {'  '.join(map(str, entry.values))}",
                obis=str(entry.obis) if entry.obis else "",
                address=entry.address,
                value=first.text if first else "",
                unit=first.unit if first else "",
                values=[str(value) for value in entry.values],
            )

    async def _clock(self) -> None:
        from hht.client.api import MeterError
        from hht.protocol.iec62056_21.times import meter_time

        time = meter_time(await self._sets())
        if time is None:
            raise MeterError(
                _("The meter shows no time that can be understood."),
                remedy=_("Read “objects”: they show what it says, as it says it."),
                code="plain-text-clock",
            )
        drift_s: float | None = None
        if time.tzinfo is not None and self._said_at is not None:
            drift_s = (time - self._said_at).total_seconds()
            against = _("({drift:+.0f} s against this computer)").format(drift=drift_s)
        else:
            against = _("(the meter's own time; it does not say in which zone)")
        shown = iso_z(time) if time.tzinfo else time.isoformat()
        self._output.emit(
            "clock",
            f"{shown}  {_('status not stated')}  {against}",
            time=shown,
            status="not stated",  # plain text has no place for it
            drift_s=None if drift_s is None else round(drift_s, 1),
            within_s=None,  # nobody knows when in its readout a meter looks at its clock
        )

    async def _object(self, name: str) -> None:
        from hht.client.api import MeterError

        _refuse_other_commands(name)
        match = _COMMAND.fullmatch(name)
        if match is not None or self._password is not None:
            await self._enter()
            kind, address, argument = match.groups() if match is not None else ("R1", name, None)
            lines = await self._meter.programming.read(address, argument or "", name=kind)
            found = [entry for line in lines for entry in line]
        else:
            await self._sets()
            assert self._readout is not None
            found = self._readout.find(name)
        if not found:
            raise MeterError(
                _("The meter's readout has no {name}.").format(name=name[:40]),
                remedy=_("Read “objects” for what it has, or ask for it by a command, for example R5/{name}.").format(
                    name=name[:40]
                ),
                code="plain-text-object",
            )
        for entry in found:
            if self._show_register(entry):
                continue
            for value in entry.values:
                self._output.emit(
                    "value", f"{entry.address or name}  {value}", object=entry.address or name, value=str(value)
                )

    async def _profile(self, start: datetime | None, end: datetime | None) -> KeptRead:
        from ui.cli.read import read_profile

        await self._enter()
        return await read_profile(self._args, self._output, self._meter, await self._kept(), start, end)

    async def _kept(self) -> ProfileStore | None:
        """What the store keeps of this profile: whole rows, of a meter that says who it is and that its times are UTC.
        They are another profile than the one COSEM shows of the same meter: their status is another."""
        from hht.client.api import MeterError, MeterRefused
        from ui.stores import kept_profile

        if self._store is None or self._args.columns is not None:
            return None
        try:
            await self._meter.programming.read_clock()
        except MeterRefused:
            return None
        except MeterError as error:
            if error.code != "iec-clock-zone":
                raise
            return None
        number = await self._meter.read_device_id()
        return kept_profile(self._store, f"{number} P.01" if number else "")

    async def _enter(self) -> None:
        if not self._programming:
            await self._meter.program(self._password)
            self._programming = True


def _refuse_other_commands(name: str) -> None:
    """Say what the commands of programming mode that do not read are for. Raises UsageProblem."""
    letter = name[:1] if re.fullmatch(r"[PWEBR][0-9](?:/.*)?", name) and not _COMMAND.fullmatch(name) else ""
    remedies = {
        "P": _("P1 is given with --password-file; what P2 carries only the maker's own algorithm can make."),
        "W": _("Write with: hht set LINK W1/ADDRESS VALUE (W1 to W5)."),
        "E": _("Execute with: hht set LINK E2/ADDRESS VALUE."),
        "B": _("B0 is said by itself at the end of every conversation in programming mode."),
        "R": _("Read with R1/ADDRESS (R1 to R6); the others are reserved."),
    }
    if letter:
        raise UsageProblem(
            _("“{name}” does not read.").format(name=name[:40]), remedy=remedies[letter], code="plain-text-command"
        )


async def identify_plain(meter: PlainTextSession, output: Output) -> None:
    """Who is there: what the meter's identification says, and its number where it shows one without being asked."""
    found = meter.identification
    sets: list[DataSet] = []
    if found is None or not meter.has_programming:  # it talks anyway: listen
        readout = await meter.readout()
        found, sets = readout.identification, readout.data_sets
    serial = serial_number(sets)
    mode = meter.found or found.mode
    source, why = _learnt_from(mode)
    lines = [
        (_("Manufacturer"), found.manufacturer),
        (_("Identification"), found.ident),
        (_("Serial number"), serial),
        (_("Baud rate"), str(found.baud)),
        (_("Mode"), _("{mode}: {why}").format(mode=mode.value, why=why)),
        (_("Read as"), _("mode {mode} (plain text: no commissioning)").format(mode=meter.mode.value)),
    ]
    output.emit(
        "result",
        "\n".join(f"{label:<14} {value}" for label, value in lines if value),
        ok=True,
        device_id=serial,
        model=found.ident,
        manufacturer=found.manufacturer,
        firmware="",
        logical_name="",
        flag=found.manufacturer,
        ident=found.ident,
        baud=found.baud,
        mode=mode.value,
        mode_source=source,
        mode_confirmed=bool(sets) and mode is meter.mode,
        read_as=meter.mode.value,
        mode_e=found.mode_e,
        local_access="read",
    )


def _learnt_from(mode: ProtocolMode) -> tuple[str, str]:
    """What shows a meter's protocol mode: a word for programs, and one for people."""
    from hht.protocol.iec62056_21 import ProtocolMode

    words = {
        ProtocolMode.A: _("its baud rate character stands for no speed: it reads out at 300 baud, unacknowledged"),
        ProtocolMode.B: _("its baud rate character is a letter: it reads out at that speed, unacknowledged"),
        ProtocolMode.C: _("its baud rate character is a digit: the speed is acknowledged (not tried here)"),
        ProtocolMode.D: _("it talks by itself"),
        ProtocolMode.E: _("its identification offers HDLC (\\2)"),
    }
    sources = {ProtocolMode.D: "telegram", ProtocolMode.E: "escape"}
    return sources.get(mode, "baud-character"), words[mode]


def serial_number(sets: list[DataSet]) -> str:
    """The meter's number, as it writes it; "" where it shows none."""
    for address in _SERIALS:
        for entry in sets:
            if entry.address.endswith(address) and entry.values:
                return str(entry.values[0])
    return ""
