"""The rules of a site and its equipment as data (``resources/catalogue/site_rules.toml``): since when, until when.

Pure: days go in. `hht.work.site_rules` applies them to a job.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a rule is said, and its own values. `verified`: by a document, not from memory."""

    source: str
    verified: bool
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Where it is said, for people."""
        return self.source if self.verified else _("unverified: {source}").format(source=self.source)


@dataclass(frozen=True, slots=True)
class Specification:
    """What equipment is made to. `fit_until`: the last day on which such is fitted; `also`: what it satisfies too."""

    name: str
    since: date
    fit_until: date | None
    also: tuple[str, ...]
    rule: Rule

    def extant(self, day: date) -> bool:
        """Whether equipment may be fitted by it on that day."""
        return self.since <= day and (self.fit_until is None or day <= self.fit_until)


@dataclass(frozen=True, slots=True)
class Update:
    """What equipment of a specification has to be given in service, whenever it was fitted."""

    id: str
    specification: str
    types: tuple[str, ...]
    since: date
    due: date
    training: bool
    rule: Rule


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All of it."""

    rules: Mapping[str, Rule]
    specifications: tuple[Specification, ...]
    updates: tuple[Update, ...]

    def rule(self, name: str) -> Rule:
        """A rule that the catalogue has (a test holds that it does)."""
        return self.rules[name]

    def specification(self, text: str) -> Specification | None:
        """Which one a text such as "SMETS1 V1.2" or "SMETS V5.0" names; None for none of the book's."""
        name = generation(text)
        return next((one for one in self.specifications if one.name == name), None)

    def extant(self, day: date) -> tuple[Specification, ...]:
        """Those by which equipment may be fitted on that day."""
        return tuple(one for one in self.specifications if one.extant(day))

    def accepted(self, fitted_to: Specification, day: date) -> Specification | None:
        """By which specification of that day equipment made to `fitted_to` counts: its own, else one that it satisfies
        besides; None where it counts by none."""
        names = (fitted_to.name, *fitted_to.also)
        found = {one.name: one for one in self.extant(day)}
        return next((found[name] for name in names if name in found), None)

    def days(self, *, training: bool) -> tuple[date, ...]:
        """The days on which a rule begins to hold or no longer does: with each of them another set of rules begins."""
        days = {one.since for one in self.specifications}
        days |= {one.fit_until for one in self.specifications if one.fit_until is not None}
        days |= {self.rules["advanced"].values["before"], self.rules["duty"].values["others_from"]}
        for one in self.updates_of(training=training):
            days |= {one.since, one.due}
        return tuple(sorted(days))

    def updates_of(self, *, training: bool) -> tuple[Update, ...]:
        """The updates; those made up for training in training alone."""
        return tuple(one for one in self.updates if training or not one.training)


def generation(text: str) -> str:
    """SMETS1 or SMETS2 of what stands on a label or list (“SMETS V1.58” is a version of SMETS2); "" for neither."""
    bare = text.upper().replace(" ", "")
    if bare.startswith(("SMETS1", "SMETS2")):
        return bare[:6]
    return "SMETS2" if bare.startswith("SMETSV") else ""


@cache
def rule_book() -> RuleBook:
    """That of the catalogue."""
    return rule_book_of(tomllib.loads(resource_text("catalogue", "site_rules.toml")))


def rule_book_of(plain: Mapping[str, Any]) -> RuleBook:
    """That of a catalogue which was read. Raises KeyError, TypeError for broken data."""
    return RuleBook(
        {name: _rule(one) for name, one in plain["rule"].items()},
        tuple(
            Specification(one["name"], one["since"], one.get("fit_until"), tuple(one["also"]), _rule(one))
            for one in plain["specification"]
        ),
        tuple(
            Update(
                one["id"], one["specification"], tuple(one["types"]), one["since"], one["due"],
                bool(one.get("training", False)), _rule(one),
            )
            for one in plain.get("update", ())
        ),
    )  # fmt: skip


def _rule(plain: Mapping[str, Any]) -> Rule:
    values = {name: value for name, value in plain.items() if name not in ("source", "verified")}
    return Rule(plain["source"], plain["verified"], values)


def smaller_gas_below() -> Decimal:
    """Gas of less than so many MWh a year makes a smaller non-domestic site."""
    return Decimal(rule_book().rule("classes").values["smaller_gas_below_mwh"])
