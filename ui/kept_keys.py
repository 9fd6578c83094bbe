"""Keys of meters that the sealed store keeps: putting them there, and using them where nothing else was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from ui.compose import AssociationOptions, with_entry
from ui.meter_keys import AssociationError, parse_entry

if TYPE_CHECKING:
    from hht.store.store import Store


def entry_name(text: str) -> str:
    """A name as it is kept: a Device ID in its one spelling, anything else as it is. Raises AssociationError."""
    try:
        return str(DeviceId.parse(text))
    except HhtError:
        name = text.strip()
    if not name or not name.isprintable() or len(name) > 60:
        raise AssociationError(
            _("“{name}” is no name for keys.").format(name=text[:60]),
            remedy=_("Use the meter's Device ID, or a short name of printable characters."),
            code="keys-name",
        )
    return name


def keep_keys(store: Store, name: str, text: str, password: str = "") -> str:
    """Check the keys in `text` (as a ``--keys`` file has them; "" for a password alone) and keep them; their name."""
    from hht.store.key_store import KeyStore

    kept_as = entry_name(name)
    entry = parse_entry(text) if text else {}
    if password:
        entry["password"] = password
    KeyStore(store).put(kept_as, entry)
    return kept_as


def with_kept_keys(options: AssociationOptions, store: Store | None, device: str = "") -> AssociationOptions:
    """`options` with what the store keeps: under the name given as keys, else, where nothing was given, under the
    meter's Device ID. What was said goes before what is kept."""
    from hht.store.key_store import KeyStore

    if store is None:
        return options
    named = options.keys_file
    if named and (named == "-" or Path(named).exists()):
        return options
    if not named and (options.password_file or not device):
        return options
    entry = KeyStore(store).get(entry_name(named or device))
    if entry is None:
        return options
    return with_entry(options, entry)
