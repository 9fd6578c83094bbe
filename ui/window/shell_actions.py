"""Everything that can be done from anywhere: the one list behind shortcuts, command palette and help page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.window.actions import Action
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME

if TYPE_CHECKING:
    from ui.window.desk_page import DeskPage
    from ui.window.device_page import DevicePage
    from ui.window.han_page import HanPage
    from ui.window.jobs_page import JobsPage
    from ui.window.packs_page import PacksPage
    from ui.window.premises_page import PremisesPage
    from ui.window.shell import Shell
    from ui.window.walkthrough_page import WalkthroughPage

THEME_ORDER = ("day", "night", "sun")


def shell_actions(shell: Shell) -> list[Action]:
    """The actions of the window, in the order of the menu."""
    return [
        *_places(shell),
        *_visit(shell),
        *_jobs(shell),
        *_meter(shell),
        *_han(shell),
        *_packs(shell),
        *_desk(shell),
        *_premises(shell),
        *_looks(shell),
    ]


def _places(shell: Shell) -> list[Action]:
    group = _("Go to")
    return [
        Action("go-jobs", _("Jobs"), group, lambda: shell.go("jobs"), "Ctrl+1", "jobs"),
        Action(
            "go-visit", _("Visit"), group, lambda: shell.go("visit"), "Ctrl+2", "visit",
            lambda: shell.visit_view() is not None,
        ),
        Action("go-device", _("Meter"), group, lambda: shell.go("device"), "Ctrl+3", "meter"),
        Action("go-devices", _("Devices"), group, lambda: shell.go("devices"), "Ctrl+D", "display",
               detail=_("every device: now, history, settings, logs, display")),
        Action(
            "go-premises", _("Premises"), group, lambda: shell.go("premises"), "Ctrl+4", "house",
            lambda: THEME.training, _("training: plan, devices, time, log"),
        ),
        Action("go-han", _("Home network"), group, lambda: shell.go("han"), "Ctrl+5", "dongle",
               detail=_("HAN, radio dongle, survey, hub")),
        Action("go-packs", _("Command packs"), group, lambda: shell.go("packs"), "Ctrl+6", "lock",
               detail=_("pack, locker, deliver without a WAN")),
        Action("go-desk", _("Supplier's desk"), group, lambda: shell.go("desk"), "Ctrl+7", "export",
               detail=_("ask, acknowledged I99, phone, reference")),
        Action("go-outbox", _("Outbox"), group, lambda: shell.go("outbox"), "Ctrl+8", "export",
               detail=_("send, export, receipt, erase")),
        Action("timeline", _("What expires next"), group, shell.timeline.open_sheet, "F9", "clock",
               detail=_("timeline, hub window, appointment, packs, calibration")),
        Action("go-van", _("Van"), group, lambda: shell.go("van"), "Ctrl+9", "box",
               detail=_("stock, product list, before you leave")),
        Action("go-lights", _("Lights and displays"), group, lambda: shell.go("lights"), "Ctrl+0", "display",
               detail=_("LED, flashing, SW WAN MESH HAN GAS, what does this display mean")),
        Action("trace", _("Trace"), group, shell.show_trace, "F12", "trace", detail=_("frames, bytes")),
        Action("go-settings", _("Settings"), group, lambda: shell.go("settings"), "Ctrl+,", "settings"),
        Action("go-help", _("Help"), group, lambda: shell.go("help"), "F1", "help", detail=_("keys, signs")),
        Action("tour", _("Tour of two minutes"), group, shell.tour.take_up, "Ctrl+Shift+F1", "training",
               lambda: THEME.training, _("first steps, learn, training")),
        Action("go-about", _("About"), group, lambda: shell.go("about"), "Shift+F1", "info",
               detail=_("who answers, privacy charter, parties, rules")),
        Action("palette", _("Menu"), group, shell.show_palette, "Ctrl+K", "menu", detail=_("command palette")),
    ]  # fmt: skip


def _visit(shell: Shell) -> list[Action]:
    group = _("Visit")

    def page() -> WalkthroughPage:
        return shell._visit_page()

    def here() -> bool:
        return shell.page_name() == "visit" and shell.visit_view() is not None

    return [
        Action("continue", _("Continue"), group, lambda: page().go_on(), "Ctrl+Return", "forward",
               lambda: here() and page().proceed.isEnabled()),
        Action("back", _("Back: look at the step before"), group, lambda: page().go_back(), "Alt+Left", "back",
               lambda: here() and page().back.isEnabled()),
        Action("try-again", _("Try again"), group, lambda: page().try_again(), "F5", "retry",
               lambda: here() and page().retry.isEnabled()),
        Action("stop", _("Stop the step that runs"), group, lambda: page().stop_step(), "", "stop",
               lambda: here() and page().stop.isVisible()),
        Action("leave", _("Can't do this…"), group, lambda: page().ask_leave(), "F8", "left",
               lambda: here() and page().leave.isEnabled()),
        Action("unsafe", _("Unsafe situation…"), group, lambda: page().notes.unsafe(), "Ctrl+Shift+U", "warn", here,
               _("notice, immediately dangerous, at risk")),
        Action("ring", _("Ring the desk…"), group, lambda: page().notes.ring(), "Ctrl+Shift+R", "phone", here,
               _("call, phone, read out, check characters")),
        Action("photo", _("Photo of this step…"), group, lambda: page().notes.photo(), "Ctrl+Shift+P", "camera", here),
        Action("paste-photo", _("Photo of this step: paste"), group, lambda: page().notes.paste_or_say(),
               "Ctrl+Shift+V", "camera", here, _("clipboard")),
        Action("sign", _("Signature…"), group, lambda: page().notes.sign(), "Ctrl+Shift+S", "pen", here),
        Action("end-visit", _("End the visit…"), group, lambda: page().notes.end(), "Ctrl+Shift+E", "stop", here,
               _("no access, refused, another day, given up")),
    ]  # fmt: skip


def _jobs(shell: Shell) -> list[Action]:
    group = _("Jobs")

    def page() -> JobsPage:
        from ui.window.jobs_page import JobsPage

        shown = shell.page("jobs")
        assert isinstance(shown, JobsPage)
        return shown

    def bring_in() -> None:
        shell.go("jobs")
        page().import_job()

    def visited() -> bool:
        job = page().selected() if shell.page_name() == "jobs" else None
        return job is not None and bool(job.visit_id)

    def search() -> None:
        """What is shown has its own search, else the jobs."""
        if shell.page_name() == "device" and (device := _device_page(shell)).part == "objects":
            give_keyboard(device.objects.search)
            return
        if shell.page_name() == "premises" and (field := _premises_page(shell).search_field()) is not None:
            give_keyboard(field)
            return
        shell.go("jobs")
        give_keyboard(page().search)

    return [
        Action("scan-photo", _("Read a label off a photo…"), group, shell.open_photo, "Ctrl+Shift+O", "scan",
               detail=_("scan, QR, Data Matrix, barcode, picture")),
        Action("import-job", _("Import a job"), group, bring_in, "Ctrl+O", "import"),
        Action("fetch-jobs", _("Fetch jobs from the depot"), group, lambda: page().fetch_button.fetch_or_stop(), "",
               "mast", lambda: shell.page_name() == "jobs" and page().fetch_button.isVisible()),
        Action("no-visit", _("The marked job could not be visited…"), group, lambda: page().end_selected(), "Ctrl+E",
               "stop", lambda: shell.page_name() == "jobs" and page().not_done.isEnabled(), _("no access, refused")),
        Action("rehearse", _("Rehearse the marked job"), group, lambda: page().rehearse(), "", "play",
               lambda: shell.page_name() == "jobs" and page().rehearse_button.isEnabled(), _("likely faults")),
        Action("rules", _("Rules of the marked job…"), group, lambda: page().show_rules(), "Ctrl+J", "info",
               lambda: shell.page_name() == "jobs" and page().selected() is not None,
               _("what applies at its site: class, authority, SMETS, exempt")),
        Action("search", _("Search"), group, search, "Ctrl+F", "search", detail=_("jobs, objects")),
        Action("resume", _("Continue the unfinished visit"), group, lambda: page().resume(), "Ctrl+R", "running",
               lambda: page().model.unfinished() is not None),
        Action("save-report", _("Save the report of the marked job…"), group, lambda: page().save_report(), "Ctrl+S",
               "export", visited, detail=_("PDF, evidence")),
    ]  # fmt: skip


def _meter(shell: Shell) -> list[Action]:
    group = _("Meter")

    def show(part: str) -> None:
        shell.go("device")
        _device_page(shell).show_part(part)

    def read() -> None:
        shell.go("device")
        _device_page(shell).read()

    def connect() -> None:
        from ui.window.probe_sheet import ProbeSheet

        ProbeSheet(shell, lambda url: shell.save_settings(replace(shell.settings, link=url))).open_sheet()

    return [
        Action("connect-probe", _("Connect a probe…"), group, connect, "Ctrl+U", "link",
               detail=_("serial port, adapter, USB")),
        Action("read-meter", _("Read the meter"), group, read, "Ctrl+M", "meter"),
        Action("profile", _("Load profile"), group, lambda: show("profile"), "Ctrl+P", "trace"),
        Action("logs", _("Meter's logs"), group, lambda: show("logs"), "Ctrl+Shift+L", "file"),
        Action("objects", _("Meter's objects"), group, lambda: show("objects"), "Ctrl+B", "search",
               detail=_("COSEM, OBIS, association view")),
    ]  # fmt: skip


def _han(shell: Shell) -> list[Action]:
    """What a radio dongle is for."""
    group = _("Home network")

    def page() -> HanPage:
        from ui.window.han_page import HanPage

        shown = shell.page("han")
        assert isinstance(shown, HanPage)
        return shown

    def show(part: str) -> Callable[[], None]:
        def go() -> None:
            shell.go("han")
            page().show_part(part)

        return go

    def look() -> None:
        show("channels")()
        page().go_on()

    return [
        Action("han-survey", _("Look around at 2.4 GHz"), group, look, "", "search", detail=_("energy per channel")),
        Action("han-networks", _("Networks and hubs in reach"), group, show("networks"), "", "hub",
               detail=_("LQI, PAN, GPF ID")),
        Action("han-log", _("The hub's Device Log"), group, show("log"), "", "file",
               detail=_("whitelist, RSSI, never joined")),
        Action("han-join", _("Come onto the HAN, or leave it"), group, show("join"), "", "dongle",
               detail=_("60 minutes, handheld window")),
        Action("han-dongle", _("Choose the radio dongle…"), group, lambda: page().choose_dongle(), "", "link",
               lambda: shell.page_name() == "han"),
    ]  # fmt: skip


def _packs(shell: Shell) -> list[Action]:
    """What can be done with the command pack that is shown."""
    group = _("Command packs")

    def page() -> PacksPage:
        from ui.window.packs_page import PacksPage

        shown = shell.page("packs")
        assert isinstance(shown, PacksPage)
        return shown

    def take() -> None:
        shell.go("packs")
        page().take_in()

    def kept() -> bool:
        here = shell.page_name() == "packs" and page().pack is not None
        return here and not page().looked and not page().busy

    def deliver() -> None:
        page().show_part("locker")
        page().go_on()

    return [
        Action("pack-take", _("Take a command pack in…"), group, take, "", "import", detail=_("supplier's desk, file")),
        Action("pack-deliver", _("Deliver this pack…"), group, deliver, "", "forward", kept, _("radio, HAN")),
        Action("pack-freeze", _("Freeze this pack…"), group, lambda: page().notes.freeze(), "", "pause",
               lambda: kept() and not page().freeze.isHidden()),
        Action("pack-confirm", _("The desk confirms this pack…"), group, lambda: page().notes.confirm(), "", "play",
               lambda: kept() and not page().confirm.isHidden()),
    ]  # fmt: skip


def _desk(shell: Shell) -> list[Action]:
    """What can be asked of the supplier's desk."""
    group = _("Supplier's desk")

    def page() -> DeskPage:
        from ui.window.desk_page import DeskPage

        shown = shell.page("desk")
        assert isinstance(shown, DeskPage)
        return shown

    def show(part: str) -> Callable[[], None]:
        def go() -> None:
            shell.go("desk")
            page().show_part(part)
            page().keyboard()

        return go

    def here() -> bool:
        return shell.page_name() == "desk" and not page().busy

    return [
        Action("desk-new", _("Ask the desk for something…"), group, show("new"), "", "forward",
               detail=_("service request, join, MPAN, supply")),
        Action("desk-way", _("Which way is open: WAN, mobile data, pack, phone?"), group, lambda: page().ask_ways(), "",
               "mast", here),
        Action("desk-phone", _("Read the marked ask out by phone"), group, show("phone"), "", "hand",
               lambda: here() and page().parts.buttons["phone"].isEnabled(), _("check characters")),
    ]  # fmt: skip


def _premises(shell: Shell) -> list[Action]:
    """What can be done with the premises that is trained with, while its page is shown."""
    group = _("Premises")

    def page() -> PremisesPage:
        return _premises_page(shell)

    def here() -> bool:
        return THEME.training and shell.page_name() == "premises" and page().view is not None

    def pace(seconds: int) -> Callable[[], None]:
        return lambda: page().set_pace(seconds)

    def part(name: str) -> Callable[[], None]:
        return lambda: page().show_part(name)

    return [
        Action("premises-pause", _("Stop its time"), group, pace(0), "", "pause", here, _("pause")),
        Action("premises-real", _("Its time as it is"), group, pace(1), "", "play", here, _("real time")),
        Action("premises-fast", _("Its time sixty times as fast"), group, pace(60), "", "fast", here, "× 60"),
        Action("premises-step", _("To the end of this half-hour"), group, lambda: page().step(), "", "next", here),
        Action("premises-next", _("To the next thing that happens"), group, lambda: page().onward(), "", "fast", here),
        Action("premises-date", _("To a date…"), group, lambda: page().ask_date(), "", "calendar", here),
        Action("premises-log", _("What happened, and why"), group, part("log"), "", "file", here, _("log")),
        Action("premises-faults", _("Faults"), group, part("faults"), "", "warn", here),
    ]


def _premises_page(shell: Shell) -> PremisesPage:
    from ui.window.premises_page import PremisesPage

    shown = shell.page("premises")
    assert isinstance(shown, PremisesPage)
    return shown


def _device_page(shell: Shell) -> DevicePage:
    from ui.window.device_page import DevicePage

    shown = shell.page("device")
    assert isinstance(shown, DevicePage)
    return shown


def _looks(shell: Shell) -> list[Action]:
    group = _("Look")

    def wear(theme: str) -> None:
        shell.save_settings(replace(shell.settings, theme=theme))

    def next_theme() -> None:
        wear(THEME_ORDER[(THEME_ORDER.index(THEME.name) + 1) % len(THEME_ORDER)])

    def glove() -> None:
        shell.save_settings(replace(shell.settings, glove=not shell.settings.glove))

    def full_screen() -> None:
        window = shell.window()
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def close() -> None:
        shell.window().close()

    return [
        Action("theme-next", _("Next theme"), group, next_theme, "Ctrl+T", "sun", detail=_("day, night, sun")),
        Action("theme-day", _("Day theme"), group, lambda: wear("day"), icon="sun"),
        Action("theme-night", _("Night theme"), group, lambda: wear("night"), icon="sun"),
        Action("theme-sun", _("Sun theme: black on white"), group, lambda: wear("sun"), icon="sun"),
        Action("glove", _("Glove size on or off"), group, glove, "Ctrl+G", "hand"),
        *shell.privacy.actions(group),
        *shell.whose.actions(group),
        Action("full-screen", _("Full screen on or off"), group, full_screen, "F11", "up"),
        Action("quit", _("Close the terminal"), group, close, "Ctrl+Q", "close"),
    ]  # fmt: skip


def found_things(shell: Shell) -> list[Action]:
    """What can be found by name besides the actions: the jobs, and the steps of the visit that is open."""
    from ui.window.jobs_page import JobsPage
    from ui.window.safe_text import safe_text
    from ui.window.visits_sheet import open_job

    jobs_page, view = shell.page("jobs"), shell.visit_view()
    found: list[Action] = []
    only = shell.privacy.only  # while a customer may look on, no other job is named
    for job in jobs_page.model.jobs if isinstance(jobs_page, JobsPage) else ():
        if only not in ("", job.job_id):
            continue
        title = safe_text(f"{job.reference} · {job.address}", 60)

        def open_it(job_id: str = job.job_id) -> None:
            open_job(shell, job_id)

        found.append(Action(f"job-{job.job_id}", title, _("Jobs"), open_it, icon="jobs"))
    for number, step in enumerate(view.steps if view is not None else (), 1):

        def look(step_id: str = step.id) -> None:
            shell.go("visit")
            shell._visit_page().look(step_id)

        found.append(
            Action(f"step-{step.id}", f"{number} · {safe_text(step.title, 60)}", _("Steps"), look, icon="visit")
        )
    return found
