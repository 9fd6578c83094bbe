"""Screenshots of every screen, in three themes and three sizes: `python -m ui.window.shots OUT` (`make shots`).

It drives the real window on the scripted terminal of the tests, offscreen; each scale factor needs its own process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SIZES = ((1280, 800, 1), (1024, 640, 1), (1920, 1200, 2))  # device pixels and scale factor
THEMES = ("day", "night", "sun")


def main(argv: Sequence[str] | None = None) -> int:
    """Make them all; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ui.window.shots", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=Path("out/shots"), help="the folder to write to")
    parser.add_argument("only", nargs="*", help="only scenes whose names hold one of these words")
    arguments = parser.parse_args(argv)
    out: Path = arguments.out
    only: list[str] = arguments.only
    out.mkdir(parents=True, exist_ok=True)
    if os.environ.get("HHT_SHOTS_SCALE"):
        _shoot_all(out, int(os.environ["HHT_SHOTS_SCALE"]), only)
        return 0
    for scale in sorted({scale for _wide, _high, scale in SIZES}):
        environment = dict(os.environ, HHT_SHOTS_SCALE=str(scale), QT_SCALE_FACTOR=str(scale))
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        subprocess.run([sys.executable, "-m", "ui.window.shots", str(out), *only], env=environment, check=True)
    return 0


def _shoot_all(out: Path, scale: int, only: Sequence[str]) -> None:
    from tests.window.scenes import SCENES, Stage

    for theme in THEMES:
        for wide, high, factor in SIZES:
            if factor != scale:
                continue
            for name, play in SCENES.items():
                if only and not any(word in name for word in only):
                    continue
                stage = Stage(theme, wide // scale, high // scale, live="live" in name)
                _play(stage, play, out / f"{name}-{theme}-{wide}x{high}@{scale}.png")


def _play(stage: Any, play: Callable[[Any], None], path: Path) -> None:
    began = time.monotonic()
    try:
        play(stage)
        stage.grab(path)
    finally:
        stage.close()
    print(f"{path.name}  {1000 * (time.monotonic() - began):.0f} ms", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
