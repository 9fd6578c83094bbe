"""The plug-ins of one store: whose are accepted, which are installed, which of them a person turned on.

What is remembered stands sealed in the store, and live work and training have their own; the archives lie beside it. A
plug-in is run only as the very octets that were turned on, signed by a maker who is accepted still, of no version below
the highest that was ever installed here.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.access.roles import Act
from hht.errors import HhtError
from hht.i18n import _
from hht.plugins.archive import MOST_OCTETS, SUFFIX, Archive, read_archive
from hht.plugins.errors import PlugInError
from hht.plugins.guard import Guard
from hht.plugins.keys import key_name, public_pem, read_public
from hht.plugins.loading import Loaded, check_api, load
from hht.plugins.manifest import version_number
from hht.private_files import private_file, private_folder
from ui.short_file import read_short, why
from ui.whole_file import explained

if TYPE_CHECKING:
    from hht.store.store import Store

_MAKERS: Final = "plugin-makers"  # names of settings
_STATES: Final = "plugins"
_LONGEST_NAME: Final = 60
_MOST: Final = 20  # makers
_MOST_PLUG_INS: Final = 100  # those that were removed among them: their versions are remembered
LEAST_DIGITS: Final = 16  # of its hash, to turn a plug-in on


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody whose plug-ins may be installed. `key`: what the public key is known by."""

    name: str
    key: str
    pem: str


@dataclass(frozen=True, slots=True)
class Installed:
    """A plug-in of this store. `off_because`: why the program turned it off; `trouble`: why it cannot be used as it
    lies there; "" where nothing is wrong."""

    name: str
    version: str
    title: str
    maker: str
    digest: str
    adds: tuple[str, ...]
    on: bool
    off_because: str = ""
    trouble: str = ""
    trouble_code: str = ""

    @property
    def state(self) -> str:
        """Whether it is used: on, off, changed (the archive is not the one that was installed), or unusable."""
        if self.trouble:
            return "changed" if self.trouble_code == "plugin-changed" else "unusable"
        return "on" if self.on else "off"


def meaning() -> str:
    """What it means to turn a plug-in on."""
    return _(
        "Its code runs with this program's rights: it can read, change and send whatever this program can, the open "
        "store included. Nothing sandboxes it. Its signature says who made it, not that it is harmless."
    )


class PlugIns:
    """Of one store. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, folder: Path) -> None:
        """`folder`: where the store's file is."""
        self._store = store
        self._folder = folder / ("training-plugins" if store.training else "plugins")

    # Whose are accepted ----------------------------------------------------------------------------------------------

    def makers(self) -> tuple[Maker, ...]:
        """Whose plug-ins may be installed, in the order in which they came."""
        return tuple(Maker(one["name"], one["key"], one["pem"]) for one in self._store.setting(_MAKERS) or ())

    def accept(self, name: str, pem: bytes) -> Maker:
        """Accept the maker with this public key from now on. Raises PlugInError ``plugin-key``, ``plugin-maker``."""
        name, public, found = name.strip(), read_public(pem), self.makers()
        if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
            raise PlugInError(
                _("A maker needs a name of 1 to {most} characters.").format(most=_LONGEST_NAME),
                remedy=_("Give it with --name; those that nobody needs any more: hht plugin trust --remove."),
                code="plugin-maker",
            )
        maker = Maker(name, key_name(public), public_pem(public).decode("ascii"))
        if any(name == one.name or maker.key == one.key for one in found):
            raise PlugInError(
                _("A maker of this name, or with this key, is accepted already."),
                remedy=_("Take the old one out first (hht plugin trust --remove), if this one is to replace it."),
                code="plugin-maker",
            )
        if len(found) >= _MOST:
            raise PlugInError(
                _("This terminal accepts {most} makers of plug-ins, and no more fit.").format(most=_MOST),
                remedy=_("Take out one that nobody needs any more: hht plugin trust --remove NAME."),
                code="plugin-maker",
            )
        self._change(_MAKERS, [*map(_plain, found), _plain(maker)], "plugin-maker-accepted", name=name, key=maker.key)
        return maker

    def dismiss(self, name: str) -> None:
        """Accept that maker no more: the plug-ins are used no more either. Raises PlugInError ``plugin-maker``."""
        found = self.makers()
        left = [one for one in found if name not in (one.name, one.key)]
        if len(left) == len(found):
            raise PlugInError(
                _("No maker called “{name}” is accepted here.").format(name=name),
                remedy=_("Look at their names: hht plugin trust."),
                code="plugin-maker",
            )
        self._change(_MAKERS, [*map(_plain, left)], "plugin-maker-dismissed", name=name)
        gone = {one.key for one in found} - {one.key for one in left}
        for plugin, state in self._states().items():
            if state["on"] and state["key"] in gone:
                self.turn_off(plugin, _("its maker “{name}” is accepted no more").format(name=name))

    def check_maker(self, archive: Archive) -> Maker:
        """Who made it, accepted here. Raises PlugInError ``plugin-untrusted``."""
        for one in self.makers():
            if read_public(one.pem.encode()) == archive.maker_key:
                return one
        raise PlugInError(
            _("“{name}” is signed with the key {key}, whom nobody has accepted here.").format(
                name=archive.manifest.name, key=archive.key
            ),
            remedy=_("Compare the key with what its maker says, then hht plugin trust --add KEY.pub.pem --name MAKER."),
            code="plugin-untrusted",
        )

    # Installed -------------------------------------------------------------------------------------------------------

    def installed(self) -> tuple[Installed, ...]:
        """All of them, by name."""
        return tuple(self._told(name, state) for name, state in sorted(self._states().items()) if state["digest"])

    def install(self, octets: bytes) -> Installed:
        """Keep a plug-in; it is off. Raises PlugInError as `read_archive` and `check_maker` do, ``plugin-world``,
        ``plugin-api``, ``plugin-older``, ``plugin-other-maker``, ``plugin-many``; FileNotWritten."""
        archive = read_archive(octets)
        self._check(archive)
        states, name = self._states(), archive.manifest.name
        before = states.get(name)
        if before is None and len(states) >= _MOST_PLUG_INS:
            raise PlugInError(
                _("There are {most} plug-ins here, and no more fit.").format(most=_MOST_PLUG_INS),
                remedy=_("Use another data folder."),
                code="plugin-many",
            )
        if before is not None:
            _refuse_rollback(archive, before)
        self._save(archive, octets)
        told = self._told_of(archive)
        states[name] = {
            "digest": archive.digest,
            "latest": archive.manifest.version,
            "latest_digest": archive.digest,
            "key": archive.key,
            "on": False,
            "off_because": "",
        }
        self._change(_STATES, states, "plugin-installed", **told)
        return self._told(name, states[name])

    def turn_on(self, name: str, digest: str) -> Installed:
        """Use it from now on. `digest`: at least the first 16 digits of the hash of what the person means. Raises
        PlugInError ``plugin-unknown``, ``plugin-digest``, and where it cannot be used."""
        states = self._states()
        state = self._state(states, name)
        wanted = digest.strip().lower()
        if len(wanted) < LEAST_DIGITS or not state["digest"].startswith(wanted):
            raise PlugInError(
                _("That is not the hash of “{name}” as it is installed: {digest}.").format(
                    name=name, digest=state["digest"]
                ),
                remedy=_("Compare the hash with its maker's; give at least {count} digits of it.").format(
                    count=LEAST_DIGITS
                ),
                code="plugin-digest",
            )
        archive = self.archive(name)
        self._refuse_clash(archive)
        state.update(on=True, off_because="")
        self._change(_STATES, states, "plugin-on", **self._told_of(archive))
        return self._told(name, state)

    def turn_off(self, name: str, because: str = "") -> None:
        """Use it no more. `because`: why the program does it; "": a person did."""
        states = self._states()
        self._state(states, name).update(on=False, off_because=because)
        self._change(_STATES, states, "plugin-off", name=name, because=because)

    def remove(self, name: str) -> None:
        """Take it away. Which version was the highest is remembered, so that no older one comes after it."""
        states = self._states()
        self._state(states, name).update(on=False, digest="", off_because="")
        with explained(self._path(name)):
            self._path(name).unlink(missing_ok=True)
        self._change(_STATES, states, "plugin-removed", name=name)

    # Used ------------------------------------------------------------------------------------------------------------

    def archive(self, name: str) -> Archive:
        """An installed plug-in as it lies there. Raises PlugInError where it may not be used: ``plugin-changed``, and
        as `install` does."""
        state = self._state(self._states(), name)
        try:
            octets = read_short(self._path(name), MOST_OCTETS)
        except OSError as error:
            raise _changed(name, why(error)) from None
        if hashlib.sha256(octets).hexdigest() != state["digest"]:
            raise _changed(name, _("it is not the file that was installed"))
        archive = read_archive(octets)
        self._check(archive)
        _refuse_rollback(archive, state)
        return archive

    def archive_of_device(self, device: str) -> Archive | None:
        """The plug-in that is on and has a device of that name; None: no plug-in has. Raises PlugInError where it may
        not be used, which turns it off."""
        for name, state in sorted(self._states().items()):
            if not state["on"] or not f"{device}-".startswith(f"{name}-"):
                continue
            try:
                archive = self.archive(name)
            except PlugInError as error:
                self.turn_off(name, error.message)
                raise
            if f"device:{device}" in archive.manifest.adds:
                return archive
        return None

    @contextlib.contextmanager
    def running(self, archive: Archive) -> Iterator[Loaded]:
        """The plug-in, run. Where it fails, then or later, it is off from then on. Raises PlugInError."""
        name = archive.manifest.name
        loaded = load(archive, Guard(name, lambda because: self.turn_off(name, because)))
        try:
            yield loaded
        finally:
            loaded.close()

    # Inside ----------------------------------------------------------------------------------------------------------

    def _check(self, archive: Archive) -> None:
        """Whether this store may use it at all. Raises PlugInError."""
        self.check_maker(archive)
        if archive.manifest.training is not self._store.training:
            words = (
                _("“{name}” was made for training, and this is live work.")
                if archive.manifest.training
                else _("“{name}” was made for live work, and this is training.")
            )
            raise PlugInError(
                words.format(name=archive.manifest.name),
                remedy=_("Training and live work never mix: ask its maker for the other one."),
                code="plugin-world",
            )
        check_api(archive)

    def _refuse_clash(self, archive: Archive) -> None:
        """Two that are on share no device. Raises PlugInError ``plugin-clash``."""
        for one in self.installed():
            shared = set(one.adds) & set(archive.manifest.adds)
            if one.on and one.name != archive.manifest.name and shared:
                raise PlugInError(
                    _("“{other}”, which is on, has {device} too.").format(other=one.name, device=min(shared)),
                    remedy=_("Turn that off first, if this one is to be used: hht plugin off {other}.").format(
                        other=one.name
                    ),
                    code="plugin-clash",
                )

    def _save(self, archive: Archive, octets: bytes) -> None:
        path = self._path(archive.manifest.name)
        with explained(path):
            private_folder(path.parent)
            with private_file(path) as file:
                file.write(octets)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _states(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._store.setting(_STATES) or {}
        return found

    def _state(self, states: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in states or not states[name]["digest"]:
            raise PlugInError(
                _("No plug-in called “{name}” is installed.").format(name=name),
                remedy=_("Look at their names: hht plugin list."),
                code="plugin-unknown",
            )
        return states[name]

    def _told(self, name: str, state: dict[str, Any]) -> Installed:
        try:
            archive = self.archive(name)
        except HhtError as error:
            known = (name, state["latest"], "", state["key"], state["digest"], ())
            return Installed(*known, state["on"], state["off_because"], error.message, error.code)
        manifest = archive.manifest
        maker = self.check_maker(archive).name
        return Installed(
            name, manifest.version, manifest.title, maker, archive.digest, manifest.adds, state["on"],
            state["off_because"],
        )  # fmt: skip

    @staticmethod
    def _told_of(archive: Archive) -> dict[str, Any]:
        """For the log."""
        manifest = archive.manifest
        return {"name": manifest.name, "version": manifest.version, "digest": archive.digest, "key": archive.key}

    def _change(self, setting: str, value: Any, kind: str, **told: Any) -> None:
        """The one place where what is trusted changes: kept, and in the log. One that failed goes off whoever is
        logged in; all else raises AccessRefused where it is not theirs."""
        if kind != "plugin-off":
            self._store.require(Act.TRUST)
        with self._store.transaction():
            self._store.save_setting(setting, value)
            self._store.log(kind, told)


def plug_ins_told(store: Store) -> dict[str, dict[str, Any]]:
    """Which are installed in the store, for whoever mends the program: name, version, on, whether it failed; no text of
    theirs."""
    states: dict[str, dict[str, Any]] = store.setting(_STATES) or {}
    return {
        name: {"version": state["latest"], "on": state["on"], "turned_off_by_program": bool(state["off_because"])}
        for name, state in sorted(states.items())
        if state["digest"]
    }


def read_plugin_file(path: Path, most: int = MOST_OCTETS) -> bytes:
    """The octets of a file that a person named. Raises PlugInError ``plugin-unreadable``."""
    try:
        return read_short(path, most)
    except OSError as error:
        raise PlugInError(
            _("“{file}” cannot be read: {why}.").format(file=path, why=why(error)),
            remedy=_("Check the name of the file, and that it may be read."),
            code="plugin-unreadable",
        ) from None


def _refuse_rollback(archive: Archive, state: dict[str, Any]) -> None:
    """Refuse what is older than what was here, the same version with other contents, and another maker's."""
    name, version, latest = archive.manifest.name, archive.manifest.number, version_number(state["latest"])
    remedy = _("Get the newest from its maker. Which versions were here stays known, also of one that was removed.")
    if version < latest or (version == latest and archive.digest != state["latest_digest"]):
        words = _("“{name}” {version} is older than what was installed here ({latest}), or altered under one number.")
        told = words.format(name=name, version=archive.manifest.version, latest=state["latest"])
        raise PlugInError(told, remedy=remedy, code="plugin-older")
    if archive.key != state["key"]:
        raise PlugInError(
            _("“{name}” is another maker's: the one that was installed here is signed with the key {key}.").format(
                name=name, key=state["key"]
            ),
            remedy=_("Two makers cannot share a name: ask for one under a name of its own."),
            code="plugin-other-maker",
        )


def _changed(name: str, because: str) -> PlugInError:
    return PlugInError(
        _("The plug-in “{name}” was changed since it was installed: {why}.").format(name=name, why=because),
        remedy=_("It is not used. Remove it, and install its maker's file anew."),
        code="plugin-changed",
    )


def _plain(maker: Maker) -> dict[str, str]:
    return {"name": maker.name, "key": maker.key, "pem": maker.pem}
