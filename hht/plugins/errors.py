"""What goes wrong with a plug-in."""

from __future__ import annotations

from hht.errors import HhtError


class PlugInError(HhtError):
    """A plug-in that is refused, or that failed while it worked."""

    default_code = "plugin"
