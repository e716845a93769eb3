"""Tables of what a manager reads on her first screen, from `first-screen-<version>.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from recueil_qa.bands import Band

Table = Callable[[list[str], list[list[str]]], str]
EITHER = "line set off there, or the direct answer"
SHOWN = 80  # characters of a question
SETS = {
    "eval": "`eval/`, written for the purpose",
    "wild": "statements of public bodies",
    "real-dev": "real people's statements",
}


def screens(found: Any, table: Table) -> str:
    """Return what the first screens show, by set of queries and language."""

    def cell(values: dict[str, Any]) -> str:
        low, high = values["interval"]
        return f"{values['mean']:.2f} ({low:.2f}–{high:.2f})"

    rows = []
    for key, title in SETS.items():
        for language in ("fr", "en"):
            row = found[key][language]
            names = ("nDCG@10", "first practice judged 2", "of a practice judged 2")
            cells = [cell(row[name]) for name in (*names, "of a practice judged 1 or 2")]
            rows.append([f"{title}, {language} ({row['queries']})", *cells])
    head = ["queries with a practice judged 2", "nDCG@10", "right practice first"]
    return table([*head, "first three lines: judged 2", "judged 1 or 2"], rows)


def bands(found: Any, table: Table) -> str:
    """Return how many queries fall into each band."""
    rows = []
    for key, title in SETS.items():
        for kind, counts in found[key]["bands"].items():
            rows.append([f"{title}, {kind}", *(str(counts[band.value]) for band in Band)])
    return table(["queries", "answers", "leads", "nothing"], rows)


def lines(found: Any, _: Table) -> str:
    """Return where single lines are found."""
    advice, verbatim = found["advice"], found["word for word"]
    share, right = (advice[name] for name in (EITHER, "direct answers that are right"))
    return (
        f"Of {advice['questions']} questions that one line answers, it is set off in the first "
        f"card, or is the direct answer, for {share:.0%}; {advice['direct answers']} have a direct "
        f"answer, {right} of them right. Of {verbatim['lines']} lines asked for word for word, "
        f"{verbatim['own line first']} come first themselves and {verbatim['own practice first']} "
        "have their practice first."
    )


def typed(found: Any, table: Table) -> str:
    """Return what the way of typing costs."""
    rows = [
        [name, *(f"{row[f'nDCG@10, {language}']:.3f}" for language in ("fr", "en")),
         str(row["refused"])]
        for name, row in found["typed"].items()
    ]  # fmt: skip
    return table(["110 queries of `eval/`", "nDCG@10 fr", "nDCG@10 en", "refused"], rows)


def graded(rows: list[dict[str, Any]], table: Table) -> str:
    """Return the first screens that were read one by one, and what was thought of them."""
    counts = Counter(row["screen"] for row in rows)
    quoted = [row for row in rows if row["first_line_helps"] is not None]
    helps = sum(row["first_line_helps"] for row in quoted)
    told = (
        f"Of {len(rows)} first screens, {counts['useful']} are useful, {counts['partly']} partly, "
        f"{counts['useless']} useless; the very first quoted line helps in {helps} of the "
        f"{len(quoted)} that quote one."
    )
    cells = [
        [
            f"{' '.join(row['text'].split())[:SHOWN]}…"[: SHOWN + 1],
            row["screen"],
            row["fault"] or "—",
        ]
        for row in rows
    ]
    cells = [[cell.replace("|", "/") for cell in row] for row in cells]
    return f"{told}\n\n{table(['question (its beginning)', 'screen', 'what is wrong'], cells)}"
