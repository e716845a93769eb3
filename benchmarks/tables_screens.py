"""Tables of what a manager reads on her first screen, from `first-screen-<version>.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from recueil_qa.types import Band

Table = Callable[[list[str], list[list[str]]], str]
EITHER = "line set off there, or the direct answer"
FIRST_LINE = "first quoted, first practice"
SHOWN = 80  # characters of a question
SETS = {
    "eval": "`eval/`, written for the purpose",
    "wild": "statements of public bodies",
    "real-dev": "real people's statements",
}
QUOTED = {
    "real-dev": "real people's statements",
    "eval": "`eval/`",
    "left out": "statements of the collection, each left out with its group",
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


def real(before: Any, found: Any, heads: Any, quoted: Any, table: Table) -> str:
    """Return what the heads and the encoder trained with them bring on real statements."""

    def cell(values: Any, language: str, name: str) -> str:
        row = values["real-dev"][language][name]
        low, high = row["interval"]
        return f"{row['mean']:.2f} ({low:.2f}–{high:.2f})"

    rows = []
    for language, title in (("fr", "French"), ("en", "English")):
        count = found["real-dev"][language]["queries"]
        for name, label in (
            ("nDCG@10", "order of the first ten, nDCG@10"),
            ("first practice judged 2", "the right practice comes first"),
        ):
            pair = [cell(values, language, name) for values in (before, found)]
            rows.append([f"{label}; {title} ({count} statements)", *pair])
    pair = [f"{values['real-dev']['AUROC']:.2f}" for values in (before, found)]
    rows.append(["told apart: what is answered from what nothing answers (AUROC)", *pair])
    for kind, band, label in (
        ("with a practice judged 2", Band.NOTHING, "wrongly refused"),
        ("that nothing answers", Band.ANSWERS, "answered though nothing answers"),
        ("that nothing answers", Band.NOTHING, "told that nothing answers, where nothing does"),
    ):
        cells = []
        for values in (before, found):
            counts = values["real-dev"]["bands"][kind]
            cells.append(f"{counts[band.value]} of {sum(counts.values())}")
        rows.append([label, *cells])
    first = [quoted["real-dev"][name][FIRST_LINE] for name in ("without", "with choices")]
    label = f"the first line on the screen is one that a careful reader chose ({first[0]['of']})"
    rows.append([label, *(f"{row['mean']:.2f}" for row in first)])
    left = heads["left out"]
    told = (
        f"On {heads['real']} other real statements, each left out with its rewrites, "
        f"the heads alone have nDCG@10 {left['nDCG@10']:.2f} (with gains of 2^g - 1: 3 for a "
        "2, where the table counts 2), the right practice first for "
        f"{left['P@1']:.0%}, AUROC {left['AUROC']:.2f}."
    )
    head = ["real people's statements, kept apart", "before", "now"]
    return f"{table(head, rows)}\n\n{told}"


def quoted(found: Any, table: Table) -> str:
    """Return how often the first quoted line is one that a careful reader chose."""

    def cell(values: dict[str, Any]) -> str:
        low, high = values["interval"]
        return f"{values['mean']:.2f} ({low:.2f}–{high:.2f})"

    rows = []
    for key, title in QUOTED.items():
        for name, label in (
            (FIRST_LINE, "first line of the first practice"),
            ("first quoted", "first line of a practice that helps"),
            ("any quoted", "any of the lines quoted of it"),
        ):
            before, now = found[key]["without"][name], found[key]["with choices"][name]
            rows.append([f"{title}: {label} ({now['of']})", cell(before), cell(now)])
    return table(["a careful reader chose it too", "without choices", "with choices"], rows)


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


def reader(found: Any, table: Table) -> str:
    """Return what a careful reader's replies bring, replayed in a language model's place."""
    sets, rows = found["sets"], []

    def cell(row: dict[str, float], name: str) -> str:
        return f"{row[name]:.2f} ({row[f'{name}, low']:.2f}–{row[f'{name}, high']:.2f})"

    for key, title in SETS.items():
        for how, said in (("search", "search alone"), ("read", "replies replayed")):
            if f"{key}, {how}" not in sets:
                continue
            row = sets[f"{key}, {how}"]
            told = round(row["nothing, nothing"] * row["nothing, rows"])
            wrong = round(row["nothing, answers"] * row["nothing, rows"])
            of = f"of {row['nothing, rows']}"
            cells = [cell(row, "nDCG@10"), cell(row, "2 first"), f"{row['AUROC']:.3f}"]
            rows.append(
                [f"{title} ({row['statements']}), {said}", *cells, f"{told} {of}", f"{wrong} {of}"]
            )
    head = ["queries with a practice judged 2", "nDCG@10", "right practice first", "AUROC"]
    read = [row for name, row in sets.items() if name.endswith(", read")]
    asked, dropped, silenced, shown = (
        sum(row[name] for row in read)
        for name in ("asked", "ids dropped", "reasons silenced", "reasons shown")
    )
    size = found["requests"]
    return (
        table([*head, "told that nothing answers", "answered though nothing does"], rows)
        + f"\n\nIn the {asked} replies, {dropped} ids had not been offered; {shown} reasons are "
        f"shown, {silenced} left out. A request is of {size['tokens, median']:,} tokens (median; "
        f"{size['tokens, most']:,} at most, by the encoder's tokenizer), "
        f"{size['characters, most']:,} characters at most."
    )
