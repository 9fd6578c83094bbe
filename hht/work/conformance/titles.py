"""Every check there is, whichever link it looks over: what it is called, and for which rows it speaks."""

from __future__ import annotations

from hht.work.conformance import electricity, hub


def titles() -> dict[str, str]:
    """What each check looks at, in the language in use."""
    at_port = {check.name: check.title() for check in electricity.CHECKS}
    return at_port | {check.name: check.title() for check in hub.CHECKS}
