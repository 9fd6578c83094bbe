"""Passwords and keys for an association: from files that a person names, or the published ones of training premises.

What is wrong with a file is said by the name of the field; a secret is never quoted.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from ui.short_file import read_short_text, why

if TYPE_CHECKING:
    from hht.model.electricity_meter.clients import ClientRole

TRAINING_CLIENT_TITLE = "4848545445524D31"  # "HHTTERM1"
# The clients of training premises, as `hht emulate` lists them, by security and suite
TRAINING_SAPS = {
    ("none", 0): 16, ("low", 0): 17, ("gmac", 0): 1, ("sha256", 0): 2, ("ecdsa", 1): 3, ("ecdsa", 2): 4,
    ("gmac", 1): 5, ("gmac", 2): 6,
}  # fmt: skip
WITH_PASSWORD = ("low", "sha256")
WITH_KEYS = ("gmac", "sha256", "ecdsa")
_KEY_NAMES, _TITLE_NAMES = ("ek", "ak", "kek"), ("system_title", "client_title")


class AssociationError(HhtError):
    """The way to associate is not completely given, or makes no sense."""

    default_code = "association"


def default_sap(security: str, suite: int) -> int:
    """The client that training premises have for this; elsewhere a guess that --client overrides."""
    return TRAINING_SAPS.get((security, suite), 1)


def read_password(name: str | None, security: str, *, training: bool, kept: Mapping[str, Any] | None = None) -> bytes:
    """The password of security low or the secret of sha256: from the file `name` ("-": standard input), or `kept`."""
    if not name and kept is not None and "password" in kept:
        return str(kept["password"]).encode()
    if name:
        return read_secret(name).rstrip("\r\n").encode()
    if training:
        return _training_role(security, 0).password.encode()
    raise AssociationError(
        _("Security {security} needs the meter's password.").format(security=security),
        remedy=_("Put it into a file and name it with --password-file (- reads standard input)."),
        code="password-needed",
    )


def read_keys(
    name: str | None, security: str, suite: int | None, *, training: bool, kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The keys in the file `name`, those `kept` in the store, or those of the training premises' client of this
    security and suite. Their ``suite`` is the one that was asked for, else the file's own, else 0 (1 for ecdsa)."""
    usual = 1 if security == "ecdsa" else 0
    if name or kept is not None:
        keys = _checked(dict(kept), suite, usual) if kept is not None else _parse(read_secret(name or ""), suite, usual)
        _complain_of_missing(keys, security)
        return keys
    if training:
        return training_keys(security, usual if suite is None else suite)
    raise AssociationError(
        _("Security {security} needs the meter's keys.").format(security=security),
        remedy=_(
            "Name them with --keys: a JSON file with ek, ak and client_title (see hht read --help), or a name in the "
            "vault (hht vault list), which --pass-phrase-file unlocks."
        ),
        code="keys-needed",
    )


def training_keys(security: str, suite: int) -> dict[str, Any]:
    """Every key of a training client. Raises AssociationError where training premises have no such client."""
    from hht.emulation.training_keys import client_keys

    role = _training_role(security, suite)
    keys = {
        "ek": role.encryption_key.hex(),
        "ak": role.authentication_key.hex(),
        "kek": role.master_key.hex(),
        "client_title": TRAINING_CLIENT_TITLE,
        "suite": suite,
    }
    return keys | (client_keys(suite) if role.has_key_pairs else {})


def is_secret(password: bytes, keys: Mapping[str, Any] | None) -> bool:
    """Whether a password or a key is somebody's own: none of those that every training premises publishes."""
    from hht.client.association import PRIVATE_KEYS
    from hht.emulation.training_keys import client_keys
    from hht.model.electricity_meter.clients import ClientSet, clients_of

    roles = clients_of(ClientSet.EVERY)
    published = {key.hex() for one in roles for key in (one.encryption_key, one.authentication_key, one.master_key)}
    held = keys or {}
    if any(name in held for name in PRIVATE_KEYS):
        published |= {client_keys(one.suite)[name] for one in roles if one.has_key_pairs for name in PRIVATE_KEYS}
    own = {str(held[name]).lower() for name in _KEY_NAMES if name in held}
    own |= {str(held[name]) for name in PRIVATE_KEYS if name in held}
    return password not in (b"", *(one.password.encode() for one in roles)) or not own <= published


def _training_role(security: str, suite: int) -> ClientRole:
    from hht.model.electricity_meter.clients import ClientSet, clients_of

    sap = TRAINING_SAPS.get((security, suite))
    for role in clients_of(ClientSet.EVERY):
        if role.sap == sap:
            return role
    raise AssociationError(
        _("Training premises have no client with security {security} in suite {suite}.").format(
            security=security, suite=suite
        ),
        remedy=_("Choose one that hht emulate lists, or name other keys with --keys."),
        code="association-training",
    )


def read_secret(name: str) -> str:
    """The text of a file with a secret ("-": standard input). Raises AssociationError ``file-not-read``."""
    try:
        return read_short_text(name)
    except (OSError, ValueError) as error:
        raise AssociationError(
            _("The file {name} could not be read: {why}.").format(name=name, why=why(error)),
            remedy=_("Check its path and that it is plain text."),
            code="file-not-read",
        ) from error


def _parse(text: str, asked: int | None, usual: int) -> dict[str, Any]:
    """Keys as ``--keys`` has them, each field checked. Raises AssociationError ``keys-file``."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(_("The keys file is not JSON."), _('Write {"ek": "…", "ak": "…"} with hex digits.')) from error
    if not isinstance(loaded, dict):
        raise _wrong(_("The keys file is not a JSON object."), _("See hht read --help."))
    return _checked(loaded, asked, usual)


def parse_entry(text: str, suite: int | None = None) -> dict[str, Any]:
    """Keys of a ``--keys`` file, and perhaps ``security``, ``client``, ``server``, ``password``. `suite`: what was said
    about it; None lets the keys say it. Raises AssociationError ``keys-file``."""
    entry = _parse(text, suite, 0)
    if entry.get("security", "none") not in ("none", *WITH_PASSWORD, *WITH_KEYS):
        raise _wrong(_("In the keys file, security is not known."), _("Use none, low, gmac, sha256 or ecdsa."))
    entry.setdefault("client", entry.get("sap"))
    for name, most in (("client", 127), ("server", 16383)):
        number = entry.get(name)
        if number is None:
            entry.pop(name, None)
        elif type(number) is not int or not 1 <= number <= most:
            raise _wrong(
                _("In the keys file, {name} is not a whole number from 1 to {most}.").format(name=name, most=most),
                _("Correct it, or leave it out."),
            )
    if not isinstance(entry.get("password", ""), str):
        raise _wrong(_("In the keys file, password is not a text."), _("Correct it, or leave it out."))
    kept = (*_KEY_NAMES, *_TITLE_NAMES, "invocation_counter", "suite", "security", "client", "server", "password")
    return {name: entry[name] for name in (*kept, *_pem_names()) if name in entry}


def security_of(entry: Mapping[str, Any]) -> str:
    """The mechanism that an entry is for where it does not say."""
    if "security" in entry:
        return str(entry["security"])
    if "signing_key" in entry and "ek" not in entry:
        return "ecdsa"
    return "low" if "password" in entry and "ek" not in entry else "gmac"


def _checked(loaded: dict[str, Any], asked: int | None, usual: int) -> dict[str, Any]:
    suite = loaded.get("suite") if asked is None else asked
    if suite is None:
        suite = _suite_of_keys(loaded, usual)
    if type(suite) is not int or not 0 <= suite <= 2:
        raise _wrong(_("In the keys file, suite is not 0, 1 or 2."), _("Correct it, or leave it out."))
    _check_hex(loaded, suite, asked)
    counter = loaded.get("invocation_counter", 0)
    if type(counter) is not int or not 0 <= counter < 2**32:
        raise _wrong(
            _("In the keys file, invocation_counter is not a whole number below 2^32."),
            _("Correct it, or leave it out."),
        )
    _check_pem(loaded, suite)
    return {"client_title": TRAINING_CLIENT_TITLE, **loaded, "suite": suite}


def _suite_of_keys(loaded: Mapping[str, Any], usual: int) -> int:
    """The suite that keys show by their length and their curve, where they show one: 32 octets and P-384 are suite 2,
    P-256 is suite 1, 16 octets alone are `usual`. Keys that contradict each other are refused by `_check_pem`."""
    if any(_is_hex(loaded.get(name), 32) for name in _KEY_NAMES):
        return 2
    curves = {suite for name in _pem_names() if (suite := _curve_suite(loaded.get(name))) is not None}
    return min(curves, default=usual)


def _curve_suite(pem: object) -> int | None:
    from hht.protocol.cosem.ecc import private_key, public_key, suite_of_key

    for read in (private_key, public_key):
        with contextlib.suppress(HhtError):
            return suite_of_key(read(pem)).number if isinstance(pem, str) else None
    return None


def _pem_names() -> tuple[str, ...]:
    from hht.client.association import CERTIFICATES, PRIVATE_KEYS

    return (*PRIVATE_KEYS, *CERTIFICATES)


def _check_hex(loaded: Mapping[str, Any], suite: int, asked: int | None) -> None:
    from hht.protocol.cosem.suites import suite_of

    size = suite_of(suite).key_length
    for name in _KEY_NAMES:
        if asked is not None and any(_is_hex(loaded.get(name), other) for other in (16, 32) if other != size):
            raise _wrong(
                _("--suite {asked} contradicts the keys file: its {name} is one of suite {other}.").format(
                    asked=asked, name=name, other=_("2") if size == 16 else _("0 or 1")
                ),
                _("Leave out --suite: the keys say it. Or name the keys of that suite."),
            )
    sizes = dict.fromkeys(_KEY_NAMES, size) | dict.fromkeys(_TITLE_NAMES, 8)
    for name, octets in sizes.items():
        if name in loaded and not _is_hex(loaded[name], octets):
            raise _wrong(
                _("In the keys file, {name} is not {size} bytes of hex.").format(name=name, size=octets),
                _("Write {digits} hex digits; keys of security suite 2 have 64.").format(digits=2 * octets),
            )


def _check_pem(loaded: Mapping[str, Any], suite: int) -> None:
    from hht.client.association import PRIVATE_KEYS
    from hht.protocol.cosem.ecc import private_key, public_key, suite_of_key

    for name in _pem_names():
        if name not in loaded:
            continue
        if not isinstance(loaded[name], str):
            raise _wrong(_("In the keys file, {name} is not a text in PEM.").format(name=name), _pem_remedy())
        try:
            key = private_key(loaded[name]) if name in PRIVATE_KEYS else public_key(loaded[name])
        except HhtError as error:
            message = _("In the keys file, {name}: {problem}").format(name=name, problem=error.message)
            raise _wrong(message, error.remedy) from None
        curve = suite_of_key(key).number
        if suite and curve != suite:
            raise _wrong(
                _("In the keys file, {name} is on the curve of security suite {curve}, not {suite}.").format(
                    name=name, curve=curve, suite=suite
                ),
                _("Use keys of one suite; where they are, neither “suite” in the file nor --suite is needed."),
            )


def _pem_remedy() -> str:
    return _("Give the whole PEM text, from BEGIN to END, without a pass phrase.")


def _complain_of_missing(keys: Mapping[str, Any], security: str) -> None:
    """What `security` cannot do without. ECDSA and SHA-256 work without ek and ak, in the clear."""
    needed = {"gmac": ("ek", "ak"), "ecdsa": ("signing_key", "server_certificate")}.get(security, ())
    pair = ("ek", "ak") if ("ek" in keys) != ("ak" in keys) else ()
    for name in (*needed, *pair):
        if name not in keys:
            raise _wrong(
                _("The keys file lacks {name}.").format(name=name),
                _("Security {security} needs {names}.").format(
                    security=security, names=", ".join(dict.fromkeys((*needed, *pair)))
                ),
            )


def _is_hex(value: object, size: int) -> bool:
    try:
        return isinstance(value, str) and len(bytes.fromhex(value)) == size
    except ValueError:
        return False


def _wrong(message: str, remedy: str) -> AssociationError:
    return AssociationError(message, remedy=remedy, code="keys-file")
