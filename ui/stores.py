"""Where the store is, and opening it: for window and command line alike."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_folder

if TYPE_CHECKING:
    from hht.client.counters import CounterBook
    from hht.store.database import ExclusiveLock
    from hht.store.profile_store import ProfileStore
    from hht.store.store import Store
    from hht.store.vault import SlotSecret
    from hht.work.engineer import Engineer
    from ui.services import Settings

TRAINING_PASS_PHRASE = "training"  # fixed and named so on purpose: nothing in that store is secret


def data_folder(given: Path | None) -> Path:
    """The store's folder: as given, or HHT_HOME, or where the system keeps a user's data."""
    if given is not None:
        return given
    home = os.environ.get("HHT_HOME")
    if home:
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_data_dir("hht", appauthor=False))


def store_path(folder: Path, *, training: bool) -> Path:
    """The store's file. Training and live work never share one."""
    return folder / ("training.db" if training else "store.db")


def log_memory_path(folder: Path, *, training: bool) -> Path:
    """The file beside the store with how its log stands. Training and live work never share one."""
    return folder / ("training-log-head.json" if training else "log-head.json")


def counter_book(folder: Path, *, training: bool) -> CounterBook:
    """Where invocation counters are kept between programs. Training and live work never share one."""
    from hht.store.counter_file import CounterFile

    return CounterFile(folder / ("training-counters.db" if training else "counters.db"))


SCRATCH: Final = "rehearsal-"
PEOPLE: Final = "people"  # the setting of `hht.store.people`


def open_store(folder: Path, pass_phrase: str | SlotSecret, *, training: bool, clock: Clock, person: str = "") -> Store:
    """Open (or make) the store; about 150 ms. That somebody logged in, and how, is an entry of its log. `pass_phrase`:
    or what this computer's key store keeps in its place; a store that was put back to an earlier copy it opens no more,
    nor does any other key store then. Raises PassPhraseError or StoreError."""
    from hht.store.key_slot import BY_KEY_STORE, BY_PHRASE, KeySlotError, drop
    from hht.store.log_chain import LOGGED_IN
    from hht.store.store import Store
    from hht.store.vault import PassPhrase
    from ui.system_key_store import forget
    from ui.trace_reveal import said_by

    try:
        private_folder(folder)
    except OSError as error:
        raise HhtError(
            _("The folder {folder} cannot be made: {why}.").format(folder=folder, why=error.strerror),
            remedy=_("Choose another with --data-dir, or make room on the disk."),
            code="data-folder",
        ) from error
    if not training:
        leave_no_core()
    path = store_path(folder, training=training)
    typed = TRAINING_PASS_PHRASE if training else pass_phrase
    key = PassPhrase(typed) if isinstance(typed, str) else typed
    login = "" if training else person
    store = Store.open(path, key, training=training, clock=clock, entropy=secrets.token_bytes, login=login)
    store.acting, store.forget_slots = lambda: said_by(kept_settings(store)), forget
    try:
        store.remember_log(log_memory_path(folder, training=training))
        if store.log_trouble is not None:
            drop(store, None, "log-put-back")
            if not store.phrase_given:
                raise KeySlotError(
                    f"{store.log_trouble.message} " + _("This computer's key store opens it no more."),
                    remedy=_("Give the pass phrase."),
                )
        store.note(LOGGED_IN, {"login": store.person.login, "how": BY_PHRASE if store.phrase_given else BY_KEY_STORE})
    except BaseException:
        store.close()
        raise
    sweep_scratch(folder)
    return store


def no_store() -> NoReturn:
    """In place of a store that is not open. Raises HhtError ``locked``."""
    raise HhtError(_("The store is locked."), remedy=_("Enter the pass phrase first."), code="locked")


def leave_no_core() -> None:
    """Have the system write no image of this process where it dies: the keys stand in it. One byte rather than none:
    Linux then hands nothing to a program that collects such images either (`fs/coredump.c`)."""
    try:
        import resource
    except ImportError:  # Windows, where images are made only where somebody asked for them in the registry
        return
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0 if hard == 0 else 1, hard))


def scratch_lock(scratch: Path) -> ExclusiveLock:
    """What says that somebody works in a rehearsal's scratch folder; it goes when the process does."""
    from hht.store.database import ExclusiveLock

    return ExclusiveLock(scratch / "in-use.lock")


def sweep_scratch(folder: Path) -> None:
    """Take away the scratch folders of rehearsals that were killed: the devices of a customer's job stand in them."""
    for scratch in folder.glob(f"{SCRATCH}*"):
        lock = scratch_lock(scratch)
        try:
            lock.acquire()
        except (HhtError, OSError):
            continue  # in use; or not ours to take away
        lock.release()
        shutil.rmtree(scratch, ignore_errors=True)


def kept_profile(store: Store | None, device: str) -> ProfileStore | None:
    """What `store` keeps of the device's profile; None without a store, or for a device that does not say who it is."""
    from hht.store.profile_store import ProfileStore

    return ProfileStore(store, device) if store is not None and device else None


def kept_settings(store: Store) -> Settings:
    """What was chosen in the window; what another version of this program kept beside it is left alone. In live work
    the engineer is whoever is logged in."""
    from dataclasses import fields, replace

    from ui.services import Settings

    kept = store.setting("window") or {}
    settings = Settings(**{one.name: kept[one.name] for one in fields(Settings) if one.name in kept})
    if store.training or not store.setting(PEOPLE):
        return settings
    return replace(settings, engineer=store.person.name, engineer_id=store.person.identifier)


def engineer_of(store: Store) -> Engineer:
    """Who is at the meter: in live work whoever is logged in, by name or, where a store's only person never said one,
    as this computer knows them; in training as in the settings. Raises EngineerError."""
    from hht.work.engineer import Engineer
    from ui.system import account_name

    kept = kept_settings(store)
    found = Engineer.of(kept.engineer, kept.engineer_id)
    return found if found.stated or store.training else Engineer.of(account_name())


def save_settings(store: Store, before: Settings, after: Settings) -> None:
    """Keep what was chosen in the window. In live work another name of the engineer is one of whoever is logged in,
    which the log notes. Raises AccessRefused where one of the changes is not theirs to make."""
    from dataclasses import asdict

    from hht.access.person import fields_changed
    from hht.store.people import People

    for act in sorted(fields_changed(asdict(before), asdict(after))):
        store.require(act)
    if not store.training and (after.engineer, after.engineer_id) != (before.engineer, before.engineer_id):
        People(store).rename(store.person.login, after.engineer, after.engineer_id)
    with store.transaction():
        for name, kind in (("lock_minutes", "lock-minutes"), ("job_folder", "job-folder")):
            if (value := getattr(after, name)) != (was := getattr(before, name)):
                store.note(kind, {"now": value, "before": was})
        store.save_setting("window", asdict(after))
