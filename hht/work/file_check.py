"""What every JSON file from a desk is held to before anybody asks what it means: size, UTF-8, JSON, schema, text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.work.positions import JsonSyntaxError, LocatedJson, Problem, path_text

MAX_PROBLEMS = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # line feed and tab may be
_TYPE_NAMES = {
    "object": "an object in braces",
    "array": "a list in brackets",
    "string": "a text in quotes",
    "integer": "a whole number",
    "boolean": "true or false",
}


class FileProblems(HhtError):
    """A file that cannot be used. `problems` lists everything that is wrong, in the order of the file."""

    default_code = "file-problems"

    def __init__(self, source: str, problems: list[Problem], *, code: str | None = None) -> None:
        head = ngettext(
            "“{source}” cannot be used, {count} problem:", "“{source}” cannot be used, {count} problems:", len(problems)
        )
        message = "\n".join([head.format(source=source, count=len(problems)), *(str(p) for p in problems)])
        places = [{"line": p.line, "column": p.column, "field": p.path, "message": p.message} for p in problems]
        super().__init__(message, remedy=self.what_to_do(), code=code, problems=places)
        self.problems = problems

    def what_to_do(self) -> str:
        """The remedy."""
        return _("Correct these lines, or ask the desk to send the file again.")


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a kind of file is held to. `name` begins the codes of its errors; `multiline`: fields with line feeds."""

    name: str
    schema: Callable[[], dict[str, Any]]
    most_bytes: int
    error: type[FileProblems]
    meaning: Callable[[LocatedJson], Iterable[Problem]]
    multiline: tuple[tuple[str | int, ...], ...] = ()


def check_file(text: str | bytes, source: str, kind: FileKind) -> dict[str, Any]:
    """The checked JSON object in `text`. Raises `kind.error` with every problem found."""
    located = _read(text, source, kind)
    problems = list(located.duplicates)
    for check in (_control_characters, _shape, lambda found, _kind: kind.meaning(found)):
        told = {problem.path for problem in problems}  # what has the wrong shape is not asked for its meaning too
        problems += [problem for problem in check(located, kind) if problem.path not in told]
    if problems:
        problems = list(dict.fromkeys(problems))
        problems.sort(key=lambda problem: (problem.line, problem.column))
        raise kind.error(source, problems[:MAX_PROBLEMS])
    plain: dict[str, Any] = located.root.value
    return plain


def _read(text: str | bytes, source: str, kind: FileKind) -> LocatedJson:
    size = len(text)
    if size > kind.most_bytes:
        said = _("the file has {size} bytes; at most {limit} are allowed")
        message = said.format(size=size, limit=kind.most_bytes)
        raise kind.error(source, [Problem(1, 1, "", message)], code=f"{kind.name}-too-large")
    if isinstance(text, bytes):
        raw = text
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            raise kind.error(source, [Problem(line, column, "", _("this is not UTF-8 text"))]) from error
    try:
        return LocatedJson(text.removeprefix("\ufeff"))
    except JsonSyntaxError as error:
        raise kind.error(source, [error.problem], code=f"{kind.name}-not-json") from error


def _shape(located: LocatedJson, kind: FileKind) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(kind.schema()).iter_errors(located.root.value):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for key in located_keys(error.instance, known):
                yield located.problem(path, _unknown(key, known), key=key)
        elif error.validator == "required":
            yield from _missing(located, path, error.instance, error.validator_value)
        else:
            yield located.problem(path, _sentence(error))


def located_keys(instance: dict[str, Any], known: list[str]) -> list[str]:
    """The keys of `instance` that nobody knows."""
    return [key for key in instance if key not in known]


def _missing(
    located: LocatedJson, path: tuple[str | int, ...], instance: dict[str, Any], required: list[str]
) -> Iterator[Problem]:
    """Every missing name; jsonschema calls once for each, the caller drops the repetitions."""
    place = located.problem(path, "")
    for name in required:
        if name not in instance:
            message = _("this field is missing")
            yield Problem(place.line, place.column, path_text((*path, name)), message)


def _control_characters(located: LocatedJson, kind: FileKind) -> Iterator[Problem]:
    """Texts with control characters. (A pattern's ``$`` would let a last line feed pass.)"""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), located.root.value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*path, key), inner) for key, inner in pairs]
        elif isinstance(value, str) and (_CONTROL_BUT_LINES if path in kind.multiline else _CONTROL).search(value):
            yield located.problem(path, _("the text holds a control character"))


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return _("this field is not known; did you mean “{name}”?").format(name=close[0])
    return _("this field is not known; known are {names}").format(names=", ".join(known))


def _sentence(error: Any) -> str:
    """What a schema error means, in words. The value itself is not repeated: it may be personal."""
    limit = error.validator_value
    if error.validator == "type":
        return _("{wanted} is expected here").format(wanted=_TYPE_NAMES.get(limit, limit))
    if error.validator in ("const", "enum"):
        choices = limit if isinstance(limit, list) else [limit]
        return _("must be one of: {choices}").format(choices=", ".join(f"“{choice}”" for choice in choices))
    if error.validator in ("minimum", "maximum"):
        return _number_sentence(error.instance, error.schema)
    if error.validator in ("minItems", "maxItems"):
        return _("the list has {count} entries; allowed are {least} to {most}").format(
            count=len(error.instance),
            least=error.schema.get("minItems", 0),
            most=error.schema.get("maxItems", "any number"),
        )
    if error.validator in ("minLength", "maxLength"):
        return ngettext(
            "the text has {count} character; expected is: {what}",
            "the text has {count} characters; expected is: {what}",
            len(error.instance),
        ).format(count=len(error.instance), what=error.schema.get("description", ""))
    return _("this does not have the right form; expected is: {what}").format(what=error.schema.get("description", ""))


def _number_sentence(value: int, schema: dict[str, Any]) -> str:
    return _("{value} is outside of {least} to {most}").format(
        value=value, least=schema.get("minimum"), most=schema.get("maximum")
    )
