"""A plug-in's archive out of the folder in which its maker wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _
from hht.plugins import api
from hht.plugins.archive import MOST_OF_A_FILE, write_archive
from hht.plugins.errors import PlugInError
from hht.plugins.manifest import MOST_FILES, Manifest, is_path, wrong_manifest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FACTS: Final = "plugin.toml"
_KEYS: Final = {"name", "version", "title", "maker", "training", "adds"}


def build(folder: Path, key: Ed25519PrivateKey) -> bytes:
    """The signed archive of what stands in `folder`: `plugin.toml` says what the manifest is to say; every other file
    goes in. Raises PlugInError ``plugin-source`` naming the file that cannot, and as `write_archive`."""
    facts = _facts(folder / FACTS)
    manifest = Manifest(
        facts["name"], facts["version"], api.VERSION, facts["title"], facts["maker"], facts["training"],
        tuple(facts["adds"]) if isinstance(facts["adds"], list) else (), {},
    )  # fmt: skip
    return write_archive(manifest, _files(folder), key)


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = tomllib.loads(_octets(path).decode("utf-8"))
    except ValueError as error:
        raise wrong_source(path, str(error)) from None
    if facts.keys() != _KEYS:
        raise wrong_manifest(_("{file} has to say {keys}").format(file=FACTS, keys=", ".join(sorted(_KEYS))))
    return facts


def _files(folder: Path) -> Mapping[str, bytes]:
    """What is in it, by relative path; what Python left there of an earlier run stays out."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise wrong_source(path, _("it is a link"))
        if path.is_dir() or name == FACTS or "__pycache__" in path.parts:
            continue
        if not is_path(name) or len(found) >= MOST_FILES:
            raise wrong_source(path, _("no file of a plug-in may be called so, or there are too many"))
        found[name] = _octets(path)
    return found


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_OF_A_FILE + 1)
    except OSError as error:
        raise wrong_source(path, error.strerror or str(error)) from None
    if len(octets) > MOST_OF_A_FILE:
        raise wrong_source(path, _("it is too long"))
    return octets


def wrong_source(path: Path, why: str) -> PlugInError:
    """Of such a folder no plug-in is made."""
    return PlugInError(
        _("“{file}” cannot go into a plug-in: {why}.").format(file=path, why=why),
        remedy=_("See the guide “How to write a plug-in”, and build it anew."),
        code="plugin-source",
    )
