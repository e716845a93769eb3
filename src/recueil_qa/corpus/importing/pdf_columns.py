"""Where the text of a page begins and ends, column by column, told by where its lines do."""

from __future__ import annotations

from collections import Counter

from recueil_qa.corpus.importing.pdf_lines import PdfLine

SLACK = 3.0  # points
OFTEN = 0.05  # of the lines begin at an edge
COLUMN = 0.15  # of the lines begin at the edge of a second column
APART = 0.35  # of the text's width, between the edges of two columns at least
ACROSS = 0.2  # of the lines, at most, run from one column into the other
Edges = tuple[float, float]


def edges(lines: list[PdfLine]) -> list[Edges]:
    """Return the left and the right edge of each column; there is at least one."""
    counts = Counter(round(line.x) for line in lines)
    left = float(min((x for x, n in counts.items() if n >= OFTEN * len(lines)), default=0))
    right = max((line.right for line in lines), default=0.0)
    far = [
        x
        for x, n in counts.items()
        if n >= COLUMN * len(lines) and x - left > APART * (right - left)
    ]
    if not far:
        return [(left, right)]
    second = float(min(far))
    first = [line for line in lines if line.x < second - SLACK]
    within = [line for line in first if line.right <= second + SLACK]
    if len(first) - len(within) > ACROSS * len(lines) or not within:
        return [(left, right)]
    return [(left, max(line.right for line in within)), (second, right)]
