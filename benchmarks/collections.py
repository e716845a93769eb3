"""Measure a collection that has no questions of its own, alone and beside the booklet.

    .venv/bin/python -m benchmarks collections --collection-folder FOLDER --questions FILE \
        [--scratch FOLDER]

FOLDER is a collection's (with its `collection.toml`), FILE a JSONL of judged questions on it: `id`,
`lang`, `query` and `relevant` (practices by title or id, with grades; nothing answers where it is
empty). Of each set: nDCG@10, the right practice first, what is kept of what is answered and
refused of what is not; then the same beside the booklet, whose own `eval/` is asked without
a filter too.
`fragments` counts the answers whose first quoted line is a heading, markup or no whole sentence of
a text that is written in sentences: 0 is right. Such collections and questions are for measuring
only, and don't belong to the project.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.fragments import fragments
from recueil_qa.corpus.lead_ins import labels
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.runtimes import open_encoder
from recueil_qa.evaluation import measures
from recueil_qa.evaluation.judged import rows_of
from recueil_qa.evaluation.rows import JudgedRow, read_data
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import Settings
from recueil_qa.types import Answer, Band, Practice

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"collections-{version('recueil-qa')}.json"
BOOKLET = ROOT / "corpus" / "recueil-2014"

Measures = dict[str, dict[str, float]]


def questions(path: Path, practices: Sequence[Practice]) -> list[JudgedRow]:
    """Return the judged questions of a file; a title that no practice has is an error."""
    ids = {practice.title: practice.id for practice in practices}
    ids |= {practice.id: practice.id for practice in practices}
    rows = map(json.loads, filter(None, path.read_text("utf-8").splitlines()))
    return [
        JudgedRow(
            id=row["id"],
            lang=row.get("lang", ""),
            text=row["query"],
            grades={ids[name]: grade for name, grade in row["relevant"].items()},
        )
        for row in rows
    ]


def measured(searcher: Searcher, rows: Sequence[JudgedRow]) -> Measures:
    """Return the measures of judged questions, by language, asked of all that is loaded."""
    asked = [(row, searcher.ask_leads(row.text, top=10)) for row in rows]
    found = {}
    for group in dict.fromkeys(["all", *(row.lang for row in rows)]):
        own = [(r, a) for r, a in asked if group in ("all", r.lang)]
        found[group] = {name: round(value, 4) for name, value in _of(searcher, own).items()}
    return found


def _of(searcher: Searcher, asked: Sequence[tuple[JudgedRow, Answer]]) -> dict[str, float]:
    some = [(row, answer) for row, answer in asked if row.grades]
    none = [answer for row, answer in asked if not row.grades]
    ranked = [measures.measure([h.practice.id for h in a.hits], row.grades) for row, a in some]
    found: dict[str, float] = {"questions": len(some), "unanswerable": len(none)}
    if some:
        found |= {name: fmean(each[name] for each in ranked) for name in ("nDCG@10", "P@1")}
        found["kept"] = sum(answer.band is not Band.NOTHING for _, answer in some)
    found["refused"] = sum(answer.band is Band.NOTHING for answer in none)
    silent = unquotable(searcher)
    firsts = [answer.shown[0].passage for _, answer in asked if answer.shown]
    return found | {"fragments": sum(passage in silent for passage in firsts)}


def unquotable(searcher: Searcher) -> frozenset[str]:
    """Return the lines that no answer may begin with, found anew from the practices."""
    found: set[str] = set()
    for info in searcher.collections:
        own = [p for p in searcher.index.practices if p.collection == info.id]
        found |= fragments(own, frozenset(info.sections_for("advice")))
        found |= {
            f"{practice.id}/{section.name}/{number}"
            for practice in own
            for section in practice.sections
            for number in labels(section)
        }
    return frozenset(found)


def opened(corpus: Path, index: Path, encoder: Encoder) -> Searcher:
    """Build a corpus and open it."""
    build_index(index, read_corpus(corpus), encoder)
    return Searcher.open(Settings(index=index, corpus=corpus), encoder)


def measure(folder: Path, asked: Path, encoder: Encoder, scratch: Path) -> dict[str, Measures]:
    """Return the measures of a collection alone and beside the booklet, and of the booklet."""
    alone, both = scratch / "alone", scratch / "both"
    for corpus in (alone, both):
        shutil.rmtree(corpus, ignore_errors=True)
        shutil.copytree(folder, corpus / folder.name)
    shutil.copytree(BOOKLET, both / BOOKLET.name)
    found: dict[str, Measures] = {}
    searcher = opened(alone, scratch / "index", encoder)
    rows = questions(asked, searcher.index.practices)
    found["collection alone"] = measured(searcher, rows)
    searcher = opened(both, scratch / "index", encoder)
    found["collection beside the booklet"] = measured(searcher, rows)
    data = read_data(ROOT / "eval", None)
    found["booklet beside the collection"] = measured(searcher, rows_of(data))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks collections", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--collection-folder", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, help="where to build, with what is there encoded")
    arguments = parser.parse_args()
    settings = Settings()
    encoder = open_encoder(settings.encoder, settings.runtime)
    with tempfile.TemporaryDirectory() as fresh:
        scratch = arguments.scratch or Path(fresh)
        found = measure(arguments.collection_folder, arguments.questions, encoder, scratch)
    result = {"collection": arguments.collection_folder.name, "sets": found}
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")
