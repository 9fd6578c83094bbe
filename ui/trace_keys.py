"""Keys for looking into traces: the published ones of training, those that the store keeps, those that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.errors import HhtError
from hht.i18n import _
from ui.meter_keys import WITH_KEYS, AssociationError, parse_entry, read_secret, training_keys

if TYPE_CHECKING:
    from hht.protocol.cosem.security import SecurityMaterial
    from hht.store.store import Store

Entry = Mapping[str, Any]


def materials(facts: Mapping[str, Any], entries: Sequence[Entry]) -> list[SecurityMaterial]:
    """What may open the conversation whose header says `facts`: the keys in `entries` and, in training, those that
    everybody knows. What is damaged is left out."""
    from hht.client.association import security_material

    found = []
    for entry in [*entries, *_of_training(facts)]:
        try:
            found.append(security_material(entry, int(entry.get("suite", 0))))
        except HhtError:
            continue
    return found


def _of_training(facts: Mapping[str, Any]) -> list[Entry]:
    security, suite = facts.get("security"), facts.get("suite", 0)
    if facts.get("training") is not True or security not in WITH_KEYS or not isinstance(suite, int):
        return []
    try:
        return [training_keys(security, suite)]
    except AssociationError:
        return []


def kept_entries(store: Store) -> list[Entry]:
    """Every meter's keys that the store keeps. Raises StoreError."""
    from hht.store.key_store import KeyStore

    keys = KeyStore(store)
    entries = [keys.get(name) for name in keys.names()]
    return [entry for entry in entries if entry is not None and "ek" in entry]


def named_entry(name: str, store: Store | None) -> Entry:
    """The keys in the file `name` ("-": standard input), or kept under that name. Raises AssociationError."""
    from hht.store.key_store import KeyStore
    from ui.kept_keys import entry_name

    if name == "-" or Path(name).exists():
        return parse_entry(read_secret(name))
    entry = KeyStore(store).get(entry_name(name)) if store is not None else None
    if entry is None:
        raise AssociationError(
            _("There is neither a file {name} nor such a name in the vault.").format(name=name)
            if store is not None
            else _("There is no file {name}, and the vault is locked.").format(name=name),
            remedy=_("hht vault list shows the names; --pass-phrase-file (or --training) unlocks them."),
            code="keys-name",
        )
    return entry
