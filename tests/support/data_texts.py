"""Texts in data files, for Babel (`packaging/babel.cfg`): walkthroughs and the catalogue of alert codes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import IO, Any

KEYS = ("title", "explanation", "prompt", "text", "why", "looks", "wrong", "body", "changed")
Message = tuple[int, str, str, list[str]]


def walkthrough(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """Every text of a walkthrough that is shown."""
    text = file.read().decode("utf-8")
    for value in _texts(tomllib.loads(text)):
        yield text[: text.find(value[:30])].count("\n") + 1, "_", value, []


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in KEYS and isinstance(value, str):
                yield value
            elif key == "choices" and isinstance(value, dict):
                yield from value.values()
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from _texts(item)


def catalogue(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """The meaning of every alert code."""
    for meaning in json.loads(file.read()).values():
        yield 1, "_", meaning, []
