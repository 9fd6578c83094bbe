"""This computer's key store, where it has one that protects what it keeps: the one place that knows `keyring`.

Which key store it is decides the list below alone. What that package would choose by itself (PYTHON_KEYRING_BACKEND,
its file of settings, whatever else is installed and calls itself a key store) is never asked: a file in the clear may
be among it. Each call may wait for a person (a key store asks its own password) or for a service that does not answer,
so it is made in a thread that nobody waits for longer than `answer_s`, nor when the program ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from hht.errors import HhtError
from hht.i18n import _
from hht.store.vault import SlotSecret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from hht.store.key_slot import Slot

T = TypeVar("T")

SECRET_OCTETS: Final = 32
FORGET_S: Final = 3.0  # that long a secret which is worth nothing any more may keep somebody waiting


class Kind(NamedTuple):
    """A kind of key store: on which systems, in which module and class of `keyring`, what people call it, and the name
    that the module has only where what it rests on is there."""

    system: str  # of `sys.platform`, how it begins
    module: str
    name: str
    called: str
    rests_on: str


PERMITTED: Final = (
    Kind("linux", "keyring.backends.SecretService", "Keyring", "Secret Service", "secretstorage"),
    Kind("linux", "keyring.backends.libsecret", "Keyring", "Secret Service (libsecret)", "Secret"),
    Kind("linux", "keyring.backends.kwallet", "DBusKeyring", "KWallet", "dbus"),
    Kind("win32", "keyring.backends.Windows", "WinVaultKeyring", "Windows Credential Manager", "win32cred"),
    Kind("darwin", "keyring.backends.macOS", "Keyring", "macOS Keychain", "api"),
)


class KeyStoreError(HhtError):
    """There is no key store that protects, or it did not do what was asked of it."""

    default_code = "no-key-store"


@dataclass(frozen=True, slots=True)
class SystemKeyStore:
    """One that was found. Its calls wait as long as it likes: see `answered`, `answered_now`. Raises KeyStoreError."""

    called: str
    backend: KeyringBackend

    def read(self, slot: Slot) -> SlotSecret | None:
        """The secret of that slot; None where it has none, or one that is none of ours."""
        text = _told(lambda: self.backend.get_password(_service(slot), slot.login))
        with contextlib.suppress(ValueError):
            if text is not None and len(octets := bytes.fromhex(text)) == SECRET_OCTETS:
                return SlotSecret(octets)
        return None

    def write(self, slot: Slot, secret: SlotSecret) -> None:
        """Keep it, and see that it is kept."""
        _told(lambda: self.backend.set_password(_service(slot), slot.login, secret.reveal().hex()))
        kept = self.read(slot)
        if kept is None or kept.reveal() != secret.reveal():
            raise _failed(_("it does not give back what it was given"))

    def forget(self, slot: Slot) -> None:
        """Take it out; harmless where it is not there."""
        if _told(lambda: self.backend.get_password(_service(slot), slot.login)) is not None:
            _told(lambda: self.backend.delete_password(_service(slot), slot.login))


def find() -> SystemKeyStore:
    """The first of the list that works here. Raises KeyStoreError ``no-key-store``."""
    for kind in PERMITTED:
        if sys.platform.startswith(kind.system) and (backend := _made(kind)) is not None:
            return SystemKeyStore(kind.called, backend)
    words = _("This computer has no key store that protects what it keeps, or it does not run for this account.")
    if other := os.environ.get("PYTHON_KEYRING_BACKEND"):
        words += " " + _("“{name}” is not asked: only the system's own are.").format(name=other[:80])
    raise KeyStoreError(
        words,
        remedy=_(
            "Go on with the pass phrase. On Linux, log in to a desktop with GNOME's key ring or KWallet "
            "(gnome-keyring, kwalletmanager); Windows and macOS have theirs."
        ),
    )


def built_in() -> tuple[str, ...]:
    """Those of this system's that this program could speak to, running or not: what a package was built with."""
    here = (kind for kind in PERMITTED if sys.platform.startswith(kind.system))
    return tuple(kind.called for kind in here if hasattr(_module(kind), kind.rests_on))


def _module(kind: Kind) -> object | None:
    try:
        return importlib.import_module(kind.module)
    except ImportError:
        return None


def _made(kind: Kind) -> KeyringBackend | None:
    """It, ready for use; None where it is not here, for whatever reason: they are many, and those of other people's
    programs."""
    try:
        backend: type[KeyringBackend] = getattr(_module(kind), kind.name)
        if not backend.priority:  # each says with an error that it cannot work here
            return None
        # KEYRING_PROPERTY_… in the environment would set what it likes, such as a collection without a password
        alone = type(backend.__name__, (backend,), {"set_properties_from_env": lambda _self: None})
        made: KeyringBackend = alone()
    except Exception:  # noqa: BLE001
        return None
    if kind.system == "win32":
        made.persist = "local machine"  # type: ignore[attr-defined]  # it is to stay on this computer, in a domain too
    return made


def _service(slot: Slot) -> str:
    """The name of each slot is its own, so that none is another's; a person sees it in the key store's list."""
    return f"HHT handheld terminal {slot.name}"


def _told(work: Callable[[], T]) -> T:
    """Whatever a key store raises, in words: what its messages quote is not known."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001
        raise _failed(type(error).__name__) from None


def _failed(why: str) -> KeyStoreError:
    return KeyStoreError(
        _("This computer's key store did not do it: {why}.").format(why=why),
        remedy=_("Unlock the key store, or go on with the pass phrase."),
        code="key-store-failed",
    )


def _silent() -> KeyStoreError:
    return KeyStoreError(
        _("This computer's key store does not answer."),
        remedy=_("Go on with the pass phrase; it may be asking for its own password in another window."),
        code="key-store-silent",
    )


class _Outcome(NamedTuple):
    value: object
    error: BaseException | None


def _begin(work: Callable[[], T], done: Callable[[_Outcome], None]) -> None:
    """In a thread that does not keep the program from ending."""

    def run() -> None:
        try:
            outcome = _Outcome(work(), None)
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits for it
            outcome = _Outcome(None, error)
        done(outcome)

    threading.Thread(target=run, name="key store", daemon=True).start()


def _value(outcome: _Outcome) -> object:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


async def answered(work: Callable[[], T], within_s: float) -> T:
    """What `work` returns, without holding up the loop. Raises KeyStoreError ``key-store-silent`` after so long, and
    what `work` raises."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Outcome] = loop.create_future()

    def settle(outcome: _Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def done(outcome: _Outcome) -> None:
        with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, outcome)

    _begin(work, done)
    try:
        return _value(await asyncio.wait_for(future, within_s))  # type: ignore[return-value]
    except TimeoutError:
        raise _silent() from None


def answered_now(work: Callable[[], T], within_s: float) -> T:
    """`answered`, for whoever has no loop."""
    box: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
    _begin(work, box.put)
    try:
        return _value(box.get(timeout=within_s))  # type: ignore[return-value]
    except queue.Empty:
        raise _silent() from None


def forget(gone: Sequence[Slot]) -> None:
    """Take the secrets of these slots out of the key store, as far as it answers: they are worth nothing any more."""

    def work() -> None:
        store = find()
        for slot in gone:
            with contextlib.suppress(KeyStoreError):
                store.forget(slot)

    with contextlib.suppress(KeyStoreError):
        answered_now(work, FORGET_S)
