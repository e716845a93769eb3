"""The marks that a template leaves where somebody has to write: `<à remplir, le titre>`.

What is still marked is refused, so that no template is ever served as a practice. The mark says
what it is: angle brackets alone stand in many a text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text

_OPENING = Text("à remplir", "to fill in")
_MARK = re.compile(f"<(?:{_OPENING.fr}|{_OPENING.en})\\b[^<>\n]*>", re.IGNORECASE)


def blank(language: str, what: str) -> str:
    """Return the mark of a text to write."""
    return f"<{_OPENING.to(language)}, {what}>"


def unfilled(
    lines: Iterable[tuple[int, str]], path: Path, needed: Container[int] = ()
) -> list[Problem]:
    """Return a problem for each numbered line of a file that is still to fill in.

    The lines `needed` can't be removed.
    """
    return [
        Problem(
            path,
            number,
            Text(
                f"à remplir : mettez votre texte à la place de « {excerpt(mark[0])} »"
                + ("" if number in needed else ", ou ôtez la ligne si elle n'est pas nécessaire"),
                f"to fill in: put your text in the place of '{excerpt(mark[0])}'"
                + ("" if number in needed else ", or remove the line if it is not needed"),
            ),
        )
        for number, line in lines
        if (mark := _MARK.search(line))
    ]
