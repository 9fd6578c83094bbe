"""Which page goes by which name. Imported after the first frame; a page's module when the page is first wanted: all of
them at once would hold the window up while a visit opens."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.window.page import Host, Page

_PAGES = {
    "visit": ("walkthrough_page", "WalkthroughPage"),
    "device": ("device_page", "DevicePage"),
    "devices": ("devices_page", "DevicesPage"),
    "settings": ("settings_page", "SettingsPage"),
    "pass-phrase": ("pass_phrase_page", "PassPhrasePage"),
    "help": ("help_page", "HelpPage"),
    "han": ("han_page", "HanPage"),
    "packs": ("packs_page", "PacksPage"),
    "outbox": ("outbox_page", "OutboxPage"),
    "van": ("van_page", "VanPage"),
    "lights": ("lights_page", "LightsPage"),
    "about": ("about_page", "AboutPage"),
    "desk": ("desk_page", "DeskPage"),
    "premises": ("premises_page", "PremisesPage"),  # needs the device model, which live work has no use for
}


def make_page(name: str, host: Host) -> Page:
    """A new page of that name; KeyError if there is none."""
    module, kind = _PAGES[name]
    made: Page = getattr(import_module(f"ui.window.{module}"), kind)(host)
    return made
