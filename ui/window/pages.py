"""Which page goes by which name. Imported after the first frame."""

from __future__ import annotations

from ui.window.device_page import DevicePage
from ui.window.help_page import HelpPage
from ui.window.page import Host, Page
from ui.window.pass_phrase_page import PassPhrasePage
from ui.window.settings_page import SettingsPage
from ui.window.walkthrough_page import WalkthroughPage

_PAGES: tuple[type[Page], ...] = (WalkthroughPage, DevicePage, SettingsPage, PassPhrasePage, HelpPage)


def make_page(name: str, host: Host) -> Page:
    """A new page of that name; KeyError if there is none."""
    if name == "han":
        from ui.window.han_page import HanPage

        return HanPage(host)
    if name == "packs":
        from ui.window.packs_page import PacksPage

        return PacksPage(host)
    if name == "desk":
        from ui.window.desk_page import DeskPage

        return DeskPage(host)
    if name == "premises":  # needs the device model, which live work has no use for
        from ui.window.premises_page import PremisesPage

        return PremisesPage(host)
    return {page.name: page for page in _PAGES}[name](host)
