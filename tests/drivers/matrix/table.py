"""Which fault is tried on which transport, and why not on the others. `test_matrix` holds it complete and true.

The numbers are the rows of the list of faults in the field (design notes on links, chapter 5).
"""

from __future__ import annotations

from tests.drivers.matrix.stands import TRANSPORTS

HERE = "here"  # `test_matrix` tries it
FAULTS = {
    1: "the probe echoes, also with missing bytes",
    2: "the probe sits wrongly, or has come off",
    3: "light and electrical noise",
    4: "lost characters that give plausible wrong values",
    5: "a meter that is silent at 300 baud",
    6: "a battery meter that wants to be woken",
    7: "reaction times from 20 ms to the limit",
    8: "a change of speed too early or too late, or none",
    9: "mode E asked for, mode C offered",
    10: "no 7E1 in the adapter",
    11: "an adapter that gathers what it hears",
    12: "unplugged",
    13: "another port name, twins",
    14: "the port is held by somebody else",
    15: "BLE: small MTU, bridges that cut off",
    16: "BLE: writes lost, the link ends under load",
    17: "BLE: slow bridges",
    18: "BLE: asleep, or taken",
    19: "BLE: connects aborted, adapter off, bus dead",
    20: "a changeover that takes its time",
    21: "frames in any pieces, flags inside them",
    22: "TCP: half open, reset, idle",
}
_BLE = "tests/drivers/test_ble_faults.py::"
_NO_RADIO = "no radio on the way"
_NO_ADAPTER = "no adapter of ours on the way: its connection ends, row 22"
_NO_LINE = "the gateway's line is set at the gateway"

_ELSEWHERE = {
    (13, "serial"): "tests/drivers/test_plugging.py::test_the_same_probe_at_another_port",
    (14, "ble"): _BLE + "test_another_terminal_on_this_computer_has_it",
    (15, "ble"): _BLE + "test_a_bridge_that_cuts_long_pieces_off_is_found_out",
    (16, "ble"): _BLE + "test_writes_without_a_response_that_are_lost",
    (17, "ble"): _BLE + "test_a_slow_bridge_has_its_time_for_every_piece",
    (18, "ble"): _BLE + "test_asleep_and_taken_are_told_and_waking_helps",
    (19, "ble"): _BLE + "test_connects_that_are_aborted_are_tried_again",
    (20, "ble"): _BLE + "test_a_slow_changeover_is_waited_for",
}
_REASONS = {
    **{(row, way): _NO_RADIO for row in (15, 16, 17, 18, 19) for way in TRANSPORTS if way != "ble"},
    **{(row, "tcp"): _NO_LINE for row in (6, 8, 20)},
    (12, "tcp"): _NO_ADAPTER,
    (12, "rfc2217"): _NO_ADAPTER,
    (12, "ble"): "a bridge has no plug: its link ends, row 16",
    (13, "rfc2217"): "the port's name is the server's business",
    (13, "tcp"): "a host and port, whatever is behind them",
    (13, "ble"): "an address is the bridge's own",
    (13, "in-process"): "it has no name that could change",
    (14, "tcp"): "a listener takes several, or refuses: row 22",
    (14, "in-process"): "nobody else is in this process",
    **{(22, way): "no TCP on the way" for way in ("serial", "ble", "in-process")},
}
TABLE: dict[tuple[int, str], str] = {
    (row, way): _ELSEWHERE.get((row, way)) or _REASONS.get((row, way)) or HERE for row in FAULTS for way in TRANSPORTS
}
"""By row and transport: `HERE`, the test that tries it, or why the transport cannot have it."""


def tried_here(row: int) -> list[str]:
    """The transports on which this module's tests try that row."""
    return [way for way in TRANSPORTS if TABLE[row, way] == HERE]
