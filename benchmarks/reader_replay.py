"""How far the pipeline goes with a model that reads well: replies of a careful reader, replayed.

    .venv/bin/python -m benchmarks reader-replay --replies FILE [--statements FILE]… [--data eval/]

`--replies` (may be given again) are rows {"id", "verdict", "probability", "practices"} in the form
that a model is asked for, by the ids of the queries of `eval/` and of `--statements` (rows of
judged statements). A server on this machine replies with them, through the whole of the product;
queries without a reply are left out. No model is measured here, but what the product makes of such
replies.
Such files stay outside of the project; the result in `benchmarks/results/` has counts and means.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from recueil_qa.analysis.query import one_line
from recueil_qa.cli.reader import compared
from recueil_qa.evaluation.judged import rows_of
from recueil_qa.evaluation.rows import JudgedRow, read_data, read_judged
from recueil_qa.reader import prompt
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import load_settings
from tests.support.model_server import completion, failing, question_in, serving

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "benchmarks" / "results" / f"reader-replay-{version('recueil-qa')}.json"
JOBS = 4


def replies_of(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Return the replies of files, by the id of their query."""
    rows = (json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines())
    return {row.pop("id"): row for row in rows}


def replayed(
    searcher: Searcher, sets: dict[str, list[JudgedRow]], replies: dict[str, dict[str, Any]]
) -> dict[str, dict[str, float]]:
    """Measure sets of judged queries by the search alone and as they are read by replies."""
    kept = {name: [row for row in rows if row.id in replies] for name, rows in sets.items()}
    by_text = {one_line(row.text): replies[row.id] for rows in kept.values() for row in rows}

    def reply(body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        found = by_text.get(question_in(body))
        return completion(json.dumps(found)) if found else failing(404)(body)

    with serving(reply) as script, tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(
            home=ROOT,
            reader=script.address,
            reader_model="replayed",
            reader_cache=False,
            reader_seconds=120,
            feedback_file=Path(scratch) / "none",
        )
        reading = Searcher.over(searcher.index, settings, searcher.load_encoder())
        return compared(reading, kept, JOBS)


def sizes(searcher: Searcher, rows: Sequence[JudgedRow]) -> dict[str, int]:
    """Return how long requests are, in tokens of the encoder's own tokenizer and in characters."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{searcher.settings.encoder}/tokenizer.json")
    tokenizer.no_truncation()
    texts = [*_requests(searcher, rows)]
    tokens = sorted(len(each.ids) for each in tokenizer.encode_batch(texts))
    return {
        "requests": len(texts),
        "tokens, median": tokens[len(tokens) // 2],
        "tokens, most": tokens[-1],
        "characters, most": max(map(len, texts)),
    }


def _requests(searcher: Searcher, rows: Sequence[JudgedRow]) -> Iterator[str]:
    for row in rows:
        found = searcher.ask_leads(row.text, top=searcher.settings.reader_practices)
        offered = prompt.offer(searcher.index, (hit.practice for hit in found.hits))
        told = prompt.messages(found.question, found.language, offered)
        yield "\n".join(each["content"] for each in told)


@click.command()
@click.option("--replies", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--statements", multiple=True, type=click.Path(path_type=Path))
@click.option("--data", default=ROOT / "eval", type=click.Path(path_type=Path))
def main(replies: tuple[Path, ...], statements: tuple[Path, ...], data: Path) -> None:
    """Replay a careful reader's replies."""
    for name in [name for name in os.environ if name.startswith("RECUEIL_READER")]:
        del os.environ[name]
    searcher = Searcher.open(load_settings(home=ROOT))
    known = {practice.id for practice in searcher.index.practices}
    sets = {"eval": rows_of(read_data(data, known))}
    sets |= {path.stem: read_judged(path, known) for path in statements}
    found = {
        "what": "replies of a careful reader, replayed by a scripted server: no model is measured",
        "corpus": searcher.manifest.corpus,
        "encoder": searcher.manifest.encoder,
        "practices read": searcher.settings.reader_practices,
        "sets": replayed(searcher, sets, replies_of(replies)),
        "requests": sizes(searcher, [row for rows in sets.values() for row in rows]),
    }
    TARGET.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
