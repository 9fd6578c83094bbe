"""What a scan is taken for, and how it is told. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from hht.i18n import _
from hht.scan.labels import Scan
from hht.scan.values import DEVICE_IDS, Field, LabelValue, field_words
from ui.window.safe_text import safe_text

_LONGEST = 400  # characters that are shown of a label nobody knows


def choices(scans: Sequence[Scan], wanted: tuple[Field, ...]) -> list[tuple[Scan, LabelValue]]:
    """What may be meant: each good value that is wanted, once; where none is good, what is wrong of them. A label that
    names both ids of a hub is one, for whoever asked knows which of the two is meant."""
    found: dict[tuple[Field, str], tuple[Scan, LabelValue]] = {}
    for scan in scans:
        values = scan.values(*wanted)
        if len({value.kind for value in values} & {Field.CHF_ID, Field.GPF_ID}) == 2:
            values = values[:1]
        for value in values:
            found.setdefault((value.kind, value.typed), (scan, value))
    good = [pair for pair in found.values() if pair[1].error is None]
    return good or list(found.values())[:1]


def handed_on(scan: Scan, value: LabelValue | None) -> str:
    """The text that answers: the piece of the label; of a hub's ids with what the label calls them."""
    if value is None:
        return scan.text.strip()
    if value.kind not in (Field.CHF_ID, Field.GPF_ID):
        return value.typed.strip()
    of_hub = scan.values(Field.CHF_ID, Field.GPF_ID)
    return "; ".join(f"{'CHF' if each.kind is Field.CHF_ID else 'GPF'} ID: {each.typed.strip()}" for each in of_hub)


def wanted_words(kind: Field) -> str:
    """What is asked for, in words."""
    return _("Device ID") if kind in DEVICE_IDS else field_words(kind)


def shown_text(scan: Scan) -> str:
    """The text of a label in no format that is known."""
    return safe_text(scan.text.strip(), _LONGEST)
