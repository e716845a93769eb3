"""A template as a person fills it in."""

from __future__ import annotations


def fill(text: str, *texts: str) -> str:
    """Put texts in the place of the marks, in order."""
    lines = text.split("\n")
    given = iter(texts)
    for i, line in enumerate(lines):
        if "<" in line:
            lines[i] = line[: line.index("<")] + next(given)
    assert next(given, None) is None
    return "\n".join(lines)
