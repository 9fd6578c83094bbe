"""A key store in memory, in the place of the computer's own. That it is asked at all is said where tests alone can: in
the program's list of those that are permitted."""

from __future__ import annotations

import threading
from typing import ClassVar

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from ui import system_key_store


class MemoryKeyring(KeyringBackend):
    """What it keeps is every instance's. `locked`: it refuses; `gate`: it does not answer before that is set."""

    kept: ClassVar[dict[tuple[str, str], str]] = {}
    asked: ClassVar[list[str]] = []
    locked: ClassVar[bool] = False
    gate: ClassVar[threading.Event | None] = None
    came: ClassVar[threading.Event] = threading.Event()  # somebody has asked
    priority = 1.0  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        self._answer("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer("set")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer("delete")
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(service)

    def _answer(self, what: str) -> None:
        type(self).asked.append(what)
        self.came.set()
        if self.gate is not None:
            self.gate.wait(60)
        if self.locked:
            raise KeyringLocked("the password of Ann Other's key ring")


KIND = system_key_store.Kind("", __name__, MemoryKeyring.__name__, "the tests' memory", "threading")


def permit(patch: pytest.MonkeyPatch) -> type[MemoryKeyring]:
    """Have the program ask this one, empty and willing, and no other."""
    patch.setattr(system_key_store, "PERMITTED", (KIND,))
    for name, value in (("kept", {}), ("asked", []), ("locked", False), ("gate", None), ("came", threading.Event())):
        patch.setattr(MemoryKeyring, name, value)
    return MemoryKeyring
