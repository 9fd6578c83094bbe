"""`python -m ui.manual OUT [--shots DIR] [--language cy]` (`make manual`)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ui.manual.book import ManualError, write_manual


def main() -> int:
    """Write it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ui.manual", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--shots", type=Path, help="where `make shots` put its pictures")
    parser.add_argument("--language", default="en", choices=("en", "cy"))
    args = parser.parse_args()
    try:
        made = write_manual(args.out, args.shots, args.language)
    except (ManualError, OSError) as error:
        sys.stderr.write(f"manual: {error}\n")
        return 1
    sys.stdout.write(f"{len(made)} pages: {args.out / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
