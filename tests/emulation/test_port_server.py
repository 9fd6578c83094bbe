"""The port on an event loop: in-process links, silence, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from drivers.serving import Attachable, ClockedConnection
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, open_port
from hht.model.electricity_meter import ElectricityMeter
from hht.model.plan_file import PremisesError
from hht.model.refusal import DeviceRefusal
from hht.protocol.iec62056_21 import acknowledge, request_message

MeterOf = Callable[..., ElectricityMeter]
IDENTIFICATION = b"/HHT5\\2TRAINER-1E\r\n"


async def test_it_answers_whoever_attaches(meter_of: MeterOf) -> None:
    port: Attachable = PortServer(meter_of())
    heard: list[bytes] = []
    head = port.attach(heard.append)
    assert isinstance(head, ClockedConnection)
    head.line_speed(300)
    head.receive(request_message())
    assert heard == [IDENTIFICATION]
    assert head.baud == 300
    head.receive(acknowledge("5"))
    assert head.baud == 9600
    head.closed()
    head.receive(request_message())
    assert len(heard) == 2


async def test_silence_brings_it_back_to_sign_on(meter_of: MeterOf) -> None:
    port = PortServer(meter_of(), inactivity_s=0.05)
    heard: list[bytes] = []
    head = port.attach(heard.append)
    head.line_speed(300)
    head.receive(request_message())
    head.receive(acknowledge("5"))
    await asyncio.sleep(0.15)
    assert head.baud == 300
    heard.clear()
    head.receive(request_message())
    assert heard == [IDENTIFICATION]
    await port.close()


async def test_conversations_do_not_disturb_each_other(meter_of: MeterOf) -> None:
    port = PortServer(meter_of())
    one: list[bytes] = []
    two: list[bytes] = []
    first, second = port.attach(one.append), port.attach(two.append)
    first.receive(request_message())
    assert (one, two) == ([IDENTIFICATION], [])
    second.receive(request_message())
    assert two == [IDENTIFICATION]
    await port.close()
    first.receive(request_message())
    assert len(one) == 1


async def test_open_port_by_name_and_options(clock: ManualClock) -> None:
    port = open_port("single-element", device="esme-1", clock=clock, options={"days": "2", "seed": "9"})
    assert len(port.meter.profile) == 96
    await port.close()
    for options in ({"days": "many"}, {"days": "0"}, {"seed": "-1"}, {"seed": "9" * 30}):
        with pytest.raises(PremisesError):
            open_port("single-element", clock=clock, options=options)
    with pytest.raises(PremisesError):
        open_port("single-element", device="gsme-1", clock=clock, options={})
    with pytest.raises(DeviceRefusal):
        open_port("no-optical-port", clock=clock, options={})
