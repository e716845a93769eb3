"""What a manager reads on her first screen, measured.

    .venv/bin/python -m benchmarks first-screen [--queries DIR …] [--statements FILE …]

- of the first three quoted lines of an answer, the share that comes from a practice judged 2, and 1
  or 2, over the queries that have a practice judged 2;
- of the questions of `eval/advice.jsonl`, how many have their line set off in the first card or as
  the direct answer; and how many direct answers are right;
- the bands of what the collection answers and of what it doesn't, and how well the confidence tells
  a query with a practice judged 2 from one that nothing answers (AUROC);
- what a question loses when it is typed in capitals, in Title Case, as a letter…;
- every line of the collection asked for word for word: whether it and its practice come first.

`--queries` adds folders like `eval/` (queries.jsonl, qrels.tsv), `--statements` files of judged
statements like those of a collection, kept outside of the project. The result goes into
`benchmarks/results/`, with counts alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from recueil_qa import Answer, Assistant
from recueil_qa.evaluation.measures import auroc, measure
from recueil_qa.evaluation.rows import QueryRow, read_data, read_qrels, read_rows
from recueil_qa.evaluation.significance import interval
from recueil_qa.types import Band, PassageKind
from training.noise import without_accents

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"first-screen-{version('recueil-qa')}.json"
FIRST = 3  # lines of a screen that are read at once
TOP = 10


@dataclass(frozen=True)
class Judged:
    """A query with its grades by practice."""

    language: str
    text: str
    grades: dict[str, int]

    @property
    def best(self) -> int:
        """Its best grade; 0 where nothing answers."""
        return max(self.grades.values(), default=0)


def as_letter(text: str) -> str:
    return f"Bonjour,\n\n{text}\n\nMerci d'avance.\nCordialement,\nCamille Exemple"


TYPED: dict[str, Callable[[str], str]] = {
    "as written": str,
    "in capitals": str.upper,
    "in title case": str.title,
    "as a letter": as_letter,
    "with svp": lambda text: f"{text} svp",
    "without accents": without_accents,
    "with curly quotes": lambda text: text.replace("'", "’"),
}


def of_folder(folder: Path) -> list[Judged]:
    qrels = read_qrels(folder / "qrels.tsv")
    queries = read_rows(folder / "queries.jsonl", QueryRow)
    rows = [Judged(row.lang, row.text, qrels.get(row.id, {})) for row in queries]
    nothing = folder / "unanswerable.jsonl"
    others = read_rows(nothing, QueryRow) if nothing.exists() else ()
    return rows + [Judged(row.lang, row.text, {}) for row in others]


def of_file(path: Path) -> list[Judged]:
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Judged(row["lang"], row["text"], row["grades"]) for row in rows]


def screens(assistant: Assistant, rows: Iterable[Judged]) -> dict[str, Any]:
    """Return the measures of the first screens of some judged queries."""
    asked = [(row, assistant.ask_leads(row.text, top=TOP)) for row in rows]
    found: dict[str, Any] = {"bands": bands(asked)}
    sure = [answer.confidence for row, answer in asked if row.best == 2]
    unsure = [answer.confidence for row, answer in asked if not row.best]
    if sure and unsure:
        found["AUROC"] = round(auroc(sure, unsure), 4)
    for language in ("fr", "en"):
        shares: dict[int, list[float]] = {2: [], 1: []}
        for row, answer in asked:
            if row.best == 2 and row.language == language:
                for grade, values in shares.items():
                    values.append(share_of(answer, row.grades, grade))
        if shares[2]:
            found[language] = {
                "queries": len(shares[2]),
                **{name: shown(values) for name, values in ranking(asked, language).items()},
                "of a practice judged 2": shown(shares[2]),
                "of a practice judged 1 or 2": shown(shares[1]),
            }
    return found


def ranking(asked: list[tuple[Judged, Answer]], language: str) -> dict[str, list[float]]:
    """Return nDCG@10, and whether the first practice is one judged 2, of each query with a 2."""
    values: dict[str, list[float]] = {"nDCG@10": [], "first practice judged 2": []}
    for row, answer in asked:
        if row.best == 2 and row.language == language:
            found = [hit.practice.id for hit in answer.hits]
            values["nDCG@10"].append(measure(found, row.grades)["nDCG@10"])
            values["first practice judged 2"].append(row.grades.get(found[0], 0) == 2)
    return values


def share_of(answer: Answer, grades: dict[str, int], grade: int) -> float:
    """Return the share of the first lines that comes from a practice of a grade; 0 of no line."""
    lines = answer.shown[:FIRST]
    return fmean([grades.get(line.practice, 0) >= grade for line in lines]) if lines else 0.0


def shown(values: list[float]) -> dict[str, Any]:
    low, high = interval(values)
    return {"mean": round(fmean(values), 4), "interval": [round(low, 4), round(high, 4)]}


def bands(asked: list[tuple[Judged, Answer]]) -> dict[str, dict[str, int]]:
    """Return how many queries of each best grade are in each band."""
    names = {2: "with a practice judged 2", 1: "with 1s alone", 0: "that nothing answers"}
    counts = {name: {band.value: 0 for band in Band} for name in names.values()}
    for row, answer in asked:
        counts[names[row.best]][answer.band.value] += 1
    return {name: row for name, row in counts.items() if any(row.values())}


def advice(assistant: Assistant, folder: Path) -> dict[str, Any]:
    """Return where the lines that answer `advice.jsonl` are shown."""
    practices = {practice.id for practice in assistant.catalogue.practices}
    rows = read_data(folder, practices).advice
    in_card, direct, right, either = 0, 0, 0, 0
    for row in rows:
        answer = assistant.ask_leads(row.text)
        first = [line.text for card in answer.cards[:1] for line in card.quoted]
        said = answer.direct.text if answer.direct else ""
        in_card += any(text in row.gold for text in first)
        direct += bool(said)
        right += said in row.gold
        either += any(text in row.gold for text in (*first, said))
    return {
        "questions": len(rows),
        "line set off in the first card": round(in_card / len(rows), 4),
        "line set off there, or the direct answer": round(either / len(rows), 4),
        "direct answers": direct,
        "direct answers that are right": right,
    }


def typed(assistant: Assistant, folder: Path) -> dict[str, Any]:
    """Return nDCG@10 and refusals of the queries, for each way of typing them."""
    practices = {practice.id for practice in assistant.catalogue.practices}
    data = read_data(folder, practices)
    found = {}
    for name, change in TYPED.items():
        values: dict[str, list[float]] = {"fr": [], "en": []}
        refused = 0
        for row in data.queries:
            answer = assistant.ask_leads(change(row.text), top=TOP)
            ranking = [hit.practice.id for hit in answer.hits]
            values[row.lang].append(measure(ranking, data.qrels[row.id])["nDCG@10"])
            refused += answer.abstained
        means = {f"nDCG@10, {language}": round(fmean(row), 4) for language, row in values.items()}
        found[name] = means | {"refused": refused}
    return found


def verbatim(assistant: Assistant) -> dict[str, Any]:
    """Return how many lines come first, and their practices, when asked for word for word."""
    index = assistant.index
    lines = [
        passage
        for passage in index.passages
        if passage.kind is PassageKind.LINE and not passage.text.endswith(":")
    ]
    own, practice = 0, 0
    for line in lines:
        answer = assistant.ask_leads(line.text)
        own += bool(answer.shown) and answer.shown[0].text == line.text
        practice += bool(answer.hits) and answer.hits[0].practice.id == line.practice
    return {"lines": len(lines), "own line first": own, "own practice first": practice}


@click.command()
@click.option("--queries", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--statements", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=TARGET)
def main(queries: tuple[Path, ...], statements: tuple[Path, ...], output: Path) -> None:
    """Measure the first screens of the index that serves."""
    assistant = Assistant.open()
    sets = {"eval": of_folder(ROOT / "eval")}
    sets |= {folder.name: of_folder(folder) for folder in queries}
    sets |= {path.stem: of_file(path) for path in statements}
    found: dict[str, Any] = {name: screens(assistant, rows) for name, rows in sets.items()}
    found["advice"] = advice(assistant, ROOT / "eval")
    found["typed"] = typed(assistant, ROOT / "eval")
    found["word for word"] = verbatim(assistant)
    output.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(found, indent=2, ensure_ascii=False))
