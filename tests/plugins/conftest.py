"""The store's own fixtures serve here too."""

from tests.store.conftest import clock, open_store

__all__ = ["clock", "open_store"]
