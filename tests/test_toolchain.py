"""Guards against what was seen to sink a program of this kind (see ARCHITECTURE.md, dependencies)."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from tests.conftest import ROOT

# At most 100 calls: on the broken release the interpreter aborts after a few hundred, and would take pytest with it.
REFCOUNTS = """
import sys
from PySide6.QtCore import QObject, Signal

class Thing(QObject):
    happened = Signal()

thing = Thing()
seen = []
thing.happened.connect(lambda: seen.append(1))
none, true = sys.getrefcount(None), sys.getrefcount(True)
for _ in range(100):
    thing.setObjectName("name")
    thing.happened.emit()
assert len(seen) == 100
print(none - sys.getrefcount(None), true - sys.getrefcount(True))
"""


def test_qt_binding_keeps_its_references() -> None:
    done = subprocess.run([sys.executable, "-c", REFCOUNTS], capture_output=True, text=True, timeout=60, check=True)
    lost_none, lost_true = map(int, done.stdout.split())
    assert lost_none < 20, f"{lost_none} references to None lost in 100 Qt calls"
    assert lost_true < 20, f"{lost_true} references to True lost in 100 emits"


def test_the_pin_excludes_the_broken_release() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = [d for d in project["dependencies"] if d.startswith("PySide6")]
    assert pins == ["PySide6-Essentials>=6.8.3,<6.12"]


def test_every_dependency_has_an_exact_version() -> None:
    lock = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=\[ ]", d)[0].lower() for d in wanted}
    assert names <= locked, f"not in constraints.txt: {sorted(names - locked)}"


def test_packaging_folder_does_not_shadow_the_registry_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    import packaging.version

    assert packaging.version.Version("1.0") < packaging.version.Version("1.1")
