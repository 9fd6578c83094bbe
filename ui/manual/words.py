"""What is looked up on site: words of the trade, lights, texts on displays, alerts, and the terminal's own codes."""

from __future__ import annotations

from collections.abc import Iterator

from hht.alerts import alert_codes, alert_meaning
from hht.display_texts import display_texts
from hht.glossary import glossary
from hht.i18n import _
from hht.lights import led_tables
from hht.work.coded import codes
from ui.manual.page import Page

CODES = (("endings", "ending"), ("unsafe_situations", "category"), ("unsafe_situations", "done"), ("signing", "role"))


def pages() -> Iterator[Page]:
    """A page for each kind of thing that is looked up."""
    yield _terms()
    yield _lights()
    yield _displays()
    yield _alerts()
    yield _codes()


def _terms() -> Page:
    page = Page("glossary", _("Words of the trade"))
    page.table(
        (_("word"), _("also"), _("meaning"), _("source")),
        ((term.name, ", ".join(term.also), _(term.text), term.source) for term in glossary()),
    )
    return page


def _lights() -> Page:
    page = Page("lights", _("Lights"))
    page.text(_("Each meaning is told with its source. No maker's text was found for most: they are unverified."))
    for number, table in enumerate(led_tables()):
        page.head(
            f"{table.device}: {table.manufacturer} {table.model}".replace("* *", _("any maker")),
            anchor=f"table-{number}",
        )
        page.text(table.label, "soft")
        page.table(
            (_("light"), _("colour"), _("what it does"), _("meaning")),
            (
                (led, colour, pattern.name, meaning)
                for led, (colour, states) in table.leds.items()
                for pattern, meaning in states.values()
            ),
        )
    return page


def _displays() -> Page:
    page = Page("displays", _("Texts on displays"))
    page.table(
        (_("shows"), _("where"), _("meaning"), _("what to do next"), _("source")),
        (
            (
                " / ".join(one.shows),
                ", ".join((*one.device, *(x for x in (one.manufacturer, one.model) if x != "*"))),
                one.means,
                one.next_act,
                one.source if one.verified else _("{source} (unverified)").format(source=one.source),
            )
            for one in display_texts()
        ),
    )
    return page


def _alerts() -> Page:
    page = Page("alerts", _("Alert and event codes"))
    page.table((_("code"), _("meaning")), ((f"0x{code:04X}", alert_meaning(code)) for code in alert_codes()))
    return page


def _codes() -> Page:
    page = Page("codes", _("Codes of visits"))
    page.text(_("Why a visit ended, what was unsafe and what was done about it, who signs."))
    for file, table in CODES:
        page.head(f"{file}: {table}", anchor=f"{file}-{table}")
        page.table(
            (_("code"), _("title"), _("meaning"), _("source")),
            ((code.code, code.title, code.text, code.source) for code in codes(file, table).values()),
        )
    return page
