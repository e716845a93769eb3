from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
from click.testing import CliRunner

from recueil_qa import Assistant, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import RowsError
from recueil_qa.evaluation.measures import MEASURES, means, measure
from recueil_qa.evaluation.quality import WHOLE, evaluate, variants
from recueil_qa.evaluation.report import Report, compare, markdown, read_report
from recueil_qa.evaluation.rows import Data, JudgedRow, QueryRow, TwinRow, read_data
from recueil_qa.evaluation.significance import interval
from recueil_qa.index.levels import chance
from recueil_qa.index.manifest import package_version
from recueil_qa.index.opening import open_index
from recueil_qa.search.fusion import SIGNALS
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from tests.support.collections import write_corpus, write_guide
from tests.support.encoders import HashEncoder
from tests.support.guides import README_COMMANDS, copy_project

KNOWN = {"petit-p1", "petit-p2", "petit-p3"}
QUERIES = {
    "q1": ("fr", "short", "les appels répétés au standard"),
    "q2": ("fr", "noisy", "letres incomprehensible"),
    "q3": ("en", "short", "How to cut repeat calls?"),
    "q4": ("en", "", "desk after desk"),
}
QRELS = {
    "q1": {"petit-p2": 2, "petit-p1": 1},
    "q2": {"petit-p3": 1},
    "q3": {"petit-p2": 2},
    "q4": {"petit-p3": 1, "petit-p1": 2, "petit-p2": 0},
}
GROUPS = {
    "all": ["q1", "q2", "q3", "q4"], "fr": ["q1", "q2"], "short": ["q1", "q3"],
    "noisy": ["q2"], "en": ["q3", "q4"],
}  # fmt: skip
TWIN = {
    "id": "t1", "of": "q2", "lang": "fr",
    "clean": "Les lettres sont incompréhensibles", "noisy": "ltres incomprhensible",
}  # fmt: skip
STATEMENTS = (
    {"id": "s1", "lang": "fr", "text": "Le téléphone sonne sans fin", "grades": {"petit-p2": 2}},
    {"id": "s2", "lang": "en", "text": "Where may I park my boat?", "grades": {}},
)


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def write_qrels(path: Path, qrels: dict[str, dict[str, int]]) -> None:
    rows = [f"{query}\t{p}\t{g}\n" for query, grades in qrels.items() for p, g in grades.items()]
    path.write_text("".join(rows), "utf-8")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An evaluation folder over `petit`, without twins."""
    folder = tmp_path / "eval"
    folder.mkdir()
    write_rows(
        folder / "queries.jsonl",
        [{"id": i, "lang": la, "style": s, "text": t} for i, (la, s, t) in QUERIES.items()],
    )
    gold = "Compter les appels pour un même motif"
    write_rows(folder / "advice.jsonl", [
        {"id": "a1", "lang": "fr", "text": gold, "practice": "petit-p2", "gold": ["Non", gold]},
        {"id": "a2", "lang": "en", "text": gold, "practice": "petit-p3", "gold": ["Rien"]},
    ])  # fmt: skip
    write_rows(folder / "unanswerable.jsonl", [
        {"id": "u1", "kind": "far", "text": "zyxw vuts"},
        {"id": "u2", "kind": "near", "text": "tsrq"},
        {"id": "u3", "kind": "near", "text": "repeat calls, how to cut?"},
    ])  # fmt: skip
    write_qrels(folder / "qrels.tsv", QRELS)
    return folder


@pytest.fixture
def rich(tmp_path: Path) -> Assistant:
    """An assistant over `petit` with statements, one unanswered, and a question on one line."""
    corpus = write_corpus(tmp_path / "rich-corpus", STATEMENTS).parent
    append(corpus / "petit" / "questions" / "p2.yaml", "fr conseils/1:\n- Que faut-il compter ?\n")
    build_index(tmp_path / "rich-index", read_corpus(corpus), HashEncoder())
    settings = Settings(home=tmp_path, corpus=corpus, index=tmp_path / "rich-index")
    return Assistant(open_index(settings.index), settings, HashEncoder())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The evaluation of the project's own queries, made once, by the command that README gives."""
    (command,) = (line for line in README_COMMANDS if "recueil-qa evaluate " in line)
    arguments = shlex.split(command)[1:]
    folder = copy_project(tmp_path_factory.mktemp("measured"))
    written = folder / arguments[arguments.index("--output") + 1]
    written.unlink()  # the committed one
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert done.output.strip()
    return read_report(written)


def told(folder: Path) -> RowsError:
    """Return the error that an evaluation folder is refused with."""
    with pytest.raises(RowsError) as caught:
        read_data(folder, KNOWN)
    return caught.value


def test_the_four_files_are_read(folder: Path) -> None:
    data = read_data(folder, KNOWN)
    assert [(row.id, row.lang, row.style, row.text) for row in data.queries] == [
        (identifier, *row) for identifier, row in QUERIES.items()
    ]
    assert data.qrels == QRELS
    assert [row.gold for row in data.advice] == [
        ("Non", "Compter les appels pour un même motif"),
        ("Rien",),
    ]
    assert [(row.kind, row.text) for row in data.unanswerable] == [
        ("far", "zyxw vuts"), ("near", "tsrq"), ("near", "repeat calls, how to cut?"),
    ]  # fmt: skip
    assert data.twins == []


def test_twins_are_read_where_there_are_some(folder: Path) -> None:
    write_rows(folder / "twins.jsonl", [TWIN])
    assert read_data(folder, KNOWN).twins == [TwinRow.model_validate(TWIN)]


@pytest.mark.parametrize("name", ["queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    error = told(folder)
    assert error.fr == f"{folder / name} : illisible (fichier absent)"
    assert error.en == f"{folder / name}: can't be read (No such file or directory)"


@pytest.mark.parametrize(
    "name", ["queries.jsonl", "advice.jsonl", "unanswerable.jsonl", "twins.jsonl"]
)
def test_a_row_written_twice_is_named_with_both_lines(folder: Path, name: str) -> None:
    write_rows(folder / "twins.jsonl", [TWIN])
    path = folder / name
    first = path.read_text("utf-8").splitlines()[0]
    count = len(path.read_text("utf-8").splitlines())
    append(path, f"{first}\n")
    identifier = json.loads(first)["id"]
    for text in (told(folder).fr, told(folder).en):
        assert text.split("\n  ")[1:] == [f"{path}:{count + 1}: id {identifier!r} = {path}:1"]


def test_a_judgment_written_twice_is_named(folder: Path) -> None:
    path = folder / "qrels.tsv"
    append(path, "q1\tpetit-p2\t1\n")
    for text in (told(folder).fr, told(folder).en):
        assert text.split("\n  ")[1:] == [f"{path}:8: q1 petit-p2 x 2"]


def test_judgments_of_unknown_queries_and_practices_are_named(folder: Path) -> None:
    path = folder / "qrels.tsv"
    append(path, "\nq9\tpetit-p1\t1\nq1\tpetit-p9\t1\n")
    assert told(folder).en == f"{path}: unknown queries or practices: q9, petit-p9"
    assert told(folder).fr == f"{path} : requêtes ou pratiques inconnues : q9, petit-p9"


def test_queries_without_a_relevant_practice_are_named(folder: Path) -> None:
    path = folder / "qrels.tsv"
    write_qrels(path, {"q2": {"petit-p3": 1}, "q3": {"petit-p2": 0, "petit-p1": 0}})
    assert told(folder).en == f"{path}: queries without a relevant practice: q1, q3, q4"
    assert told(folder).fr == f"{path} : requêtes sans pratique jugée utile : q1, q3, q4"
    path.write_text("", "utf-8")
    assert told(folder).en == f"{path}: queries without a relevant practice: q1, q2, q3, q4"


def test_advice_of_unknown_practices_is_named_with_its_rows(folder: Path) -> None:
    path = folder / "advice.jsonl"
    rows = [
        {"id": "a8", "text": "x", "practice": "petit-p8", "gold": ["x"]},
        {"id": "a9", "text": "x", "practice": "p2", "gold": ["x"]},
    ]
    append(path, "".join(f"{json.dumps(row)}\n" for row in rows))
    assert told(folder).en == f"{path}: unknown practices: a8 (petit-p8), a9 (p2)"
    assert told(folder).fr == f"{path} : pratiques inconnues : a8 (petit-p8), a9 (p2)"


def test_twins_of_unknown_queries_are_named_with_their_rows(folder: Path) -> None:
    path = folder / "twins.jsonl"
    write_rows(path, [TWIN, TWIN | {"id": "t2", "of": "q7"}, TWIN | {"id": "t3", "of": "u1"}])
    assert told(folder).en == f"{path}: unknown queries: t2 (q7), t3 (u1)"
    assert told(folder).fr == f"{path} : requêtes inconnues : t2 (q7), t3 (u1)"


def test_questions_on_advice_named_like_queries_are_refused(folder: Path) -> None:
    # A report keeps both by their ids: one would hide the other.
    path = folder / "advice.jsonl"
    row = {"text": "x", "practice": "petit-p1", "gold": ["x"]}
    append(path, "".join(f"{json.dumps(row | {'id': name})}\n" for name in ("q3", "a3", "q1")))
    assert told(folder).en == f"{path}: ids of queries.jsonl: q1, q3"
    assert told(folder).fr == f"{path} : ids de queries.jsonl : q1, q3"


def test_no_more_than_twenty_names_are_listed_then_how_many_there_are(folder: Path) -> None:
    path = folder / "advice.jsonl"
    rows = [{"id": f"z{i}", "text": "x", "practice": "no", "gold": ["x"]} for i in range(1_000)]
    names = [f"z{i} (no)" for i in range(20)]
    for count, end in ((20, ""), (21, " … (21)"), (1_000, " … (1000)")):
        write_rows(path, rows[:count])
        assert told(folder).en == f"{path}: unknown practices: {', '.join(names)}{end}"
        assert told(folder).fr == f"{path} : pratiques inconnues : {', '.join(names)}{end}"


def test_the_ablation_leaves_each_signal_out_and_takes_each_alone(small: Assistant) -> None:
    systems = variants(small.index)
    assert next(iter(systems)) == WHOLE == "all signals"
    assert (systems[WHOLE].signals, systems[WHOLE].used) == (SIGNALS, None)
    left_out = [signal for signal in SIGNALS if signal.weight]
    for signal in left_out:
        without = systems[f"without {signal.name}"]
        assert without.signals == tuple(s for s in SIGNALS if s != signal)
        assert without.used is None
    for signal in SIGNALS:
        alone = systems[f"only {signal.name}"]
        # One that weighs nothing in the whole must still say something alone.
        assert alone.signals == (replace(signal, weight=1.0),)
        assert alone.used is None
    assert len(systems) == 1 + 1 + len(left_out) + len(SIGNALS)


def test_the_ablation_leaves_each_kind_of_passage_out(rich: Assistant) -> None:
    index = rich.index
    asked = {row.id for row in index.passages if "/questions/" in row.id}
    on_lines = {"petit-p2/questions/fr/conseils/1/1"}
    judged = {"petit-p2/statements/s1"}
    assert on_lines < asked
    left_out = {
        name: {row.id for row, used in zip(index.passages, system.used, strict=True) if not used}
        for name, system in variants(index).items()
        if system.used is not None
    }
    assert left_out == {
        "without statements": judged,
        "without questions on lines": on_lines,
        "without all questions and statements": asked | judged,
    }
    assert all(variants(index)[name].signals == SIGNALS for name in left_out)


def test_a_kind_of_passage_that_the_collection_lacks_is_not_left_out(
    small: Assistant, faq_root: Path, tmp_path: Path
) -> None:
    build_index(tmp_path / "faq-index", read_corpus(faq_root), HashEncoder())
    for index, expected in (
        (small.index, ["without all questions and statements"]),
        (open_index(tmp_path / "faq-index"), []),
    ):
        masked = [name for name, system in variants(index).items() if system.used is not None]
        assert masked == expected


def test_what_a_variant_leaves_out_has_no_say(rich: Assistant, folder: Path) -> None:
    data = read_data(folder, KNOWN)
    row = QueryRow(id="q5", lang="fr", text="Le téléphone sonne sans fin")
    data = replace(data, queries=[row], qrels={"q5": {"petit-p2": 2}})
    report = evaluate(rich.now(), data)
    encoder, index = rich.load_encoder(), rich.index
    assert [*report.ablation] == [*variants(index)]
    scores = {}
    for name, system in variants(index).items():
        scored = score_query(Scope(index), encoder, row.text, system.signals, system.used)
        ranking = [index.practices[i].id for i in scored.ranking()]
        expected = measure(ranking, data.qrels["q5"])
        assert report.ablation[name]["all"] == pytest.approx(expected, abs=1e-4)
        scores[name] = float(scored.practices[index.practices.index(rich.practice("petit-p2"))])
    # The statement is the query, word for word: without it the practice fits less.
    assert scores["without statements"] < scores[WHOLE]


def test_the_report_measures_what_the_assistant_answers(small: Assistant, folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = evaluate(small.now(), read_data(folder, KNOWN), lambda *at: calls.append(at))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (report.package, report.encoder) == (package_version(), "hash@test")
    assert report.corpus == small.index.manifest.corpus
    assert report.queries == {group: len(ids) for group, ids in GROUPS.items()}
    by_query = {
        query: measure([hit.practice.id for hit in small.search(QUERIES[query][2])], grades)
        for query, grades in QRELS.items()
    }
    for group, ids in GROUPS.items():
        expected = means([by_query[query] for query in ids])
        assert report.measures[group] == pytest.approx(expected, abs=1e-4)
    assert "R(rel=2)@5" not in report.measures["noisy"]
    assert report.ablation[WHOLE] == report.measures
    assert [*report.ablation] == [*variants(small.index)]
    assert all({*by_group} == {*GROUPS} for by_group in report.ablation.values())
    assert report.latency_ms["ask, median"] <= report.latency_ms["ask, 95 %"]
    assert report.noise == {}


def test_the_report_keeps_each_query_and_each_question_on_advice(
    small: Assistant, folder: Path
) -> None:
    report = evaluate(small.now(), read_data(folder, KNOWN))
    assert [*report.per_query] == [*QUERIES, "a1", "a2"]
    for query, grades in QRELS.items():
        ranking = [hit.practice.id for hit in small.search(QUERIES[query][2])]
        assert report.per_query[query] == pytest.approx(measure(ranking, grades), abs=1e-4)
    assert "R(rel=2)@5" not in report.per_query["q2"]
    assert report.per_query["a1"] == dict.fromkeys(report.advice["all"], 1.0)
    assert report.per_query["a2"] == dict.fromkeys(report.advice["all"], 0.0)
    found = ("advice top-1", "advice top-3", "advice top-5")
    assert report.advice == {
        "all": dict.fromkeys(found, 0.5),
        "fr": dict.fromkeys(found, 1.0),
        "en": dict.fromkeys(found, 0.0),
    }


def test_a_row_counts_once_in_a_group_that_is_named_twice(small: Assistant, folder: Path) -> None:
    data = read_data(folder, KNOWN)
    queries = [row.model_copy(update={"style": row.lang}) for row in data.queries]
    advice = [row.model_copy(update={"lang": "all"}) for row in data.advice]
    report = evaluate(small.now(), replace(data, queries=queries, advice=advice))
    assert report.queries == {"all": 4, "fr": 2, "en": 2}
    plain = evaluate(small.now(), data)
    for group in ("all", "fr", "en"):
        assert report.measures[group] == plain.measures[group]
        assert report.intervals[group] == plain.intervals[group]
    assert report.advice == {"all": plain.advice["all"]}
    assert report.intervals["advice all"] == plain.intervals["advice all"]


def test_intervals_are_those_of_the_values_of_the_queries(small: Assistant, folder: Path) -> None:
    report = evaluate(small.now(), read_data(folder, KNOWN))
    advice = {"advice all": ["a1", "a2"], "advice fr": ["a1"], "advice en": ["a2"]}
    assert {*report.intervals} == {*GROUPS, *advice}
    for group, ids in (GROUPS | advice).items():
        rows = [report.per_query[query] for query in ids]
        assert {*report.intervals[group]} == {name for row in rows for name in row}
        for name, found in report.intervals[group].items():
            values = [row[name] for row in rows if name in row]
            assert found == pytest.approx(interval(values), abs=2e-4)
    for group, row in report.measures.items():
        for name, value in row.items():
            low, high = report.intervals[group][name]
            assert low - 1e-4 <= value <= high + 1e-4


def test_abstention_is_counted_at_the_threshold(small: Assistant, folder: Path) -> None:
    data = read_data(folder, KNOWN)
    found = evaluate(small.now(), data).abstention
    threshold = chance(small.index.levels.collections["petit"].nothing)
    kept = [small.ask(text).confidence for _, _, text in QUERIES.values()]
    refused = [small.ask(row.text).confidence for row in data.unanswerable]
    assert (found["answerable"], found["unanswerable"]) == (4, 3)
    # Collections with heads have thresholds of their own.
    assert "threshold" not in found
    assert found["answerable kept"] == fmean(p >= threshold for p in kept)
    assert found["unanswerable refused"] == pytest.approx(2 / 3, abs=1e-4)
    assert [p < threshold for p in refused] == [True, True, False]
    assert found["near-domain refused"] == 1 / 2
    wins = fmean((a > b) + (a == b) / 2 for a in kept for b in refused)
    assert found["AUROC"] == pytest.approx(wins, abs=1e-4)
    far = replace(data, unanswerable=[row for row in data.unanswerable if row.kind == "far"])
    assert "near-domain refused" not in evaluate(small.now(), far).abstention
    kept_alone = {name: found[name] for name in ("answerable", "answerable kept")}
    none = evaluate(small.now(), replace(data, unanswerable=[])).abstention
    assert none == kept_alone | {"unanswerable": 0}


def test_of_several_collections_the_one_that_is_judged_is_asked(
    small: Assistant, folder: Path, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "two").parent
    write_guide(corpus)
    build_index(tmp_path / "two-index", read_corpus(corpus), HashEncoder())
    settings = Settings(home=tmp_path, corpus=corpus, index=tmp_path / "two-index")
    both = Assistant(open_index(settings.index), settings, HashEncoder())
    data = read_data(folder, KNOWN)
    assert evaluate(both.now(), data).per_query == evaluate(small.now(), data).per_query


def test_practices_that_nobody_asked_for_are_measured_as_they_are_ranked(
    folder: Path, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "unasked").parent
    for path in corpus.glob("*/questions/*.yaml"):
        path.unlink()
    build_index(tmp_path / "unasked-index", read_corpus(corpus), HashEncoder())
    settings = Settings(home=tmp_path, corpus=corpus, index=tmp_path / "unasked-index")
    found = Assistant(open_index(settings.index), settings, HashEncoder())
    data = read_data(folder, KNOWN)
    judged = [JudgedRow(id="s", text="appels", lang="fr", grades={"petit-p2": 2})]
    report = evaluate(found.now(), data, statements={"dits": judged})
    for name, (_, _, text) in QUERIES.items():
        first = found.ask(text).hits[0].practice.id
        assert report.per_query[name]["P@1"] == (QRELS[name].get(first, 0) > 0)
    assert {"dits", "dits, fr"} <= report.statements.keys()


def test_noise_is_measured_on_the_queries_typed_both_ways(small: Assistant, folder: Path) -> None:
    noisy = TWIN | {"id": "t2", "of": "q1", "clean": "appels répétés", "noisy": "zyxw"}
    write_rows(folder / "twins.jsonl", [TWIN, noisy])
    report = evaluate(small.now(), read_data(folder, KNOWN))

    def mean(*asked: tuple[str, str]) -> float:
        return fmean(
            measure([hit.practice.id for hit in small.search(text)], QRELS[query])["nDCG@10"]
            for query, text in asked
        )

    assert report.noise["twins"] == 2
    clean = mean(("q2", "Les lettres sont incompréhensibles"), ("q1", "appels répétés"))
    slips = mean(("q2", "ltres incomprhensible"), ("q1", "zyxw"))
    assert report.noise["nDCG@10, clean"] == pytest.approx(clean, abs=1e-4) == 1.0
    assert report.noise["nDCG@10, noisy"] == pytest.approx(slips, abs=1e-4)
    assert slips < clean
    # Twins are measured apart: they are no queries of the other figures.
    assert report.queries["all"] == len(QUERIES)
    assert {"t1", "t2"}.isdisjoint(report.per_query)


def test_a_report_is_written_and_read_back_as_it_is(
    rich: Assistant, folder: Path, tmp_path: Path
) -> None:
    write_rows(folder / "twins.jsonl", [TWIN])
    report = evaluate(rich.now(), read_data(folder, KNOWN))
    (tmp_path / "report.json").write_text(report.model_dump_json(), "utf-8")
    assert read_report(tmp_path / "report.json") == report
    text = markdown(report)
    for name in (*GROUPS, *report.ablation, *report.abstention, *report.noise):
        assert f"\n| {name} |" in text


def test_the_same_data_gives_the_same_report_but_for_the_clock(
    small: Assistant, folder: Path
) -> None:
    first, second = (evaluate(small.now(), read_data(folder, KNOWN)) for _ in range(2))
    assert first.model_copy(update={"latency_ms": second.latency_ms}) == second
    assert all(row.p == 1.0 for row in compare(first, second))


def test_queries_that_would_be_refused_are_measured_with_the_others(
    small: Assistant, folder: Path
) -> None:
    data: Data = read_data(folder, KNOWN)
    refused = [QueryRow(id=f"r{i}", text=text) for i, text in enumerate(("???", "", "x" * 3_000))]
    report = evaluate(
        small.now(),
        replace(
            data,
            queries=[*data.queries, *refused],
            qrels=data.qrels | {row.id: {"petit-p1": 1} for row in refused},
            unanswerable=refused,
        ),
    )
    assert report.queries == {group: len(ids) for group, ids in GROUPS.items()} | {"all": 4 + 3}
    assert (report.abstention["answerable"], report.abstention["unanswerable"]) == (7, 3)
    assert {row.id for row in refused} < {*report.per_query}


@pytest.mark.model
def test_the_project_is_measured_on_all_its_queries(report: Report) -> None:
    assert (report.queries["all"], report.queries["fr"], report.queries["en"]) == (110, 70, 40)
    styles = Counter({g: n for g, n in report.queries.items() if g not in ("all", "fr", "en")})
    assert styles.total() == 110
    assert all({*report.measures[group]} == {*MEASURES} for group in ("all", "fr", "en"))


@pytest.mark.model
def test_the_quality_floor_holds_in_both_languages(report: Report) -> None:
    assert report.measures["fr"]["nDCG@10"] >= 0.86
    assert report.measures["en"]["nDCG@10"] >= 0.90
    assert report.measures["fr"]["P@1"] >= 0.85
    assert report.measures["en"]["P@1"] >= 0.92


@pytest.mark.model
def test_the_exact_line_is_found_among_the_first(report: Report) -> None:
    assert report.advice["all"]["advice top-1"] >= 0.55
    assert report.advice["all"]["advice top-3"] >= 0.80


@pytest.mark.model
def test_slips_of_the_keyboard_cost_little(report: Report) -> None:
    assert report.noise["twins"] == 24
    assert report.noise["nDCG@10, clean"] - report.noise["nDCG@10, noisy"] <= 0.03


@pytest.mark.model
def test_every_signal_together_beats_each_alone(report: Report) -> None:
    whole = report.measures["all"]["nDCG@10"]
    for signal in SIGNALS:
        assert whole > report.ablation[f"only {signal.name}"]["all"]["nDCG@10"]


@pytest.mark.model
def test_abstention_tells_most_unanswerable_questions(report: Report) -> None:
    assert report.abstention["unanswerable"] == 50
    assert report.abstention["AUROC"] >= 0.96
    assert report.abstention["answerable kept"] >= 0.95
    assert report.abstention["unanswerable refused"] >= 0.8
    assert report.abstention["unanswerable answered"] <= 0.05
