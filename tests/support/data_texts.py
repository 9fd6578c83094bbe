"""Texts in data files, for Babel (`packaging/babel.cfg`)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import IO, Any

from hht.diagnosis.knowledge import in_words
from hht.protocol.cosem.gb_objects import translatable

KEYS = ("title", "explanation", "prompt", "text", "why", "looks", "wrong", "body", "changed", "authority")
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


def premises(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What the premises of a file are called and what is special there; not what stands in it of devices and people."""
    plan = tomllib.loads(file.read().decode("utf-8"))
    for key in ("title", "description"):
        yield 1, "_", plan[key], []


def diagnosis(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What people read of what is known of faults (`hht.diagnosis.knowledge`)."""
    said: list[str] = []

    def hear(text: str) -> str:
        said.append(text)
        return text

    for entries in tomllib.loads(file.read().decode("utf-8")).values():
        for entry in entries.values():
            in_words(entry, hear)
    for text in said:
        yield 1, "_", text, []


def lights(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What each state of a light means."""
    for table in tomllib.loads(file.read().decode("utf-8"))["table"]:
        for row in table["led"].values():
            for cell in row.values():
                if isinstance(cell, list):
                    yield 1, "_", cell[1], []


def displays(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What a text on a display means, and what to do then."""
    for row in tomllib.loads(file.read().decode("utf-8"))["text"]:
        yield 1, "_", row["means"], []
        yield 1, "_", row["next"], []


def catalogue(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """The meaning of every alert code."""
    for meaning in json.loads(file.read()).values():
        yield 1, "_", meaning, []


def objects(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What of the objects' names is said in words."""
    for name in json.loads(file.read())["objects"].values():
        if text := translatable(name)[0]:
            yield 1, "_", text, []


def classes(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """The words of the enumerations; names of classes, attributes and methods are the standard's."""
    for words in tomllib.loads(file.read().decode("utf-8"))["enum"].values():
        for word in words.values():
            yield 1, "_", word, []


def usage(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What parties ask for, who pays, and as what it is billed."""
    yield 1, "_", "standard", []
    for use in tomllib.loads(file.read().decode("utf-8"))["use"].values():
        for key in ("title", "payer", "charge"):
            yield 1, "_", use[key], []


def failures(file: IO[bytes], _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What fails on site."""
    for words in tomllib.loads(file.read().decode("utf-8")).values():
        yield 1, "_", words, []
