"""What a plug-in says of itself, and which file belongs to it with which hash. Strict: what is not known is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hht.i18n import _
from hht.plugins.errors import PlugInError

FORMAT: Final = "hht-plugin/1"
MOST_FILES: Final = 200
ENTRY: Final = "plugin.py"  # the module that registers
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME: Final = 40
_LONGEST_WORDS: Final = 80
_VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})", re.ASCII)
_PATH: Final = re.compile(r"([a-z0-9_-]{1,40}/){0,4}[a-z0-9_-]{1,40}\.(py|toml|json|txt|md)", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ADDS: Final = re.compile(r"device:[a-z0-9-]{1,80}", re.ASCII)
_KEYS: Final = {"format", "api", "name", "version", "title", "maker", "training", "adds", "files"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """`api`: the version of `hht.plugins.api` that it is written for. `adds`: what it registers, as ``device:NAME``.
    `files`: path in the archive -> SHA-256 in hex, of everything but manifest and signature."""

    name: str
    version: str
    api: int
    title: str
    maker: str
    training: bool
    adds: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def number(self) -> tuple[int, ...]:
        """The version to compare."""
        return version_number(self.version)

    def write(self) -> bytes:
        """As it stands in the archive."""
        plain = {
            "format": FORMAT,
            "api": self.api,
            "name": self.name,
            "version": self.version,
            "title": self.title,
            "maker": self.maker,
            "training": self.training,
            "adds": list(self.adds),
            "files": dict(sorted(self.files.items())),
        }
        return json.dumps(plain, indent=1, ensure_ascii=False).encode() + b"\n"


def version_number(version: str) -> tuple[int, ...]:
    """``1.20.3`` as numbers."""
    return tuple(int(part) for part in version.split("."))


def is_path(path: str) -> bool:
    """Whether a file of a plug-in may be called so: lower-case, relative, no way up, of a kind that is known."""
    return _PATH.fullmatch(path) is not None


def read_manifest(octets: bytes) -> Manifest:
    """The manifest in `octets`. Raises PlugInError ``plugin-manifest`` with the field that is wrong."""
    try:
        plain = json.loads(octets.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise wrong_manifest(_("it is no JSON, or says something twice")) from None
    if not isinstance(plain, dict) or plain.keys() != _KEYS or plain["format"] != FORMAT:
        raise wrong_manifest(_("it has not the fields of {format}").format(format=FORMAT))
    return checked(
        Manifest(
            plain["name"],
            plain["version"],
            plain["api"],
            plain["title"],
            plain["maker"],
            plain["training"],
            tuple(plain["adds"]) if isinstance(plain["adds"], list) else (),
            plain["files"],
        )
    )


def checked(found: Manifest) -> Manifest:
    """`found`, every field of which may hold anything so far. Raises PlugInError ``plugin-manifest``."""
    fine = {
        "name": _text(found.name, _NAME, _LONGEST_NAME),
        "version": _text(found.version, _VERSION, _LONGEST_NAME),
        "api": isinstance(found.api, int) and not isinstance(found.api, bool),
        "title": _words(found.title),
        "maker": _words(found.maker),
        "training": isinstance(found.training, bool),
        "adds": 0 < len(found.adds) <= MOST_FILES
        and all(_text(one, _ADDS, _LONGEST_WORDS) for one in found.adds)
        and len(set(found.adds)) == len(found.adds),
        "files": _files(found.files),
    }
    for field, good in fine.items():
        if not good:
            raise wrong_manifest(_("“{field}” is wrong").format(field=field))
    return found


def wrong_manifest(why: str) -> PlugInError:
    """The manifest cannot be used."""
    return PlugInError(
        _("The manifest of the plug-in cannot be used: {why}.").format(why=why),
        remedy=_("Have its maker build it anew (hht plugin build); nothing of it was run."),
        code="plugin-manifest",
    )


def _files(files: Any) -> bool:
    if not isinstance(files, dict) or not 0 < len(files) <= MOST_FILES or ENTRY not in files:
        return False
    return all(is_path(path) and _text(digest, _HASH, 64) for path, digest in files.items())


def _text(value: Any, form: re.Pattern[str], longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and form.fullmatch(value) is not None


def _words(value: Any) -> bool:
    fits = isinstance(value, str) and value.isprintable() and value == value.strip()
    return fits and 0 < len(value) <= _LONGEST_WORDS


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refused(_constant: str) -> None:
    raise ValueError("no number")
