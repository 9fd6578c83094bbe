"""What comes from outside is data: nothing of the program turns text, files or octets into code, or hands them to a
shell. The rest of the threats has tests of its own: bad input (`tests/fuzz`), walls between rooms, seals of the store,
signatures of packs, refusal of training keys in live work."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("hht", "drivers", "ui")
CODE = {"eval", "exec", "compile", "__import__"}  # builtins that make code of text
MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "code", "codeop", "xmlrpc", "telnetlib", "ftplib"}
LOADERS = {"source_to_code", "exec_module", "load_module", "spec_from_file_location", "run_path", "run_module"}
PLUG_INS = "hht/plugins/loading.py"  # signed, and turned on by a person: the one place where code comes from outside
SHELL = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}


def broken_rules(source: str) -> list[str]:
    """What a module does that it must not, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            found += [f"{node.lineno}: imports {name}" for name in names if name.partition(".")[0] in MODULES]
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {words}" for words in _call(node)]
    return found


def _call(node: ast.Call) -> list[str]:
    wrong = []
    if isinstance(node.func, ast.Name) and node.func.id in CODE:
        wrong.append(node.func.id)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        wrong += [".".join(pair) for pair in SHELL if pair == (node.func.value.id, node.func.attr)]
    if isinstance(node.func, ast.Attribute) and node.func.attr in LOADERS:
        wrong.append(node.func.attr)
    shell = [one.value for one in node.keywords if one.arg == "shell"]
    wrong += ["shell" for value in shell if not (isinstance(value, ast.Constant) and value.value is False)]
    return wrong


@pytest.mark.requirement("SEC-11")
@pytest.mark.parametrize("room", ROOMS)
def test_nothing_from_outside_becomes_code(room: str) -> None:
    files = sorted(Path(ROOT, room).rglob("*.py"))
    assert files
    found = {str(path.relative_to(ROOT)): broken_rules(path.read_text(encoding="utf-8")) for path in files}
    expected = {PLUG_INS} if room == "hht" else set()
    assert {path: rules for path, rules in found.items() if rules and path not in expected} == {}
    for path in expected:
        assert [rule.partition(": ")[2] for rule in found[path]] == ["source_to_code"]


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "import pickle",
        "from yaml import load",
        "os.system(text)",
        "run(text, shell=True)",
        "exec(b)",
        "x.exec_module(m)",
    ],
)
def test_the_rules_bite(source: str) -> None:
    assert broken_rules(source)
