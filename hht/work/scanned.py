"""Whose is what was scanned? Mix-ups that check digits cannot see, told by what the job and the other jobs know.

A hub's two numbers taken for one another (factbook 0.8), another device of the job, the meter that comes off in place
of the one that goes on, a device or supply of another job: each a sentence with what it is and what to do next.
Nothing is put right: what was scanned stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import Mpan
from hht.scan.labels import Scan, read_label
from hht.scan.values import DEVICE_IDS, Field, LabelValue, canonical, field_words
from hht.work.devices import bare, device_kind
from hht.work.earlier import Earlier
from hht.work.job import Job, JobDevice
from hht.work.tokens import HeldTokens, Tokens
from hht.work.view import Question, QuestionKind
from hht.work.wan_attempts import WanAttempt

_HUB = "communications-hub"
_ASKED = {
    QuestionKind.DEVICE_ID: Field.DEVICE_ID,
    QuestionKind.MPAN: Field.MPAN,
    QuestionKind.MPRN: Field.MPRN,
    QuestionKind.SERIAL: Field.SERIAL,
    QuestionKind.INSTALL_CODE: Field.INSTALL_CODE,
    QuestionKind.UTRN: Field.UTRN,
}


class Mixup(HhtError):
    """What was scanned is something else than what is asked for."""

    default_code = "mix-up"


@dataclass(frozen=True, slots=True)
class Thing:
    """A number of a job, and what has it. `of`: the device's type, or the fuel of the meter that comes off."""

    job: Job
    kind: Field
    of: str
    value: str = field(repr=False)  # as `_folded`

    @property
    def words(self) -> str:
        """As it is named in a sentence."""
        if self.kind is Field.SERIAL:
            words = {
                "electricity": _("the serial number of the old electricity meter, which comes off"),
                "gas": _("the serial number of the old gas meter, which comes off"),
            }
            return words.get(self.of, _("the serial number of an old meter"))
        if self.kind is Field.MPAN and self.of == "generation-meter":
            return _("the export MPAN")
        if self.kind in (Field.MPAN, Field.MPRN):
            return _("the {kind} of the supply").format(kind=field_words(self.kind))
        return _("the {kind} of the {device}").format(kind=field_words(self.kind), device=device_kind(self.of))


def things_of(job: Job) -> Iterator[Thing]:
    """Every number that a job names."""
    kinds = {"gpf_id": Field.GPF_ID, "mprn": Field.MPRN}
    for number in job.numbers():
        if isinstance(number.value, Mpan):
            yield Thing(job, Field.MPAN, number.device.type, number.value.core)
        else:
            yield Thing(job, kinds.get(number.name) or _role(number.device), number.device.type, number.value.value)
    for old in job.old_meters:
        yield Thing(job, Field.SERIAL, old.fuel, bare(old.serial))


def _role(device: JobDevice) -> Field:
    return Field.CHF_ID if device.type == _HUB else Field.DEVICE_ID


class JobKnowledge:
    """What a job and the `others` of this terminal know. `others` is called where the job itself does not know it;
    `earlier`: what the visits of the job that this one follows have done, None where nobody knows; `attempts`: what
    was done for the WAN of its hub; `tokens`: which top-up tokens its visits have checked."""

    def __init__(
        self,
        job: Job,
        others: Callable[[], Iterable[Job]] = tuple,
        earlier: Earlier = lambda: None,
        attempts: Callable[[], Iterable[WanAttempt]] = tuple,
        tokens: Tokens | None = None,
    ) -> None:
        self.job = job
        self.tokens = tokens or HeldTokens()
        self.attempts = attempts
        self._others = others
        self.earlier = earlier

    def others(self) -> Iterable[Job]:
        """The other jobs of this terminal."""
        return self._others()

    def whose(self, text: str, *, own: bool = False) -> Thing | None:
        """The number that `text` is: this job's, else (not where `own`) another's; None where no job knows it."""
        wanted = set(_spellings(read_label(text, allow_test=True)))
        wanted.add((Field.SERIAL, bare(text)))
        for job in (self.job,) if own else (self.job, *self._others()):
            for thing in things_of(job):
                if (_family(thing.kind), thing.value) in wanted:
                    return thing
        return None

    def piece(self, question: Question, text: str) -> str:
        """The piece of a scanned label that answers the question: `text` itself where it is no label with marks.

        Raises Mixup where the label calls its number what is not asked for.
        """
        asked = _ASKED.get(question.kind)
        scan = read_label(text, allow_test=True)
        if asked is None or not scan.labels or scan.labels[0].format.kind == "plain":
            return text
        if asked is Field.DEVICE_ID:
            return self._device_piece(question, scan)
        found = scan.values(asked)
        return found[0].typed if len(found) == 1 else text

    def _device_piece(self, question: Question, scan: Scan) -> str:
        found = scan.values(*DEVICE_IDS)
        role = self._asked_role(question)
        right = [value for value in found if value.kind in (role, Field.DEVICE_ID)]
        if len(right) == 1:
            return right[0].typed
        if right or not found:
            return scan.text
        raise self._called_otherwise(question, role, found[0])

    def _asked_role(self, question: Question) -> Field:
        """Which of a hub's two is asked for; otherwise simply a Device ID."""
        expected = _folded(Field.DEVICE_ID, question.suggestion)
        roles = [thing.kind for thing in things_of(self.job) if thing.kind in DEVICE_IDS and thing.value == expected]
        return roles[0] if roles else Field.DEVICE_ID

    def _called_otherwise(self, question: Question, role: Field, value: LabelValue) -> Mixup:
        called, asked = field_words(value.kind), field_words(role)
        if question.suggestion and _folded(value.kind, value.typed) == _folded(role, question.suggestion):
            return Mixup(
                _("The label calls {number} the {called}; the job has the same number as the {asked}.").format(
                    number=value.shown, called=called, asked=asked
                ),
                remedy=_(
                    "One of the two is mistaken. Do not guess: read both numbers to the desk, off the hub itself."
                ),
                code="label-against-job",
            )
        return Mixup(
            _("The label calls this the {called}; the {asked} is needed here.").format(called=called, asked=asked),
            remedy=_("Scan the other number of the label, the {asked}.").format(asked=asked),
            code=f"{value.kind}-not-{role}",
        )

    def instead(self, question: Question, text: str, error: HhtError) -> HhtError:
        """Why `text`, refused with `error`, is no answer: what it is instead, where that is known; else `error`."""
        asked = _ASKED.get(question.kind)
        if asked is None:
            return error
        thing = self.whose(text)
        if thing is not None and _family(thing.kind) is not asked:
            return self._something_else(asked, thing)
        kinds = (Field.MPAN, Field.MPRN, Field.UTRN, Field.INSTALL_CODE, Field.GTIN, *DEVICE_IDS)
        other = [value for value in read_label(text).values(*kinds) if value.error is None and value.sure]
        if not other or _family(other[0].kind) is asked:
            return error
        return Mixup(
            _("This is not the {asked}: it is {found}.").format(
                asked=field_words(asked), found=_a(field_words(other[0].kind))
            ),
            remedy=_("Scan the {asked}; it has a code, or a line, of its own.").format(asked=field_words(asked)),
            code="other-kind",
            found=other[0].kind.value,
        )

    def check(self, question: Question, value: str) -> None:
        """Raises Mixup where an answer that is right in itself is another's: a supply of the neighbour, the number of a
        device as that of a seal. Device IDs are held against the job by the step, which the visit then remembers."""
        asked = _ASKED.get(question.kind)
        if asked in (None, Field.DEVICE_ID):
            return
        own = [thing for thing in things_of(self.job) if thing.kind is asked]
        wanted = _folded(asked, question.suggestion) if question.suggestion else ""
        folded = _folded(asked, value)
        if folded == wanted or (not wanted and folded in [thing.value for thing in own]):
            return
        if asked is Field.SERIAL:
            thing = self.whose(value, own=True)
            if thing is not None and (thing.kind is not Field.SERIAL or wanted):
                raise self._something_else(asked, thing)
        elif own:
            raise self._neighbours(asked, value, self.whose(value))

    def _something_else(self, asked: Field, thing: Thing) -> Mixup:
        if thing.job is not self.job:
            return self.of_another_job(thing)
        code = "old-meter" if thing.kind is Field.SERIAL else "other-kind"
        return Mixup(
            _("This is {thing}; needed here is: {asked}.").format(thing=thing.words, asked=field_words(asked)),
            remedy=_("Scan the right code. Each number of the job is asked for in a step of its own."),
            code=code,
            found=thing.kind.value,
        )

    def of_another_job(self, thing: Thing) -> Mixup:
        """That it belongs to another job of this terminal."""
        return Mixup(
            _("This is {thing} of job {reference}, not of this one.").format(
                thing=thing.words, reference=thing.job.reference
            ),
            remedy=_("Put it back for that job. If it is fixed here, you may be at the wrong address: compare it."),
            code="other-job",
            job=thing.job.reference,
        )

    def _neighbours(self, asked: Field, value: str, thing: Thing | None) -> Mixup:
        if thing is not None and thing.job is not self.job:
            return self.of_another_job(thing)
        return Mixup(
            _("{kind} {value} is right in itself, and not that of this job: a neighbour's?").format(
                kind=field_words(asked), value=value
            ),
            remedy=_("Compare address and supply number. Write nothing; choose Can't do this and call the desk."),
            code="neighbours-supply",
        )

    def wrong_device(self, device: JobDevice, scanned: str) -> HhtError | None:
        """What is mistaken where `scanned`, a Device ID, is not that of `device`; None where it is no job's at all."""
        thing = self.whose(scanned)
        if thing is None or (thing.job is self.job and thing.value == device.device_id.value):
            return None
        if thing.job is not self.job:
            return self.of_another_job(thing)
        if thing.kind is Field.GPF_ID and device.type == _HUB:
            return Mixup(
                _("This is the GPF ID; the CHF ID is needed here."),
                remedy=_("Scan the other number on the hub's label."),
                code="gpf-not-chf",
            )
        return Mixup(
            _("This is {thing}; that of the {device} is needed here.").format(
                thing=thing.words, device=device_kind(device.type)
            ),
            remedy=_("Scan the label of the {device}. The other one has a step of its own.").format(
                device=device_kind(device.type)
            ),
            code="other-device",
        )


def difference(scanned: str, expected: str) -> str:
    """In which hex digits two Device IDs that are nearly alike differ, in words; "" where they are unlike."""
    one, other = _folded(Field.DEVICE_ID, scanned), _folded(Field.DEVICE_ID, expected)
    places = [place for place, pair in enumerate(zip(one, other, strict=False), 1) if pair[0] != pair[1]]
    if len(one) != len(other) or not 0 < len(places) <= 2:
        return ""
    first, last = places[0], places[-1]
    if last == first + 1 and one[first - 1] == other[last - 1] and one[last - 1] == other[first - 1]:
        return _("Digits {first} and {last} stand the other way round.").format(first=first, last=last)
    if first == last:
        return _("They differ in digit {place} alone.").format(place=first)
    return _("They differ in digits {first} and {last} alone.").format(first=first, last=last)


def _a(words: str) -> str:
    """With an article, as a sentence wants it."""
    return _("an {thing}").format(thing=words) if words[:1] in "AEIOUM" else _("a {thing}").format(thing=words)


def _family(kind: Field) -> Field:
    return Field.DEVICE_ID if kind in DEVICE_IDS else kind


def _spellings(scan: Scan) -> Iterator[tuple[Field, str]]:
    kinds = (*DEVICE_IDS, Field.MPAN, Field.MPRN, Field.SERIAL)
    for value in scan.values(*kinds):
        if value.error is None:
            yield _family(value.kind), _folded(value.kind, value.typed)


def _folded(kind: Field, typed: str) -> str:
    """For comparing, never for showing or keeping."""
    try:
        return bare(canonical(kind, typed))
    except HhtError:
        return bare(typed)
