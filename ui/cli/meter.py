"""Opening a meter for one command: link, association, trace, and a clean goodbye."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hht.client.meter_session import MeterSession
from hht.client.notices import Notice
from hht.client.plain_text_session import PlainTextSession
from hht.clock import iso_z
from hht.i18n import _
from ui.cli.common import Output
from ui.cli.plugin_device import refuse_plugin_device
from ui.cli.probe_live import probe_told
from ui.compose import AssociationOptions, Composer, association_from_options
from ui.known_ports import known_ports
from ui.stores import counter_book, data_folder
from ui.system import SystemClock
from ui.what_is_logged import count_read

if TYPE_CHECKING:
    from hht.link import TraceSink
    from hht.store.store import Store

_Session = TypeVar("_Session", MeterSession, MeterSession | PlainTextSession)
_Opened = Callable[[Composer, AssociationOptions, "TraceSink | None"], Awaitable[_Session]]


@contextlib.asynccontextmanager
async def open_meter_with_store(
    args: argparse.Namespace, output: Output, also: TraceSink | None = None, *, traced: bool = True
) -> AsyncIterator[tuple[MeterSession, Store | None]]:
    """The meter at ``args.link``, associated; released and closed whatever happens. And the store (the trace goes
    there if it is `traced`, and to `also`) where ``--training`` or ``--pass-phrase-file`` unlocks it."""
    from ui.cli.stores import store_of_command

    unlocking = store_of_command(args, SystemClock(), output)
    async with _open(args, unlocking, _cosem(args), output, also, traced=traced) as found:
        yield found


def _cosem(args: argparse.Namespace) -> _Opened[MeterSession]:
    async def opened(composer: Composer, options: AssociationOptions, sink: TraceSink | None) -> MeterSession:
        meter = composer.meter(args.link, options, sink)
        await meter.open()
        return meter

    return opened


@contextlib.asynccontextmanager
async def open_any_meter(
    args: argparse.Namespace, output: Output
) -> AsyncIterator[tuple[MeterSession | PlainTextSession, Store | None]]:
    """As `open_meter_with_store`; a meter that speaks plain text only is signed on instead."""
    from ui.cli.stores import store_of_command

    async with _open(args, store_of_command(args, SystemClock(), output), _either(args), output) as found:
        yield found


@contextlib.asynccontextmanager
async def open_any_meter_to_write(
    args: argparse.Namespace, output: Output
) -> AsyncIterator[tuple[MeterSession | PlainTextSession, Store]]:
    """As `open_any_meter`, with the store that what is written goes into first. Raises before the link is opened where
    there is no such store."""
    from hht.access.roles import Act
    from ui.cli.stores import store_for_writing

    unlocking = store_for_writing(args, SystemClock(), Act.WRITE)
    async with _open(args, unlocking, _either(args), output, counted=False) as (meter, store):
        assert store is not None
        yield meter, store


def _either(args: argparse.Namespace) -> _Opened[MeterSession | PlainTextSession]:
    async def opened(
        composer: Composer, options: AssociationOptions, sink: TraceSink | None
    ) -> MeterSession | PlainTextSession:
        return await composer.either(args.link, options, sink)

    return opened


@contextlib.asynccontextmanager
async def _open(
    args: argparse.Namespace,
    unlocking: AbstractContextManager[Store | None],
    opened: _Opened[_Session],
    output: Output,
    also: TraceSink | None = None,
    *,
    traced: bool = True,
    counted: bool = True,
) -> AsyncIterator[tuple[_Session, Store | None]]:
    """`counted`: the log counts it as a meter that was read (what is written stands there itself)."""
    from ui.bridge_trust import known_bridges_of
    from ui.cli.stores import both_sinks, trace_sink
    from ui.kept_keys import with_kept_keys

    with unlocking as store, trace_sink(store if traced else None) as sink:
        async with contextlib.AsyncExitStack() as stack:
            training = bool(args.training) or (store is not None and store.training)
            clock, folder = SystemClock(), data_folder(args.data_dir)
            refuse_plugin_device(args.link, store, folder)
            book = counter_book(folder, training=training)
            composer = Composer(
                clock,
                training=training,
                counters=book,
                on_notice=partial(show_notice, output),
                on_note=output.note,
                on_remark=output.remark,
                on_stopping=partial(show_stopping, output),
                on_port=known_ports(folder, clock).used,
                bridges=known_bridges_of(folder, clock, training=training),
            )
            stack.push_async_callback(composer.close)
            options = with_kept_keys(association_from_options(args), store)
            async with probe_told(args.link, output, both_sinks(sink, also), clock) as heard:
                meter = await opened(composer, options, heard)
            stack.push_async_callback(meter.close)
            if counted:
                count_read(store, args.link, str(args.command))
            yield meter, store


def show_stopping(output: Output, limit_s: float) -> None:
    """Something was stopped in the middle of the meter's turn: why the command does not end at once."""
    words = _("Stopping: letting the meter finish its turn (at most {seconds:.0f} s). Once more ends at once.")
    output.note(words.format(seconds=limit_s))


def show_notice(output: Output, notice: Notice) -> None:
    """What the meter said unasked, as it comes."""
    output.emit(
        "notification",
        _("the meter says: {words}").format(words=notice.words),
        kind=notice.kind,
        time=None if notice.time is None else iso_z(notice.time),
        object=notice.object or None,
        name=notice.name or None,
        value=notice.value,
        code=notice.code_text or None,
        meaning=notice.meaning or None,
    )
