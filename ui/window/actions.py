"""The registry of actions: one place that feeds shortcuts, command palette and help page. Plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something the engineer can do. `shortcut` as Qt writes it ("Ctrl+K"); `title` is in the language in use."""

    id: str
    title: str
    group: str
    run: Callable[[], None]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[], bool] = _always
    detail: str = ""


class Registry:
    """All actions, in the order they were added. An id or a shortcut that is there twice is a bug (ValueError)."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self._actions: dict[str, Action] = {}
        for action in actions:
            self.add(action)

    def add(self, action: Action) -> None:
        """Add one."""
        if action.id in self._actions:
            raise ValueError(f"action {action.id} is there already")
        taken = next((a for a in self if a.shortcut and a.shortcut == action.shortcut), None)
        if taken is not None:
            raise ValueError(f"{action.shortcut} belongs to {taken.id} already")
        self._actions[action.id] = action

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]

    def groups(self) -> dict[str, list[Action]]:
        """The actions by group, in order."""
        grouped: dict[str, list[Action]] = {}
        for action in self:
            grouped.setdefault(action.group, []).append(action)
        return grouped


def score(query: str, text: str) -> int | None:
    """How well `query` fits `text`: smaller is better, None does not fit. Every word of the query must be found."""
    lowered = text.casefold()
    total = 0
    for word in query.casefold().split():
        place = lowered.find(word)
        if place < 0:
            return None
        starts_word = place == 0 or not lowered[place - 1].isalnum()
        total += (0 if starts_word else 100) + place
    return total


def find(actions: Iterable[Action], query: str) -> list[Action]:
    """The actions that may run now and fit `query`, the best first; all of them in order for an empty query."""
    ranked = []
    for order, action in enumerate(actions):
        fit = score(query, f"{action.title} {action.group} {action.detail}")
        if fit is not None and action.enabled():
            ranked.append((fit if query.strip() else 0, order, action))
    return [action for _fit, _order, action in sorted(ranked, key=lambda item: item[:2])]
