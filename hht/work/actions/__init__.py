"""What steps do: one small module each, all of them in one registry. See `hht.work.step.Action`."""

from __future__ import annotations

from hht.work.actions.ask import ASK
from hht.work.actions.check_job import CHECK_JOB
from hht.work.actions.clock import SET_CLOCK
from hht.work.actions.competence import COMPETENCE
from hht.work.actions.connect import CONNECT
from hht.work.actions.customer_information import CUSTOMER_INFORMATION
from hht.work.actions.display import DISPLAY
from hht.work.actions.hand_over import HAND_OVER
from hht.work.actions.identify import IDENTIFY
from hht.work.actions.mpan import WRITE_MPAN
from hht.work.actions.offset import RANDOMISED_OFFSET
from hht.work.actions.read_lights import READ_LIGHTS
from hht.work.actions.readings import READING_AFTER, READING_BEFORE
from hht.work.actions.registers import REGISTERS
from hht.work.actions.scan_meter import SCAN_METER
from hht.work.actions.supplier import SUPPLIER
from hht.work.actions.without_wan import DELIVER_PACK, HUB_TIME
from hht.work.step import Action

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        ASK,
        SUPPLIER,
        DISPLAY,
        CUSTOMER_INFORMATION,
        HUB_TIME,
        DELIVER_PACK,
        COMPETENCE,
        READ_LIGHTS,
        CHECK_JOB,
        SCAN_METER,
        CONNECT,
        IDENTIFY,
        READING_BEFORE,
        SET_CLOCK,
        WRITE_MPAN,
        RANDOMISED_OFFSET,
        REGISTERS,
        READING_AFTER,
        HAND_OVER,
    )
}

__all__ = ["ACTIONS", "Action"]
