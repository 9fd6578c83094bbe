"""Messages of IEC 62056-21: readings, times and whatever may name somebody become others, as long as before."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from hht.anonymise.pseudonyms import Pseudonyms
from hht.anonymise.values import BUILT_NAMES
from hht.protocol.cosem.secret_members import names_a_secret
from hht.protocol.iec62056_21.characters import EOT, ETX, SOH, STX, block_check, even_parity, without_parity
from hht.protocol.iec62056_21.data_sets import resolve
from hht.protocol.iec62056_21.times import parse_time

_REQUEST: Final = re.compile(r"/\?([^!\r\n]*)!\r\n")
_IDENTIFICATION: Final = re.compile(r"(/[A-Za-z]{3}.(?:\\.)*)([^\r\n]*)(\r\n)")
_OPTION: Final = re.compile(r"\x06[0-9][0-9A-I][0-9]\r\n")
_LONG: Final = re.compile(r"[0-9]{5,}")  # digits that are no part of a model's name
# A set begins where the text does, or behind what ends one: to look for it from each character took the square of their
# number.
_SET: Final = re.compile(r"(?<![^()\r\n])([^()\r\n]*)((?:\([^()\r\n]*\))+)")
_VALUE: Final = re.compile(r"\(([^()*]*)(\*[^()]*)?\)")
_GROUP: Final = "[0-9]{1,3}"
_OBIS: Final = re.compile(rf"(?:{_GROUP}-{_GROUP}:)?(?:{_GROUP}|[CFLP])\.{_GROUP}\.{_GROUP}(?:[*&.]{_GROUP})?")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_UNITS: Final = frozenset(
    (
        *("kWh", "Wh", "MWh", "kvarh", "varh", "kVAh", "VAh", "kW", "W", "MW", "kvar", "var", "kVA", "VA", "V", "A"),
        *("Hz", "m3", "bar", "h", "min", "s", "d", "%", "GBP", "p"),
    )
)
_DATE, _TIME, _PROFILE = "0.9.2", "0.9.1", "P.01"
_TIMES: Final = (_DATE, _PROFILE, "1.0.0")  # addresses whose digits are a time, whatever else they could be


class Texts:
    """Give `change` each message in order; it gives what stands for it, parity and block check made anew."""

    def __init__(self, stands_for: Pseudonyms) -> None:
        self._stands_for = stands_for
        self._asked = ""  # the address in the latest command

    def change(self, raw: bytes) -> bytes:
        """One message, or a line of a readout."""
        parity = any(octet & 0x80 for octet in raw)
        text = self._changed(without_parity(raw).decode("ascii"))
        octets = bytearray(text.encode("ascii"))
        if octets[:1] in (bytes((SOH,)), bytes((STX,))) and len(octets) > 1:
            _renew_check(octets)
        return even_parity(bytes(octets)) if parity else bytes(octets)

    def _changed(self, text: str) -> str:
        if (request := _REQUEST.fullmatch(text)) is not None:
            return f"/?{self._stands_for.text(request[1])}!\r\n"
        if (said := _IDENTIFICATION.fullmatch(text)) is not None:
            return said[1] + _LONG.sub(lambda run: self._stands_for.digits(run[0]), said[2]) + said[3]
        if _OPTION.fullmatch(text) or text in ("\x06", "\x15"):
            return text
        head = re.match(r"\x01([A-Z])([0-9])(?:\x02([^(\x03\x04]*))?", text)
        if head is not None:
            self._asked = head[3] or ""
            if head[1] == "P" and head[2] != "0":
                return _SET.sub(lambda found: found[1] + self._password(found[2]), text)
        return _SET.sub(self._data_set, text)

    def _password(self, values: str) -> str:
        return "(" + self._stands_for.secret(values[1:-1].encode()).decode("ascii") + ")" if values != "()" else values

    def _data_set(self, found: re.Match[str]) -> str:
        start = found[1].lstrip("\x01\x02\n")
        written = re.sub(r"\A[A-Z][0-9]\x02", "", start)
        address = written or self._asked
        values = list(_VALUE.finditer(found[2]))
        changed = [self._value(address, index, value, len(values)) for index, value in enumerate(values)]
        return found[1] + "".join(changed)

    def _value(self, address: str, index: int, value: re.Match[str], count: int) -> str:
        obis = resolve(address)
        unit = value[2] or ""
        if obis in BUILT_NAMES:
            return value[0]
        if names_a_secret(obis):
            return f"({self._stands_for.secret(value[1].encode()).decode('ascii')}{unit})"
        if address.endswith(_PROFILE) and count > 3 and index in (1, 2, 3):
            return value[0]  # status, period, columns
        parts = [self._part(address, part, unit) for part in value[1].split(";")]
        return f"({';'.join(parts)}{unit})"

    def _part(self, address: str, text: str, unit: str) -> str:
        short = address.rpartition(":")[2].removesuffix("*255")
        if short == _TIME or short.startswith("F.") or text in _UNITS or _OBIS.fullmatch(text):
            return text
        if short == _DATE:
            return self._date(text)
        if (moved := self._moved(text, address)) is not None:
            return moved
        if _NUMBER.fullmatch(text) or (unit and _WHOLE.fullmatch(text)):
            return self._stands_for.fraction(text)
        return self._stands_for.text(text)

    def _date(self, text: str) -> str:
        digits = text.replace("-", "")
        moved = self._moved(f"{digits}0000", _DATE)
        made = iter((moved or digits)[: len(digits)])
        return "".join(next(made) if character.isdigit() else character for character in text)

    def _moved(self, text: str, address: str) -> str | None:
        """A time, by whole weeks earlier; None where it is none."""
        if not address.endswith(_TIMES) and self._stands_for.is_identifier(text):
            return None  # an MPAN or MPRN, of which some read as a time
        if (time := parse_time(text)) is None:
            return None
        shift: timedelta = self._stands_for.shift
        earlier = time + shift
        season, digits = (text[0], text[1:]) if len(text) % 2 else ("", text)
        whole = earlier.strftime("%Y%m%d%H%M%S")
        return season + (whole if len(digits) == 14 else whole[2 : 2 + len(digits)])


def _renew_check(message: bytearray) -> None:
    """The block check character behind ETX or EOT, where there is one."""
    end = max(message.rfind(ETX, 0, len(message) - 1), message.rfind(EOT, 0, len(message) - 1))
    if end == len(message) - 2:
        message[end + 1] = block_check(bytes(message[1 : end + 1]))
