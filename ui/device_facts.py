"""What pages of devices show, in lines: made of what a probe read, or a desk handed over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.client.api import LocalAccess, OnIntent, SupplyState, WriteResult
from hht.client.load_control import LoadControl
from hht.clock import utc_text
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.i18n import _
from hht.work.device_logs import Known, rows_of
from hht.work.device_told import AnswerMalformed, mirrored, number_in
from hht.work.hub_facts import GOOD_DBM, POOR_DBM
from hht.work.switch_facts import DAYS, load_times
from ui.home_devices import HomeDevice, Item, Line

if TYPE_CHECKING:
    from hht.client.meter_session import MeterSession
    from ui.desks import Ways

Lines = tuple[Line, ...]
Notes = tuple[str, ...]
TOLERANCE_S: Final = 10.0  # a clock further off is worth a warning (trust T21)
_SHOWN: Final = ("1.8.0", "2.8.0", "1.7.0", "32.7.0", "52.7.0", "72.7.0")


def supply_line(supply: str) -> Line:
    """Whether electricity or gas comes through."""
    words = {
        SupplyState.ENABLED.value: (_("on"), "good"),
        SupplyState.ARMED.value: (_("armed: a person enables it at the meter"), "warn"),
        SupplyState.DISABLED.value: (_("off"), "bad"),
    }
    text, tone = words.get(supply, (supply, "warn"))
    return _("Supply"), text, tone, False


async def meter_lines(meter: MeterSession) -> Lines:
    """An electricity meter this moment, read off it."""
    clock, supply, registers = await meter.read_clock(), await meter.read_supply_state(), await meter.read_registers()
    identity = await meter.identify()
    off = abs(clock.drift_s) > TOLERANCE_S
    words = _("{time} ({drift:+d} s against this terminal)")
    drift = words.format(time=utc_text(clock.time), drift=round(clock.drift_s))
    shown = [one for one in registers if one.obis.partition(":")[2] in _SHOWN]
    return (
        supply_line(supply.value),
        *((one.label or one.obis, one.text, "warn" if one.odd else "plain", False) for one in shown),
        (_("Its clock"), drift, "warn" if off else "plain", False),
        (_("It calls its clock"), clock.status.words, "plain" if clock.status.value == "reliable" else "warn", False),
        (_("Maker and model"), f"{identity.manufacturer} {identity.model}", "plain", True),
        (_("Firmware"), identity.firmware, "plain", True),
    )


def gas_lines(reports: Mapping[AskKind, AskReport], now: datetime) -> tuple[Lines, Notes]:
    """A gas meter as the hub's mirror has it, and what could not be read."""
    lines: list[Line] = []
    notes: list[str] = []
    ages: list[int] = []
    for kind, report in reports.items():
        if report.state is not AskState.DONE:
            notes.append(_not_read(report))
            continue
        try:
            told = mirrored(report)
            lines += _gas_lines(kind, told.value, report)
        except AnswerMalformed as error:
            notes.append(error.message)
            continue
        if (age := told.age_s(now)) is not None:
            ages.append(age)
    if ages:
        words = _("{minutes} min {seconds} s").format(minutes=max(ages) // 60, seconds=max(ages) % 60)
        lines.append((_("Age of the mirror"), words, "warn" if max(ages) > 3600 else "plain", False))
    return tuple(lines), tuple(notes)


def _gas_lines(kind: AskKind, value: object, report: AskReport) -> list[Line]:
    if kind is AskKind.READ_REGISTERS:
        litres, energy = number_in(value, "litres"), number_in(value, "energy_wh")
        if litres is None or energy is None:
            raise AnswerMalformed.of(report)
        return [
            (_("Volume"), f"{litres / 1000:.3f} m³", "plain", False),
            (_("Energy"), f"{energy / 1000:.3f} kWh", "plain", False),
        ]
    if kind is AskKind.READ_PAYMENT_MODE:
        mode = value.get("mode") if isinstance(value, dict) else value
        return [(_("Payment mode"), str(mode), "plain", True)]
    if not isinstance(value, str):
        raise AnswerMalformed.of(report)
    if kind is AskKind.READ_SUPPLY:
        return [supply_line(value)]
    return [(_("MPRN"), value or _("none set"), "plain" if value else "warn", bool(value))]


def _not_read(report: AskReport) -> str:
    words = _("Not read: {what} ({why}).")
    return words.format(what=report.ask.kind.words, why=report.why or report.state.value)


def hub_lines(ways: Ways, report: AskReport, titles: Mapping[str, str]) -> tuple[Lines, Notes]:
    """A hub: whether the WAN reaches it, and each device of its log."""
    reach = (_("WAN"), _("reaches it") if ways.mode.value == "wan" else ways.why, "good", False)
    if ways.mode.value != "wan":
        reach = (reach[0], ways.why or _("does not reach it"), "warn", False)
    rows = rows_of(report.answer) if report.state is AskState.DONE else None
    if rows is None:
        return (reach,), (_not_read(report),)
    count = (_("Device Log"), _("{count} of 16 rows").format(count=len(rows)), "plain", False)
    return (reach, count, *(_row_line(titles.get(row.device, row.kind or row.device), row) for row in rows)), ()


def _row_line(title: str, row: Known) -> Line:
    heard = row.heard
    if not row.joined:
        return title, _("listed, not joined"), "warn", False
    if heard is None or heard.last is None:
        return title, _("joined; not heard since the hub counts"), "warn", False
    tone = "bad" if heard.least_dbm < POOR_DBM else "good" if heard.least_dbm > GOOD_DBM else "warn"
    words = _("joined; heard {at}, {dbm} dBm at least, {failed} of {all} frames failed")
    return (
        title,
        words.format(
            at=utc_text(heard.last), dbm=heard.least_dbm, failed=heard.failed, all=heard.frames + heard.failed
        ),
        tone,
        False,
    )


def on_han_lines(device: HomeDevice, report: AskReport, partners: Mapping[str, AskReport]) -> tuple[Lines, Notes]:
    """A device that nobody can read: how the hub hears it, and which meters answer it."""
    lines: list[Line] = []
    notes: list[str] = []
    rows = rows_of(report.answer) if report.state is AskState.DONE else None
    if rows is None:
        notes.append(_not_read(report))
    else:
        row = next((one for one in rows if one.device == device.device_id), None)
        absent = (_("Device Log"), _("it is not listed: the hub does not let it in"), "bad", False)
        lines.append(absent if row is None else _row_line(_("Device Log"), row))
    for title, told in partners.items():
        known = rows_of(told.answer) if told.state is AskState.DONE else None
        if known is None:
            notes.append(_not_read(told))
            continue
        there = any(one.device == device.device_id for one in known)
        words = _("answers it") if there else _("does not know it")
        lines.append((title, words, "good" if there else "warn", False))
    return tuple(lines), tuple(notes)


# --- settings ---------------------------------------------------------------------------------------------------------


async def meter_items(meter: MeterSession) -> tuple[Lines, tuple[Item, ...]]:
    """What an electricity meter is set to, read off it, and who may change it."""
    identity = await meter.identify()
    offset = await meter.read_randomised_offset()
    values = {"mpan": await meter.read_import_mpan(), "randomised-offset-limit": str(offset.limit_s)}
    for name in ("contact-name", "contact-telephone"):
        try:
            values[name] = await meter.read_contact(name)
        except HhtError:
            continue  # a meter without it, or one that does not show it
    may = identity.local_access is LocalAccess.INSTALLER
    asks = {"mpan": AskKind.SET_MPAN.value, "randomised-offset-limit": AskKind.SET_OFFSET_LIMIT.value}
    items = tuple(
        Item(name, _label(name), value, "probe" if may else "desk" if name in asks else "", asks.get(name, ""))
        for name, value in values.items()
    )
    access = {
        LocalAccess.NONE: _("nothing"),
        LocalAccess.READ: _("read; a change is the supplier's, by the desk"),
        LocalAccess.INSTALLER: _("read and commission"),
    }[identity.local_access]
    return ((_("This port may"), access, "plain", False),), items


def _label(name: str) -> str:
    return {
        "mpan": _("Import MPAN"),
        "randomised-offset-limit": _("Randomised Offset Limit, s"),
        "contact-name": _("Supplier's name"),
        "contact-telephone": _("Supplier's telephone"),
    }[name]


def switch_items(load: LoadControl) -> tuple[Lines, tuple[Item, ...]]:
    """The auxiliary switches as the electricity meter has them: contact, label, times; the supplier sets them."""
    lines: list[Line] = []
    items: list[Item] = []
    for one in load.switches:
        name = f"{one.number}: {one.label}" if one.label else str(one.number)
        where = _("on the HAN") if one.on_han else _("in the meter")
        state = _("closed, {where}").format(where=where) if one.closed else _("open, {where}").format(where=where)
        lines.append((name, f"{state}; {one.state}", "plain", False))
        times = load_times(load, one.number, DAYS[0])
        items.append(
            Item(
                f"label-{one.number}",
                _("Label of {number}").format(number=one.number),
                one.label,
                "desk",
                "label-switches",
            )
        )
        items.append(
            Item(
                f"times-{one.number}",
                _("Times of {number}, UTC").format(number=one.number),
                times,
                "desk",
                "set-switch-times",
            )
        )
    if not lines:
        lines.append((_("Switches"), _("the electricity meter shows none"), "warn", False))
    return tuple(lines), tuple(items)


def checked_value(item: str, text: str, *, training: bool) -> str:
    """The value as it will be written. Raises HhtError that says what is wrong with it; nothing leaves then."""
    from ui.cli.set_values import check_value

    return check_value(item, text, allow_test=False, training=training, warn=lambda _words: None)


def sender(meter: MeterSession, item: str, value: str) -> Callable[[OnIntent], Awaitable[WriteResult]]:
    """What writes it, and reads it back. Raises HhtError ``not-on-this-device`` for what no probe writes."""
    if item == "mpan":
        return lambda intend: meter.set_import_mpan(value, before_write=intend)
    if item == "randomised-offset-limit":
        return lambda intend: meter.set_randomised_offset_limit(int(value), before_write=intend)
    if item in ("contact-name", "contact-telephone"):
        return lambda intend: meter.set_contact(item, value, before_write=intend)
    raise HhtError(
        _("“{item}” is not written by the probe.").format(item=item[:40]),
        remedy=_("Ask the supplier's desk for it."),
        code="not-on-this-device",
    )
