"""Runs every benchmark and prints one line each: what, figure, the bar where there is one."""

from __future__ import annotations

import sys

from tests.bench import decode, events, hostile, journal, lateness, startup


def main() -> int:
    """Run all (or those named on the command line); 0 unless one could not be measured."""
    modules = (startup, decode, lateness, journal, events, hostile)
    benches = {module.__name__.rpartition(".")[2]: module.run for module in modules}
    wanted = sys.argv[1:] or list(benches)
    for name in wanted:
        for line in benches[name]():
            print(f"{name:<9} {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
