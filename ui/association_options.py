"""What a person said about associating, and what the keys of a meter add to it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ui.meter_keys import security_of


@dataclass(frozen=True, slots=True)
class AssociationOptions:
    """What the person said about associating; None where nothing was said."""

    client: int | None = None
    server: int | None = None
    physical: int | None = None
    address_bytes: int | None = None
    security: str | None = None
    password_file: str | None = None
    keys_file: str | None = None
    training: bool = False
    suite: int | None = None
    protection: str = "both"
    envelope: str = "glo"
    signed: bool = False
    accept_counter_reset: bool = False
    kept: Mapping[str, Any] | None = field(default=None, repr=False)  # keys from the sealed store


def association_from_options(args: argparse.Namespace) -> AssociationOptions:
    """The association options of a command line."""
    return AssociationOptions(
        client=args.client,
        server=args.server,
        physical=args.physical,
        address_bytes=args.address_bytes,
        security=args.security,
        password_file=args.password_file,
        keys_file=args.keys,
        training=bool(args.training),
        suite=args.suite,
        protection=args.protection,
        envelope=args.envelope,
        signed=args.sign,
        accept_counter_reset=args.accept_counter_reset,
    )


def with_entry(options: AssociationOptions, entry: Mapping[str, Any]) -> AssociationOptions:
    """`options` with the keys of `entry`, and with what it says of client, server, security and suite where nothing
    was said."""
    return replace(
        options,
        keys_file=None,
        kept=entry,
        security=options.security or security_of(entry),
        client=options.client if options.client is not None else entry.get("client"),
        server=options.server if options.server is not None else entry.get("server"),
        suite=options.suite if options.suite is not None else entry.get("suite"),
    )
