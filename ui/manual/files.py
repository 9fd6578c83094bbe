"""The files that go in and out: every field of each schema, and an example that comes along."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from hht.i18n import _
from hht.resources import resource_path, resource_text
from ui.manual.page import Page

# schema -> an example beside it, below resources/
EXAMPLES = {
    "job": ("jobs", "demo.json"),
    "answers": ("samples", "demo-answers.json"),
    "van": ("samples", "van.json"),
    "products": ("samples", "products.json"),
    "pack": ("samples", "visit.pack"),
}
LONG = 4000  # characters of an example; the file itself has the rest


def schema_names() -> list[str]:
    """Every published schema."""
    return sorted(path.name.removesuffix(".schema.json") for path in resource_path("schemas").glob("*.schema.json"))


def pages() -> Iterator[Page]:
    """A page for each schema."""
    for name in schema_names():
        schema = json.loads(resource_text("schemas", f"{name}.schema.json"))
        page = Page(f"file-{name}", _("File: {name}").format(name=name))
        page.text(str(schema.get("title", "")))
        page.text(str(schema.get("description", "")))
        page.text(_("The schema: resources/schemas/{name}.schema.json").format(name=name), "soft")
        _fields(page, schema)
        for part, inner in sorted(schema.get("$defs", {}).items()):
            page.head(part, level=3, anchor=f"def-{part}")
            page.text(str(inner.get("description", "")))
            _fields(page, inner)
        _example(page, name)
        yield page


def _fields(page: Page, schema: Mapping[str, Any]) -> None:
    rows = list(field_rows(schema))
    if rows:
        page.table((_("field"), _("needed"), _("what may stand there"), _("meaning")), rows)
    else:
        page.text(kind_of(schema), "soft")


def field_rows(schema: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Each field of an object: its path, whether it has to be there, what may stand there, what it means."""
    needed = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        path = f"{before}{name}"
        about = str(inner.get("description", "")) if isinstance(inner, Mapping) else ""
        yield path, _("yes") if name in needed else "", kind_of(inner), about
        if not isinstance(inner, Mapping):
            continue
        yield from field_rows(inner, f"{path}.")
        of_each = inner.get("items")
        if isinstance(of_each, Mapping):
            yield from field_rows(of_each, f"{path}[].")
    for other in ("oneOf", "anyOf", "allOf"):
        for inner in schema.get(other, ()):
            yield from field_rows(inner, before)


def kind_of(schema: Mapping[str, Any] | bool) -> str:
    """What may stand in a field, in a few words."""
    if isinstance(schema, bool):
        return _("anything") if schema else _("nothing")
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " · ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    words = [str(schema["type"])] if isinstance(schema.get("type"), str) else list(schema.get("type", ()))
    if isinstance(schema.get("items"), Mapping):
        words.append(_("each: {kind}").format(kind=kind_of(schema["items"])))
    for limit in ("pattern", "minimum", "maximum", "minItems", "maxItems", "maxLength", "format", "default"):
        if limit in schema:
            words.append(f"{limit} {json.dumps(schema[limit], ensure_ascii=False)}")
    for other in ("oneOf", "anyOf"):
        words += [kind_of(inner) for inner in schema.get(other, ())]
    return ", ".join(word for word in words if word)


def _example(page: Page, name: str) -> None:
    where = EXAMPLES.get(name)
    if where is None or not resource_path(*where).exists():
        return
    text = resource_text(*where)
    if name == "pack":
        text = _inside(text)
    page.head(_("Example"), anchor="example")
    page.text("resources/" + "/".join(where), "soft")
    page.code(text if len(text) <= LONG else text[:LONG] + "\n" + _("… the file goes on"))


def _inside(envelope: str) -> str:
    """What is sealed in a pack's envelope: that is what the schema is about."""
    payload = base64.b64decode(json.loads(envelope)["payload"])
    return json.dumps(json.loads(payload), indent=1, ensure_ascii=False)
