"""The rows of a device: what its reader and its emulator must do to one another, whatever happens to their octets."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from hht.i18n import _
from hht.plugins import api
from hht.plugins.kit.bench import SEED, TALKS, Bench
from hht.work.conformance.rows import Said, absent, failed, passed

SLACK_S: Final = 60  # a clock without milliseconds, and one that runs a little wrong
MOST_FLIPS: Final = 1500  # of one answer or request; beyond it a seeded choice
LONGEST_WAIT_S: Final = 10.0
GARBAGE: Final = 400  # inputs
MAY_BE_MISSING: Final = ("clock", "events")  # not every device has them


@dataclass(frozen=True, slots=True)
class Row:
    """`run` is given a function that makes a fresh bench, of that seed."""

    name: str
    title: Callable[[], str]
    run: Callable[[Callable[..., Bench]], Said]


def identity(new: Callable[..., Bench]) -> Said:
    """It says who it is."""
    found: api.Identity = new().talk("identify")
    for name, words in (("number", found.number), ("maker", found.maker), ("model", found.model)):
        if not words.strip() or not words.isprintable():
            return failed(_("{name} is empty, or cannot be shown.").format(name=name))
    return passed(f"{found.maker} {found.model} {found.number} {found.firmware}".rstrip())


def alike(new: Callable[..., Bench]) -> Said:
    """One seed is one device."""
    if new().everything() != new().everything():
        return failed(_("Two of one seed say different things."))
    bench = new()
    if bench.talk("identify") != bench.talk("identify"):
        return failed(_("Asked twice it is somebody else."))
    if new(seed=SEED + 1).talk("identify").number == bench.talk("identify").number:
        return failed(_("Two of different seeds have one number."))
    return passed(_("The same seed says the same; another seed is another device."))


def clock(new: Callable[..., Bench]) -> Said:
    """Its clock is that of its surroundings, and goes."""
    bench = new()
    if bench.talk("clock") is None:
        return absent(_("It has no clock."))
    for _again in range(2):
        off = abs((bench.talk("clock") - bench.clock.now()).total_seconds())
        if off > SLACK_S:
            return failed(_("It is {seconds:.0f} s off.").format(seconds=off))
        bench.clock.advance(3600)
    return passed(_("It goes with the time around it."))


def registers(new: Callable[..., Bench]) -> Said:
    """It measures something, and totals never go back."""
    bench = new()
    first: list[api.Register] = bench.talk("registers")
    if not first:
        return failed(_("It has no register."))
    before = {one.name: one for one in first}
    for hours in (1, 24, 24 * 31):
        bench.clock.advance(hours * 3600)
        now = {one.name: one for one in bench.talk("registers")}
        if now.keys() != before.keys() or any(now[name].unit != before[name].unit for name in now):
            return failed(_("Names or units change with the time."))
        back = [name for name, one in now.items() if one.cumulative and one.value < before[name].value]
        if back:
            return failed(_("{name} went back.").format(name=back[0]))
        before = now
    totals = [one.name for one in first if one.cumulative]
    if totals and all(before[one.name].value == one.value for one in first if one.cumulative):
        return failed(_("A month changes none of its totals."))
    return passed(", ".join(f"{one.name} {one.value} {one.unit}".rstrip() for one in first[:6]))


def events(new: Callable[..., Bench]) -> Said:
    """Its log goes forward and ends now."""
    bench = new()
    found: list[api.Event] = bench.talk("events")
    times = [one.time for one in found]
    if times != sorted(times):
        return failed(_("Its log goes back in time."))
    if times and times[-1] > bench.clock.now() + timedelta(seconds=SLACK_S):
        return failed(_("Its log knows the future."))
    return passed(_("{count} entries, in order.").format(count=len(found))) if found else absent(_("Its log is empty."))


def asked(new: Callable[..., Bench]) -> Said:
    """Nothing is known without an answer, and nobody waits long for one."""
    bench = new()
    for what in TALKS:
        if not bench.exchanges(what):
            if what in MAY_BE_MISSING and not bench.talk(what):
                continue
            return failed(_("{talk} asks the device nothing.").format(talk=what))
        if max(bench.wishes(what)) > LONGEST_WAIT_S:
            return failed(_("{talk} waits longer than {seconds:g} s.").format(talk=what, seconds=LONGEST_WAIT_S))
        if bench.outcome(what, lambda _number, _request, _answer: b"") is not None:
            return failed(_("{talk} has a value although nothing was answered.").format(talk=what))
    return passed(_("Each talk asks the device, and without an answer there is no value."))


def pieces(new: Callable[..., Bench]) -> Said:
    """Octet by octet, both ways, is the same as all at once."""
    for what in TALKS:
        bench, whole = new(), new()
        if not whole.exchanges(what):
            continue
        for request, answer in whole.exchanges(what):
            said = b"".join(bench.device.answer(bytes([octet])) for octet in request)
            if said != answer:
                return failed(_("{talk}: a request octet by octet is answered otherwise.").format(talk=what))
        if (early := _early(new(), what)) is not None:
            return failed(_("{talk}: an answer is taken for whole after {count} of its octets.").format(
                talk=what, count=early))  # fmt: skip
    return passed(_("Octet by octet, both ways, is the same as all at once."))


def _early(bench: Bench, what: str) -> int | None:
    """After how many octets of an answer it is taken for whole too early; None: never."""
    talk = getattr(bench.kind.reader(), what)()
    wish: Any = next(talk)
    while True:
        answer = bench.device.answer(wish.send)
        early = next((count for count in range(1, len(answer)) if wish.is_whole(answer[:count])), None)
        if early is not None:
            return early
        try:
            wish = talk.send(answer)
        except StopIteration:
            return None


def after_noise(new: Callable[..., Bench]) -> Said:
    """What came before does not matter once the line was silent."""
    chance = random.Random(SEED)
    for what in TALKS:
        expected = new().talk(what)
        for request, _answer in new().exchanges(what)[:1]:
            for cut in range(len(request)):
                bench = new()
                bench.device.answer(request[:cut])
                bench.device.answer(chance.randbytes(cut % 7))
                bench.device.pause()
                if bench.talk(what) != expected:
                    return failed(_("{talk}: after a request cut at octet {cut} it answers otherwise.").format(
                        talk=what, cut=cut))  # fmt: skip
    return passed(_("Requests cut at every octet, and noise, are forgotten after a silence."))


def changed_answers(new: Callable[..., Bench]) -> Said:
    """A changed bit of an answer is never another value."""
    bench, count = new(), 0
    for what in TALKS:
        expected = bench.talk(what)
        for number, (_request, answer) in enumerate(bench.exchanges(what)):
            for place, bit in _places(answer):
                changed = _flipped(answer, place, bit)
                found = bench.outcome(what, _instead(number, changed))
                count += 1
                if found is not None and found != expected:
                    return failed(_("{talk}: bit {bit} of octet {place} of answer {number} changed, and another value "
                        "was believed: {octets}").format(talk=what, bit=bit, place=place, number=number + 1,
                        octets=changed.hex(" ")))  # fmt: skip
    return passed(_("{count} answers with one bit changed: none gave another value.").format(count=count))


def cut_answers(new: Callable[..., Bench]) -> Said:
    """A cut answer is never a value."""
    bench, count = new(), 0
    for what in TALKS:
        for number, (_request, answer) in enumerate(bench.exchanges(what)):
            for length in range(len(answer)):
                count += 1
                if bench.outcome(what, _instead(number, answer[:length])) is not None:
                    return failed(_("{talk}: {count} octets of answer {number} were taken for all of it.").format(
                        talk=what, count=length, number=number + 1))  # fmt: skip
    return passed(_("{count} cut answers: none gave a value.").format(count=count))


def others_answers(new: Callable[..., Bench]) -> Said:
    """The answer to another question is refused."""
    bench = new()
    answers = {what: bench.exchanges(what)[0][1] for what in bench.talks()}
    for what in answers:
        for other, answer in answers.items():
            if other != what and bench.outcome(what, _instead(0, answer)) is not None:
                return failed(_("{talk}: the answer to {other} was taken for its own.").format(talk=what, other=other))
    return passed(_("The answer to another question is refused."))


def garbage(new: Callable[..., Bench]) -> Said:
    """Octets that nobody said are no value."""
    bench, chance = new(), random.Random(SEED)
    for what in bench.talks():
        for size in range(GARBAGE):
            noise = chance.randbytes(size % 97)
            if bench.outcome(what, _instead(0, noise)) is not None:
                return failed(_("{talk}: a value was made of {octets}.").format(talk=what, octets=noise.hex(" ")))
    return passed(_("{count} answers of chance: none gave a value.").format(count=GARBAGE * len(bench.talks())))


def changed_requests(new: Callable[..., Bench]) -> Said:
    """A changed request is not answered, refused, or answered so that the reader notices."""
    bench, count = new(), 0
    for what in TALKS:
        expected = bench.talk(what)
        for number, (request, _answer) in enumerate(bench.exchanges(what)):
            for place, bit in _places(request):
                bench.device.pause()
                heard = bench.device.answer(_flipped(request, place, bit))
                bench.device.pause()
                found = bench.outcome(what, _instead(number, heard))
                count += 1
                if found is not None and found != expected:
                    return failed(_("{talk}: bit {bit} of octet {place} of request {number} changed, and another value "
                        "was believed.").format(talk=what, bit=bit, place=place, number=number + 1))  # fmt: skip
    return passed(_("{count} requests with one bit changed: none gave another value.").format(count=count))


def hostile(new: Callable[..., Bench]) -> Said:
    """The emulator bears whatever it is sent, and serves on."""
    bench, chance = new(), random.Random(SEED)
    expected = bench.everything()
    requests = [request for what in TALKS for request, _answer in bench.exchanges(what)]
    for size in range(GARBAGE):
        octets = bytearray(chance.choice(requests) * chance.randrange(3))
        octets[chance.randrange(len(octets) + 1) :] = chance.randbytes(size)
        bench.device.answer(bytes(octets))
    bench.device.answer(bytes(range(256)) * 256)
    bench.device.pause()
    if bench.everything() != expected:
        return failed(_("After octets of chance it says something else."))
    return passed(_("{count} inputs of chance, 64 KiB at once: it serves on.").format(count=GARBAGE))


def _places(octets: bytes) -> list[tuple[int, int]]:
    places = [(place, bit) for place in range(len(octets)) for bit in range(8)]
    return places if len(places) <= MOST_FLIPS else sorted(random.Random(SEED).sample(places, MOST_FLIPS))


def _flipped(octets: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[place] ^= 1 << bit
    return bytes(changed)


def _instead(wanted: int, octets: bytes) -> Callable[[int, bytes, bytes], bytes]:
    """`octets` in the place of that answer; the others are honest."""
    return lambda number, _request, answer: octets if number == wanted else answer


ROWS: Final = (
    Row("identity", lambda: _("It says who it is"), identity),
    Row("alike", lambda: _("One seed is one device"), alike),
    Row("clock", lambda: _("Its clock goes with the time around it"), clock),
    Row("registers", lambda: _("It measures, and totals never go back"), registers),
    Row("events", lambda: _("Its log goes forward"), events),
    Row("asked", lambda: _("Without an answer there is no value"), asked),
    Row("pieces", lambda: _("In whatever pieces it comes"), pieces),
    Row("noise", lambda: _("What was cut off is forgotten after a silence"), after_noise),
    Row("changed-answers", lambda: _("A changed bit of an answer is no other value"), changed_answers),
    Row("cut-answers", lambda: _("A cut answer is no value"), cut_answers),
    Row("others-answers", lambda: _("Another question's answer is refused"), others_answers),
    Row("garbage", lambda: _("Noise is no value"), garbage),
    Row("changed-requests", lambda: _("A changed request gives no other value"), changed_requests),
    Row("hostile", lambda: _("The emulator bears whatever it is sent"), hostile),
)
