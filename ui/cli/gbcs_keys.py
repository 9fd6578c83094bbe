"""Keys to check GBCS messages with: a folder of PEM files, and who the access control broker is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from ui.cli.common import Output, named_path

if TYPE_CHECKING:
    from hht.protocol.gbcs.keys import KeyRing

_MOST_KEY: Final = 1 << 16  # octets of a key file


def add_keys(action: argparse.ArgumentParser) -> None:
    """--keys and --acb."""
    action.add_argument(
        "--keys",
        type=named_path,
        metavar="DIR",
        help=_(
            "folder of PEM files <EUI64>-<ds|ka|ka-pp>.pem (public key or certificate) and "
            "<EUI64>-<ds|ka|ka-pp>.key.pem (private key)"
        ),
    )
    action.add_argument(
        "--acb",
        metavar="EUI64",
        help=_("the access control broker, whose key pair MACs commands; default: the certificates say who it is"),
    )


def key_ring(args: argparse.Namespace, output: Output) -> KeyRing:
    """The keys of --keys. Raises HhtError where there is none, or the folder cannot be read."""
    from hht.protocol.gbcs.key_files import read_key_files

    acb = DeviceId.parse(args.acb).to_bytes() if args.acb else b""
    ring, remarks = read_key_files(_key_files(args.keys) if args.keys else (), acb)
    for remark in remarks:
        output.warn(f"{remark.name}: {remark.text}")
    if args.keys and ring.empty:
        raise HhtError(
            _("There is no key in {folder}.").format(folder=args.keys),
            remedy=_("Give a folder with files named <EUI64>-<ds|ka|ka-pp>.pem."),
            code="gbcs-no-keys",
        )
    return ring


def _key_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    try:
        for path in folder.iterdir():
            if path.suffix == ".pem" and path.is_file():
                with path.open("rb") as file:
                    yield path.name, file.read(_MOST_KEY)
    except OSError as error:
        raise HhtError(
            _("The keys in {folder} cannot be read: {cause}.").format(folder=folder, cause=error.strerror or error),
            remedy=_("Check the name of the folder, and that its files may be read."),
            code="gbcs-keys-unreadable",
        ) from None
