"""A heat meter that is not there: what it says follows from its seed and the time alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hht.plugins.api import Surroundings

from .wire import ETX, LONGEST, STX, Damaged, fields_of, frame

INSTALLED = datetime(2024, 1, 15, 10, 0, tzinfo=UTC)
WATT_SECONDS_PER_KWH = 3_600_000
LOG_WEEKS = 4


class HeatMeter:
    """One meter."""

    def __init__(self, around: Surroundings) -> None:
        self._now, self._seed = around.now, around.seed
        self._heard = b""

    def receive(self, octets: bytes) -> bytes:
        """Answer each frame that is whole; what is damaged is not answered."""
        said = b""
        for octet in octets:
            self._heard = STX if octet == STX[0] else (self._heard + bytes([octet]))[:LONGEST]
            if octet == ETX[0]:
                said += self._answer(self._heard)
                self._heard = b""
        return said

    def pause(self) -> None:
        """Forget a frame that has begun."""
        self._heard = b""

    def _answer(self, octets: bytes) -> bytes:
        try:
            number, (word, *asked) = fields_of(octets)
        except (Damaged, UnicodeDecodeError):
            return b""
        if word == "ID":
            return frame(number, word, f"KST{self._seed % 10_000_000:07d}", "Kestrel", "HM1", "1.4")
        if word == "CK":
            return frame(number, word, f"{self._now():%Y%m%d%H%M%S}")
        if word == "RG":
            return frame(number, word, *self._registers())
        if word == "EV" and len(asked) == 1 and asked[0].isdecimal():
            return frame(number, word, *self._event(int(asked[0])))
        return frame(number, word, "?")

    def _registers(self) -> list[str]:
        seconds = max(0, int((self._now() - INSTALLED).total_seconds()))
        watts = 900 + self._seed % 200
        energy = Decimal(seconds * watts // (WATT_SECONDS_PER_KWH // 10)) / 10
        volume = Decimal(seconds * watts // 878_000) / 100
        flow = Decimal(680 + seconds // 3600 % 24) / 10
        return [f"E={energy} kWh", f"V={volume} m3", f"TF={flow} C", f"TR={flow - 21} C"]

    def _event(self, index: int) -> list[str]:
        """A self-test each week, the oldest first; air in the pipe an hour after the first of them."""
        now = self._now()
        monday = (now - timedelta(days=now.weekday())).replace(hour=3, minute=0, second=0, microsecond=0)
        tests = [monday - timedelta(weeks=weeks) for weeks in range(LOG_WEEKS, 0, -1)]
        logged = sorted([(at, "T0") for at in tests] + [(tests[0] + timedelta(hours=1), "L1")])
        if index >= len(logged):
            return ["END"]
        return [f"{logged[index][0]:%Y%m%d%H%M%S}", logged[index][1]]
