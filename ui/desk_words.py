"""Asks of a desk in words, and as plain values, for command line and window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hht.desk.course import CommandState
from hht.i18n import _
from hht.plain_text import plain_text

if TYPE_CHECKING:
    from hht.desk.course import AskReport, Carried


def report_words(report: AskReport) -> str:
    """An ask and how it stands, on a few lines. What the desk wrote never becomes one of them: its answer, which may
    have lines of its own, is marked."""
    lamps = "  ".join(f"[{'x' if lit else ' '}] {lamp_words()[name]}" for name, lit in report.lamps)
    head = f"{report.ask.reference}  {report.ask.job}  {report.ask.device}: {report.ask.kind.words}"
    lines = [head, f"    {lamps}", f"    {state_words(report)}"]
    if report.contradiction:
        said = plain_text(report.contradiction)
        lines.append("    " + _("The desk contradicts itself: {said}").format(said=said))
    if report.remedy:
        lines.append(f"    {report.remedy}")
    lines += (f"    | {plain_text(line)}" for line in report.answer.split("\n") if report.answer)
    return "\n".join(lines)


def state_words(report: AskReport) -> str:
    """How it stands, with the codes that say so."""
    words = {
        "asked": _("kept here; nothing has left"),
        "taken": _("the desk has it; the rest is to come"),
        "sent": _("the desk has sent the service request {service}").format(service=report.service),
        "acknowledged": _("taken by the DCC; the answer comes later, ask again with “follow”"),
        "unknown": _("it has left, and the desk has not been heard since: “follow” asks again, nothing is done twice"),
        "done": _("done, says the desk; see for yourself at the device")
        if report.ask.kind.changes and report.fact is None
        else _("done"),
        "refused": _("refused"),
        "failed": _("the device did not do it, or not all of it"),
        "undelivered": _("it did not get to the device"),
        "no-response": _("nobody knows whether the device did it: read the device"),
    }
    if report.commands and not report.state.final:
        return command_words(report.commands[-1])
    code = " ".join(part for part in (report.code, report.alert) if part)
    said = words[report.state] + (f" ({code})" if code else "")
    return plain_text(f"{said}: {report.why}" if report.why else said)


def command_words(command: Carried) -> str:
    """How a command stands that the terminal is to bring to a device."""
    return {
        CommandState.HERE: _("the desk has handed over a command; it has not left yet"),
        CommandState.UNKNOWN: _(
            "the command has left, and what the device did is not known yet; it is not sent again: who waits for the "
            "answer takes it home, or ask again with the dongle, and the hub says what became of it"
        ),
        CommandState.ANSWERED: _("the device has answered; its answer goes home"),
        CommandState.SILENT: _("no answer came: {why}").format(why=plain_text(command.why)),
        CommandState.RETURNED: _("the desk has what the device answered"),
    }[command.state]


def lamp_words() -> dict[str, str]:
    """What the five lamps are called, in their order."""
    return {
        "asked": _("asked"),
        "sent": _("sent"),
        "acknowledged": _("acknowledged"),
        "result": _("result"),
        "seen": _("seen at the device"),
    }


def report_fields(report: AskReport) -> dict[str, Any]:
    """The same as plain values; nothing secret is among them."""
    fact = report.fact
    return {
        "reference": report.ask.reference,
        "job": report.ask.job,
        "ask": str(report.ask.kind),
        "device": str(report.ask.device),
        "device_type": str(report.ask.type),
        "state": str(report.state),
        "lamps": dict(report.lamps),
        "service": report.service,
        "request": report.request,
        "code": report.code,
        "alert": report.alert,
        "why": report.why,
        "answer": report.answer,
        "settled": report.settled,
        "contradiction": report.contradiction,
        "seen": None if fact is None else {"what": fact.what, "agrees": fact.agrees, "by": fact.by},
        "commands": [
            {"number": one.number, "state": str(one.state), "vouched": one.vouched} for one in report.commands
        ],
    }
