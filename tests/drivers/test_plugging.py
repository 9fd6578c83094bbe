"""An adapter that is taken out, comes back under another name, or is somebody else's just now."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers import port_locks
from drivers.discovery import SerialPortInfo, describe_ports
from drivers.in_process import FarEnd
from drivers.optical_probe import OpticalProbeLink
from drivers.port_locks import holder_of, lock_file_holder
from drivers.serial_port import open_device
from drivers.serve_pty import PtyServer
from hht.client.deadlines import Timing
from hht.client.sign_on import SignOnFailed, identify
from hht.link import SIGN_ON_LINE, Line, LinkLost, LinkState, LinkTimeout, LinkUnavailable, TraceKind
from tests.drivers.conftest import AT_ONCE_S, RealClock, Trace, eventually

PROBE = "usb:0403:6015/DK0FLAG1"


def plugged(*paths: str) -> list[SerialPortInfo]:
    """Adapters of one kind: the probe first, then others."""
    ports = []
    for place, path in enumerate(paths):
        info = ListPortInfo(path)
        fields: dict[str, Any] = {"vid": 0x0403, "pid": 0x6015, "manufacturer": "FTDI", "product": "FT230X"}
        fields["serial_number"] = f"DK0FLAG{place + 1}"
        for name, value in fields.items():
            setattr(info, name, value)
        ports.append(info)
    return describe_ports(ports)


@pytest.mark.usefixtures("no_tasks")
async def test_the_same_probe_at_another_port(clock: RealClock, trace: Trace) -> None:
    there: list[SerialPortInfo] = []
    opened: list[SerialPortInfo] = []
    link = OpticalProbeLink(
        PROBE, clock=clock, sink=trace, line=Line(9600), echo="off", ports=lambda: there, on_port=opened.append
    )
    assert link.name == f"optical:{PROBE}"
    async with PtyServer(FarEnd()) as first:
        there[:] = plugged(first.path)
        await link.open()
        first.unplug()
        await eventually(lambda: link.state is LinkState.LOST)
        with pytest.raises(LinkLost) as lost:
            await link.read(AT_ONCE_S)
        assert lost.value.message.startswith(f"The connection FTDI FT230X, no. DK0FLAG1 ({first.path}) is gone: ")
        assert lost.value.details["link"] == link.name
    there[:] = []
    with pytest.raises(LinkUnavailable, match="DK0FLAG1 is not plugged in") as caught:
        await link.open()
    assert caught.value.code == "link-absent"
    end, other = FarEnd(), FarEnd()
    async with PtyServer(other) as stranger, PtyServer(end) as second:
        there[:] = plugged(second.path, stranger.path)
        await link.open()
        end.send(b"here again")
        assert await link.read(AT_ONCE_S) == b"here again"
        await link.close()
        assert [port.device for port in opened][1:] == [second.path]
        assert trace.notes(TraceKind.LINE)[-1] == f"port {second.path}"
        assert not other.heard


@pytest.mark.usefixtures("no_tasks")
async def test_sentences_call_an_adapter_what_people_call_it(clock: RealClock) -> None:
    async with PtyServer(FarEnd()) as server:
        link = OpticalProbeLink(PROBE, clock=clock, ports=lambda: plugged(server.path))
        assert link.title == "FTDI USB serial, no. DK0FLAG1", "before anybody knows where it is"
        await link.open()
        called = f"FTDI FT230X, no. DK0FLAG1 ({server.path})"
        assert link.title == called
        with pytest.raises(LinkTimeout) as silent:
            await link.read(0.0)
        assert silent.value.message.startswith(f"Nothing arrived on {called} ")
        with pytest.raises(SignOnFailed) as unanswered:
            await identify(link, Timing(0.05, 0.05, slack_s=0.0, sign_on_tries=1))
        assert unanswered.value.message == f"The meter on {called} does not answer the sign-on."
        twin = OpticalProbeLink(PROBE, clock=clock, ports=lambda: plugged(server.path))
        with pytest.raises(LinkUnavailable) as taken:
            await twin.open()
        assert taken.value.message.startswith(f"{called} is in use by ")
        await link.close()
    path = OpticalProbeLink("/dev/ttyS9", clock=clock, ports=lambda: [])
    assert path.title == path.name == "optical:/dev/ttyS9", "nothing better is known"


async def test_what_cannot_be_written_down_does_not_stop_the_work(clock: RealClock) -> None:
    def no_room(_port: SerialPortInfo) -> None:
        raise OSError(28, "No space left on device")

    async with PtyServer(FarEnd()) as server:
        link = OpticalProbeLink(server.path, clock=clock, ports=lambda: plugged(server.path), on_port=no_room)
        await link.open()
        assert link.state is LinkState.UP
        await link.close()


@pytest.fixture
def stranger() -> Any:
    """Another program that lives."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_lock_file_counts_while_its_program_lives(
    tmp_path: Path, stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lock = tmp_path / "ttyUSB0", tmp_path / "LCK..ttyUSB0"
    path.touch()
    folders = (tmp_path / "none", tmp_path)
    assert lock_file_holder(str(path), folders) is None
    lock.write_text(f"{stranger.pid:>10}\n")
    holder = lock_file_holder(str(path), folders)
    assert holder is not None
    assert holder.endswith(f"({stranger.pid})")
    monkeypatch.setattr(port_locks.lock_file_holder, "__defaults__", (folders,))
    with pytest.raises(LinkUnavailable, match=f"ttyUSB0 is in use by .*{stranger.pid}") as caught:
        open_device(str(path), SIGN_ON_LINE, hard_parity=False)
    assert (caught.value.code, "Close that program" in caught.value.remedy) == ("link-busy", True)
    for text in (f"{os.getpid():>10}", "4194305", "what", "", "-1", "0 0"):
        lock.write_text(text)
        assert lock_file_holder(str(path), folders) is None, "ours, a dead program's (crashed), or none at all"


def test_who_has_a_port_open_without_a_lock(stranger: subprocess.Popen[bytes]) -> None:
    null = holder_of("/dev/tty-that-is-not-there")
    assert null == ""
    master, slave = os.openpty()
    try:
        path = os.ttyname(slave)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[slave]) as other:
            assert holder_of(path).endswith(f"({other.pid})")
            other.kill()
    finally:
        os.close(master)
        os.close(slave)


def test_a_real_port_is_shut_for_programs_that_know_no_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("fcntl.ioctl", lambda _fd, request: asked.append(request))
    port_locks.shut_out_others(0, "/dev/pts/7")  # who serves a pty keeps it open: the refusal would stay
    port_locks.shut_out_others(-1, "COM5")
    assert asked == []
    port_locks.shut_out_others(0, "/dev/ttyUSB0")
    assert asked == [termios.TIOCEXCL]
