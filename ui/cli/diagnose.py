"""`hht diagnose LINK… --symptom WORD`: a fault visit: looks over every link, questions, a verdict by fault domain."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import (
    DONE,
    Output,
    UsageProblem,
    add_meter_options,
    named_path,
    run_command,
    whole_number,
)
from ui.cli.hastened import HastenedClock, add_hasten, run_hastened
from ui.cli.typed import TypedLines
from ui.cli.waiting import Waiting, told_while_waiting

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.diagnosis.course import Step
    from hht.diagnosis.knowledge import Look, Reading
    from hht.diagnosis.verdict import Verdict
    from hht.identifiers import InstallCode
    from hht.store.store import Store
    from hht.work.looks.ways import Home
    from ui.diagnosing import FaultVisit

_KINDS: Final = ("esme", "gsme", "chf", "gpf", "ihd", "cad")
_MOST_MINUTES: Final = 240


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "diagnose",
        help=_("a fault visit: looks over every link, questions to you, a verdict by fault domain"),
        description=_(
            "Chooses each look by what separates the causes that are left at the least cost, and stops when one is "
            "left, or the time box is full. The verdict names what proved or excluded each domain, and where it stands "
            "in the trace. The terminal writes nothing to a meter; the desk acts only where you let it."
        ),
        epilog=_(
            "Example: hht diagnose emulated:dual-fuel-connected desk:emulated --symptom no-readings "
            "--device 00-DB-12-34-56-79-01-A0=ESME --device 00-DB-12-34-56-79-01-A2=CHF"
        ),
    )
    parser.add_argument(
        "links", nargs="*", metavar="LINK", help=_("a meter's port, a dongle, a desk: as many of these as there are")
    )
    parser.add_argument(
        "--symptom", action="append", default=[], metavar="WORD", help=_("what was told; several times; see --list")
    )
    parser.add_argument("--list", action="store_true", help=_("list the symptoms, and end"))
    parser.add_argument("--job", type=named_path, metavar="FILE", help=_("the job's file: its devices and numbers"))
    parser.add_argument(
        "--device", action="append", default=[], metavar="ID=KIND", help=_("a device: ESME, GSME, CHF, GPF, IHD, CAD")
    )
    parser.add_argument("--mpan", default="", help=_("of the address"))
    parser.add_argument("--mprn", default="", help=_("of the address"))
    parser.add_argument("--phases", type=whole_number, choices=(1, 3), default=0, help=_("that come in"))
    parser.add_argument("--prepayment", action="store_true", help=_("the home pays in advance"))
    parser.add_argument(
        "--answers", type=named_path, metavar="FILE", help=_("JSON with the value of each reading that a person sees")
    )
    parser.add_argument(
        "--let-desk-act",
        action="store_true",
        help=_("the desk may synchronise the meter's clock, and open the hub for joining, to see what comes of it"),
    )
    parser.add_argument("--time-box", type=whole_number, default=25, metavar="MIN", help=_("default 25 minutes"))
    parser.add_argument(
        "--thorough",
        action="store_true",
        help=_("settle every domain: look on within the time box, also when the cause is found"),
    )
    parser.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))
    words = _("at an emulated home: pass over what has to be waited for; nobody is asked then (see --answers)")
    add_hasten(parser, words)
    add_meter_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    if args.list:
        return run_command(args, _list)
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    return run_hastened(partial(_diagnose, args, output), output, args.links, hasten=args.hasten)


def _list(_args: argparse.Namespace, output: Output) -> int:
    from hht.diagnosis.knowledge import knowledge

    for name, words in knowledge().symptoms.items():
        output.emit("symptom", f"{name:22} {words}", name=name, words=words)
    return DONE


async def _diagnose(args: argparse.Namespace, output: Output, clock: Clock) -> int:
    async with told_while_waiting(output) as waiting:
        return await _looks(args, output, clock, waiting)


async def _looks(args: argparse.Namespace, output: Output, clock: Clock, waiting: Waiting) -> int:
    from hht.diagnosis.course import enough, every_domain
    from ui.cli.stores import store_for_writing, trace_sink
    from ui.compose import Composer
    from ui.diagnosing import Diagnosing

    visit = _visit(args)
    if visit.places.premises:
        output.note(_("The emulated home comes to life, with its past."))
    asks = not isinstance(clock, HastenedClock)  # who is waited for would be passed over too
    person = Keyboard(_answers(args.answers), output, may_act=args.let_desk_act, asks=asks, waiting=waiting)
    steps: list[Step] = []

    def tell(step: Step) -> None:
        steps.append(step)
        waiting.begins("")
        _tell_step(step, output)

    args.link = next((one for one in (visit.places.probe, visit.places.dongle) if one), "emulated:none")
    with store_for_writing(args, clock) as store, trace_sink(store) as sink:
        composer = Composer(clock, training=store.training, on_remark=output.remark)
        try:
            verdict = await Diagnosing(store, composer, clock, waiting.within).run(
                _with_code(visit, args, store),
                person,
                tell,
                sink,
                partial(_begins, waiting),
                more=every_domain if args.thorough else enough,
            )
        except HhtError as error:
            if error.code.startswith("fault-"):  # in a link's query
                raise UsageProblem(error.message, remedy=error.remedy) from error
            raise
        finally:
            await composer.close()
    _tell_verdict(verdict, output)
    _complain_of_links(steps)
    return DONE


def _begins(waiting: Waiting, look: Look, _minutes: float) -> None:
    """What is waited for in a look; a person is not."""
    waiting.begins("" if look.means == "eyes" else look.words)


def _complain_of_links(steps: list[Step]) -> None:
    """Raises the first trouble of a link where looks were tried over links and none told anything: the verdict rests on
    no test of this terminal then, and a script has to know."""
    troubles = [step.trouble for step in steps if step.look.means != "eyes" and step.trouble is not None]
    if troubles and not any(one.frames for step in steps for one in step.found):
        raise troubles[0]


# --- what is asked for


def _visit(args: argparse.Namespace) -> FaultVisit:
    from hht.diagnosis.knowledge import knowledge
    from ui.association_options import association_from_options
    from ui.diagnosing import FaultVisit, places_of

    unknown = [one for one in args.symptom if one not in knowledge().symptoms]
    if unknown or not args.symptom:
        raise UsageProblem(
            _("“{word}” is no symptom.").format(word=unknown[0]) if unknown else _("No symptom is said."),
            remedy=_("hht diagnose --list shows them; name at least one with --symptom."),
        )
    if not 1 <= args.time_box <= _MOST_MINUTES:
        raise UsageProblem(
            _("A time box has 1 to {most} minutes.").format(most=_MOST_MINUTES), remedy=_("25 minutes are usual.")
        )
    home = _home(args)
    places = places_of([lived_in(one) for one in args.links])
    return FaultVisit(
        places, home, tuple(args.symptom), options=association_from_options(args), time_box_min=args.time_box
    )


def lived_in(link: str) -> str:
    """The link; of an emulated home one where people look at their displays, unless it says otherwise (people=away): of
    a home where nobody ever does the hub has heard nothing, and no fault of its HAN shows."""
    if not link.startswith("emulated:") or "people=" in link:
        return link
    return f"{link}{'&' if '?' in link else '?'}people=look"


def _home(args: argparse.Namespace) -> Home:
    from hht.identifiers import DeviceId
    from hht.work.looks.of_job import home_of_job
    from hht.work.looks.ways import Home

    if args.job is not None:
        from hht.work.job import parse_job
        from ui.short_file import read_short_text

        return home_of_job(parse_job(read_short_text(str(args.job)), str(args.job)))
    devices: dict[str, DeviceId] = {}
    for text in args.device:
        device, _mark, kind = text.partition("=")
        if kind.lower() not in _KINDS:
            raise UsageProblem(
                _("“{text}” names no device and its kind.").format(text=text),
                remedy=_("Write for example 00-DB-12-34-56-79-01-A0=ESME; kinds are {kinds}.").format(
                    kinds=", ".join(_KINDS).upper()
                ),
            )
        devices[kind.lower()] = DeviceId.parse(device)
    return Home(devices, args.mpan, args.mprn, args.phases, args.prepayment)


def _with_code(visit: FaultVisit, args: argparse.Namespace, store: Store) -> FaultVisit:
    """With the terminal's own install code, where it is known."""
    from dataclasses import replace

    from ui.han import terminal_code

    if not visit.places.dongle:
        return visit
    code: InstallCode | None
    try:
        code = terminal_code(visit.places.dongle, args.install_code_file or "", training=store.training)
    except HhtError:
        if args.install_code_file:
            raise
        code = None
    return replace(visit, code=code)


def _answers(file: Path | None) -> dict[str, str]:
    """Values by reading. Raises UsageProblem."""
    if file is None:
        return {}
    from hht.diagnosis.knowledge import knowledge
    from ui.short_file import read_short_text

    try:
        plain = json.loads(read_short_text(str(file)))
    except (OSError, ValueError) as error:
        raise _bad_answers(file, str(error)) from error
    except RecursionError as error:
        raise _bad_answers(file, _("it is nested too deeply")) from error
    readings = knowledge().readings
    if not isinstance(plain, dict):
        raise _bad_answers(file, _("an object is expected"))
    for name, value in plain.items():
        if name not in readings or not isinstance(value, str) or value not in readings[name].values:
            raise _bad_answers(file, _("“{name}”: “{value}” is no reading's value").format(name=name, value=value))
    return {str(name): str(value) for name, value in plain.items()}


def _bad_answers(file: Path, why: str) -> UsageProblem:
    return UsageProblem(
        _("The answers in {file} cannot be used: {why}.").format(file=file, why=why),
        remedy=_('Write for example {"led.wan": "dark", "face.ihd": "both"}.'),
    )


# --- who is asked


class Keyboard:
    """A person at the keyboard, or answers that were written before; where nobody is there, nothing is said."""

    def __init__(
        self,
        answers: dict[str, str],
        output: Output,
        *,
        may_act: bool,
        asks: bool = True,
        waiting: Waiting | None = None,
    ) -> None:
        """`asks`: whether somebody may be asked; `waiting` is silent as long as they think."""
        self._answers, self._output, self._may_act, self._waiting = answers, output, may_act, waiting
        self._asks = asks and sys.stdin is not None and sys.stdin.isatty()
        self._lines = TypedLines()

    async def tell(self, reading: Reading) -> str | None:
        """One of the reading's values; None where it cannot be said."""
        if reading.name in self._answers or not self._asks:
            return self._answers.get(reading.name)
        values = list(reading.values)
        self._output.say(reading.words)
        for number, value in enumerate(values, 1):
            self._output.say(f"  {number}  {reading.values[value]}")
        while True:
            typed = await self._line(_("A number, or Enter where it cannot be said: "))
            if not typed:
                return None
            if re.fullmatch("[0-9]{1,2}", typed) and 1 <= int(typed) <= len(values):
                return values[int(typed) - 1]
            self._output.say(_("Type one of the numbers."))

    async def do(self, deed: str) -> bool:
        """Have it done; whether it was. The desk acts on a plain yes alone."""
        from hht.work.actions.find_fault import deed_words
        from hht.work.looks.desk import LET_DESK_ACT

        agrees = deed == LET_DESK_ACT
        if agrees and self._may_act:
            return True
        if not self._asks:
            return False
        asked = _("{deed} Then press Enter (or type n where it cannot be done): ")
        if agrees:
            asked = _("{deed} Type yes where it may; whatever else you type, it does not: ")
        said = await self._line(asked.format(deed=deed_words(deed)))
        if said is None:
            return False
        return said.lower() in ("y", "yes") if agrees else said.lower() not in ("n", "no")

    async def _line(self, prompt: str) -> str | None:
        """What is typed, without the spaces around it; None where the input has ended."""
        self._output.say(prompt, end="")
        try:
            with contextlib.nullcontext() if self._waiting is None else self._waiting.silent():
                said = await self._lines.next()
        except asyncio.CancelledError:
            self._output.say(_("(no longer needed)"))
            raise
        return None if said is None else said.strip()


# --- what is said


def _tell_step(step: Step, output: Output) -> None:
    from hht.work.actions.find_fault import untold

    ranked = [(name, round(chance, 3)) for name, chance in step.now.ranking[:3]]
    told = "; ".join(f"{one.reading} {one.value}" for one in step.found) or untold(step)
    output.emit(
        "look",
        _("{minutes:4.1f} min  {words}: {told}").format(minutes=step.minutes, words=step.look.words, told=told),
        look=step.look.name,
        words=step.look.words,
        minutes=round(step.minutes, 2),
        spent=step.cost,
        found=[one.plain() for one in step.found],
        trouble=None if step.trouble is None else step.trouble.code,
        ranking=[{"cause": name, "chance": chance} for name, chance in ranked],
    )


def _tell_verdict(verdict: Verdict, output: Output) -> None:
    from ui.verdict_words import verdict_lines

    fields: dict[str, Any] = verdict.plain()
    output.emit("verdict", "\n".join(verdict_lines(verdict)), **fields)


__all__ = ["Keyboard", "add_parser", "run"]
