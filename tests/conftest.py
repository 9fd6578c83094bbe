"""Shared fixtures. The one place that knows where the outside test data is."""

from __future__ import annotations

import compileall
import contextlib
import gc
import json
import os
import re
import signal
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ["tests.requirements.claims"]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
settings.register_profile(
    "untimed", deadline=None, max_examples=60
)  # machines are shared: how long an example takes proves nothing
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
VECTORS = Path(os.environ.get("HHT_VECTORS", ROOT.parent / "shared" / "vectors"))
DOMAIN = Path(os.environ.get("HHT_DOMAIN", ROOT.parent / "shared" / "domain"))
PEERS = Path(os.environ.get("HHT_PEERS", ROOT.parent / "shared" / "peers"))


IN_MEMORY, MEMORY = "/dev/shm", 2 << 30  # octets that must be free there


def _room_in_memory() -> int:
    """Octets that are free in a file system in memory; 0 where there is none."""
    try:
        free = os.statvfs(IN_MEMORY)
    except OSError:
        return 0
    return free.f_bavail * free.f_frsize if os.access(IN_MEMORY, os.W_OK) else 0


def pytest_configure(config: pytest.Config) -> None:
    """Compile the program once, where Python may be told not to keep what it compiles: hundreds of programs are started
    by the tests, and compiling the same modules anew took more than half of each one's time. The tests themselves, as
    pytest rewrites them, are kept too: every process of the suite would spend ten seconds on that."""
    sys.dont_write_bytecode = False
    config.pluginmanager.register(Sampling(), "sampling")
    # A shell that starts the suite in the background, or nohup, has these ignored, and what is started inherits that.
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, usual)
    if "TMPDIR" not in os.environ and _room_in_memory() > MEMORY:
        # Stores commit thousands of times, and each commit waits for the disk. What that is good for, a power cut, no
        # test can show: what a killed process leaves is the same in memory.
        os.environ["TMPDIR"] = IN_MEMORY
        tempfile.tempdir = None
    if not hasattr(config, "workerinput"):
        of_pytest = re.compile(r"[/\\](test_[^/]*|conftest)\.py$")  # compiles these itself, each as it rewrites it
        for package in ("hht", "ui", "drivers", "tests"):
            compileall.compile_dir(ROOT / package, quiet=2, rx=of_pytest, workers=os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Where several processes collect the whole suite, each begins elsewhere: what one has rewritten, others find. So
    it is with the constants that hypothesis looks for in every module of the program, to try them as examples. What is
    collected is no garbage, and is not looked through for it meanwhile."""
    gc.disable()
    try:
        worker = getattr(session.config, "workerinput", None)
        if worker is not None and [Path(word).resolve() for word in session.config.args] == [TESTS]:
            _begin_elsewhere(int(worker["workerid"].removeprefix("gw")) / worker["workercount"])
        return (yield)
    finally:
        gc.enable()


def _begin_elsewhere(share: float) -> None:
    """Import the test modules, and look for constants, beginning at that share of them."""
    files = sorted(TESTS.rglob("test_*.py"))
    start = int(len(files) * share)
    for path in files[start:] + files[:start]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # told when it is collected
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    _find_constants(share)


def _find_constants(begin: float) -> None:
    """Look for the constants that hypothesis will look for, beginning at that fraction of the modules; it keeps what it
    finds in its folder."""
    try:
        from hypothesis.internal.constants_ast import constants_from_module, is_local_module_file
    except ImportError:  # another version has its own ways
        return
    files = {str(module.__file__): module for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
    modules = [files[name] for name in sorted(files) if name.startswith(str(ROOT)) and is_local_module_file(name)]
    start = int(len(modules) * begin)
    for module in modules[start:] + modules[:start]:
        constants_from_module(module)


class Sampling:
    """Of the cases of a test marked as sampled the suite has one in so many; the others are with the full numbers."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Which those are is the same in every process and every run: each test begins with another one."""
        seen: Counter[str] = Counter()
        for item in items:
            marker = item.get_closest_marker("sampled")
            if marker is None:
                continue
            name = item.nodeid.partition("[")[0]
            if (seen[name] + zlib.crc32(name.encode())) % marker.kwargs["one_in"]:
                item.add_marker(pytest.mark.soak)
            seen[name] += 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the suite each gets an equal run of it, and begins that with its share of the tests
    marked as long: one that begins last keeps everybody waiting."""
    count = getattr(config, "workerinput", {}).get("workercount", 0)
    if not count:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    others = [item for item in items if not item.get_closest_marker("long")]
    ordered: list[pytest.Item] = []
    for number in range(count):
        share = long[number::count]
        run = max(0, (len(items) - len(ordered)) // (count - number) - len(share))
        ordered += share + others[:run]
        del others[:run]
    items[:] = ordered


def pytest_collection_finish() -> None:
    """What ten thousand tests are made of stays: looking through all of it for garbage, over and over, took a tenth of
    the time, and counted as the time of whatever was being measured."""
    gc.freeze()


@cache
def _load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session", autouse=True)
def home_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test meets the store of the person who runs it: what says no folder has one of this run's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HHT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Test data from outside the project, by file name; the test is skipped, visibly, where it is absent."""

    def load(name: str) -> Any:
        if not (VECTORS / name).exists():
            pytest.skip(f"no outside vectors: {name} is not in {VECTORS}")
        return _load(name)

    return load


@pytest.fixture(scope="session")
def vectors_folder() -> Path:
    """Where test data from outside the project is, or would be."""
    return VECTORS


@pytest.fixture(scope="session")
def domain() -> Callable[[str], str]:
    """Texts about the domain from outside the project, by file name; skipped, visibly, where they are absent."""

    def text(name: str) -> str:
        if not (DOMAIN / name).exists():
            pytest.skip(f"no outside texts: {name} is not in {DOMAIN}")
        return (DOMAIN / name).read_text(encoding="utf-8")

    return text


@pytest.fixture(scope="session")
def peers() -> Path:
    """Folder of scripts that set other people's programs beside ours; skipped, visibly, where it is absent."""
    if not PEERS.is_dir():
        pytest.skip(f"no peers: {PEERS} is absent")
    return PEERS
