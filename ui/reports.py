"""Writing a visit's report: PDF and JSON side by side."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hht.report.bundle import TraceDigest, build_evidence
from hht.report.files import write_json
from hht.report.pdf import write_pdf
from hht.store.trace_store import TraceReader
from hht.work.record import VisitRecord


def write_report(folder: Path, record: VisitRecord, trace: TraceReader, written_at: datetime) -> Path:
    """``report.pdf`` and ``report.json`` in `folder`; the PDF's path. Raises ReportNotWritten."""
    evidence = build_evidence(record, TraceDigest(len(trace), trace.sha256()), written_at)
    write_json(folder / "report.json", evidence)
    write_pdf(folder / "report.pdf", evidence)
    return folder / "report.pdf"
