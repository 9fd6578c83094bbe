"""`make bench-meter`: a 13-month profile, read by us and by others in one run; and what it costs on a slow line.

Decoding: CPU seconds of the client's own process from the request to typed rows, the least of five runs in turns.
The line: bytes and turnarounds counted, 9600 baud, 20 ms, against the plain rows with nothing around them; and what
damaged frames cost on it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.peers.environment import bench_python
from tests.support.counted_read import counted_read, whole_meter
from tests.support.damaging_meter import every
from tests.support.emulate import Emulated
from tests.support.timed_read import timed_read

RUNS = 5
OBIS = "1.0.99.1.0.255"
PEERS = ("pydlms", "dlms-cosem")
DECODE_BAR = 5.0
LINE_CASES = (
    (2030, 7, "plain", False, 1.01),
    (128, 7, "plain", False, 1.15),
    (128, 1, "plain", False, 1.36),
    (2030, 7, "plain", True, None),
    (2030, 7, "null", False, 0.55),
    (2030, 7, "delta", False, 0.35),
    (2030, 7, "compact", False, 0.35),
)
NOISY_CASES = ((128, 1, 60), (128, 7, 60), (2030, 7, 400))  # information, window, days
NOISY_BAR = 2.0
DAMAGES = {"information": -4, "header": 4}


def main() -> int:
    """Print the table; 0 where every bar is met that could be measured."""
    met = True
    for line, good in [*decoding(), *on_the_line(), *on_a_noisy_line()]:
        print(line, flush=True)
        met = met and good
    return 0 if met else 1


def decoding() -> Iterator[tuple[str, bool]]:
    """Rows a second, ours and theirs."""
    python = _peers()
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0") as meter:
        host, _colon, port = meter.address.rpartition(":")
        for security in ("low", "gmac"):
            rates: dict[str, float] = {}
            for _run in range(RUNS):
                for name, command in _commands(python, host, port, security).items():
                    rates[name] = max(rates.get(name, 0.0), _rate(command))
            ours = rates.pop("ours")
            title = "decode, plain  " if security == "low" else "decode, ciphered"
            if not rates:
                yield f"{title} {ours:>10,.0f} rows/s (no peers here to compare with)", True
                continue
            best = max(rates, key=lambda name: rates[name])
            ratio = ours / rates[best]
            others = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
            text = f"{title} {ours:>10,.0f} rows/s; {others}; {ratio:.1f} x {best} (bar {DECODE_BAR})"
            yield text, ratio >= DECODE_BAR


def _peers() -> Path | None:
    try:
        return bench_python()
    except pytest.skip.Exception as reason:
        print(reason, file=sys.stderr)
        return None


def _commands(python: Path | None, host: str, port: str, security: str) -> dict[str, list[str]]:
    commands = {"ours": [sys.executable, "-m", "tests.bench.own_read", host, port, security]}
    script = str(ROOT / "tests" / "bench" / "peer_read.py")
    if python is not None:
        commands |= {peer: [str(python), script, peer, host, port, OBIS, security] for peer in PEERS}
    return commands


def _rate(command: list[str]) -> float:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    said = json.loads(done.stdout.splitlines()[-1])
    return float(said["rows"]) / float(said["seconds"])


def on_the_line() -> Iterator[tuple[str, bool]]:
    """Seconds at 9600 baud over the floor."""
    for info, window, profiles, ciphered, bar in LINE_CASES:
        cost = asyncio.run(counted_read(whole_meter(profiles=profiles), info=info, window=window, ciphered=ciphered))
        name = f"line, {info} w{window}, {profiles}{', ciphered' if ciphered else ''}"
        figures = f"{cost.sent + cost.received:,} bytes, {cost.turnarounds:,} turnarounds, {cost.seconds:.1f} s"
        bars = f" (bar {bar})" if bar else ""
        yield f"{name:<30} {figures}; {cost.ratio:.4f} x the floor{bars}", bar is None or cost.ratio <= bar


def on_a_noisy_line() -> Iterator[tuple[str, bool]]:
    """What one damaged frame in fifty costs on the paced line, in virtual time, against the frames that are lost."""
    for info, window, days in NOISY_CASES:
        clean = timed_read(days, info, window)
        for name, at in DAMAGES.items():
            noisy = timed_read(days, info, window, every(50, at))
            cost_s, lost_s = noisy.seconds - clean.seconds, noisy.repeated_s
            title = f"1 in 50 damaged ({name}), {info} w{window}"
            yield (
                (
                    f"{title:<40} {noisy.damaged} damaged, {len(noisy.repeated)} sent again: {cost_s:.2f} s more than "
                    f"{clean.seconds:.1f} s; {cost_s / lost_s:.2f} x those frames (bar {NOISY_BAR}), "
                    f"{1000 * (cost_s - lost_s) / noisy.damaged:.0f} ms beside them for each"
                ),
                cost_s / lost_s <= NOISY_BAR,
            )


if __name__ == "__main__":
    sys.exit(main())
