"""Value types that cannot hold a bad value: parse, check, format, explain the error. Knows nothing above it."""

from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.identifiers.install_code import InstallCode, derive_link_key, install_code_crc
from hht.identifiers.mpan import Mpan, mpan_check_digit
from hht.identifiers.mprn import Mprn, mprn_check_digits
from hht.identifiers.secret import Secret
from hht.identifiers.small import Cin, FirmwareHash, FirmwareVersion
from hht.identifiers.utrn import Utrn, UtrnContents, utrn_check_digit

__all__ = [
    "Cin",
    "DeviceId",
    "FirmwareHash",
    "FirmwareVersion",
    "IdentifierError",
    "InstallCode",
    "Mpan",
    "Mprn",
    "Secret",
    "Utrn",
    "UtrnContents",
    "derive_link_key",
    "install_code_crc",
    "mpan_check_digit",
    "mprn_check_digits",
    "utrn_check_digit",
]
