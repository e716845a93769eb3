from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import numpy as np
import pytest

from recueil_qa import Assistant
from recueil_qa.confidence import calibration_for
from recueil_qa.encoder import Encoder, Progress, Vectors
from recueil_qa.errors import RowsError
from recueil_qa.evaluation import MEASURES, QueryRow, measure
from recueil_qa.manifest import package_version
from recueil_qa.quality import Data, Report, ablation_variants, evaluate, read_data
from recueil_qa.retrieval import SIGNALS
from tests.conftest import ROOT

KNOWN = {"petit-p1", "petit-p2", "petit-p3"}
QUERIES = {
    "q1": ("fr", "les appels répétés au standard"),
    "q2": ("fr", "lettres incompréhensibles"),
    "q3": ("en", "How to cut repeat calls?"),
    "q4": ("en", "never judged"),
}
QRELS = {"q1": {"petit-p2": 2, "petit-p1": 1}, "q2": {"petit-p3": 1}, "q3": {"petit-p2": 1}}


class Cached:
    """An encoder that encodes each query once, for the many systems of the ablation."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.id, self.dimension = encoder.id, encoder.dimension
        self.kept: dict[str, Vectors] = {}

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            if text not in self.kept:
                self.kept[text] = self.encoder.encode_query([text])
        return np.concatenate([self.kept[text] for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encoder.encode_document(texts, progress)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An evaluation folder over `petit`."""
    folder = tmp_path / "eval"
    folder.mkdir()

    def write(name: str, rows: list[dict[str, object]]) -> None:
        (folder / name).write_text("\n".join(map(json.dumps, rows)), "utf-8")

    write("queries.jsonl", [{"id": i, "lang": la, "text": t} for i, (la, t) in QUERIES.items()])
    gold = "Compter les appels pour un même motif"
    write("advice.jsonl", [
        {"id": "a1", "text": "compter les appels", "practice": "petit-p2", "gold": [gold]},
        {"id": "a2", "text": "compter les appels", "practice": "petit-p3", "gold": ["Rien"]},
    ])  # fmt: skip
    write("unanswerable.jsonl", [{"id": "u1", "text": "zyxw vuts"}, {"id": "u2", "text": "tsrq"}])
    judgments = [f"{q}\t{p}\t{g}" for q, grades in QRELS.items() for p, g in grades.items()]
    (folder / "qrels.tsv").write_text("\n".join(judgments), "utf-8")
    return folder


@pytest.fixture(scope="module")
def report(real: Assistant) -> Report:
    """The evaluation of the project's own queries, made once."""
    known = {practice.id for practice in real.index.practices}
    data = read_data(ROOT / "eval", known)
    cached = Assistant(real.index, real.settings, Cached(real.load_encoder()))
    return evaluate(cached, data)


def test_the_four_files_are_read(folder: Path) -> None:
    data = read_data(folder, KNOWN)
    assert [(row.id, row.lang, row.text) for row in data.queries] == [
        (identifier, *row) for identifier, row in QUERIES.items()
    ]
    assert data.qrels == QRELS
    assert [row.gold for row in data.advice] == [
        ("Compter les appels pour un même motif",),
        ("Rien",),
    ]
    assert [row.text for row in data.unanswerable] == ["zyxw vuts", "tsrq"]


@pytest.mark.parametrize(
    "name", ["queries.jsonl", "qrels.tsv", "advice.jsonl", "unanswerable.jsonl"]
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(RowsError) as caught:
        read_data(folder, KNOWN)
    assert str(folder / name) in caught.value.fr
    assert str(folder / name) in caught.value.en


def test_judgments_of_unknown_queries_and_practices_are_named(folder: Path) -> None:
    with (folder / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("\nq9\tpetit-p1\t1\nq1\tpetit-p9\t1\n")
    with pytest.raises(RowsError) as caught:
        read_data(folder, KNOWN)
    path = folder / "qrels.tsv"
    assert caught.value.en == f"{path}: unknown queries or practices: q9, petit-p9"
    assert caught.value.fr == f"{path} : requêtes ou pratiques inconnues : q9, petit-p9"


def test_the_ablation_leaves_each_signal_out_and_takes_each_alone() -> None:
    variants = ablation_variants()
    assert next(iter(variants)) == "all signals"
    assert variants["all signals"] is SIGNALS
    for signal in SIGNALS:
        assert variants[f"only {signal.name}"] == (signal,)
        assert variants[f"without {signal.name}"] == tuple(s for s in SIGNALS if s != signal)
    assert len(variants) == 1 + 2 * len(SIGNALS)


def test_the_report_measures_what_the_assistant_answers(small: Assistant, folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = evaluate(small, read_data(folder, KNOWN), lambda *at: calls.append(at))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (report.package, report.encoder) == (package_version(), "hash@test")
    assert report.corpus == small.index.manifest.corpus
    assert report.queries == {"all": 3, "en": 1, "fr": 2}
    by_query = {
        query: measure([hit.practice.id for hit in small.search(QUERIES[query][1])], grades)
        for query, grades in QRELS.items()
    }
    for name in MEASURES:
        mean = fmean(by_query[query][name] for query in ("q1", "q2"))
        assert report.measures["fr"][name] == pytest.approx(mean, abs=1e-4)
        assert report.measures["en"][name] == pytest.approx(by_query["q3"][name], abs=1e-4)
    assert report.ablation["all signals"] == report.measures
    assert [*report.ablation] == [*ablation_variants()]
    assert report.advice == {
        "queries": 2, "advice top-1": 0.5, "advice top-3": 0.5, "advice top-5": 0.5,
    }  # fmt: skip
    threshold = calibration_for("hash@test").threshold
    answers = [small.ask(text).confidence for _, text in QUERIES.values()]
    assert report.abstention["answerable"] == len(QUERIES)
    assert report.abstention["unanswerable"] == 2
    assert report.abstention["answerable kept"] == fmean(value >= threshold for value in answers)
    assert report.abstention["unanswerable refused"] == 1.0
    assert report.latency_ms["ask, median"] <= report.latency_ms["ask, 95 %"]


def test_a_report_is_written_and_read_back_as_it_is(small: Assistant, folder: Path) -> None:
    report = evaluate(small, read_data(folder, KNOWN))
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_queries_that_would_be_refused_are_measured_with_the_others(
    small: Assistant, folder: Path
) -> None:
    data = read_data(folder, KNOWN)
    refused = [QueryRow(id=f"r{i}", text=text) for i, text in enumerate(("???", "", "x" * 3_000))]
    report = evaluate(
        small,
        replace(
            data,
            queries=[*data.queries, *refused],
            qrels=data.qrels | {row.id: {"petit-p1": 1} for row in refused},
            unanswerable=refused,
        ),
    )
    assert report.queries["all"] == 3 + 3
    assert (report.abstention["answerable"], report.abstention["unanswerable"]) == (7, 3)


def test_without_any_judgment_there_is_nothing_to_measure(small: Assistant, folder: Path) -> None:
    data: Data = replace(read_data(folder, KNOWN), qrels={})
    report = evaluate(small, data)
    assert (report.queries, report.measures) == ({}, {})


@pytest.mark.model
def test_the_quality_floor_holds_in_both_languages(report: Report) -> None:
    assert report.queries == {"all": 110, "en": 40, "fr": 70}
    assert report.measures["fr"]["nDCG@10"] >= 0.70
    assert report.measures["en"]["nDCG@10"] >= 0.72


@pytest.mark.model
def test_every_signal_together_beats_each_alone(report: Report) -> None:
    whole = report.measures["all"]["nDCG@10"]
    for signal in SIGNALS:
        assert whole > report.ablation[f"only {signal.name}"]["all"]["nDCG@10"]


@pytest.mark.model
def test_abstention_tells_most_unanswerable_questions(report: Report) -> None:
    assert report.abstention["unanswerable"] == 50
    assert report.abstention["AUROC"] >= 0.9
    assert report.abstention["answerable kept"] >= 0.9
    assert report.abstention["unanswerable refused"] >= 0.7


@pytest.mark.model
def test_a_warm_question_is_answered_within_60_ms(real: Assistant) -> None:
    known = {practice.id for practice in real.index.practices}
    texts = [row.text for row in read_data(ROOT / "eval", known).queries]
    best = dict.fromkeys(texts, math.inf)
    # More passes only where the machine is busy: what else runs there isn't measured.
    for _ in range(4):
        for text in texts:
            started = perf_counter()
            real.ask(text)
            best[text] = min(best[text], (perf_counter() - started) * 1000)
        if median(best.values()) <= 60:
            break
    assert median(best.values()) <= 60
