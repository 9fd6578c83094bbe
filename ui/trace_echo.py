"""The echo that an optical probe hears: what was sent and masked is masked where it comes back, damaged or not."""

from __future__ import annotations

from hht.protocol.iec62056_21.characters import ACK, without_parity

MASK = 0x2A
MOST_PENDING = 1 << 16  # bytes of a message that has not ended, and of an echo that has not come
NEAR = 16  # bytes by which a damaged echo may be out of step
LEAST_ECHO = 5  # bytes that come back whole show that a link echoes
DOUBT = 3  # bytes by which what is heard may differ from what was sent before it is no echo
Range = tuple[int, int]


class Echo:
    """What was sent and may come back. Its secrets are masked where they should stand. Where bytes of the echo were
    lost, added or changed, so is what equals an octet of a secret near its place; and everywhere what follows on the
    octet that it follows in a secret (on a link that is known to echo, also with one octet lost or added between)."""

    def __init__(self) -> None:
        self._echoes = False  # whether something came back whole on this link
        self._last = b""  # the latest two octets heard, without parity
        self._begin()
        self._forget()

    def _begin(self) -> None:
        self._raw = self._shown = self._hot = b""  # `_hot` has a 1 for each octet of a secret
        self._at = self._same = self._other = 0  # bytes heard since it was sent
        self._is_echo = True  # as far as one can tell

    def _forget(self) -> None:
        self._secrets: list[bytes] = []
        self._octets: set[int] = set()
        self._pairs: set[bytes] = set()  # octets of secrets, each after the octet before it
        self._leaps: set[bytes] = set()  # and after the one before that
        self._tail = b""  # the latest bytes heard

    def expect(self, raw: bytes, shown: bytes, secrets: list[Range]) -> None:
        """`raw` was sent, and `shown` may be seen of it; `secrets` stand in it, or began before it."""
        over = self._at >= len(self._raw)
        if not self._is_echo or (over and not self._other):
            self._forget()
        if not self._is_echo or over or self._other:
            self._begin()
        cut = max(0, self._at - NEAR, len(self._raw) + len(raw) - MOST_PENDING)
        before = len(self._raw) - cut
        self._raw, self._shown = self._raw[cut:] + raw, self._shown[cut:] + shown
        self._at = max(0, self._at - cut)
        hot = bytearray(self._hot[cut:] + bytes(len(raw)))
        for start, end in secrets:
            hot[max(0, before + start) : before + end] = bytes((1,)) * (before + end - max(0, before + start))
        self._hot = bytes(hot)
        seven = without_parity(self._raw)
        self._secrets += [self._raw[max(0, before + start) : before + end] for start, end in secrets]
        for at in (at for at, flag in enumerate(hot) if flag):
            self._octets.add(seven[at])
            self._pairs.add(seven[at - 1 : at + 1])
            self._leaps |= {seven[at - 2 : at - 1] + seven[at : at + 1], seven[at - 1 : at + 1]}

    def heard(self, data: bytes) -> bytes:
        """`data`, which may be an echo, as it may be shown."""
        if not self._octets and (not self._is_echo or self._at >= len(self._raw)):
            return data
        out = bytearray(self._one(byte) for byte in data)
        self._hide(data, out)
        return bytes(out)

    def _one(self, byte: int) -> int:
        at, seven, shown = self._at, byte & 0x7F, byte
        self._at += 1
        if self._is_echo and at < len(self._raw):
            alike = seven == self._raw[at] & 0x7F
            self._same, self._other = self._same + alike, self._other + (not alike)
            self._is_echo = self._other <= self._same + DOUBT
            if self._is_echo and self._shown[at] != self._raw[at]:
                shown = self._shown[at]
            self._echoes |= self._at == len(self._raw) >= LEAST_ECHO and not self._other and self._raw[0] != ACK
        if shown == byte and seven in self._octets and self._may_be_secret(at, seven):
            shown = MASK
        self._last = self._last[-1:] + bytes((seven,))
        return shown

    def _may_be_secret(self, at: int, seven: int) -> bool:
        """Whether the octet heard as number `at`, which equals one of a secret, may be that one."""
        if self._is_echo and self._other and any(self._hot[max(0, at - NEAR) : at + NEAR]):
            return True
        if self._echoes and self._other and any(bytes((one, seven)) in self._leaps for one in self._last):
            return True
        return self._last[-1:] + bytes((seven,)) in self._pairs

    def _hide(self, data: bytes, out: bytearray) -> None:
        """Asterisks for a secret wherever it stands, also one that began in earlier bytes."""
        joined = self._tail + data
        for secret in self._secrets:
            at = joined.find(secret)
            while at >= 0:
                for index in range(max(0, at - len(self._tail)), at - len(self._tail) + len(secret)):
                    out[index] = MASK if out[index] == data[index] else out[index]
                at = joined.find(secret, at + 1)
        longest = max((len(secret) for secret in self._secrets), default=0)
        self._tail = joined[-(longest - 1) :] if longest > 1 else b""
