"""Who stands at the meter, as they say themselves: a name, and the identifier that their employer knows them by."""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.access.person import MAX_LENGTH, EngineerError, tidy_name

__all__ = ["MAX_LENGTH", "Engineer", "EngineerError"]


@dataclass(frozen=True, slots=True)
class Engineer:
    """An engineer; both empty where nobody said. Personal: not in `repr`. Make one with `of`."""

    name: str = field(default="", repr=False)
    identifier: str = field(default="", repr=False)

    @classmethod
    def of(cls, name: str, identifier: str = "") -> Engineer:
        """An engineer as typed: white space tidied. Raises EngineerError for what is too long or cannot be shown."""
        return cls(tidy_name(name), tidy_name(identifier))

    @classmethod
    def from_plain(cls, plain: object) -> Engineer:
        """From a journal's JSON; not stated where there is none."""
        given = plain if isinstance(plain, dict) else {}
        texts = [given.get(key, "") for key in ("name", "identifier")]
        return cls(*(text if isinstance(text, str) else "" for text in texts))

    @property
    def stated(self) -> bool:
        """Whether anything was said."""
        return bool(self.name or self.identifier)

    def as_plain(self) -> dict[str, str]:
        """As JSON."""
        return {"name": self.name, "identifier": self.identifier}
