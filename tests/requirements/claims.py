"""pytest plugin: ``@pytest.mark.requirement("ALC-08", ...)`` says which rows of the catalogue a test shows.

A mark is a claim: the test asserts what the row's statement says, with the tests marked beside it the whole of it, for
each device that it is about. What is near a row, or half of it, is not marked.

A mark that names no row or an unknown one, or stands at a test of the long runs (which nobody runs before each
landing), is a collection error that names the test. The ids travel with the reports as user properties, through xdist
too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.requirements.catalogue import catalogue, where
from tests.requirements.tally import PROPERTY


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the others: pytest-asyncio makes other items of coroutines
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    """Check and carry the marks of what was just collected. Raises CollectError for a mark that cannot count."""
    made = yield
    for item in made if isinstance(made, list) else [made]:
        if isinstance(item, pytest.Item):
            item.user_properties.extend((PROPERTY, name) for name in _claimed(item))
    return made


def _claimed(item: pytest.Item) -> Iterator[str]:
    seen = set()
    for mark in item.iter_markers("requirement"):
        if mark.kwargs or not mark.args:
            raise pytest.Collector.CollectError(f"{item.nodeid}: requirement(...) takes ids of requirements")
        if item.get_closest_marker("soak"):
            raise pytest.Collector.CollectError(
                f"{item.nodeid}: a test of the long runs shows no requirement; mark the sample that `make test` runs"
            )
        for name in mark.args:
            if not isinstance(name, str) or name not in catalogue():
                raise pytest.Collector.CollectError(f"{item.nodeid}: no requirement {name!r} in {where()}")
            if name not in seen:
                seen.add(name)
                yield name
