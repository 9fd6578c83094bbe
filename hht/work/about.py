"""What the terminal says of itself and of those it works among: who answers for what, the privacy charter, parties,
assurance, and whose rules its catalogues hold (``resources/catalogue/about.toml``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hht.i18n import _
from hht.resources import resource_path
from hht.work.coded import Code, codes

FILE: Final = "about"
OWN: Final = "own"  # the rule set of all catalogues that no other names
TABLES: Final = {
    "responsible": "responsible",
    "charter": "charter",
    "parties": "party",
    "assurance": "assurance",
    "rules": "rules",
}


def topic_titles() -> dict[str, str]:
    """Every topic's title in the language in use, in the order in which they are told."""
    return {
        "responsible": _("Who answers for interoperability"),
        "charter": _("Your data: our privacy charter"),
        "parties": _("Parties and roles"),
        "assurance": _("Security assessments"),
        "rules": _("Whose rules these are"),
    }


def rows_of(topic: str) -> Sequence[Code]:
    """The rows of a topic. Raises KeyError for one that there is not."""
    return tuple(codes(FILE, TABLES[topic]).values())


def beside(topic: str, row: Code) -> list[str]:
    """What a row says besides its text: codes of roles, era, issuing body and committee."""
    if topic == "parties":
        roles = ", ".join(row.plain["codes"]) or _("none")
        return [_("Roles: {roles}").format(roles=roles), era_words(row.plain["era"])]
    if topic == "rules":
        return [
            _("Issued by: {body}").format(body=_(row.plain["body"])),
            committee_words(row.plain["committee"]).format(by=_(row.plain["changed"])),
            _("Files: {files}").format(files=", ".join(files_of(row))),
        ]
    return [_("Of: {generation}").format(generation=row.plain["generation"])] if topic == "assurance" else []


def files_of(row: Code) -> list[str]:
    """The catalogues that hold a rule set. Those that no other set names are the terminal's own."""
    named: list[str] = row.plain["files"]
    if row.code != OWN:
        return named
    others = {file for one in rows_of("rules") for file in one.plain["files"]}
    there = (path.name for path in resource_path("catalogue").iterdir() if not path.name.startswith(("_", ".")))
    return sorted(name for name in there if name not in others)


def era_words(era: str) -> str:
    """Of which devices a party is."""
    if era == "both":
        return _("For devices of every generation")
    return _("For {era} devices alone").format(era=era)


def committee_words(kind: str) -> str:
    """How rules are changed: a text with {by}."""
    return {
        "standing": _("Changed by a standing committee: {by}"),
        "convened": _("Changed by a committee convened when needed: {by}"),
        "none": _("Changed by no committee: {by}"),
    }[kind]


def responsible_lines() -> list[str]:
    """Who answers for the terminal's interoperability, a line each, for papers."""
    return [f"{row.title}: {row.text}" for row in rows_of("responsible")]
