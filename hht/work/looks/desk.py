"""Looks that the supplier's desk makes over the WAN, and what the centre's books say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.diagnosis.knowledge import Knowledge, Look
from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.device_logs import Heard, Known, rows_of, told_of
from hht.work.device_told import AnswerMalformed, log_told
from hht.work.hub_facts import GOOD_DBM, POOR_DBM
from hht.work.looks.probe import told_by_codes
from hht.work.looks.ways import Found, Ways

# What the DCC says of a hub that it does not reach (its self-service interface), in its own words
_REACH: Final[Mapping[str, str]] = {
    "": "unknown-why",
    "the hub has no power": "no-power",
    "the hub is still searching": "lost",
    "there has never been WAN here": "never",
    "there was WAN, and it is lost now": "lost",
    "the hub's variant does not suit the region": "wrong-variant",
    "the DCC's systems are down": "centre-down",
}
_DENIED: Final[Mapping[str, str]] = {
    "unknown-device": "not-notified",
    "device-status": "status",
    "suspended-device": "suspended",
    "suspended-user": "supplier-suspended",
    "not-enrolled": "not-enrolled",
}
_SILENT: Final = {"esme": timedelta(hours=8), "gsme": timedelta(hours=2), "ihd": timedelta(hours=8)}
_TYPES: Final = {"esme": Type.ESME, "gsme": Type.GSME, "chf": Type.CHF, "gpf": Type.GPF}
_INVENTORY: Final = {
    "Commissioned": "commissioned",
    "Whitelisted": "whitelisted",
    "InstalledNotCommissioned": "installed",
    "Suspended": "suspended",
}


async def _ask(ways: Ways, kind: AskKind, device: str, **details: str) -> AskReport:
    assert ways.ask is not None
    if device not in ways.home.devices:
        raise HhtError(
            _("It is not known which device to ask: the home has no {device}.").format(device=device.upper()),
            remedy=_("Name it, with its Device ID, and look again."),
            code="device-unknown",
        )
    return await ways.ask(kind, ways.home.devices[device], _TYPES[device], details)


def _answered(report: AskReport) -> bool:
    return report.state is AskState.DONE and bool(report.answer)


def _rows(report: AskReport) -> tuple[Known, ...] | None:
    """The rows of a log of devices; None where nothing was answered. Raises AnswerMalformed."""
    if not _answered(report):
        return None
    rows = rows_of(report.answer)
    if rows is None:
        raise AnswerMalformed.of(report)
    return rows


def _outcome(report: AskReport) -> tuple[str, str]:
    shown = " ".join(part for part in (report.state.value, report.code, report.why) if part)
    if report.state is AskState.DONE:
        return "answered", shown
    if report.state in (AskState.REFUSED, AskState.FAILED):
        return _DENIED.get(report.code, "refused"), shown
    return ("undelivered" if report.state is AskState.UNDELIVERED else "no-response"), shown


async def reach(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Whether the WAN reaches the hub, by the desk."""
    assert ways.reach is not None
    told = await ways.reach(ways.home.devices["chf"])
    return {"wan.reach": ("up" if told.up else _REACH.get(told.why, "unknown-why"), told.why or _("it does"))}


async def round_trip(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """There and back: the desk reads the electricity meter's supply state."""
    report = await _ask(ways, AskKind.READ_SUPPLY, "esme")
    return {"wan.esme": _outcome(report)}


async def gas_round_trip(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """There and back to the gas meter, which a person wakes; that one sleeps on which nobody woke tells nothing."""
    presses: list[bool] = []
    outcome = _outcome(await _ask_gas(ways, AskKind.READ_SUPPLY, presses))
    return {} if outcome[0] == "no-response" and not any(presses) else {"wan.gsme": outcome}


async def _ask_gas(ways: Ways, kind: AskKind, presses: list[bool] | None = None, **details: str) -> AskReport:
    """Ask something of the gas meter; a person wakes it while the command waits for it in the hub. `presses` has then
    whether they did, each time that they were asked to."""
    waking = asyncio.ensure_future(_wake(ways, [] if presses is None else presses))
    try:
        return await _ask(ways, kind, "gsme", **details)
    finally:
        waking.cancel()


async def _wake(ways: Ways, presses: list[bool]) -> None:
    while len(presses) < PRESSES and all(presses):
        await asyncio.sleep(PRESS_EVERY_S)
        presses.append(await ways.person.do("wake-gas"))


LET_DESK_ACT: Final = "let-desk-act"  # a person's word, before the desk changes anything
PRESSES: Final = 3
PRESS_EVERY_S: Final = 20.0  # a command is in the hub some seconds after the desk has sent it


async def device_log(ways: Ways, _known: Knowledge, look: Look) -> Found:
    """The hub's Device Log: who is listed, joined, heard, and how well."""
    report = await _ask(ways, AskKind.READ_DEVICE_LOG, "chf")
    rows = _rows(report)
    if rows is None:
        return {}
    if any(row.heard is None for row in rows):
        raise AnswerMalformed.of(report)
    listed = {row.device: row for row in rows}
    now = ways.clock.now()
    found: Found = {}
    for kind in ("esme", "gsme", "ihd", "cad"):
        if kind in ways.home.devices and f"row.{kind}" in look.reads:
            row = listed.get(str(ways.home.devices[kind]))
            found[f"row.{kind}"] = told = _row(row, now, _SILENT.get(kind))
            if row is not None and row.heard is not None and row.joined:
                signal = _signal(row.heard)
                if told[0] != "silent" or signal[0] not in _ONCE_HEARD:
                    found[f"signal.{kind}"] = signal
    found["row.count"] = ("full" if len(rows) >= FULL else "room", _("{count} rows").format(count=len(rows)))
    return found


FULL: Final = 16  # rows that a Device Log holds (CHTS)


def _row(row: Known | None, now: datetime, silent: timedelta | None) -> tuple[str, str]:
    if row is None:
        return "absent", _("not in the Device Log")
    heard = None if row.heard is None else row.heard.last
    shown = _("heard {at}").format(at="-" if heard is None else f"{heard:%d %H:%M}")
    if not row.joined:
        return "not-joined", shown
    quiet = heard is None or (silent is not None and now - heard > silent)
    return ("silent" if quiet else "heard"), shown


def _signal(heard: Heard) -> tuple[str, str]:
    least, frames = heard.least_dbm, heard.frames + heard.failed
    failing = heard.failed >= FAILING_FRAMES and heard.failed > FAILING_SHARE * frames
    words = _("{dbm} dBm at least, {failed} of {all} frames failed")
    shown = words.format(dbm=least, failed=heard.failed, all=frames)
    if least >= 0:  # never heard since its figures began
        return ("failing" if failing else "unheard"), shown
    if least < POOR_DBM:
        return "poor", shown
    return ("failing" if failing else "good" if least > GOOD_DBM else "marginal"), shown


_ONCE_HEARD: Final = frozenset({"good", "marginal"})  # no passed test of who is silent: heard so hours ago
FAILING_FRAMES: Final = 5
FAILING_SHARE: Final = 0.08


async def hub_logs(ways: Ways, known: Knowledge, look: Look) -> Found:
    """What the hub's own logs have had of late."""
    return await _codes(ways, "chf", known, look)


async def gas_logs(ways: Ways, known: Knowledge, look: Look) -> Found:
    """What the gas meter's logs have had of late, and its MPRN; a person wakes it."""
    found = await _codes(ways, "gsme", known, look)
    if ways.home.mprn and found:
        report = await _ask_gas(ways, AskKind.READ_MPXN)
        if _answered(report):
            found["gas.mprn"] = ("as-job" if _number(report) == ways.home.mprn else "other", "")
    return found


async def _codes(ways: Ways, device: str, known: Knowledge, look: Look) -> Found:
    entries: list[tuple[datetime, int]] = []
    for log in ("event", "security"):
        gas = device == "gsme"
        report = await (
            _ask_gas(ways, AskKind.READ_LOG, log=log) if gas else _ask(ways, AskKind.READ_LOG, device, log=log)
        )
        if not _answered(report):
            return {}
        entries += _entries(report)
    return told_by_codes(entries, ways.clock.now(), known, look)


def _number(report: AskReport) -> str:
    """An MPRN. Raises AnswerMalformed."""
    told = told_of(report.answer)
    if not isinstance(told, str) and type(told) is not int:
        raise AnswerMalformed.of(report)
    return str(told)


def _entries(report: AskReport) -> list[tuple[datetime, int]]:
    """The entries of an event log: when, and its code. Raises AnswerMalformed."""
    return [(one.time, one.code) for one in log_told(report, "")]


async def partners(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """Whom the electricity meter knows."""
    rows = _rows(await _ask(ways, AskKind.READ_DEVICE_LOG, "esme"))
    if rows is None or "ihd" not in ways.home.devices:
        return {}
    there = any(str(ways.home.devices["ihd"]) == row.device for row in rows)
    return {"partner.ihd": ("yes" if there else "no", _("{count} partners").format(count=len(rows)))}


async def inventory(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """What the centre's inventory says of both meters, and of others with the same MPAN or MPRN."""
    found: Found = {}
    twice: list[str] = []
    for kind in ("esme", "gsme"):
        if kind not in ways.home.devices:
            continue
        report = await _ask(ways, AskKind.READ_INVENTORY, kind)
        if not _answered(report):
            found[f"inventory.{kind}"] = ("none", "")
            continue
        status, same = _asset(report)
        found[f"inventory.{kind}"] = (_INVENTORY.get(status, "other"), status)
        twice += same
    found["inventory.twice"] = ("yes" if twice else "no", ", ".join(twice))
    return found


def _asset(report: AskReport) -> tuple[str, list[str]]:
    """A row of the inventory: its status, and which others of the same MPAN or MPRN are commissioned. Raises
    AnswerMalformed."""
    told = told_of(report.answer)
    status, others = (told.get("status"), told.get("same_mpxn", [])) if isinstance(told, dict) else (None, [])
    if not isinstance(status, str) or not isinstance(others, list):
        raise AnswerMalformed.of(report)
    same: list[str] = []
    for one in others:
        device, state = (one.get("device_id"), one.get("status")) if isinstance(one, dict) else (None, None)
        if not isinstance(device, str) or not isinstance(state, str):
            raise AnswerMalformed.of(report)
        if state == "Commissioned":
            same.append(device)
    return status, same


async def sealed(ways: Ways, _known: Knowledge, _look: Look) -> Found:
    """A command that only the supplier may sign: the meter's clock is synchronised, which changes nothing that is
    right."""
    if not await ways.person.do(LET_DESK_ACT):
        return {}
    report = await _ask(ways, AskKind.SYNCHRONISE_CLOCK, "esme")
    value, shown = _outcome(report)
    if value == "refused":
        value = "replayed" if "counter" in report.why else "wrong-seal"
    if report.state is AskState.ACKNOWLEDGED and report.code != "I99":
        value = "quarantined"
    return {"sealed.esme": (value, shown)}


async def join_try(ways: Ways, known: Knowledge, _look: Look) -> Found:
    """The desk lets devices join at the hub (another device, which is listed, is listed once more), and a person has
    the device that is off the HAN look for it. Only devices of the home are offered."""
    reading = known.readings["join.device"]
    there = {kind: words for kind, words in reading.values.items() if kind == "none" or kind in ways.home.devices}
    off = await ways.person.tell(replace(reading, values=there))
    if off is None or off not in there:
        return {}
    found: Found = {"join.device": (off, there[off])}
    result: str | None = "none"
    if off != "none":
        other = next((kind for kind in _OTHERS if kind != off and kind in ways.home.devices), None)
        if other is None:  # nothing by which the hub could be opened
            return found
        if not await ways.person.do(LET_DESK_ACT):
            return {}
        about = {"other": str(ways.home.devices[other]), "other_type": str(_OTHERS[other]), "join_s": str(JOIN_S)}
        report = await _ask(ways, AskKind.WHITELIST, "chf", **about)
        result = await ways.person.tell(known.readings["join.result"]) if report.state is AskState.DONE else None
    if result is not None:
        found["join.result"] = (result, known.readings["join.result"].values[result])
    return found


JOIN_S: Final = 600
_OTHERS: Final = {"ihd": Type.IHD, "esme": Type.ESME, "gsme": Type.GSME}

__all__ = [
    "device_log",
    "gas_logs",
    "gas_round_trip",
    "hub_logs",
    "inventory",
    "join_try",
    "partners",
    "reach",
    "round_trip",
    "sealed",
]
