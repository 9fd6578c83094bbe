"""What goes wrong between a terminal and its depot."""

from __future__ import annotations

from hht.errors import HhtError


class DepotError(HhtError):
    """A card, a letter or a depot's folder that cannot be used."""

    default_code = "depot"
