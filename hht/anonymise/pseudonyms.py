"""What stands for what: the same for the same within one trace, of the same form and length, with valid check digits.

Everything comes of a random seed that nobody keeps, through HMAC-SHA-256: from a fixture nobody finds the way back.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from hht.errors import HhtError
from hht.identifiers import Mpan, Mprn, Utrn
from hht.identifiers.mpan import mpan_check_digit
from hht.identifiers.mprn import mprn_check_digits
from hht.identifiers.utrn import PPTD_BASE, PPTD_LAST, utrn_check_digit

SEED_OCTETS: Final = 32
TELLING: Final = 8  # digits or octets from which on a value is looked for in the finished fixture
_PAIR: Final = "[0-9A-Fa-f]{2}"
_EUI: Final = re.compile(rf"(?<![0-9A-Za-z]){_PAIR}(?:([-:]?){_PAIR})(?:\1{_PAIR}){{6}}(?![0-9A-Za-z])")
_RUNS: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_LOGICAL_DEVICE: Final = re.compile(r"[A-Z]{3}[ -~]{13}")
_LEAST_DIGITS: Final = 3
_LEAST_WEEKS, _WEEKS = 52, 200  # by which times go back; whole weeks, so that days of the week stay


class Pseudonyms:
    """Of one trace."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._known: dict[tuple[str, str], str] = {}
        self.originals: set[bytes] = set()  # what must not be found in the fixture: digits, texts, octets
        weeks = _LEAST_WEEKS + int.from_bytes(self._draw("shift", "", 4), "big") % _WEEKS
        self.shift = timedelta(weeks=-weeks)

    def _draw(self, kind: str, of: str, count: int) -> bytes:
        """`count` octets that belong to `of`."""
        drawn, number = b"", 0
        while len(drawn) < count:
            drawn += hmac.digest(self._seed, f"{kind}|{number}|{of}".encode("utf-8", "surrogateescape"), "sha256")
            number += 1
        return drawn[:count]

    def _once(self, kind: str, of: str, make: Callable[[int], str]) -> str:
        """What stands for `of`: made once, and never `of` itself where it could be told."""
        key = kind, of
        if key not in self._known:
            attempt = 0
            while (made := make(attempt)) == of and attempt < 16:
                attempt += 1
            self._known[key] = made
        return self._known[key]

    # ------------------------------------------------------------------ numbers

    def digits(self, text: str, *, reading: bool = False) -> str:
        """Digits for digits: as many, zeros in front stay; an MPAN, MPRN or UTRN becomes another valid one. A `reading`
        is not looked for afterwards: there are too many, and none says whose it is."""
        significant = text.lstrip("0")
        if not significant:
            return text
        for candidate in () if reading else (text, significant):
            if (made := self._identifier(candidate)) is not None:
                return text[: len(text) - len(candidate)] + made
        if len(significant) >= TELLING and not reading:
            self.originals.add(significant.encode())
        made = self._once("digits", significant, lambda attempt: self._some_digits(f"{significant}/{attempt}"))
        return text[: len(text) - len(significant)] + made[: len(significant)]

    def _some_digits(self, of: str, count: int | None = None) -> str:
        """The first one is not 0."""
        drawn = self._draw("digits", of, count or of.index("/"))
        return str(1 + drawn[0] % 9) + "".join(str(octet % 10) for octet in drawn[1:])

    def is_identifier(self, text: str) -> bool:
        """Whether `text` is an MPAN, MPRN or UTRN by its check digits."""
        return self._identifier(text) is not None

    def _identifier(self, text: str) -> str | None:
        makers = (
            (Mpan.parse, len(text) == 13, self._mpan),
            (Utrn.parse, len(text) == 20, self._utrn),
            (Mprn.parse, 6 <= len(text) <= 10, self._mprn),
        )
        for parse, fits, make in makers:
            if fits and _is_valid(parse, text):
                self.originals.update([text.encode()] if len(text) >= TELLING else [])
                return self._once("identifier", text, lambda attempt, make=make: make(text, attempt))  # type: ignore[misc]
        return None

    def _mpan(self, text: str, attempt: int) -> str:
        """Another one of the same distributor."""
        base = text[:2] + self._some_digits(f"mpan {text}/{attempt}", 10)
        return base + str(mpan_check_digit(base))

    def _mprn(self, text: str, attempt: int) -> str:
        base = self._some_digits(f"mprn {text}/{attempt}", len(text) - 2)
        return base + mprn_check_digits(base)

    def _utrn(self, text: str, attempt: int) -> str:
        """Another one of the same value; its counter and MAC are drawn."""
        ptut = int(text[:19]) - PPTD_BASE
        drawn = int.from_bytes(self._draw("utrn", f"{text}/{attempt}", 6), "big")
        ptut = ptut & (0x7FFF << 32) | (drawn >> 32 & 0x3FF) << 47 | drawn & 0xFFFFFFFF
        nineteen = str(min(PPTD_BASE + ptut, PPTD_LAST))
        return nineteen + str(utrn_check_digit(nineteen))

    def number(self, value: int, least: int, most: int, *, reading: bool = True) -> int:
        """A number of as many digits as `value`, between `least` and `most`; 0 stays."""
        made = int(self.digits(str(abs(value)), reading=reading))
        if value < 0:
            made = -made
        if least <= made <= most:
            return made
        floor = 10 ** (len(str(abs(value))) - 1)  # as many digits, but no more than the type takes
        room = (most if value > 0 else -least) - floor + 1
        drawn: int = floor + int.from_bytes(self._draw("number", str(value), 8), "big") % max(room, 1)
        return drawn if value > 0 else -drawn

    def fraction(self, text: str) -> str:
        """As `digits`, for digits with a point in them and a sign in front."""
        made = iter(self.digits("".join(filter(str.isdigit, text)), reading=True))
        return "".join(next(made) if character.isdigit() else character for character in text)

    # ------------------------------------------------------------------ texts and octets

    def text(self, text: str) -> str:
        """Letters for letters, digits for digits; what stands between them stays, and short numbers."""
        if _LOGICAL_DEVICE.fullmatch(text):  # a logical device name: the maker's letters stay
            return text[:3] + self.text(text[3:])
        out, at = "", 0
        for match in _EUI.finditer(text):
            out += self._words(text[at : match.start()]) + self._device_id(match[0])
            at = match.end()
        return out + self._words(text[at:])

    def _device_id(self, text: str) -> str:
        made = iter(self.octets(bytes.fromhex(re.sub("[-:]", "", text))).hex())
        return "".join(_in_case(next(made), one) if one.isalnum() else one for one in text)

    def _words(self, text: str) -> str:
        return _RUNS.sub(lambda match: self._run(match[0]), text)

    def _run(self, run: str) -> str:
        if run.isdigit():
            return self.digits(run) if len(run) >= _LEAST_DIGITS else run
        folded = run.lower()
        if len(folded) >= TELLING:
            self.originals.add(run.encode())
        made = self._once("letters", folded, lambda attempt: self._letters(folded, attempt))
        return "".join(_in_case(new, old) for new, old in zip(made, run, strict=True))

    def _letters(self, folded: str, attempt: int) -> str:
        return "".join(chr(97 + octet % 26) for octet in self._draw(f"letters {attempt}", folded, len(folded)))

    def octets(self, octets: bytes) -> bytes:
        """As many other octets; what is all alike stays, text stays text, binary coded decimals stay decimal."""
        if len(octets) < 2 or len(set(octets)) == 1:
            return octets
        if all(0x20 <= octet < 0x7F for octet in octets):
            text = self.text(octets.decode("ascii")).encode("ascii")
            return self.secret(octets) if text == octets and len(octets) >= TELLING else text
        packed = octets.hex()
        if packed.isdigit() and len(packed) >= TELLING:
            return bytes.fromhex(self.digits(packed))
        if len(octets) >= TELLING:
            self.originals.add(octets)
        made = self._once("octets", packed, lambda attempt: self._draw(f"octets {attempt}", packed, len(octets)).hex())
        return bytes.fromhex(made)

    def secret(self, octets: bytes) -> bytes:
        """A password of as many letters, whatever the old one was made of."""
        made = self._once("secret", octets.hex(), lambda attempt: self._letters(octets.hex(), attempt))
        self.originals.update([octets] if len(octets) >= TELLING else [])
        return made[: len(octets)].encode("ascii")

    def material(self, octets: bytes) -> bytes:
        """A key of as many octets."""
        return self._draw("key", octets.hex(), len(octets))

    # ------------------------------------------------------------------ times

    def day(self, year: int, month: int, day: int) -> date | None:
        """The day that stands for another; None where there is no such day."""
        try:
            return date(year, month, day) + self.shift
        except (ValueError, OverflowError):
            return None


def _is_valid(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except HhtError:
        return False
    return True


def _in_case(new: str, old: str) -> str:
    return new.upper() if old.isupper() else new
