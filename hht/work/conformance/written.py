"""What a meter shows against the data dictionary: its objects, and how each field is written. Nothing is changed."""

from __future__ import annotations

from typing import Final

from hht.client.field_format import FieldProblem, field_problems
from hht.i18n import _
from hht.work.conformance.rows import Check, Said, Subject, failed, open_still, passed
from hht.work.dictionary import compared, dictionary

MOST_TOLD: Final = 6  # of what differs, in one sentence; hht dictionary --claimed tells all of it
DEVICE: Final = "ESME"


async def objects(on: Subject) -> Said:
    """HAN-07, HAN-06: no object that is mandatory is missing; those that the dictionary does not know are told."""
    result = compared(DEVICE, [f"{one.class_id}/{one.obis}" for one in await on.view() if one.is_object])
    words = _("not in the dictionary: {names}").format(names=_some(list(result.extra)) or _("none"))
    if result.missing:
        names = _some([f"{one.key} {one.name}" for one in result.missing])
        return failed(_("Missing: {names}; {extra}.").format(names=names, extra=words))
    count = sum(one.need == "mandatory" for one in dictionary(DEVICE))
    return passed(_("All {count} mandatory objects are there; {extra}.").format(count=count, extra=words))


async def fields(on: Subject) -> Said:
    """HAN-22: each field of the mandatory objects is written as it should be. What can be read in one way alone is
    tolerated and told."""
    wanted = {one.key for one in dictionary(DEVICE) if one.need == "mandatory"}
    there = [one for one in await on.view() if one.is_object and f"{one.class_id}/{one.obis}" in wanted]
    found: list[FieldProblem] = []
    read = 0
    for entry in there:
        shown = await on.meter.read_object_view(entry)
        read += sum(one.data is not None for one in shown.attributes)
        found += field_problems(entry, shown.attributes)
    if not read:
        return open_still(_("This client may read none of the fields. Another one may (--client, and its --keys)."))
    told = _some([one.words for one in found])
    if any(not one.tolerated for one in found):
        return failed(told)
    return passed(_("{count} fields, each as its type and form say. {told}").format(count=read, told=told).strip())


def _some(names: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - MOST_TOLD
    words = ", ".join(names[:MOST_TOLD])
    return words if more <= 0 else _("{names} and {count} more").format(names=words, count=more)


WRITTEN: Final[tuple[Check[Subject], ...]] = (
    Check("objects", ("HAN-06", "HAN-07"), lambda: _("Every mandatory object, and none unknown"), objects),
    Check("fields", ("HAN-22",), lambda: _("Each field is written as specified"), fields),
)
