"""A labelled tree for people: one line for each node, with the octets that it stands for."""

from __future__ import annotations

from hht.plain_text import plain_text
from hht.protocol.frames import Node


def tree_lines(tree: Node) -> list[str]:
    """The lines, the outer nodes first, indented by depth."""
    lines: list[str] = []
    width = len(str(tree.end))

    def add(node: Node, depth: int) -> None:
        parts = [f"{node.start:>{width}}–{node.end:<{width}} ", "  " * depth, node.label]
        if node.value:
            parts.append(f": {node.value}")
        if node.error:
            parts.append(f"  ✗ {node.error}")
        lines.append("".join(plain_text(part) for part in parts))
        for child in node.children:
            add(child, depth + 1)

    add(tree, 0)
    return lines
