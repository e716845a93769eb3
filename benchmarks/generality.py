"""Measure encoders on what they were not trained for, each with an index of its own.

    .venv/bin/python -m benchmarks generality base=training/.work/multilingual-e5-small-fr-en \
        held-out=training/.work/held-out shipped=models/recueil-e5 [--apart FOLDER]

- `eval/`, whole, and the queries that a practice of `HELD_OUT` is judged 2 for (the encoder
  "held-out" saw nothing of these: `python -m training.train_encoder --hold-out … --target …`);
- with `--apart`, folders of other collections (`corpus.jsonl`: id, title, text; one section, no
  questions) and of other queries on this one, each with `queries.jsonl` and `qrels.tsv`. Such data
  are for measuring only and don't belong to the project.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from importlib.metadata import version
from pathlib import Path

from recueil_qa.analysis.query import searchable
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.marks import has_personal_data
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.encoding.torch_encoder import SentenceTransformerEncoder
from recueil_qa.evaluation import measures, significance
from recueil_qa.evaluation.rows import QueryRow, read_qrels, read_rows
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"generality-{version('recueil-qa')}.json"
HELD_OUT = tuple(f"recueil-2014-p{n:02}" for n in (6, 11, 16, 20, 24, 29, 36, 41, 46, 51))
LIMIT = 2_000
COLLECTION = """id = "apart"
title = "Apart"
language = "fr"

[[sections]]
name = "reponse"
headings = ["Réponse"]
role = "advice"
label_en = "Answer"
"""


def collections(apart: list[Path], scratch: Path) -> list[tuple[Path, dict[str, Path]]]:
    """Return each corpus with the folders of queries on it, by name."""
    own = {"eval": ROOT / "eval"}
    found = [(ROOT / "corpus", own)]
    for folder in apart:
        if (folder / "corpus.jsonl").is_file():
            corpus = scratch / folder.name
            write_collection(folder / "corpus.jsonl", corpus)
            found.append((corpus, {folder.name: folder}))
        else:
            own[folder.name] = folder
    return found


def write_collection(source: Path, folder: Path) -> None:
    """Write documents as practices of one section each."""
    (folder / "practices").mkdir(parents=True)
    (folder / "collection.toml").write_text(COLLECTION, "utf-8")
    for line in source.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = " ".join(
            re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]", " ", row["text"]).split()
        )
        text = re.sub(r"^[#>*+-]+ ?", "", text) or row["title"]
        # A corpus with e-mail addresses or telephone numbers is refused.
        text = " ".join(word for word in text.split() if "@" not in word)
        if has_personal_data(text):
            text = re.sub(r"\+?\d[\d\s./-]{7,}\d", "…", text)
        title = json.dumps(" ".join(row["title"].split()), ensure_ascii=False)
        (folder / "practices" / f"{row['id']}.md").write_text(
            f"---\nid: apart-{row['id']}\ntitle: {title}\n---\n\n## Réponse\n\n{text}\n", "utf-8"
        )


def measure(encoder: Encoder, index: Index, queries: Path) -> dict[str, object]:
    """Return the measures of an encoder on one collection, by group, with their intervals."""
    rows = read_rows(queries / "queries.jsonl", QueryRow)
    qrels = read_qrels(queries / "qrels.tsv")
    run, scope = {}, Scope(index)
    for row in rows:
        scored = score_query(scope, encoder, searchable(row.text, LIMIT))
        ranked = [index.practices[i].id for i in scored.ranking()]
        run[row.id] = [name.removeprefix("apart-") for name in ranked]
    found = measures.measure_run(run, qrels)
    groups = {"all": list(found)} | {
        lang: [row.id for row in rows if row.lang == lang and row.id in found]
        for lang in sorted({row.lang for row in rows})
    }
    groups["held out"] = [
        query for query in found if any(qrels[query].get(name) == 2 for name in HELD_OUT)
    ]
    result: dict[str, object] = {}
    for group, ids in groups.items():
        if ids:
            values = [found[query]["nDCG@10"] for query in ids]
            low, high = significance.interval(values)
            result[group] = {
                "queries": len(ids),
                "nDCG@10": round(sum(values) / len(values), 4),
                "interval": [round(low, 3), round(high, 3)],
                "P@1": round(sum(found[query]["P@1"] for query in ids) / len(ids), 4),
            }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks generality", description=__doc__.splitlines()[0]
    )
    parser.add_argument("encoders", nargs="+", help="name=directory")
    parser.add_argument("--apart", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        corpora = collections(arguments.apart, Path(scratch))
        for named in arguments.encoders:
            name, _, folder = named.partition("=")
            encoder = SentenceTransformerEncoder(folder)
            for corpus, places in corpora:
                with tempfile.TemporaryDirectory() as built:
                    build_index(Path(built), read_corpus(corpus), encoder)
                    index = open_index(Path(built))
                    for place, queries in places.items():
                        found = measure(encoder, index, queries)
                        results.setdefault(name, {})[place] = found
                        print(name, place, found, flush=True)
    TARGET.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: written")
