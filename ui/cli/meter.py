"""Opening a meter for one command: link, association, trace, and a clean goodbye."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator

from hht.client.meter_session import MeterSession
from ui.cli.common import Output
from ui.compose import Composer, association_from_options
from ui.system import SystemClock


@contextlib.asynccontextmanager
async def open_meter(args: argparse.Namespace, output: Output) -> AsyncIterator[MeterSession]:
    """The meter at ``args.link``, associated; released and closed whatever happens.

    The trace goes to the store where one is unlocked (``--training`` or ``--pass-phrase-file``).
    """
    from ui.cli.stores import trace_sink

    clock = SystemClock()
    association = association_from_options(args)
    with trace_sink(args, clock, output) as sink:
        async with contextlib.AsyncExitStack() as stack:
            composer = Composer(clock, training=bool(args.training))
            stack.push_async_callback(composer.close)
            meter = composer.meter(args.link, association, sink)
            stack.push_async_callback(meter.close)
            await meter.open()
            yield meter
