"""What the window says of the depot. Plain Python: facts, a meeting's outcome and its errors in; words out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.i18n import _, ngettext
from ui.window.outbox_model import FactLine, size_words

if TYPE_CHECKING:
    from hht.errors import HhtError
    from ui.depot_kept import Brought
    from ui.depot_service import CardFacts, DepotFacts, Going

_MOST_SAID: Final = 2  # remarks that have room beside a list

Said = tuple[str, str, str]  # tone, message, remedy


def card_words(card: CardFacts) -> str:
    """Whose card it is, and what is compared on the phone."""
    return _("{name} · check words {words}").format(name=card.name, words=" ".join(card.words))


def depot_lines(facts: DepotFacts) -> list[FactLine]:
    """How this terminal stands to its depot."""
    depot, way = facts.depot, facts.broker
    lines: list[FactLine] = [(_("This terminal"), card_words(facts.mine), "plain", False)]
    if depot is None:
        lines.append((_("Depot"), _("None yet: take its card in."), "warn", False))
    else:
        lines.append((_("Depot"), card_words(depot), "good", False))
    if not way:
        lines.append((_("Broker"), _("Not said yet."), "warn", False))
    else:
        how = [_("with a password")] if facts.password else []
        how += [_("with certificates of its own")] if facts.authority else []
        plain = way.startswith("mqtt:")
        if plain and facts.password:
            how = [*how[1:], _("without TLS: the password can be read on the way")]
        elif plain:
            how.append(_("without TLS: who talks with whom can be seen on the way"))
        lines.append((_("Broker"), ", ".join([way, *how]), "warn" if plain and facts.password else "good", False))
    if depot is not None:
        lines.append((_("Last met"), met_when(facts), "plain", False))
    return lines


def met_when(facts: DepotFacts) -> str:
    """When the depot was met last."""
    return utc_text(facts.contact.at) if facts.contact is not None else _("never yet")


def contact_words(facts: DepotFacts) -> str:
    """Which depot it is, and when it was met last, in a line."""
    if facts.depot is None:
        return ""
    return _("Depot “{name}”, last met: {when}").format(name=facts.depot.name, when=met_when(facts))


def going_words(going: Going, total: int) -> str:
    """What is on its way."""
    far = _("{done} of {octets}").format(done=size_words(going.done), octets=size_words(going.octets))
    return _("{number} of {total}: {name} ({far})").format(
        number=going.number, total=max(total, going.number), name=going.name, far=far
    )


def met_words(brought: Brought) -> Said:
    """What a meeting that brought evidence came to."""
    met = brought.met
    words = ngettext("The depot has {count} item more.", "The depot has {count} items more.", met.receipts)
    lines = [words.format(count=met.receipts)] if met.receipts else []
    if met.left:
        words = ngettext(
            "{count} item has not arrived: it stays, and goes next time.",
            "{count} items have not arrived: they stay, and go next time.",
            len(met.left),
        )
        lines.append(words.format(count=len(met.left)))
    lines = lines or [_("The depot has all of it.") if met.good else _("The depot does not have all of it.")]
    tone = "bad" if met.missed else "warn" if met.refused or met.left else "good"
    return tone, " ".join(lines), " ".join([*_remarks(brought)][:_MOST_SAID])


def _remarks(brought: Brought) -> Iterator[str]:
    """What else is to be said of a meeting, what matters first; the rows of the outbox say the rest."""
    met = brought.met
    for one in met.missed[:1]:
        words = _("{name} is lost: the depot had receipted it and has it no more, and it was erased here.")
        yield words.format(name=one.name)
    for name, why in [*met.refused.items()][:1]:
        yield _("{name} is not taken: {why}").format(name=name, why=why)
    if brought.jobs:
        yield job_words(brought)
    if met.foreign:
        yield foreign_words(met.foreign)


def job_words(brought: Brought) -> str:
    """How many jobs came, and how many of them are not kept; which, and why, stands on the page of the jobs."""
    words = ngettext("{count} job came.", "{count} jobs came.", len(brought.jobs)).format(count=len(brought.jobs))
    refused = sum(one.error is not None for one in brought.jobs)
    if refused:
        more = ngettext("{count} of them is refused.", "{count} of them are refused.", refused).format(count=refused)
        words = f"{words} {more}"
    return words


def foreign_words(count: int) -> str:
    """Somebody else writes to this terminal."""
    words = ngettext(
        "{count} letter that came was not the depot's, and was not used.",
        "{count} letters that came were not the depot's, and were not used.",
        count,
    )
    return words.format(count=count)


def no_contact(error: HhtError) -> bool:
    """Whether that only means that the depot is out of reach now: nothing is wrong, and nothing is lost."""
    from hht.link import LinkError

    return isinstance(error, LinkError) and error.code != "broker-twin"


def failed_words(error: HhtError, calm: str = "") -> tuple[str, str, str, str]:
    """Tone, message, remedy, code: to be out of reach is nothing bad. `calm`: what is said then where there is little
    room, else that nothing is lost, and what to do."""
    if no_contact(error):
        if calm:
            return "plain", calm, error.message, ""
        message = _("No contact with the depot now. Nothing is lost: what waits goes when there is.")
        return "plain", message, f"{error.message} {error.remedy}", error.code
    return "bad", error.message, error.remedy, error.code


def words_apart(words: Sequence[str]) -> str:
    """Check words as they are read out, one after the other."""
    return "   ".join(words)
