"""Every call into a plug-in goes through here: what it raises, or never finishes, ends the plug-in and not the program.

This is no sandbox: a plug-in that means harm can do all that the program can. It is for those that are merely wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Final, TypeVar

from hht.i18n import _
from hht.plugins.api import Trouble
from hht.plugins.errors import PlugInError

T = TypeVar("T")
CALL_S: Final = 10.0  # nothing that a plug-in is called for needs a fraction of this, on however busy a machine
_LONGEST_KIND: Final = 60  # characters of an exception's name, which a plug-in chooses


class Guard:
    """Of one plug-in. `failed` is told once, in a sentence, when it has failed; from then on every call is refused."""

    def __init__(
        self, name: str, failed: Callable[[str], None] = lambda _why: None, *, limit_s: float | None = CALL_S
    ) -> None:
        """`limit_s` None: calls are made in the caller's thread, who sees himself to it that they end."""
        self.name = name
        self.failure: PlugInError | None = None
        self._failed, self._limit_s = failed, limit_s

    def call(self, what: Callable[..., T], *arguments: object) -> T:
        """What `what` gives. Raises PlugInError ``plugin-failed`` where it raises, or does not return in time."""
        try:
            return self.ask(what, *arguments)
        except Trouble as trouble:
            raise self.broken(_place(trouble, self.name)) from None

    async def call_aside(self, what: Callable[..., T], *arguments: object) -> T:
        """As `call`; the loop goes on meanwhile, and who waits can be cancelled: what was called is left behind."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[T] = loop.create_future()

        def tell(found: list[T], refused: PlugInError | None) -> None:
            if not ended.done():
                ended.set_exception(refused) if refused is not None else ended.set_result(found[0])

        def run() -> None:
            found, refused = list[T](), None
            try:
                found.append(self.call(what, *arguments))
            except PlugInError as error:
                refused = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tell, found, refused)

        threading.Thread(target=run, name=f"plug-in {self.name}, aside", daemon=True).start()
        return await ended

    def ask(self, what: Callable[..., T], *arguments: object) -> T:
        """As `call`; but Trouble, which says that a device made no sense, is raised as the plug-in did."""
        if self.failure is not None:
            raise self.failure
        if self._limit_s is None:
            return self._inline(what, *arguments)
        done: list[T] = []
        raised: list[BaseException] = []

        def run() -> None:
            try:
                done.append(what(*arguments))
            except BaseException as error:  # noqa: BLE001 - the boundary: whatever a plug-in raises ends here
                raised.append(error)

        # A thread of its own, which dies with the program: one that waits for ever can be left behind.
        thread = threading.Thread(target=run, name=f"plug-in {self.name}", daemon=True)
        thread.start()
        thread.join(self._limit_s)
        if done:
            return done[0]
        if not raised:
            raise self.broken(_("it did not come to an end within {seconds:g} s").format(seconds=self._limit_s))
        if issubclass(type(raised[0]), Trouble):  # what it says of itself is the plug-in's
            raise raised[0]
        raise self.broken(_place(raised[0], self.name))

    def _inline(self, what: Callable[..., T], *arguments: object) -> T:
        try:
            return what(*arguments)
        except Trouble:
            raise
        except BaseException as error:  # noqa: BLE001 - as in `ask`
            raise self.broken(_place(error, self.name)) from None

    def check(self, found: object, kind: type[T], what: str) -> T:
        """`found`, which has to be a `kind`. Raises PlugInError ``plugin-failed``."""
        if not isinstance(found, kind):
            raise self.broken(_("{what} is no {kind}").format(what=what, kind=kind.__name__))
        return found

    def broken(self, why: str) -> PlugInError:
        """The plug-in keeps to its contract no more: tell so, once, and take no call from now on."""
        if self.failure is None:
            self.failure = PlugInError(
                _("The plug-in “{name}” failed: {why}.").format(name=self.name, why=why),
                remedy=_("It is used no more. Tell its maker; hht plugin check FILE shows what is wrong with it."),
                code="plugin-failed",
            )
            self._failed(why)
        return self.failure


def _place(error: BaseException, name: str) -> str:
    """What was raised and where in the plug-in; not its message, in which anything may stand."""
    # by Python's own means: a plug-in's class may answer for itself as it likes
    kind: str = type.__dict__["__name__"].__get__(type(error))[:_LONGEST_KIND]
    trace: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    own = [frame for frame in traceback.extract_tb(trace) if frame.filename.startswith(f"{name}/")]
    if not own:
        return kind
    return _("{kind} in {file}, line {line}").format(kind=kind, file=own[-1].filename, line=own[-1].lineno)
