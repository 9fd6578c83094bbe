"""What can be wrong in a premises: faults by name, each with the symptom that it shows, switched on and off at will."""

from __future__ import annotations

from hht.model.faults.catalogue import failures, fault_kinds
from hht.model.faults.kind import FaultKind
from hht.model.faults.plan import FaultPlan, parse_fault
from hht.model.faults.register import FaultError, FaultRegister

__all__ = ["FaultError", "FaultKind", "FaultPlan", "FaultRegister", "failures", "fault_kinds", "parse_fault"]
