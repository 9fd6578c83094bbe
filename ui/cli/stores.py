"""Opening the store for one command, and the trace that goes with it."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceSink
from hht.link_url import parse_link_url
from hht.store.key_slot import KeySlotError
from ui.cli.common import Output, UsageProblem
from ui.short_file import MAX_BYTES, read_short_text, why
from ui.stores import data_folder, no_store, open_store, store_path
from ui.system import new_id
from ui.system_key_store import KeyStoreError

if TYPE_CHECKING:
    from hht.access.roles import Act
    from hht.store.store import Store
    from hht.store.vault import PassPhrase


class PassPhraseNeeded(HhtError):
    """The live store is locked and nobody is there to ask."""

    default_code = "pass-phrase-needed"


def pass_phrase(args: argparse.Namespace, folder: Path) -> str:
    """The live store's pass phrase: from a file, standard input, or a prompt where there is a terminal."""
    if args.pass_phrase_file == "-":
        return sys.stdin.readline(MAX_BYTES).removeprefix("\ufeff").rstrip("\r\n")
    if args.pass_phrase_file:
        try:
            return read_short_text(args.pass_phrase_file).rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise PassPhraseNeeded(
                _("The pass phrase file {name} could not be read: {why}.").format(
                    name=args.pass_phrase_file, why=why(error)
                ),
                remedy=_("Check its path and that it is plain text."),
            ) from error
    if not sys.stdin.isatty():
        raise PassPhraseNeeded(
            _("The store in {folder} needs its pass phrase.").format(folder=folder),
            remedy=_("Name a file with --pass-phrase-file (- reads standard input), or use --training."),
        )
    return _asked(new=not store_path(folder, training=False).exists())


def _asked(*, new: bool) -> str:
    """A person's pass phrase; that of a `new` store twice, for nobody could open one that was mistyped."""
    import getpass

    if not new:
        return getpass.getpass(_("Pass phrase: "))
    phrase = getpass.getpass(_("There is no store yet. Its pass phrase: "))
    if getpass.getpass(_("Once more: ")) != phrase:
        raise PassPhraseNeeded(
            _("The two pass phrases are not the same; no store was made."), remedy=_("Run the same command again.")
        )
    return phrase


def new_pass_phrase(file: str) -> PassPhrase:
    """A pass phrase that is to be from now on. Raises AssociationError ``file-not-read``."""
    from hht.store.vault import PassPhrase
    from ui.meter_keys import AssociationError

    try:
        return PassPhrase(read_short_text(file).rstrip("\r\n"))
    except (OSError, ValueError) as error:
        raise AssociationError(
            _("The file {name} could not be read: {why}.").format(name=file, why=why(error)),
            remedy=_("Check its path and that it is plain text."),
            code="file-not-read",
        ) from error


@contextlib.contextmanager
def opened_store(args: argparse.Namespace, clock: Clock, *, phrase: bool = False) -> Iterator[Store]:
    """The store that the command's options name, unlocked; closed afterwards. Where no file has the pass phrase, this
    computer's key store opens it if the person has chosen that, else they are asked. `phrase`: the key store's word is
    not enough."""
    folder = data_folder(args.data_dir)
    store = None if phrase else _by_key_store(args, folder, clock)
    if store is None:
        words = "" if args.training else pass_phrase(args, folder)
        store = open_store(folder, words, training=args.training, clock=clock, person=args.person or "")
    store.tell = Output(as_json=False).note
    if store.log_trouble:
        store.tell(f"{store.log_trouble.message} {store.log_trouble.remedy}")
    try:
        yield store
    finally:
        store.close()


def _by_key_store(args: argparse.Namespace, folder: Path, clock: Clock) -> Store | None:
    """The store as this computer's key store opens it; None where nobody chose that, or it does not, which is said."""
    from ui.key_slots import open_by_key_store

    if args.training or args.pass_phrase_file:
        return None
    try:
        store = open_by_key_store(folder, clock=clock, person=args.person or "")
    except (KeyStoreError, KeySlotError) as error:
        Output(as_json=False).note(f"{error.message} {error.remedy}")
        return None
    if store is not None:
        store.ask_phrase = partial(_ask_phrase, store)
    return store


def _ask_phrase(store: Store) -> None:
    """Have whoever is at the keyboard give the pass phrase of the store that the key store has opened, where somebody
    is there. Raises PassPhraseError."""
    from hht.store.key_slot import BY_PHRASE
    from hht.store.log_chain import LOGGED_IN
    from hht.store.vault import PassPhrase

    if sys.stdin.isatty():
        store.check_pass_phrase(PassPhrase(_asked(new=False)))
        store.note(LOGGED_IN, {"login": store.person.login, "how": BY_PHRASE})


@contextlib.contextmanager
def store_for_trust(args: argparse.Namespace, clock: Clock) -> Iterator[Callable[[], Store]]:
    """The live store of a command that changes whom live work trusts in a file beside it; training needs none."""
    if args.training:
        yield no_store
        return
    with opened_store(args, clock) as store:
        yield lambda: store


@contextlib.contextmanager
def store_of_command(args: argparse.Namespace, clock: Clock, output: Output) -> Iterator[Store | None]:
    """The store of a single command: one that is unlocked, else none; with a real device at the link that is said."""
    if args.training or args.pass_phrase_file or _chosen_to_open(args):
        with opened_store(args, clock) as store:
            yield store
        return
    if not is_made_up(args.link):
        there = store_path(data_folder(args.data_dir), training=False).exists()
        output.warn(
            _("no trace is kept: the store is locked (--pass-phrase-file unlocks it)")
            if there
            else _(
                "no trace is kept: there is no store (--pass-phrase-file makes one, --training uses that for training)"
            )
        )
    yield None


def _chosen_to_open(args: argparse.Namespace) -> bool:
    """Whether, at a real device, this computer's key store may open the live store for the person."""
    from ui.key_slots import slot_to_open

    return not is_made_up(args.link) and slot_to_open(data_folder(args.data_dir), args.person or "") is not None


def log_override(store: Store, command: str, accepted: str) -> None:
    """Note in the store's log that `command` let an identifier with wrong check digits pass. Raises StoreError."""
    store.log("test-identifiers", {"command": command, "accepted": [accepted]})


@contextlib.contextmanager
def store_for_writing(args: argparse.Namespace, clock: Clock, act: Act | None = None) -> Iterator[Store]:
    """The store of a command that writes to a device: the training store for an emulated one, else that which the
    options name or, with somebody at the keyboard, the live one. Nothing is written without. `act`: what is refused
    before any device is disturbed.

    Raises UsageProblem ``training-only`` where a live store is named for an emulated device, PassPhraseNeeded, and what
    opening a store raises.
    """
    if is_made_up(args.link) and not args.training:
        if args.pass_phrase_file:
            raise UsageProblem(
                _("An emulated meter is for training; --pass-phrase-file names the live store."),
                remedy=_("Leave --pass-phrase-file out: the training store needs none."),
                code="training-only",
            )
        args = argparse.Namespace(**{**vars(args), "training": True})
    with opened_store(args, clock) as store:
        if act is not None:
            store.require(act)
        yield store


def is_made_up(link: str) -> bool:
    """Whether no real device is at the link of that URL. Raises LinkUrlError."""
    return parse_link_url(link).scheme in ("emulated", "recorded")


@contextlib.contextmanager
def trace_sink(store: Store | None) -> Iterator[TraceSink | None]:
    """Where a single command's trace goes: into `store`, or nowhere."""
    if store is None:
        yield None
        return
    from hht.store.trace_store import TraceRecorder

    recorder = TraceRecorder(store, new_id())
    try:
        yield recorder
    finally:
        recorder.flush()


def both_sinks(sink: TraceSink | None, also: TraceSink | None) -> TraceSink | None:
    """A sink that passes each event on to both."""
    if sink is None or also is None:
        return sink or also

    def passed_on(event: TraceEvent) -> None:
        sink(event)
        also(event)

    return passed_on
