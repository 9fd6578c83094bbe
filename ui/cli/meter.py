"""Opening a meter for one command: link, association, trace, and a clean goodbye."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from hht.client.meter_session import MeterSession
from ui.cli.common import Output
from ui.compose import Composer, association_from_options
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.store.store import Store


@contextlib.asynccontextmanager
async def open_meter(args: argparse.Namespace, output: Output) -> AsyncIterator[MeterSession]:
    """The meter at ``args.link``, associated; released and closed whatever happens. Its trace is kept as below."""
    async with open_meter_with_store(args, output) as (meter, _store):
        yield meter


@contextlib.asynccontextmanager
async def open_meter_with_store(
    args: argparse.Namespace, output: Output
) -> AsyncIterator[tuple[MeterSession, Store | None]]:
    """The meter, and the store (the trace goes there) where ``--training`` or ``--pass-phrase-file`` unlocks it."""
    from ui.cli.stores import store_of_command, trace_sink

    clock = SystemClock()
    association = association_from_options(args)
    with store_of_command(args, clock, output) as store, trace_sink(store) as sink:
        async with contextlib.AsyncExitStack() as stack:
            composer = Composer(clock, training=bool(args.training))
            stack.push_async_callback(composer.close)
            meter = composer.meter(args.link, association, sink)
            stack.push_async_callback(meter.close)
            await meter.open()
            yield meter, store
