"""What screens there are, found by walking what is registered: every page and its parts, every sheet, every kind of
card and of question. `SHOWN_BY` says which audited scene shows each of them; whoever adds a screen adds its scene.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator

import ui.window
from hht.work.view import Outcome, QuestionKind, StepState
from tests.window.scenes import Stage
from ui.window.page import Page
from ui.window.sheet import Sheet
from ui.window.work_card import PartStack

PROGRAMS = ("bench_empty", "firstframe", "shots")  # modules that are run, and are no screens
NEVER_CURRENT = (StepState.WAITING, StepState.SKIPPED)  # a step in such a state has no card of its own
SAFETY = (QuestionKind.CONFIRM, QuestionKind.CHOICE, QuestionKind.CHECKLIST, QuestionKind.MEASURE)


def leaves(base: type) -> Iterator[type]:
    """The classes of the window that come from `base` and are nobody's base themselves."""
    for one in base.__subclasses__():
        yield from leaves(one)
        if not one.__subclasses__() and one.__module__.startswith("ui."):
            yield one


def registered(stage: Stage) -> set[str]:
    """A name for each screen that there is; each page is made on the stage, for its parts."""
    for module in pkgutil.iter_modules(ui.window.__path__):
        if module.name not in PROGRAMS:
            importlib.import_module(f"ui.window.{module.name}")
    names = {one.__name__ for base in (Page, Sheet) for one in leaves(base)}
    for page in leaves(Page):
        made = stage.shell.page(page.name)
        parts = {*getattr(sys.modules[page.__module__], "PARTS", ())}
        parts |= {name for stack in made.findChildren(PartStack) for name in stack.named}
        names |= {f"{page.__name__}/{part}" for part in parts}
    names |= {f"card/{state}" for state in StepState if state not in NEVER_CURRENT}
    names |= {f"outcome/{outcome}" for outcome in Outcome}
    plain = [kind for kind in QuestionKind if kind is not QuestionKind.MEASURE]  # what is measured is always one
    return names | {f"asks/{kind}" for kind in plain} | {f"asks/{kind}/safety" for kind in SAFETY}


def shown(stage: Stage) -> set[str]:
    """The names of what is to be seen now."""
    page = stage.shell.stack.currentWidget()
    names = {type(page).__name__, f"{type(page).__name__}/{getattr(page, 'part', '')}"}
    names |= {type(sheet).__name__ for sheet in stage.shell.findChildren(Sheet) if sheet.isVisible()}
    view = stage.shell.visit_view()
    if view is None or stage.shell.page_name() != "visit":
        return names
    if view.outcome is not None:
        return names | {f"outcome/{view.outcome}"}
    step = view.step(view.current)
    names.add(f"card/{step.state}")
    if step.question is not None:
        names.add(f"asks/{step.question.kind}" + ("/safety" if step.question.safety else ""))
    return names


SHOWN_BY = {
    "AboutPage": "about-responsible",
    "AboutPage/assurance": "about-assurance",
    "AboutPage/certificates": "about-certificates",
    "AboutPage/charter": "about-charter",
    "AboutPage/parties": "about-parties",
    "AboutPage/plug-ins": "about-plug-ins",
    "AboutPage/responsible": "about-responsible",
    "AboutPage/rules": "about-rules",
    "BridgesSheet": "settings-bridges",
    "CallSheet": "note-ring",
    "ChooseSheet": "scan-choose",
    "CoverSheet": "covered",
    "CrashSheet": "crash",
    "DateSheet": "premises-date",
    "DepotSheet": "depot-enrolled",
    "DeskPage": "desk-none",
    "DeskPage/asks": "desk-none",
    "DeskPage/new": "desk-new",
    "DeskPage/phone": "desk-phone",
    "DeskSheet": "desk-other",
    "DevicePage": "device-unread",
    "DevicePage/logs": "device-logs-unread",
    "DevicePage/network": "device-network-unread",
    "DevicePage/now": "device-unread",
    "DevicePage/objects": "device-objects",
    "DevicePage/profile": "device-profile-unread",
    "DevicePage/registers": "device-registers-unread",
    "DevicesPage": "devices-now",
    "DevicesPage/display": "devices-display",
    "DevicesPage/history": "devices-history",
    "DevicesPage/logs": "devices-logs",
    "DevicesPage/now": "devices-now",
    "DevicesPage/settings": "devices-settings",
    "DiagnosticsSheet": "settings-diagnostics",
    "DongleSheet": "han-dongle",
    "DropHistorySheet": "devices-history-drop",
    "EndSheet": "note-end",
    "EraseSheet": "outbox-erase",
    "ErasedSheet": "outbox-erased",
    "ErrorSheet": "error",
    "FaultPlanSheet": "premises-fault-plan",
    "FinishedSheet": "jobs-finished",
    "HanPage": "han-unread",
    "HanPage/channels": "han-unread",
    "HanPage/join": "han-joined",
    "HanPage/log": "han-log-unread",
    "HanPage/networks": "han-networks",
    "HelpPage": "help",
    "HubSheet": "han-which-hub",
    "IntakeSheet": "jobs-intake",
    "JobFilterSheet": "jobs-filter",
    "JobsPage": "jobs",
    "KeptVisitSheet": "jobs-report",
    "LeaveSheet": "visit-leave",
    "LightsPage": "lights",
    "LightsPage/display": "lights-display",
    "LightsPage/lights": "lights",
    "NoteSheet": "packs-settle",
    "NoticeKeptSheet": "note-kept",
    "LockSheet": "live-locked",
    "OpenSheet": "jobs-import",
    "OutboxPage": "outbox",
    "PacksPage": "packs-none",
    "PacksPage/about": "packs-about",
    "PacksPage/kept": "packs-none",
    "PacksPage/locker": "packs-locker",
    "PaletteSheet": "palette",
    "PassPhrasePage": "live-pass-phrase",
    "PeopleSheet": "live-people",
    "LogSheet": "live-log",
    "PhotoSheet": "note-photo",
    "PlaceSheet": "outbox-export",
    "PremisesPage": "premises-choice",
    "PremisesPage/choice": "premises-choice",
    "PremisesPage/faults": "premises-faults",
    "PremisesPage/house": "premises-house",
    "PremisesPage/log": "premises-log",
    "ProbeSheet": "probe-choose",
    "RecordSheet": "van-record",
    "RehearsalSheet": "jobs-rehearsal",
    "RulesSheet": "jobs-rules",
    "SaveSheet": "visit-save-report",
    "ScanSheet": "scan-unasked",
    "SettingsPage": "settings",
    "SignSheet": "note-sign",
    "TimelineSheet": "timeline",
    "TraceDrawer": "trace",
    "UnsafeSheet": "note-unsafe",
    "TrustSheet": "depot-trust",
    "VanPage": "van-check",
    "UnsignedReceiptSheet": "outbox-unsigned",
    "UnsignedSheet": "jobs-unsigned",
    "VanSheet": "van-add",
    "WalkthroughPage": "visit-confirm",
    "WalletSheet": "settings-wallet",
    "WaySheet": "packs-before",
    "WhoseSheet": "premises-whose",
    "asks/checklist": "install-duties",
    "asks/checklist/safety": "install-checklist",
    "asks/choice": "install-choice",
    "asks/choice/safety": "install-earthing",
    "asks/confirm": "visit-confirm",
    "asks/confirm/safety": "install-confirm",
    "asks/counter": "prepay-counter",
    "asks/date": "install-date",
    "asks/device-id": "visit-scan",
    "asks/install-code": "visit-install-code",
    "asks/label": "visit-label",
    "asks/measure/safety": "install-measure",
    "asks/mpan": "visit-mpan",
    "asks/mprn": "visit-mprn",
    "asks/photo": "install-photo",
    "asks/reading": "install-reading",
    "asks/seconds": "visit-offset",
    "asks/serial": "install-stop",
    "asks/signature": "install-signature",
    "asks/text": "install-lock",
    "asks/utrn": "prepay-token",
    "card/asking": "visit-confirm",
    "card/done": "visit-checked",
    "card/failed": "visit-failed",
    "card/left": "visit-left",
    "card/ready": "visit-check",
    "card/started": "visit-running",
    "card/stopped": "install-stop",
    "card/unknown": "visit-unknown",
    "outcome/abandoned": "visit-given-up",
    "outcome/complete": "visit-complete",
    "outcome/install-and-leave": "visit-installed",
    "outcome/made-safe": "visit-made-safe",
}
