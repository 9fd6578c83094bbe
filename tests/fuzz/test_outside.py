"""Whatever reads what comes from outside is fuzzed, or says why it is not."""

from __future__ import annotations

import ast

from tests.fuzz import corpus, outside
from tests.fuzz.reach import Reach
from tests.fuzz.targets import TARGETS


def test_every_reader_has_a_target_or_a_reason_for_none() -> None:
    readers, noted, excused = set(outside.readers()), outside.noted(), outside.excused()
    bare = sorted(readers - noted.keys() - excused.keys())
    assert not bare, f"write a target, then python -m tests.fuzz --reached; or a reason into no_target.toml: {bare}"
    assert not sorted(excused.keys() & noted.keys()), "these have a target, and need no reason"
    assert not sorted((noted.keys() | excused.keys()) - readers), "no readers any more: python -m tests.fuzz --reached"
    gone = {name for names in noted.values() for name in names} - TARGETS.keys()
    assert not gone, "no targets any more: python -m tests.fuzz --reached"


def test_what_is_noted_is_so() -> None:
    """Of some of them, looked at anew."""
    for reader in ("hht/plugins/manifest.py::read_manifest", "hht/scan/formats.py::parse_formats"):
        name = outside.noted()[reader][0]
        target, reach = TARGETS[name], Reach()
        for messages in corpus.load(target.seeds):
            reach.look(lambda: target.run(messages))  # noqa: B023 - it runs at once
        assert reader in {function for function, _code in reach.functions()}


def test_a_reader_is_known_by_the_parser_that_it_calls() -> None:
    source = """
class Box:
    def open(self, text):
        return [json.loads(line) for line in text]
def own():
    return tomllib.loads(resource_text("a", "b"))
def fixed():
    return json.loads("[]")
def kept(store):
    return json.loads(store.unseal("a"))
async def there(octets):
    def inner():
        return base64.b64decode(octets)
"""
    assert list(outside._readers_in(ast.parse(source))) == ["Box.open", "there.inner"]
