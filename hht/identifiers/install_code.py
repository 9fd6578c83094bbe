"""Install code: the only pre-shared secret of a device's joining (factbook 1.4).

GB uses 16 bytes. The link key is the AES-128-MMO hash over code and CRC; leaving the CRC out gives another, wrong key.
"""

from __future__ import annotations

from hht.i18n import _
from hht.identifiers.errors import IdentifierError, hex_only, require_form, wrong_length
from hht.identifiers.secret import Secret


def crc16_x25(data: bytes) -> int:
    """CRC-16/X-25; check value of b"123456789" is 0x906E."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def _mmo(data: bytes) -> bytes:
    """AES-128 Matyas-Meyer-Oseas hash: pad 0x80, zeros, 16-bit big-endian bit length."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padded = data + b"\x80"
    padded += bytes(-(len(padded) + 2) % 16) + (len(data) * 8).to_bytes(2, "big")
    digest = bytes(16)
    for start in range(0, len(padded), 16):
        block = padded[start : start + 16]
        encryptor = Cipher(algorithms.AES(digest), modes.ECB()).encryptor()
        sealed = encryptor.update(block) + encryptor.finalize()
        digest = bytes(a ^ b for a, b in zip(sealed, block, strict=True))
    return digest


def install_code_crc(code: bytes) -> bytes:
    """The two CRC bytes as they are printed and sent: low byte first."""
    return crc16_x25(code).to_bytes(2, "little")


def derive_link_key(code: bytes) -> bytes:
    """The 16-byte link key of a code of any Zigbee length (without its CRC)."""
    return _mmo(code + install_code_crc(code))


class InstallCode(Secret):
    """A 16-byte install code, 32 hex digits without its CRC."""

    __slots__ = ()

    def __init__(self, secret: str) -> None:
        require_form(secret, "[0-9A-F]{32}", "install-code", _("install code"))
        super().__init__(secret)

    @classmethod
    def parse(cls, text: str) -> InstallCode:
        """Parse 32 hex digits (the CRC is then computed, to be compared with the label) or 36 (it is checked).

        Raises IdentifierError; never quotes the code.
        """
        value = hex_only(text, "install-code", _("Install code"), skip=" -:.")
        if len(value) == 36:
            computed = install_code_crc(bytes.fromhex(value[:32])).hex().upper()
            if computed != value[32:]:
                raise IdentifierError(
                    _("The CRC should be {expected}, the label says {typed}.").format(
                        expected=computed, typed=value[32:]
                    ),
                    remedy=_("Scan it again. Do not guess: a wrong code fails only when the device joins."),
                    code="install-code-crc",
                    expected=computed,
                )
            value = value[:32]
        if len(value) != 32:
            raise _wrong_length(len(value))
        return cls(value)

    @property
    def crc(self) -> str:
        """The CRC as it is printed on labels, four hex digits."""
        return install_code_crc(bytes.fromhex(self.reveal())).hex().upper()

    def link_key(self) -> bytes:
        """The pre-configured link key, 16 bytes. A secret."""
        return derive_link_key(bytes.fromhex(self.reveal()))


def _wrong_length(count: int) -> IdentifierError:
    if count in range(12, 32, 2):  # 6 to 15 bytes: the DUIS schema allows them, Great Britain does not use them
        return wrong_length(
            "install-code",
            _("{count} hex digits make a shorter install code; devices in Great Britain have 16 bytes.").format(
                count=count
            ),
            _("Scan the install code of this device; it has 32 hex digits, or 36 with its CRC."),
        )
    return wrong_length(
        "install-code",
        _("An install code has 32 hex digits, or 36 with its CRC; there are {count}.").format(count=count),
        _("Scan or type all of it."),
    )
