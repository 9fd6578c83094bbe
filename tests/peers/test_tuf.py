"""python-tuf, the reference implementation, reads our releases and judges their signatures as we do."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from hht.releases.making import signed, training_release, training_root
from hht.releases.training import training_maintainer
from tests.peers.environment import tuf_python
from tests.releases.test_releases import NOW, make_targets

JUDGE = """
import sys
from pathlib import Path
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Targets
here = Path(sys.argv[1])
root = Metadata[Root].from_file(str(here / "1.root.json"))
root.signed.verify_delegate("root", root.signed_bytes, root.signatures)
targets = Metadata[Targets].from_file(str(here / "targets.json"))
root.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
for name, file in targets.signed.targets.items():
    file.verify_length_and_hashes((here / name).read_bytes())
alone = Metadata[Targets].from_file(str(here / "alone.json"))
try:
    root.signed.verify_delegate("targets", alone.signed_bytes, alone.signatures)
except UnsignedMetadataError:
    print("judged", targets.signed.version, len(targets.signed.targets))
"""


@pytest.mark.soak
def test_the_reference_implementation_reads_and_judges_a_release_as_we_do(tmp_path: Path) -> None:
    python = tuf_python()
    wheel = tmp_path / "hht-0.2.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    (tmp_path / "1.root.json").write_bytes(training_root())
    training_release(tmp_path, "0.2.0", [wheel], NOW, version=7)
    alone = make_targets(7, NOW + timedelta(days=1), "0.2.0", {wheel.name: wheel}, training=True)
    (tmp_path / "alone.json").write_bytes(signed(alone, training_maintainer(1)))
    done = subprocess.run([python, "-c", JUDGE, tmp_path], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["judged", "7", "1"], done.stderr
