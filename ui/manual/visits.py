"""Every kind of visit: its sections, its steps with why, looks and goes wrong, what is asked, limits and hard stops."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from hht.i18n import _
from hht.work.items import ItemSpec
from hht.work.limits import Limit, limits
from hht.work.step_help import step_help
from hht.work.walkthrough import StepSpec, Walkthrough, load_walkthrough, walkthrough_names
from ui.manual.page import Page


def pages() -> Iterator[Page]:
    """A page that lists them, then one for each."""
    found = [load_walkthrough(name) for name in walkthrough_names()]
    listed = Page("visits", _("Visits"))
    listed.text(_("Each kind of visit is a file of data. What a job names as its walkthrough is played step by step."))
    listed.links((f"visit-{one.name}.html", one.title) for one in found)
    _limits(listed)
    yield listed
    for one in found:
        yield _visit(one)


def _visit(one: Walkthrough) -> Page:
    page = Page(f"visit-{one.name}", one.title)
    page.text(_("In a job: “{name}”. {count} steps.").format(name=one.name, count=len(one.steps)))
    if one.training:
        page.text(_("Only for training jobs."), "stop")
    for title, steps in groupby(one.steps, lambda step: step.section.title):
        if title:
            page.head(title)
        for step in steps:
            _step(page, step)
    return page


def _step(page: Page, step: StepSpec) -> None:
    page.head(step.title, level=3, anchor=step.id)
    page.text(step.explanation)
    if step.competence:
        page.told(_("Needs:"), ", ".join(step.competence))
    if step.question is not None:
        page.told(_("Asked:"), step.question.prompt)
    page.items(_asked(item) for item in step.items)
    for item in step.items:
        if item.stop is not None:
            page.text(_("Hard stop: {title}. {text}").format(title=item.stop.title, text=item.stop.text), "stop")
    help_text = step_help(step.id)
    if help_text is not None:
        page.told(_("Why:"), help_text.why)
        page.told(_("What it looks like:"), help_text.looks)
        page.told(_("What goes wrong:"), help_text.wrong)
    page.told(_("Can't do this:"), "; ".join(leave.text for leave in step.leave))


def _asked(item: ItemSpec) -> str:
    words = [item.prompt]
    if item.choices:
        words.append("; ".join(choice.text for choice in item.choices))
    limit = limits().get(item.limit)
    if limit is not None:
        words.append(_("Limit: {limit}").format(limit=limit.words))
    if item.sealed:
        words.append(_("The answer is sealed: it stands on no customer's sheet."))
    return " · ".join(words)


def _limits(page: Page) -> None:
    page.head(_("Limits of measured values"), anchor="limits")
    page.text(_("Data, not law: set your own before live work. Where it says “from memory”, nobody has checked it."))
    page.table(
        (_("value"), _("limit"), _("source"), _("checked")),
        ((name, limit.words, limit.source, _checked(limit)) for name, limit in limits().items()),
    )


def _checked(limit: Limit) -> str:
    return _("yes") if limit.verified else _("from memory")
