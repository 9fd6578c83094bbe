"""Alerts that come while nobody looks at them: a gas meter may be waited for over half an hour."""

from __future__ import annotations

from hht.client.radio.alerts import MOST_HEARD, AlertTray
from hht.protocol.zigbee.handheld import ALERT, Envelope


def test_a_flood_of_alerts_is_bounded_and_what_was_lost_is_counted() -> None:
    tray = AlertTray()
    for number in range(MOST_HEARD + 3):
        tray.put(Envelope("00DB1234567895A0", 0, ALERT, number.to_bytes(4, "big")))
    assert len(tray.heard) == MOST_HEARD
    assert tray.spoilt == 3
    assert tray.heard[0].octets == (3).to_bytes(4, "big"), "the oldest are lost"
