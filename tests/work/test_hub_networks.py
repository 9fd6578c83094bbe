"""By which network a hub is found that was fitted in the place of another."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from hht.clock import ManualClock
from hht.identifiers import DeviceId
from hht.identifiers.install_code import InstallCode
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.hub_records import HubRecordKind, HubRecords, HubWorkKind, begin
from tests.support.radio import START
from ui.hub_networks import network_of, with_network
from ui.pack_radio import HanWay

FIRST, SECOND, THIRD, FOURTH = (DeviceId(f"00DB12345678A0{number:02X}") for number in (0xA3, 0xB3, 0xC3, 0xD3))
CHF = DeviceId("00DB12345678A0A2")


def exchanged(store: Store, work_id: str, old: DeviceId, new: DeviceId, pan: DeviceId | None) -> None:
    begin(store, work_id, HubWorkKind.EXCHANGE, str(CHF))
    records = HubRecords(store, work_id)
    records.append(HubRecordKind.BEGUN, {"old_chf": str(CHF), "old_gpf": str(old), "by": "A", "job": ""})
    if pan is not None:
        records.append(HubRecordKind.STEP, {"step": "snapshot", "pan": str(pan)})
    records.append(HubRecordKind.STEP, {"step": "swapped", "new_chf": str(CHF), "new_gpf": str(new)})


def test_a_network_outlives_every_hub_that_has_it(tmp_path: Path) -> None:
    clock = ManualClock(START)
    entropy = random.Random(3).randbytes
    with Store.open(tmp_path / "t.db", TRAINING_PASS_PHRASE, training=True, clock=clock, entropy=entropy) as store:
        exchanged(store, "x-1", FIRST, SECOND, FIRST)
        exchanged(store, "x-2", SECOND, THIRD, FIRST)  # as it was read at the second
        exchanged(store, "x-3", THIRD, FOURTH, None)  # by nobody's reading: by what is known of the third
        assert [network_of(store, hub) for hub in (FIRST, SECOND, THIRD, FOURTH)] == [None, FIRST, FIRST, FIRST]
        way = HanWay("dongle:test", FOURTH, InstallCode("83FED3407A939723A5C639B269161802"))
        assert with_network(way, store) == replace(way, network=FIRST)
        said = replace(way, network=SECOND)
        assert with_network(said, store) == said  # a person's word counts
