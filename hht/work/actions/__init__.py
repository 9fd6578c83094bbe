"""What steps do: one small module each, all of them in one registry. See `hht.work.step.Action`."""

from __future__ import annotations

from hht.work.actions.access_devices import (
    DEVICE_JOINED,
    DEVICES_GONE,
    FIND_EACH,
    FIND_JOBS,
    HUB_FORGOT,
    HUB_LISTS,
    REFUSED_READ,
)
from hht.work.actions.ask import ASK
from hht.work.actions.check_job import CHECK_JOB
from hht.work.actions.clock import SET_CLOCK
from hht.work.actions.competence import COMPETENCE
from hht.work.actions.connect import CONNECT
from hht.work.actions.customer_information import CUSTOMER_INFORMATION
from hht.work.actions.display import DISPLAY
from hht.work.actions.exchange_readings import CLOSING_READING, OPENING_READING
from hht.work.actions.find_fault import FIND_FAULT
from hht.work.actions.firmware import ACTIVATE_FIRMWARE, FIRMWARE_AFTER, FIRMWARE_BEFORE, FIRMWARE_LIST
from hht.work.actions.first_generation import FIRST_GENERATION
from hht.work.actions.gas_supply import GAS_PROVED, GAS_STATE
from hht.work.actions.generation import GENERATION_RECORD, READ_GENERATION
from hht.work.actions.hand_over import HAND_OVER
from hht.work.actions.hub_exchange import (
    HUB_CHECK,
    HUB_COPY,
    HUB_DEVICES,
    HUB_EXPECT,
    HUB_FORGET,
    HUB_RESTORE,
    HUB_SNAPSHOT,
)
from hht.work.actions.identify import IDENTIFY
from hht.work.actions.intelligent_hub import INTELLIGENT_HUB
from hht.work.actions.load_step import CROSSED_VERDICT, LOAD_STEP, LOAD_STEP_BESIDE
from hht.work.actions.mpan import WRITE_MPAN
from hht.work.actions.network import NETWORK_CHANGES, NETWORK_DATA
from hht.work.actions.offset import OFFSET_EFFECT, RANDOMISED_OFFSET
from hht.work.actions.outside import OUTSIDE
from hht.work.actions.pick_up import LEFT_FOR_LATER, PICK_UP
from hht.work.actions.prepayment import (
    CHECK_TOKEN,
    EMERGENCY_CREDIT,
    ENABLE_SUPPLY,
    PREPAYMENT_STATE,
    READ_ACCOUNT,
    SUPPLY_STATE,
    TYPE_TOKEN,
)
from hht.work.actions.read_lights import READ_LIGHTS
from hht.work.actions.readings import READING_AFTER, READING_BEFORE
from hht.work.actions.registers import REGISTERS
from hht.work.actions.scan_meter import SCAN_METER
from hht.work.actions.supplier import SUPPLIER
from hht.work.actions.survey import SURVEY_OPTIONS, SURVEY_PLACE
from hht.work.actions.switch_test import SWITCH_TEST, SWITCHES_AT_REST
from hht.work.actions.switches import IDENTIFY_SWITCHES, SWITCH_LABELS
from hht.work.actions.teleswitch import NEXT_SWITCHING, OLD_CIRCUITS, VERIFY_SWITCHING
from hht.work.actions.wan_steps import WAN_STEPS
from hht.work.actions.without_wan import DELIVER_PACK, HUB_TIME, LET_IN
from hht.work.step import Action

ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        ASK,
        SUPPLIER,
        DISPLAY,
        CUSTOMER_INFORMATION,
        HUB_TIME,
        LET_IN,
        DELIVER_PACK,
        COMPETENCE,
        FIND_FAULT,
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
        GENERATION_RECORD,
        READ_GENERATION,
        HUB_SNAPSHOT,
        HUB_COPY,
        HUB_CHECK,
        HUB_EXPECT,
        HUB_RESTORE,
        HUB_DEVICES,
        HUB_FORGET,
        CLOSING_READING,
        OPENING_READING,
        HAND_OVER,
        FIND_EACH,
        FIND_JOBS,
        DEVICE_JOINED,
        DEVICES_GONE,
        HUB_LISTS,
        HUB_FORGOT,
        REFUSED_READ,
        IDENTIFY_SWITCHES,
        SWITCH_LABELS,
        OFFSET_EFFECT,
        SWITCH_TEST,
        SWITCHES_AT_REST,
        OLD_CIRCUITS,
        NEXT_SWITCHING,
        VERIFY_SWITCHING,
        PREPAYMENT_STATE,
        READ_ACCOUNT,
        CHECK_TOKEN,
        TYPE_TOKEN,
        EMERGENCY_CREDIT,
        SUPPLY_STATE,
        ENABLE_SUPPLY,
        GAS_STATE,
        GAS_PROVED,
        FIRMWARE_BEFORE,
        FIRMWARE_LIST,
        ACTIVATE_FIRMWARE,
        FIRMWARE_AFTER,
        SURVEY_PLACE,
        SURVEY_OPTIONS,
        NETWORK_DATA,
        NETWORK_CHANGES,
        LOAD_STEP,
        LOAD_STEP_BESIDE,
        CROSSED_VERDICT,
        *FIRST_GENERATION,
        LEFT_FOR_LATER,
        PICK_UP,
        *OUTSIDE,
        WAN_STEPS,
        *INTELLIGENT_HUB,
    )
}

__all__ = ["ACTIONS", "Action"]
