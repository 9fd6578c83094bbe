"""A plug-in's source out of its archive, run: the one place where anything from outside becomes code.

Its modules are a package of their own, made of the octets that were checked: nothing of it lies on the disk between the
check and the use. Who calls this has asked before whether a person turned on just this archive.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import CodeType, ModuleType
from typing import Final

from hht.i18n import _
from hht.link_url import SPEEDS
from hht.plugins import api
from hht.plugins.archive import Archive
from hht.plugins.errors import PlugInError
from hht.plugins.guard import Guard
from hht.resources import resource_path

_LONGEST_TITLE: Final = 80
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plug-in that runs. `close` takes its modules out again."""

    archive: Archive
    guard: Guard
    devices: tuple[api.DeviceKind, ...]
    close: Callable[[], None] = field(repr=False)


def load(archive: Archive, guard: Guard) -> Loaded:
    """Run the plug-in's ``register``. Raises PlugInError: ``plugin-api`` where it is written for another version,
    ``plugin-failed`` where it raises, registers what its manifest does not say, or something that cannot be."""
    check_api(archive)
    modules = _Modules(archive)
    sys.meta_path.append(modules)
    registry = _Registry(archive, guard)
    try:
        entry = guard.call(importlib.import_module, f"{modules.root}.plugin")
        register = getattr(entry, "register", None)
        if not callable(register):
            raise guard.broken(_("its plugin.py has no register"))
        guard.call(register, registry)
        told = {f"device:{kind.name}" for kind in registry.devices}
        if told != set(archive.manifest.adds):
            odd = ", ".join(sorted(told ^ set(archive.manifest.adds)))
            raise guard.broken(_("it registers something else than its manifest says ({odd})").format(odd=odd))
    except BaseException:
        modules.forget()
        raise
    return Loaded(archive, guard, tuple(registry.devices), modules.forget)


def check_api(archive: Archive) -> None:
    """Raises PlugInError ``plugin-api``."""
    manifest = archive.manifest
    if manifest.api != api.VERSION:
        raise PlugInError(
            _("The plug-in “{name}” is written for version {its} of the interface; this program has {ours}.").format(
                name=manifest.name, its=manifest.api, ours=api.VERSION
            ),
            remedy=_("Ask its maker for one that fits this program."),
            code="plugin-api",
        )


class _Registry:
    """What `register` is given."""

    def __init__(self, archive: Archive, guard: Guard) -> None:
        self._archive, self._guard = archive, guard
        self.devices: list[api.DeviceKind] = []

    def device(self, kind: api.DeviceKind) -> None:
        """As `api.Registry` has it."""
        name = self._archive.manifest.name
        if not isinstance(kind, api.DeviceKind):
            raise TypeError("a DeviceKind is needed")
        fits = isinstance(kind.name, str) and _NAME.fullmatch(kind.name) is not None
        own = fits and f"{kind.name}-".startswith(f"{name}-")
        if not own or resource_path("premises", f"{kind.name}.toml").exists():
            raise ValueError("the name of a device begins with that of its plug-in, and is that of no premises")
        good_title = isinstance(kind.title, str) and kind.title.isprintable() and 0 < len(kind.title) <= _LONGEST_TITLE
        if not good_title or str(kind.baud) not in SPEEDS or not callable(kind.reader) or not callable(kind.emulator):
            raise ValueError("title, speed, reader or emulator of the device cannot be used")
        self.devices.append(kind)

    def text(self, path: str) -> str:
        """As `api.Registry` has it."""
        return self._archive.files[path].decode("utf-8")


class _Modules(MetaPathFinder, InspectLoader):
    """The plug-in's files as a package."""

    def __init__(self, archive: Archive) -> None:
        manifest = archive.manifest
        self.root = f"hht_plugin_{manifest.name.replace('-', '_')}_{archive.digest[:12]}"
        self._name = manifest.name
        self._source: dict[str, tuple[str, bytes]] = {self.root: ("__init__.py", b"")}  # full name -> path, octets
        self._packages = {self.root}
        for path, octets in archive.files.items():
            if path.endswith(".py"):
                self._add(path, octets)

    def _add(self, path: str, octets: bytes) -> None:
        parts = path.removesuffix(".py").split("/")
        if parts[-1] == "__init__":
            parts.pop()
            self._packages.add(".".join((self.root, *parts)))
        for count in range(1, len(parts)):  # a folder is a package, with or without an __init__.py
            folder = ".".join((self.root, *parts[:count]))
            self._packages.add(folder)
            self._source.setdefault(folder, (path, b""))
        self._source[".".join((self.root, *parts))] = (path, octets)

    def forget(self) -> None:
        """Take all of it out of this process, as far as nobody holds it."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in [one for one in sys.modules if one == self.root or one.startswith(f"{self.root}.")]:
            del sys.modules[name]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Only what belongs to this plug-in."""
        if fullname not in self._source:
            return None
        return spec_from_loader(fullname, self, is_package=self.is_package(fullname))

    def is_package(self, fullname: str) -> bool:
        """Whether it holds other modules."""
        return fullname in self._packages

    def get_source(self, fullname: str) -> str:
        """The text that was signed."""
        return self._source[fullname][1].decode("utf-8")

    def get_code(self, fullname: str) -> CodeType:
        """Compiled under a name that says whose it is."""
        return self.source_to_code(self.get_source(fullname), f"{self._name}/{self._source[fullname][0]}")
