"""The BLE bridges that this terminal knows by their keys, and those without a key that somebody has accepted.

A bridge is known by its key, learnt with the code that is printed on it; its name and address prove nothing. A small
file beside the store, with no secret in it, as the list of ports is. Training and live work have their own files: what
training does, which asks for nobody, writes nothing into that of live work.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.access.roles import Act
from hht.clock import Clock, iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkUnavailable
from hht.link_url import LinkUrl
from hht.plain_text import plain_text
from hht.private_files import private_file, private_folder
from ui.stores import no_store

if TYPE_CHECKING:
    from hht.store.store import Store

_MOST: Final = 100  # bridges that are known in one kind of work; no other is forgotten for a new one
_LONGEST: Final = 200_000  # octets of the file
_LONGEST_NAME: Final = 60
_KEY: Final = 32  # octets


@dataclass(frozen=True, slots=True)
class KnownBridge:
    """`key`: hex digits; "" for a bridge without one, which somebody has accepted. `address`: where it was last."""

    name: str
    key: str
    address: str
    training: bool
    since: str  # ISO 8601, UTC

    @property
    def code(self) -> str:
        """The code of its key; "" where it has none."""
        from drivers.bridge_session import code_of

        return code_of(bytes.fromhex(self.key)) if self.key else ""

    @property
    def words(self) -> str:
        """What it proves, in a few words."""
        if not self.key:
            return _("not authenticated, accepted by hand")
        return _("authenticated as {name} ({code})").format(name=self.name, code=self.code)


class KnownBridges:
    """See the module; of one kind of work. What cannot be read counts as nothing known. `store`: of live work, which
    says who may change them and logs who did; each change raises AccessRefused, StoreError, HhtError ``locked``.
    `older`: read where there is no file at `path` yet: versions before this one had both kinds in one."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        training: bool,
        store: Callable[[], Store] = no_store,
        older: Path | None = None,
    ) -> None:
        self._path, self._clock, self._training, self._store = path, clock, training, store
        self._older = older or path

    def require(self) -> None:
        """Before a change. Raises as the class says; training belongs to nobody."""
        if not self._training:
            self._store().require(Act.BRIDGE)

    def known(self) -> tuple[KnownBridge, ...]:
        """Those of this kind of work."""
        return tuple(one for one in self._all() if one.training is self._training)

    def judge(self, address: str, name: str, key: bytes | None) -> str:
        """What the bridge at `address` has proved, in a few words. `key`: of which it has shown that it has it; None:
        it has shown nothing.

        Raises LinkUnavailable ``link-bridge-changed``, ``link-bridge-unknown``, ``link-bridge-unproved``.
        """
        here = [one for one in self.known() if one.address.upper() == address.upper()]
        known = next((one for one in self.known() if key is not None and one.key == key.hex()), None)
        if known is not None:
            if known.address != address:
                with suppress(OSError):  # where it was is for people; its key is what it is known by
                    self._save([*(one for one in self._all() if one != known), replace(known, address=address)])
            return known.words
        if any(one.key for one in here):
            raise _changed(address, next(one for one in here if one.key), key)
        if key is not None:
            raise _unknown(address, name)
        if here:
            return here[0].words
        if self._training:
            return _("not authenticated")
        raise _unproved(address)

    def pair(self, name: str, key: bytes, address: str) -> KnownBridge:
        """Know the bridge by this key from now on. Raises HhtError ``bridge-name``, ``bridge-many``; LinkUnavailable
        ``link-bridge-training`` for the key of emulated bridges in live work."""
        from drivers.bridge_session import training_identity

        self.require()
        name = name.strip()
        if not self._training and key == training_identity().public_key().public_bytes_raw():
            raise LinkUnavailable(
                _("This is the key of emulated bridges, which everybody has."),
                remedy=_("It is for training alone: hht bridge pair … --training."),
                code="link-bridge-training",
            )
        if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
            raise HhtError(
                _("A bridge needs a name of 1 to {most} characters.").format(most=_LONGEST_NAME),
                remedy=_("Give it with --name."),
                code="bridge-name",
            )
        new = KnownBridge(name, key.hex(), address, self._training, iso_z(self._clock.now()))
        return self._add(new, "bridge-paired")

    def accept(self, address: str) -> KnownBridge:
        """Use the bridge at this address though it proves nothing. Raises LinkUnavailable ``link-bridge-changed`` where
        one that did prove itself was there; HhtError ``bridge-many``."""
        self.require()
        for one in self.known():
            if one.key and one.address.upper() == address.upper():
                raise _changed(address, one, None)
        new = KnownBridge(address, "", address, self._training, iso_z(self._clock.now()))
        return self._add(new, "bridge-accepted")

    def forget(self, which: str) -> KnownBridge:
        """Know it no more; by name, address (with or without ``ble:``) or code. Raises HhtError ``bridge-unknown``."""
        self.require()
        for one in self.known():
            address = one.address.upper()
            if which.upper() in (one.name.upper(), address, f"BLE:{address}", one.code) and which:
                self._note("bridge-forgotten", one)
                self._save([other for other in self._all() if other != one])
                return one
        raise HhtError(
            _("No bridge “{which}” is known here.").format(which=which),
            remedy=_("Look which are: hht bridge list."),
            code="bridge-unknown",
        )

    def _note(self, kind: str, one: KnownBridge) -> None:
        """In the log, before it is so: nothing is trusted of which nobody knows who said it."""
        if not self._training:
            self._store().log(kind, {"name": one.name, "address": one.address, "key": one.key})

    def _add(self, new: KnownBridge, kind: str) -> KnownBridge:
        left = [one for one in self._all() if one.training is not new.training or not _same(one, new)]
        if sum(one.training is new.training for one in left) >= _MOST:
            remedy = _(
                "Forget one that nobody uses any more: hht bridge list{kind}, then hht bridge forget BRIDGE{kind}."
            )
            raise HhtError(
                _("This terminal knows {most} bridges, and no more fit.").format(most=_MOST),
                remedy=remedy.format(kind=" --training" if self._training else ""),
                code="bridge-many",
            )
        self._note(kind, new)
        self._save([*left, new])
        return new

    def _all(self) -> list[KnownBridge]:
        """Of its file; in live work, the entries of training that versions before this one had there as well."""
        path = self._path if self._path.exists() else self._older
        try:
            with open(path, "rb") as file:
                found = json.loads(file.read(_LONGEST))
        except (OSError, ValueError, RecursionError):
            return []
        read = []
        for entry in found if isinstance(found, list) else []:
            with suppress(KeyError, TypeError, ValueError):
                read.append(_read(entry))
        return read

    def _save(self, bridges: list[KnownBridge]) -> None:
        private_folder(self._path.parent)
        with private_file(self._path) as file:
            kept = [asdict(one) for one in bridges if one.training or not self._training]
            file.write(json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8"))


class Pairing:
    """Judges while a bridge is paired. `key`: the bridge's, once it has proved it."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.key = b""

    def judge(self, address: str, _name: str, key: bytes | None) -> str:
        """Raises LinkUnavailable ``link-bridge-no-key``, ``link-bridge-code``."""
        from drivers.bridge_session import is_code_of

        if key is None:
            raise LinkUnavailable(
                _("The bridge {address} has no key: it cannot prove who it is.").format(address=address),
                remedy=_("A bridge of another maker is accepted by hand: hht bridge accept ble:{address}.").format(
                    address=address
                ),
                code="link-bridge-no-key",
            )
        if not is_code_of(self._code, key):
            raise LinkUnavailable(
                _("The key of the bridge {address} does not go with this code.").format(address=address),
                remedy=_(
                    "Compare the code with the one printed on the bridge in your hand. If it is the same, this is "
                    "another bridge that answers in its place: do not use it."
                ),
                code="link-bridge-code",
            )
        self.key = key
        return _("its code is right")


def known_bridges_of(
    folder: Path, clock: Clock, *, training: bool, store: Callable[[], Store] = no_store
) -> KnownBridges:
    """Those of the data folder. `store`: as for KnownBridges; what only reads needs none."""
    live = folder / "bridges.json"
    path = folder / "training-bridges.json" if training else live
    return KnownBridges(path, clock, training=training, store=store, older=live)


def _same(one: KnownBridge, new: KnownBridge) -> bool:
    """The same key, or the same place."""
    return (bool(new.key) and one.key == new.key) or one.address.upper() == new.address.upper()


def _read(entry: dict[str, Any]) -> KnownBridge:
    bridge = KnownBridge(**entry)
    texts = (bridge.name, bridge.key, bridge.address, bridge.since)
    if not all(isinstance(one, str) for one in texts) or not isinstance(bridge.training, bool):
        raise TypeError("no bridge")
    if bridge.key and len(bytes.fromhex(bridge.key)) != _KEY:
        raise ValueError("no key")
    return bridge


def _changed(address: str, known: KnownBridge, key: bytes | None) -> LinkUnavailable:
    from drivers.bridge_session import code_of

    shows = _("it shows the key {code}").format(code=code_of(key)) if key is not None else _("it proves nothing now")
    return LinkUnavailable(
        _("This is not the bridge {name} that was at {address}: {shows}, and {name} has the key {code}.").format(
            name=known.name, address=address, shows=shows, code=known.code
        ),
        remedy=_(
            "Do not use it: somebody may have put another bridge in its place. If yours was exchanged, forget the old "
            "one (hht bridge forget) and pair the new one with the code that is printed on it."
        ),
        code="link-bridge-changed",
    )


def _unknown(address: str, name: str) -> LinkUnavailable:
    called = plain_text(name) or address
    return LinkUnavailable(
        _("The bridge {name} has a key that this terminal does not know.").format(name=called),
        remedy=_(
            "Pair it once, with the code printed on the bridge in your hand: “Look for Bluetooth bridges” in the "
            "settings, or hht bridge pair ble:{address} --code CODE."
        ).format(address=address),
        code="link-bridge-unknown",
    )


def _unproved(address: str) -> LinkUnavailable:
    return LinkUnavailable(
        _("The bridge {address} cannot prove who it is: anybody near may answer in its place.").format(address=address),
        remedy=_(
            "What goes to the meter by it can be read, held back and changed, unless the meter's own security sees to "
            "that. To use it all the same, accept it once: “Look for Bluetooth bridges” in the settings, or hht bridge "
            "accept ble:{address}."
        ).format(address=address),
        code="link-bridge-unproved",
    )


async def pair_bridge(
    url: LinkUrl, code: str, name: str, known: KnownBridges, clock: Clock, **options: Any
) -> KnownBridge:
    """Connect once, hold the bridge's key against the code, and know it from now on. `options`: for the link. Raises
    what opening a bridge raises, what a change of them raises, and HhtError ``bridge-name``."""
    from drivers.ble_bridge import BleBridgeLink

    known.require()
    judge = Pairing(code)
    link = BleBridgeLink(url.target, clock=clock, trust=judge, **options)
    await link.open()
    await link.close()
    return known.pair(name or url.target, judge.key, url.target)
