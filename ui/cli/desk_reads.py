"""What `hht history` and `hht logs` read by a supplier's desk: gas from the hub's mirror, logs of hub and gas meter."""

from __future__ import annotations

import argparse
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.link_url import parse_link_url, reaches_desk
from ui.cli.common import Output, UsageProblem
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.client.api import LogEntry
    from hht.desk.course import AskReport
    from hht.desk.kinds import AskKind
    from hht.store.store import Store
    from hht.work.history_reading import HistoryRead, Wanted
    from ui.desks import Desks


def add_device(parser: argparse.ArgumentParser, what: str) -> None:
    """``--device``, for a desk's link."""
    parser.add_argument("--device", metavar="ID", help=what)


def by_desk(args: argparse.Namespace) -> bool:
    """Whether the link is a desk's. Raises UsageProblem where no device is named for it, LinkUrlError."""
    if not reaches_desk(parse_link_url(args.link)):
        return False
    if args.device is None:
        raise UsageProblem(
            _("A desk reads many devices: which one is meant is not said."),
            remedy=_("Name it by its Device ID: --device ID."),
        )
    return True


def device_of(args: argparse.Namespace) -> str:
    """``args.device`` as every number is kept, however it was written. Raises IdentifierError."""
    from hht.identifiers import DeviceId

    return str(DeviceId.parse(args.device))


@contextlib.asynccontextmanager
async def _desks(args: argparse.Namespace, output: Output) -> AsyncIterator[tuple[Desks, Store]]:
    from ui.cli.stores import opened_store
    from ui.compose import Composer
    from ui.desks import Desks

    clock = SystemClock()
    with opened_store(args, clock) as store:
        async with contextlib.AsyncExitStack() as stack:
            composer = Composer(clock, training=bool(args.training))
            stack.push_async_callback(composer.close)
            yield Desks(store, composer, clock, secrets.token_bytes, on_note=output.note), store


async def _ask(desks: Desks, url: str, kind: AskKind, device: str, type_: str, details: Mapping[str, str]) -> AskReport:
    """What the desk answers; nothing of it stays among the asks."""
    from ui.histories import NO_JOB

    kept = desks.new(NO_JOB, kind, device, type_, details)
    report = await desks.ask(url, kept.ask.reference)
    if report.answer:
        desks.erase_answer(report.ask.reference)
    return report


async def gas_history(args: argparse.Namespace, output: Output, wanted: Wanted) -> HistoryRead:
    """The use of gas that the proxy ``args.device`` (a GPF ID) mirrors."""
    from hht.history.consent import Basis
    from hht.work.gas_history import read_gas_history
    from ui.histories import kept_history, log_read

    device = device_of(args)
    async with _desks(args, output) as (desks, store):
        log_read(store, device, wanted, Basis(args.agreed, args.duty))

        async def ask(kind: AskKind, details: dict[str, str]) -> AskReport:
            return await _ask(desks, args.link, kind, device, "GPF", details)

        def part(done: int, count: int) -> None:
            words = _("{done} of {total} answers").format(done=done, total=count)
            output.progress(words, done=done, total=count)

        return await read_gas_history(ask, kept_history(store, device), wanted, SystemClock().now(), part)


def forget_gas(args: argparse.Namespace) -> None:
    """Drop what is kept of the gas that this proxy mirrors."""
    from ui.cli.stores import opened_store
    from ui.histories import forget

    with opened_store(args, SystemClock()) as store:
        forget(store, device_of(args))


async def logs_by_desk(args: argparse.Namespace, output: Output) -> list[LogEntry]:
    """The Event and Security Log of ``args.device``, a ``args.type``."""
    from hht.desk.kinds import AskKind
    from hht.work.device_told import answered, log_told

    found: list[LogEntry] = []
    async with _desks(args, output) as (desks, _store):
        for log in ("event", "security"):
            if args.log is None or log in args.log:
                report = await _ask(desks, args.link, AskKind.READ_LOG, args.device, args.type, {"log": log})
                found += log_told(answered(report), log)
    return found
