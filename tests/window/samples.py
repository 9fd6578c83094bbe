"""Facts to show: jobs, a visit in every state, a meter, a profile, a trace. For the window's tests and screenshots."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hht.client.api import (
    ClockReading,
    ClockStatus,
    Identity,
    LocalAccess,
    LogEntry,
    ProfileRow,
    RandomisedOffset,
    RegisterReading,
    SupplyState,
)
from hht.link import TraceEvent, TraceKind
from hht.work.view import Fact, LeaveReason, Outcome, Question, QuestionKind, StepState, StepView, Tone, VisitView
from ui.services import DeviceSnapshot, JobSummary, LinkChoice, TraceLine, TreeNode

NOW = datetime(2026, 3, 17, 9, 41, 12, tzinfo=UTC)
MPAN = "1200023305967"
DEVICE_ID = "00-DB-12-34-56-78-90-A0"

REASONS = (
    LeaveReason("no-access", "No access to the meter"),
    LeaveReason("meter-damaged", "The meter is damaged or shows a fault"),
    LeaveReason("port-blocked", "The optical port cannot be reached"),
    LeaveReason("customer-refuses", "The customer does not agree"),
    LeaveReason("other", "Another reason (write a note)"),
)


def jobs() -> list[JobSummary]:
    """Today's jobs: one interrupted, one done, the others to come."""
    day = NOW.replace(hour=9, minute=30, second=0)
    commission = "Commission electricity meter"
    return [
        JobSummary("job-1", "J-1041", "3 Station Road, Ely CB7 4BS", commission, day - timedelta(hours=1), True,
                   "complete", "v-1", report="/tmp/report.pdf"),
        JobSummary("job-2", "J-1042", "12 High Street, Ely CB7 4LJ", commission, day, True, "in progress", "v-2", True),
        JobSummary("job-3", "J-1043", "Flat 4, Minster Court, 27 Cathedral Green, Ely CB7 4JW", commission,
                   day + timedelta(hours=2), True, "new"),
        JobSummary("job-4", "J-1044", "The Old Forge, Mill Lane, Witchford CB6 2HS", commission,
                   day + timedelta(hours=4), True, "new"),
        JobSummary("job-5", "J-1038", "8 Quay Walk, Littleport CB6 1NL", commission, day - timedelta(days=1), True,
                   "install-and-leave", "v-5"),
    ]  # fmt: skip


def _step(step_id: str, title: str, explanation: str, deadline_s: float, authority: str = "") -> StepView:
    return StepView(step_id, title, explanation, StepState.WAITING, deadline_s, authority, leave_reasons=REASONS)


_STEPS = (
    _step("check-job", "Check the job", "Compare the job with the place you are at: address, meter, customer.", 600),
    _step("scan-meter", "Scan the meter", "Scan the device ID on the meter's label, or type it. The terminal checks it "
          "against the job.", 600),
    _step("connect", "Connect", "Hold the probe to the meter's optical port until it stays there by itself. The "
          "terminal signs on and asks the meter who it is.", 60),
    _step("identify", "Identify the meter", "The meter on the wall is compared with the job. If it is another one, the "
          "visit stops here.", 30),
    _step("clock", "Check and set the clock", "The meter's clock is read, and set if it is more than 10 s off.", 40,
          "Import supplier, as in service request 6.20.1"),
    _step("mpan", "Write the MPAN", "The import MPAN from the job is written into the meter and read back.", 30,
          "Import supplier, as in service request 6.20.1"),
    _step("offset", "Set the randomised offset limit", "Switching times are spread over the neighbourhood by a random "
          "delay. Choose the longest delay allowed here.", 30, "Import supplier, as in service request 6.20.1"),
    _step("registers", "Check registers and voltage", "Registers and voltage are read and looked at for sense.", 60),
    _step("profile", "Read the load profile", "The half-hourly profile is read, as the evidence of what the meter had "
          "counted before you came.", 120),
    _step("hand-over", "Hand over", "Show the customer what was done. The report is written.", 600),
)  # fmt: skip


def visit(current: str, state: StepState, **changes: object) -> VisitView:
    """A visit whose turn it is at `current`, in `state`; `changes` go into that step."""
    steps: list[StepView] = []
    started = NOW - timedelta(minutes=9)
    reached = False
    for step in _STEPS:
        if step.id == current:
            reached = True
            begun = None if state is StepState.READY else NOW - timedelta(seconds=14)
            over = NOW if state in (StepState.DONE, StepState.FAILED, StepState.LEFT, StepState.UNKNOWN) else None
            step = replace(step, state=state, started_at=begun, finished_at=over, **changes)  # type: ignore[arg-type]
        elif not reached:
            took = timedelta(seconds=5 + 7 * (len(steps) % 4))
            step = replace(
                step, state=StepState.DONE, started_at=started, finished_at=started + took, facts=FACTS.get(step.id, ())
            )
            started += took + timedelta(seconds=20)
        steps.append(step)
    return VisitView("v-2", "job-2", "J-1042", "12 High Street, Ely CB7 4LJ", True, "commission-electricity",
                     tuple(steps), current, "emulated:single-element")  # fmt: skip


FACTS: dict[str, tuple[Fact, ...]] = {
    "check-job": (Fact("Address", "12 High Street, Ely CB7 4LJ"), Fact("Import MPAN", MPAN)),
    "identify": (
        Fact("Device ID", DEVICE_ID, Tone.GOOD, from_device=True),
        Fact("Maker and model", "HHT Training SE-100", from_device=True),
        Fact("Firmware", "01.02.03", from_device=True),
        Fact("Against the job", "it is the meter of this job", Tone.GOOD),
    ),
    "clock": (
        Fact("Meter's clock", "2026-03-17 09:40:29 UTC"),
        Fact("Against this terminal", "43 s behind", Tone.WARN),
        Fact("Written", "2026-03-17 09:41:12 UTC"),
        Fact("Read back", "right to the second", Tone.GOOD),
    ),
    "registers": (
        Fact("Active import", "1234.567 kWh", Tone.GOOD),
        Fact("Active export", "0.000 kWh", Tone.PLAIN),
        Fact("Voltage", "241.3 V: within 216.2 to 253.0 V", Tone.GOOD),
        Fact("Power now", "412 W import"),
    ),
}


def scenes() -> dict[str, VisitView]:
    """The walkthrough in the states that matter, by name."""
    mpan_question = Question("mpan", QuestionKind.MPAN, "Scan or type the import MPAN on the label", suggestion=MPAN)
    device_question = Question(
        "device-id", QuestionKind.DEVICE_ID, "Scan the device ID on the meter's label", suggestion=DEVICE_ID
    )
    offset_question = Question("limit", QuestionKind.SECONDS, "Randomised offset limit in seconds", suggestion="600")
    confirm = Question("address", QuestionKind.CONFIRM, "Are you at 12 High Street, Ely CB7 4LJ?")
    choice = Question(
        "position",
        QuestionKind.CHOICE,
        "Where is the meter?",
        ("Hall cupboard", "Outside box", "Cellar", "Garage"),
        "Hall cupboard",
    )
    ended = visit("hand-over", StepState.DONE)
    return {
        "confirm": visit("check-job", StepState.ASKING, question=confirm, facts=FACTS["check-job"]),
        "choice": visit("check-job", StepState.ASKING, question=choice),
        "scan": visit("scan-meter", StepState.ASKING, question=device_question),
        "mpan": visit("mpan", StepState.ASKING, question=mpan_question),
        "ready": visit("connect", StepState.READY),
        "running": visit("connect", StepState.STARTED, facts=(Fact("Signed on", "at 300 baud", Tone.GOOD),)),
        "identified": visit("identify", StepState.DONE, facts=FACTS["identify"]),
        "clock": visit("clock", StepState.DONE, facts=FACTS["clock"]),
        "offset": visit("offset", StepState.ASKING, question=offset_question),
        "registers": visit("registers", StepState.DONE, facts=FACTS["registers"]),
        "profile": visit("profile", StepState.STARTED, progress_done=1200, progress_total=19008),
        "failed": visit(
            "identify", StepState.FAILED, code="wrong-meter",
            message="The meter on the wall is not the meter of this job.",
            remedy="Check label and job. If the job names the wrong meter, press “Can't do this…” and call the desk.",
            facts=(
                Fact("The meter says", "00-DB-12-34-56-78-90-A1", Tone.BAD, from_device=True),
                Fact("The job says", DEVICE_ID),
            ),
        ),
        "unknown": visit(
            "mpan", StepState.UNKNOWN, code="outcome-unknown",
            message="The MPAN was sent and no answer came: the probe was pulled away.",
            remedy="Put the probe back and press “Read to settle”. The meter is read before anything is sent again.",
        ),
        "left": visit("clock", StepState.LEFT, code="port-blocked", message="The optical port cannot be reached"),
        "complete": replace(ended, current="", outcome=Outcome.COMPLETE, report="/home/engineer/Documents/J-1042.pdf"),
    }  # fmt: skip


def snapshot() -> DeviceSnapshot:
    """A meter in good order, its clock 43 s behind."""
    registers = [
        ("1-0:1.8.0", "1234.567", "kWh", "Active import"),
        ("1-0:2.8.0", "0.000", "kWh", "Active export"),
        ("1-0:3.8.0", "211.004", "kvarh", "Reactive import"),
        ("1-0:4.8.0", "4.120", "kvarh", "Reactive export"),
        ("1-0:1.7.0", "412", "W", "Active power import"),
        ("1-0:32.7.0", "241.3", "V", "Voltage"),
        ("1-0:31.7.0", "1.73", "A", "Current"),
    ]
    return DeviceSnapshot(
        Identity(DEVICE_ID, "SE-100", "HHT Training", "01.02.03", "A", "HHT0000000000001", LocalAccess.INSTALLER),
        ClockReading(NOW - timedelta(seconds=43), ClockStatus.RELIABLE, NOW),
        tuple(RegisterReading(obis, Decimal(value), unit, label) for obis, value, unit, label in registers),
        SupplyState.ENABLED,
        MPAN,
        RandomisedOffset(600, Decimal("0.4375"), 262),
    )


def profile(days: int, end: datetime = NOW) -> list[ProfileRow]:
    """A believable household: morning and evening, more in winter, some noise that is the same every time."""
    last = end.replace(minute=0, second=0, microsecond=0)
    total, rows = Decimal("1000"), []
    for number in range(days * 48):
        when = last - timedelta(minutes=30 * (days * 48 - 1 - number))
        hour = when.hour + when.minute / 60
        shape = 0.12 + 0.35 * math.exp(-((hour - 7.5) ** 2) / 2) + 0.75 * math.exp(-((hour - 18.5) ** 2) / 5)
        season = 1.15 + 0.35 * math.cos(2 * math.pi * when.timetuple().tm_yday / 365)
        noise = 0.75 + ((number * 7919) % 101) / 200 + (0.25 if when.weekday() >= 5 else 0)
        total += Decimal(round(shape * season * noise, 3)).quantize(Decimal("0.001"))
        status = "unreliable" if number == 100 else "reliable"
        rows.append(ProfileRow(when, status, {"1-0:1.8.0": total}))
    return rows


def log_entries(log: str) -> list[LogEntry]:
    """A few entries of that log."""
    table = {
        "event": [
            (0x8F1E, "Power returned after an interruption"),
            (0x8014, "Clock was adjusted"),
            (0x8F69, "Commissioned alert of the device (the inventory is another matter)"),
            (0x8015, "Randomised offset limit was changed"),
        ],
        "security": [
            (0x81A5, "Communication from the local (optical) port"),
            (0x8F78, "Wrong password on the local port"),
        ],
    }
    return [
        LogEntry(NOW - timedelta(hours=5 * n, minutes=7 * n), code, log, meaning)
        for n, (code, meaning) in enumerate(table[log] * 3)
    ]


def links() -> list[LinkChoice]:
    """What can be chosen."""
    return [
        LinkChoice("emulated:single-element", "Emulated meter, single element"),
        LinkChoice("optical:/dev/ttyUSB0", "Optical probe FT232R"),
    ]


_SNRM = bytes.fromhex("7EA0070321930F017E")
_UA = bytes.fromhex("7EA01E210373C37A8180120501800601800704000000010804000000015335 7E".replace(" ", ""))
_AARQ = bytes.fromhex("7EA02B0321109B9FE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFF4D77E")


def trace() -> list[TraceLine]:
    """The opening of a session."""
    said = [
        (TraceKind.STATE, b"", "", "link opening", "Opening emulated:single-element"),
        (TraceKind.LINE, b"", "", "300 7E1", "Line 300 baud 7E1"),
        (TraceKind.TX, b"/?!\r\n", "iec", "", "Request message"),
        (TraceKind.RX, b"/HHT5\\2HHTSE100\r\n", "iec", "", "Identification HHT, mode E, 9600 baud"),
        (TraceKind.TX, b"\x06252\r\n", "iec", "", "Acknowledge: HDLC at 9600 baud"),
        (TraceKind.LINE, b"", "", "9600 8N1", "Line 9600 baud 8N1"),
        (TraceKind.TX, _SNRM, "hdlc", "", "SNRM to server 1"),
        (TraceKind.RX, _UA, "hdlc", "", "UA: max info 128/128, window 1/1"),
        (TraceKind.TX, _AARQ, "hdlc", "", "AARQ: logical names, low-level security"),
        (TraceKind.RX, _UA, "hdlc", "", "AARE: accepted"),
    ]
    return [
        TraceLine(TraceEvent(NOW - timedelta(seconds=12 - n), n, "emulated:meter", kind, data, note), way, words)
        for n, (kind, data, way, note, words) in enumerate(said)
    ]  # fmt: skip


def tree(line: TraceLine) -> TreeNode:
    """A frame as a tree (the fields of an HDLC frame by their places)."""
    data = line.event.data
    if line.protocol != "hdlc":
        return TreeNode("IEC 62056-21", data[:-2].decode("ascii", "replace"), 0, len(data))
    return TreeNode(
        "HDLC frame",
        f"{len(data)} bytes",
        0,
        len(data),
        (
            TreeNode("Flag", "7E", 0, 1),
            TreeNode("Format", f"type 3, length {len(data) - 2}", 1, 3),
            TreeNode("Destination", "server 1", 3, 4),
            TreeNode("Source", "client 16", 4, 5),
            TreeNode("Control", f"{data[5]:02X}", 5, 6),
            TreeNode("Header check", "right", 6, 8),
            *((TreeNode("Information", f"{len(data) - 11} bytes", 8, len(data) - 3),) if len(data) > 11 else ()),
            TreeNode("Flag", "7E", len(data) - 1, len(data)),
        ),
    )
