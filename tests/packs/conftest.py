"""The stores of the store's own tests."""

from tests.store.conftest import clock, open_store

__all__ = ["clock", "open_store"]
