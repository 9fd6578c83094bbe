"""`hht plugin check`: the conformance kit's rows, told one by one."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.plugins.kit.course import examine
from hht.work.conformance.rows import Verdict
from ui.cli.common import DONE, FAILED, Output
from ui.plugin_ways import ways
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.plugins.archive import Archive


async def tell(archive: Archive, output: Output) -> int:
    """Examine it, a line for each row; the exit status: 1 where one fails."""
    counted: Counter[Verdict] = Counter()
    async with aclosing(examine(archive, ways(SystemClock()))) as told_one_by_one:
        async for one in told_one_by_one:
            verdict = one.said.verdict
            counted[verdict] += 1
            text = f"{verdict.words:<15} {one.device or archive.manifest.name:<16} {one.title}: {one.said.why}"
            device = one.device or None
            output.emit("row", text, check=one.row, device=device, verdict=verdict.value, why=one.said.why)
    summary = ", ".join(f"{counted[verdict]} {verdict.words}" for verdict in Verdict if counted[verdict])
    fine = not counted[Verdict.FAIL]
    words = _("{name} {version}: {summary}. Emulated only: nothing here was verified on hardware.")
    told = words.format(name=archive.manifest.name, version=archive.manifest.version, summary=summary)
    totals = {verdict.value: counted[verdict] for verdict in Verdict}
    output.emit("result", told, ok=fine, digest=archive.digest, **totals)
    return DONE if fine else FAILED
