"""The only thing between Qt's thread and the core thread.

One asyncio loop runs in one thread named "core". Calls go in with `run_coroutine_threadsafe`; what comes back (frozen
facts, errors) comes out through one queued signal, so every callback runs in Qt's thread. `HhtError` goes to `failed`;
anything else is a bug and goes to `crashed`. asyncio itself is imported in the core thread: the first frame does not
wait for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from hht.errors import HhtError

if TYPE_CHECKING:
    import asyncio

    from ui.crash import Crash
    from ui.services import Services

T = TypeVar("T")
Failed = Callable[[HhtError], None]


def _crash(bug: Exception) -> Crash:
    from ui.crash import crash_of

    return crash_of(bug)


def _held(callback: Callable[..., object]) -> Iterator[object]:
    """What a callback is about: the object of a method, what a function made on the spot has taken along."""
    yield getattr(callback, "__self__", None)
    for cell in getattr(callback, "__closure__", None) or ():
        with suppress(ValueError):  # a cell that is not filled yet
            yield cell.cell_contents


def _alive(callback: Callable[..., object]) -> bool:
    """False when the callback belongs to a Qt object that has been deleted meanwhile, or holds one."""
    return all(isValid(held) for held in _held(callback) if isinstance(held, QObject))


class Call:
    """A call on its way. `cancel()` asks the core to stop it; `ended` is still called."""

    def __init__(self, done: Callable[[Any], None] | None, failed: Failed | None, ended: Callable[[], None] | None):
        self.done = done
        self.failed = failed
        self.ended = ended
        self.running = True
        self._cancelled = False
        self._task: Any = None

    def cancel(self) -> None:
        """Stop it, wherever it is."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    def started(self, task: Any) -> None:
        """Remember what carries it out (a concurrent future)."""
        self._task = task
        if self._cancelled:
            task.cancel()


class Bridge(QObject):
    """See the module. Make it, connect `ready`, `failed` and `crashed`, `start()`, and `stop()` at the end."""

    ready = Signal()
    failed = Signal(object)  # HhtError that nobody asked for by name
    crashed = Signal(object)  # Crash
    quiet = Signal()  # no call is under way any more
    over = Signal()  # the core has ended, and closed what it had open
    _arrived = Signal(object)

    def __init__(self, make_services: Callable[[], Services]) -> None:
        super().__init__()
        self._make = make_services
        self._services: Services | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []
        self._over: asyncio.Event | None = None
        self._stopped = False
        self._calls: set[asyncio.Task[Any]] = set()
        self._under_way: set[Call] = set()
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    # Qt's thread ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the core thread; `ready` follows when the services stand."""
        self._thread.start()

    def call(
        self,
        make: Callable[[Services], Awaitable[T]],
        done: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        ended: Callable[[], None] | None = None,
        *,
        idle: bool = False,
    ) -> Call:
        """Await `make(services)` in the core. Then `done(value)` or `failed(error)`, and in any case `ended()`. `idle`:
        it does nothing but wait for something, and may be broken off at any moment."""
        call = Call(done, failed, ended)
        if not idle:
            self._under_way.add(call)
        self._enter(lambda: self._submit(call, make))
        return call

    @property
    def under_way(self) -> bool:
        """Whether something is being read, written, sent or looked up."""
        return bool(self._under_way)

    def tell(self, act: Callable[[Services], object], failed: Failed | None = None) -> None:
        """Carry `act(services)` out in the core, where it returns at once."""

        async def at_once(services: Services) -> None:
            act(services)

        self.call(at_once, failed=failed)

    def listener(self, show: Callable[[T], None]) -> Callable[[T], None]:
        """A callback for the core: each value it is given arrives at `show` in Qt's thread."""

        def hear(value: T) -> None:
            if not self._stopped:
                self._arrived.emit((show, value))

        return hear

    def newest(self, show: Callable[[T], None]) -> Callable[[T], None]:
        """The same for what each value tells whole: of those that wait for Qt's thread the last one arrives, in its
        place. To draw the ones before it would only make that later."""
        given = 0

        def hear(value: T) -> None:
            nonlocal given
            given += 1  # in the core's thread alone
            number = given

            def show_newest(last: T) -> None:
                if number == given and _alive(show):
                    show(last)

            if not self._stopped:
                self._arrived.emit((show_newest, value))

        return hear

    def let_go(self) -> None:
        """Have the core close the visit and the device, cancel what runs, and end; it is not waited for."""
        self._stopped = True
        with self._lock:
            loop, over = self._loop, self._over
        if loop is not None and over is not None and not loop.is_closed():
            loop.call_soon_threadsafe(over.set)

    def stop(self) -> None:
        """`let_go`, and wait until the core thread has ended: never amid an event, the window would stand still."""
        from hht.client.farewell import GOODBYE_S

        self.let_go()
        if self._thread.is_alive():
            self._thread.join(GOODBYE_S + 3.0)

    @Slot(object)
    def _deliver(self, parcel: tuple[Callable[[Any], None], Any]) -> None:
        show, value = parcel
        if not self._stopped and _alive(show):
            show(value)

    def _enter(self, submit: Callable[[], None]) -> None:
        with self._lock:
            if self._services is None:
                self._waiting.append(submit)
                return
        submit()

    def _submit(self, call: Call, make: Callable[[Services], Awaitable[Any]]) -> None:
        import asyncio

        if self._loop is None or self._loop.is_closed() or self._stopped:
            return
        call.started(asyncio.run_coroutine_threadsafe(self._guard(call, make), self._loop))

    # core thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._main())
        except HhtError as error:
            self.failed.emit(error)
        except Exception as bug:  # noqa: BLE001 the last boundary: shown, never swallowed
            self.crashed.emit(_crash(bug))
        finally:
            self.over.emit()

    async def _main(self) -> None:
        import asyncio

        asyncio.get_running_loop().set_exception_handler(self._loop_failed)
        over = asyncio.Event()
        services = self._make()
        with self._lock:
            self._loop, self._over, self._services = asyncio.get_running_loop(), over, services
            waiting, self._waiting = self._waiting, []
        if self._stopped:
            over.set()
        for submit in waiting:
            submit()
        self.ready.emit()
        await over.wait()
        await self._close(services)

    async def _close(self, services: Services) -> None:
        """Leave the device and the journal in a known state, whatever is still running."""
        import asyncio

        from hht.client.farewell import GOODBYE_S

        try:
            async with asyncio.timeout(GOODBYE_S + 1.0):
                for call in self._calls:
                    call.cancel()
                if self._calls:
                    await asyncio.wait(self._calls)
                await services.stop_visit()
                await services.release_device()
        except (HhtError, TimeoutError) as error:
            print(f"hht: {error}", file=sys.stderr)  # noqa: T201 the window is gone
        close = getattr(services, "close", None)
        if close is not None:
            outcome = close()
            if asyncio.iscoroutine(outcome):
                await outcome

    async def _guard(self, call: Call, make: Callable[[Services], Awaitable[Any]]) -> None:
        import asyncio

        assert self._services is not None
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            value = await make(self._services)
        except HhtError as error:
            self._hand(call, call.failed or self.failed.emit, error)
        except Exception as bug:  # noqa: BLE001 the last boundary: shown, never swallowed
            self._hand(call, self.crashed.emit, _crash(bug))
        else:
            self._hand(call, call.done, value)
        finally:
            self._hand(call, lambda _none: self._end(call), None)

    def _hand(self, call: Call, show: Callable[[Any], None] | None, value: object) -> None:
        if show is not None and not self._stopped:
            self._arrived.emit((show, value))

    def _end(self, call: Call) -> None:
        call.running = False
        try:
            if call.ended is not None and _alive(call.ended):
                call.ended()
        finally:  # after a defect of the page, too: whoever logs in would wait for ever
            self._under_way.discard(call)
            if not self._under_way:
                self.quiet.emit()

    def _loop_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        bug = context.get("exception")
        self.crashed.emit(_crash(bug if isinstance(bug, Exception) else RuntimeError(str(context.get("message")))))
