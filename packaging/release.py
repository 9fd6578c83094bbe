#!/usr/bin/env python3
"""What maintainers do to release: who may sign, what a release consists of, their signatures. Offline, by files alone.

    packaging/release.py key FILE                         make a key (asks for a pass phrase); prints its public half
    packaging/release.py root OUT --version N --key HEX ... [--threshold 2] [--days 365]
    packaging/release.py targets FOLDER --edition N --release X [--days 60]     FOLDER/targets.json over its plain files
    packaging/release.py sign METADATA --with FILE        one more signature; each maintainer on a machine of their own
    packaging/release.py training FOLDER --release X      the same with the keys that everybody has, for a trial
    packaging/release.py show METADATA                    who signed, until when; a root's fingerprint

Needs the program's own Python (.venv or .venv-package). Terminals check with: hht update check FOLDER.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from hht.errors import HhtError
from hht.private_files import private_file
from hht.releases.making import make_root, make_targets, signed, training_release
from hht.releases.metadata import fingerprint, read_root, read_targets
from hht.releases.training import public_of


def pass_phrase() -> bytes:
    """As typed, or, unattended, in RELEASE_PASS_PHRASE_FILE."""
    file = os.environ.get("RELEASE_PASS_PHRASE_FILE")
    text = Path(file).read_text(encoding="utf-8").strip() if file else getpass.getpass("Pass phrase of the key: ")
    if len(text) < 8:
        raise SystemExit("A pass phrase has 8 characters or more.")
    return text.encode()


def new_key(path: Path) -> None:
    """A maintainer's key, enciphered, for its owner alone."""
    if path.exists():
        raise SystemExit(f"{path} is there already.")
    key = Ed25519PrivateKey.generate()
    with private_file(path) as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(pass_phrase())))
    print(public_of(key))


def write(path: Path, octets: bytes) -> None:
    """Metadata is public; whole or not at all."""
    with private_file(path) as file:
        file.write(octets)
    path.chmod(0o644)
    print(path)


def sign(path: Path, with_key: Path) -> None:
    """One more signature."""
    key = load_pem_private_key(with_key.read_bytes(), pass_phrase())
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(f"{with_key} is no Ed25519 key.")
    write(path, signed(path.read_bytes(), key))


def plain_files(folder: Path) -> dict[str, Path]:
    """What is released: every plain file of the folder but the metadata."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink())
    return {path.name: path for path in files if path.name != "targets.json" and not path.name.endswith(".root.json")}


def show(path: Path) -> None:
    """For the eyes of whoever signs next."""
    octets = path.read_bytes()
    try:
        found = read_targets(octets)
        print(f"release {found.release}, edition {found.version}, until {found.expires:%Y-%m-%d}")
        for one in found.artefacts:
            print(f"{one.sha256}  {one.length:>12}  {one.name}")
        names = found.signatures
    except HhtError:
        root = read_root(octets)
        print(f"root {root.version}, until {root.expires:%Y-%m-%d}, {len(root.keys)} maintainers")
        print(f"fingerprint {fingerprint(root)}")
        names = root.signatures
    print("signed by: " + (", ".join(name[:16] for name in sorted(names)) or "nobody yet"))


def main(words: list[str]) -> None:
    """One of the six."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("key", "root", "targets", "sign", "training", "show"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--edition", type=int, default=1)
    parser.add_argument("--release", default="")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--threshold", type=int, default=2)
    parser.add_argument("--days", type=int)
    parser.add_argument("--with", dest="with_key", type=Path)
    args = parser.parse_args(words)
    now = datetime.now(UTC)
    match args.action:
        case "key":
            new_key(args.path)
        case "root":
            until = now + timedelta(days=args.days or 365)
            write(args.path, make_root(args.version, until, args.key, threshold=args.threshold))
        case "targets":
            until = now + timedelta(days=args.days or 60)
            files = plain_files(args.path)
            write(args.path / "targets.json", make_targets(args.edition, until, args.release, files))
        case "sign":
            sign(args.path, args.with_key)
        case "training":
            training_release(args.path, args.release, plain_files(args.path).values(), now, args.edition)
        case "show":
            show(args.path)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (HhtError, OSError, ValueError) as error:
        raise SystemExit(f"{error}\n{getattr(error, 'remedy', '')}".strip()) from None
