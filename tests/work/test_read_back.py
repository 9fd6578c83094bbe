"""Which commands a read of the device settles: those that a device never carries out twice, and that switch nothing."""

from __future__ import annotations

from hht.desk.kinds import AskKind
from hht.protocol.gbcs.messages import use_cases
from hht.work.read_back import SETTLES
from hht.work.supply_acts import supply_acts

COMMANDS = {
    AskKind.WHITELIST: {"CCS01"},
    AskKind.REMOVE: {"CCS02"},
    AskKind.JOIN: {"CS03A1", "CS03A2", "CS03B", "CS03C"},
    AskKind.UNJOIN: {"CS04AC", "CS04B"},
    AskKind.SET_MPAN: {"ECS39a"},
    AskKind.SET_MPRN: {"GCS41"},
}


def test_each_of_them_is_protected_against_replay_and_switches_no_supply() -> None:
    assert SETTLES.keys() == COMMANDS.keys()
    protected = {one.name: one.replay_protection for one in use_cases()}
    assert all(protected[name] for names in COMMANDS.values() for name in names)
    assert not SETTLES.keys() & supply_acts().asks
    assert AskKind.SET_PAYMENT_MODE in supply_acts().asks
    assert all(read.reads and not kind.reads for kind, read in SETTLES.items())
