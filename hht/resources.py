"""Where the data files that come with the program are (`resources/`): catalogues, fonts, samples, translations."""

from __future__ import annotations

from importlib import resources as _resources
from pathlib import Path


def resource_path(*parts: str) -> Path:
    """The path of a file or folder below ``resources/``. It need not exist."""
    return Path(str(_resources.files("resources"))).joinpath(*parts)


def resource_text(*parts: str) -> str:
    """The UTF-8 text of a file below ``resources/``. Raises OSError when it is missing: a broken installation."""
    return resource_path(*parts).read_text(encoding="utf-8")
