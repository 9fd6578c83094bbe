"""What fuzzing has been done, target by target: ``ledger.toml``, to which each ``make fuzz`` adds.

A target whose code has changed begins anew (`since_s`): half of the time goes to those that have had least since.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

BUDGET_H: Final = 24.0  # CPU-hours over time
PATH: Final = Path(__file__).parent / "ledger.toml"
_HEAD: Final = """\
# What `make fuzz` has done so far. It adds to this by itself; commit it with what has grown in corpus/.
# cpu_s: seconds of CPU in all, long_s: of these on long inputs, since_s: since its code became what it is (code: a
# print of the functions that its seeds go through). seeds: first and last of the latest run, day: when that was.
"""


@dataclass(slots=True)
class Account:
    """One target's."""

    cpu_s: float = 0.0
    long_s: float = 0.0
    since_s: float = 0.0
    inputs: int = 0
    failures: int = 0
    seeds: str = ""
    day: str = ""
    code: str = ""


class Ledger:
    """The accounts of all targets."""

    def __init__(self, path: Path = PATH) -> None:
        self._path = path
        self.accounts: dict[str, Account] = {}
        if path.exists():
            for name, fields in tomllib.loads(path.read_text(encoding="utf-8")).items():
                self.accounts[name] = Account(**fields)

    def of(self, name: str) -> Account:
        """The account of a target; a new one where there is none."""
        return self.accounts.setdefault(name, Account())

    def is_now(self, name: str, code: str) -> bool:
        """Tell which code the target has now. Whether that is another than it was fuzzed with last."""
        account = self.of(name)
        changed = account.code != code
        if changed:
            account.code, account.since_s = code, 0.0
        return changed

    def add(self, name: str, *, cpu_s: float, inputs: int, long: bool = False) -> None:
        """One stretch of work."""
        account = self.of(name)
        account.cpu_s += cpu_s
        account.since_s += cpu_s
        account.long_s += cpu_s if long else 0.0
        account.inputs += inputs

    def tried(self, name: str, seeds: Collection[int], day: date) -> None:
        """Which seeds this run has tried, and when."""
        account = self.of(name)
        account.seeds, account.day = f"{min(seeds)}-{max(seeds)}", day.isoformat()

    def write(self, targets: Collection[str]) -> None:
        """Keep it, without what is no target any more."""
        lines = [_HEAD]
        for name in sorted(self.accounts.keys() & set(targets)):
            lines.append(f"\n[{name}]\n")
            for field, value in asdict(self.accounts[name]).items():
                shown = f"{value:.1f}" if isinstance(value, float) else json.dumps(value)
                lines.append(f"{field} = {shown}\n")
        beside = self._path.with_suffix(".new")
        beside.write_text("".join(lines), encoding="utf-8")
        beside.replace(self._path)

    def lines(self, targets: Collection[str]) -> Iterator[str]:
        """For people: how much of the budget is spent, and who has had least."""
        accounts = {name: self.of(name) for name in targets}
        hours = sum(account.cpu_s for account in accounts.values()) / 3600
        inputs = sum(account.inputs for account in accounts.values())
        failures = sum(account.failures for account in accounts.values())
        yield (
            f"{hours:.2f} of {BUDGET_H:.0f} CPU-hours since the ledger began: {inputs:,} inputs to {len(accounts)}"
            f" targets, {failures} failures found"
        )
        least = sorted(accounts, key=lambda name: (accounts[name].since_s, name))[:5]
        yield "least since its code changed: " + ", ".join(f"{name} {accounts[name].since_s:.0f} s" for name in least)
