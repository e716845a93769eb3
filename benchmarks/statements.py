"""Count the judged statements of the corpus, and look for what repeats or copies.

    .venv/bin/python -m benchmarks statements

By best grade, language, length and practice; how many share a run of six words with another group,
with the booklet or with `eval/`. The result goes into `benchmarks/results/`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recueil_qa.analysis.words import fold
from recueil_qa.corpus.corpus import Collection
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation.rows import AdviceRow, QueryRow, read_data
from recueil_qa.learning.schooling import groups_of

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"statements-{version('recueil-qa')}.json"
RUN = 6
LENGTHS = (8, 20, 40)  # words, at most


def main() -> None:
    (collection,) = read_corpus(ROOT / "corpus").collections
    found = counts(collection)
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


def counts(collection: Collection) -> dict[str, Any]:
    """Return the counts of a collection's statements."""
    rows = collection.lessons
    groups = groups_of(rows).tolist()
    own: defaultdict[str, set[int]] = defaultdict(set)
    for row, group in zip(rows, groups, strict=True):
        for run in runs(row.text):
            own[run].add(group)
    data = read_data(ROOT / "eval", None)
    judged: list[QueryRow | AdviceRow] = [*data.queries, *data.advice, *data.unanswerable]
    lines = [line.text for p in collection.practices for s in p.sections for line in s.lines]
    apart = {"eval": shared(own, (row.text for row in judged)), "booklet": shared(own, lines)}
    addressed = Counter(name for row in rows for name, grade in row.grades.items() if grade == 2)
    return {
        "statements": len(rows),
        "searched": len(collection.statements),
        "groups": len(set(groups)),
        "best grade": dict(sorted(Counter(_best(row.grades) for row in rows).items())),
        "language": dict(Counter(row.language for row in rows)),
        "words": dict(Counter(_length(row.text) for row in rows)),
        "addressed by a practice, fewest": min(addressed.values()),
        "addressed by a practice, most": max(addressed.values()),
        "practices without": len(collection.practices) - len(addressed),
        "runs of six words in two groups": sum(len(names) > 1 for names in own.values()),
        **{f"runs of six words of {name}": count for name, count in apart.items()},
    }


def runs(text: str) -> set[str]:
    """Return the runs of six words of a text, folded."""
    words = fold("".join(c if c.isalnum() else " " for c in text)).split()
    return {" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def shared(own: dict[str, set[int]], texts: Iterable[str]) -> int:
    """Return how many runs of some texts stand in a statement."""
    return len({run for text in texts for run in runs(text)} & own.keys())


def _best(grades: dict[str, int]) -> str:
    return str(max(grades.values(), default=0))


def _length(text: str) -> str:
    count = len(text.split())
    return next((f"at most {bound}" for bound in LENGTHS if count <= bound), "more")


# The corpus's README names this module; that file is part of what a build is made from.
if __name__ == "__main__":
    main()
