from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recueil_qa import Assistant, Filters, Settings
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.builds.build import build_index
from recueil_qa.builds.rebuild import rebuild
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.errors import IndexDamagedError, RecallError
from recueil_qa.index import graphs, manifest
from recueil_qa.index.current import current_build
from recueil_qa.index.files import BuildFolder
from recueil_qa.index.graphs import EXACT, held_out, recall
from recueil_qa.index.opening import open_index
from recueil_qa.index.vectors import VectorGraph, read_graph, write_graph, writing
from recueil_qa.types import Passage, PassageKind
from tests.support.collections import write_corpus, write_faq
from tests.support.encoders import HashEncoder
from tests.support.folders import contents, names
from tests.support.large import FILTERS, QUERIES, large_corpus
from tests.support.statements import STATEMENTS

GRAPH_FILES = {"questions.faiss", "questions.npy", "text.faiss", "text.npy"}


@pytest.fixture
def judged(tmp_path: Path) -> Corpus:
    """`petit` with its statements: one of them is a passage of two practices."""
    write_corpus(tmp_path / "judged", STATEMENTS)
    return read_corpus(tmp_path / "judged")


def engine_of(folder: Path) -> dict[str, int | float | str]:
    return manifest.read_manifest(folder).engine.as_json()


def embedded(rows: tuple[Passage, ...], *, questions: bool) -> list[str]:
    return [row.embedded for row in rows if (row.kind is PassageKind.QUESTION) is questions]


def reaching(recalls: dict[int, float]) -> Callable[..., float]:
    """Return a `recall` that depends on the breadth of the search only."""
    return lambda graph, *_: recalls.get(graph.breadth, 0.5)


def test_a_collection_up_to_the_limit_has_no_graph(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(corpus_passages(judged))
    assert size < EXACT
    for limit, graph_files in ((EXACT, set()), (size, set()), (size - 1, GRAPH_FILES)):
        monkeypatch.setattr(graphs, "EXACT", limit)
        folder = build_index(tmp_path / f"{limit}", judged, HashEncoder())
        assert {path.name for path in folder.iterdir()} & GRAPH_FILES == graph_files
        assert {*manifest.read_manifest(folder).files} & GRAPH_FILES == graph_files
        if not graph_files:
            assert engine_of(folder) == {"name": "faiss"}
            assert json.loads((folder / "manifest.json").read_text("utf-8"))["engine"] == {
                "name": "faiss"
            }


def test_the_manifest_says_how_a_large_build_is_searched(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    monkeypatch.setattr(graphs, "HELD_OUT", 6)
    folder = build_index(tmp_path / "index", judged, HashEncoder())
    rows = corpus_passages(judged)
    asked, told = embedded(rows, questions=True), embedded(rows, questions=False)
    assert len(asked) == len({*asked}) + 1
    assert engine_of(folder) == {
        "name": "faiss",
        "questions": len({*asked}),
        "text": len({*told}),
        "breadth": 256,
        "recall@10": 1.0,
        "queries": 6,
    }


def test_each_vector_is_once_in_a_graph_with_all_its_passages(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    folder = build_index(tmp_path / "index", judged, HashEncoder())
    rows, sizes = corpus_passages(judged), engine_of(folder)
    for name, questions in (("questions", True), ("text", False)):
        size = int(sizes[name])
        graph = read_graph(folder / f"{name}.faiss", size, 64, 256)
        found = [
            graph.passages[start:end].tolist()
            for start, end in zip(graph.bounds, graph.bounds[1:], strict=False)
        ]
        expected: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if (row.kind is PassageKind.QUESTION) is questions:
                expected.setdefault(row.embedded, []).append(place)
        assert found == [*expected.values()]
    # The statement of two practices is found once, and both of them come.
    shared = "On renvoie les familles d'un service à l'autre"
    graph = read_graph(folder / "questions.faiss", int(sizes["questions"]), 64, 256)
    nearest = graph.nearest_passages(HashEncoder().encode_query([shared])[0], 1)
    assert [rows[i].practice for i in nearest.tolist()] == ["petit-p1", "petit-p3"]


def test_the_same_collection_gives_the_same_graphs(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    one, two = (build_index(tmp_path / name, judged, HashEncoder()) for name in ("one", "two"))
    files = [manifest.read_manifest(folder).files for folder in (one, two)]
    assert files[0] == files[1]
    assert files[0].keys() >= GRAPH_FILES


@pytest.mark.parametrize(
    ("recalls", "breadth", "told"),
    [
        ({256: 0.99}, 256, 0.99),
        ({256: 0.9899, 512: 0.995}, 512, 0.995),
        ({256: 0.9, 512: 0.95, 1024: 0.99123456}, 1024, 0.9912),
        ({256: 0.9, 512: 0.95, 1024: 0.98, 2048: 1.0}, 2048, 1.0),
        ({256: 0.9, 512: 0.8, 1024: 0.7, 2048: 0.99}, 2048, 0.99),
    ],
)
def test_the_breadth_rises_until_enough_is_found(
    judged: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    recalls: dict[int, float],
    breadth: int,
    told: float,
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    monkeypatch.setattr(graphs, "recall", reaching(recalls))
    folder = build_index(tmp_path / "index", judged, HashEncoder())
    assert engine_of(folder)["breadth"] == breadth
    assert engine_of(folder)["recall@10"] == told
    opened = BuildFolder(folder, manifest.read_manifest(folder)).read_graphs()
    assert opened
    assert [graph.breadth for graph in opened] == [breadth, breadth]


def test_both_graphs_must_find_enough(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {len({*embedded(corpus_passages(judged), questions=True)}): 0.97}
    monkeypatch.setattr(graphs, "EXACT", 10)
    monkeypatch.setattr(
        graphs,
        "recall",
        lambda graph, *_: 1.0 if graph.breadth > 256 else sizes.get(len(graph), 0.999),
    )
    folder = build_index(tmp_path / "index", judged, HashEncoder())
    assert (engine_of(folder)["breadth"], engine_of(folder)["recall@10"]) == (384, 1.0)


def test_a_build_that_finds_too_little_is_refused_and_the_old_one_serves(
    corpus_root: Path, index_root: Path, judged: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, kept = contents(index_root), names(index_root)
    with monkeypatch.context() as patch, pytest.raises(RecallError) as caught:
        patch.setattr(graphs, "EXACT", 10)
        patch.setattr(graphs, "recall", reaching({256: 0.7, 512: 0.984, 1024: 0.9}))
        build_index(index_root, judged, HashEncoder())
    assert caught.value.fr == (
        "la recherche approchée ne trouve que 98.4% des 10 plus proches (il en faut 99%) ; "
        "l'index en service n'a pas changé. Remède : "
        "RECUEIL_EXACT=true recueil-qa build, qui compare tout, plus lentement"
    )
    assert caught.value.en == (
        "the approximate search finds only 98.4% of the 10 nearest (99% are needed); "
        "the index in service has not changed. Mend it with: "
        "RECUEIL_EXACT=true recueil-qa build, which compares everything, more slowly"
    )
    assert contents(index_root) == before
    assert names(index_root) == kept
    assert open_index(index_root).practices == read_corpus(corpus_root).collections[0].practices


def test_a_build_may_compare_everything_whatever_its_size(
    corpus_root: Path, index_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    monkeypatch.setattr(graphs, "recall", reaching({}))
    monkeypatch.setenv("RECUEIL_EXACT", "true")
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda *_: HashEncoder())
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: "hash@test")
    settings = Settings(home=corpus_root.parent, corpus=corpus_root, index=index_root)
    assert rebuild(settings).built
    folder = current_build(index_root)
    assert engine_of(folder) == {"name": "faiss", "exact": 1}
    assert not [*folder.glob("questions.faiss")]
    assert Assistant(open_index(index_root), settings, HashEncoder()).ask("appels").hits
    assert not rebuild(settings).built


def line_of(cosines: list[float], path: Path) -> tuple[VectorGraph, Vectors]:
    """Return a graph of vectors with these cosines with a query, and the query."""
    vectors = np.zeros((len(cosines), 8), np.float32)
    vectors[:, 0] = cosines
    vectors[:, 1] = np.sqrt(1 - np.square(cosines))
    write_graph(path, vectors, [np.array([i]) for i in range(len(cosines))])
    return read_graph(path, len(cosines), 8, 256), np.eye(8, dtype=np.float32)[:1]


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (0.0, 1.0),  # nearer than the last of them
        (0.25, 1.0),  # the last of them itself: ten as near
        (0.2505, 1.0),  # within the slack of half precision
        (0.28, 0.9),
        (0.55, 0.4),  # 0.85, 0.75, 0.65 and 0.5625 only
        (0.8505, 0.1),
        (0.86, 0.0),
    ],
)
def test_recall_is_the_share_that_is_as_near_as_the_last_of_the_nearest(
    tmp_path: Path, edge: float, expected: float
) -> None:
    near = [0.85, 0.75, 0.65, 0.5625, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25]
    graph, query = line_of([*near, 0.1, 0.05], tmp_path / "g.faiss")
    assert recall(graph, query, np.array([edge])) == pytest.approx(expected)


def test_recall_is_the_mean_over_the_queries_and_of_no_more_than_there_are(tmp_path: Path) -> None:
    graph, query = line_of([0.9, 0.5, 0.1], tmp_path / "g.faiss")
    three = np.concatenate([query, query, query])
    # One of three, two of three, all three.
    assert recall(graph, three, np.array([0.7, 0.3, 0.05])) == pytest.approx((1 + 2 + 3) / 9)
    assert recall(graph, query, np.array([-1.0])) == 1.0


def test_ties_at_the_edge_are_as_good_as_each_other(tmp_path: Path) -> None:
    graph, query = line_of([0.5] * 30, tmp_path / "g.faiss")
    assert recall(graph, query, np.array([0.5])) == 1.0


def rows_of(*texts: str) -> list[Passage]:
    return [
        Passage(f"p1/conseils/{i}", "p1", PassageKind.LINE, "fr", text, f"Titre : {text}")
        for i, text in enumerate(texts)
    ]


def test_held_out_texts_are_first_halves_of_passages_spread_evenly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = rows_of("un deux trois quatre", "cinq six sept", "huit", "", "neuf dix\nonze douze")
    assert held_out(rows) == ["un deux", "cinq", "huit", "", "neuf dix"]
    monkeypatch.setattr(graphs, "HELD_OUT", 3)
    assert held_out(rows) == ["un deux", "huit", "neuf dix"]
    many = rows_of(*(f"texte{i} encore" for i in range(101)))
    monkeypatch.setattr(graphs, "HELD_OUT", 5)
    assert held_out(many) == ["texte0", "texte25", "texte50", "texte75", "texte100"]


@pytest.fixture(scope="module")
def with_graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the index of `large_corpus`, with graphs."""
    home = tmp_path_factory.mktemp("graphs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graphs, "EXACT", 100)
        folder = build_index(home / "index", large_corpus(), HashEncoder())
    assert engine_of(folder)["recall@10"] == 1.0
    return home


def test_a_build_with_graphs_answers_as_one_without(
    with_graphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(tmp_path / "index", large_corpus(), HashEncoder())
    one, other = (
        Assistant(open_index(home / "index"), Settings(home=home), HashEncoder())
        for home in (with_graphs, tmp_path)
    )
    assert other.manifest.engine.as_json() == {"name": "faiss"}
    cases: list[tuple[str, Filters]] = [(query, each) for query in QUERIES for each in FILTERS]
    whole = [other.ask(query, top=3, filters=each) for query, each in cases]
    assert [one.ask(query, top=3, filters=each) for query, each in cases] == whole
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 100)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 6)
    parts = [other.ask(query, top=3, filters=each) for query, each in cases]
    assert [one.ask(query, top=3, filters=each) for query, each in cases] == parts


@pytest.mark.parametrize("name", sorted(GRAPH_FILES))
def test_a_graph_that_is_gone_or_altered_is_told(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    build_index(tmp_path / "index", judged, HashEncoder())
    path = current_build(tmp_path / "index") / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError, match=rf"{path} is altered"):
        open_index(tmp_path / "index")
    path.unlink()
    with pytest.raises(IndexDamagedError, match=rf"{path} is missing"):
        open_index(tmp_path / "index")


@pytest.mark.parametrize(
    "change", [{"questions": 3}, {"text": 0}, {"breadth": "wide"}, {"questions": None}]
)
def test_a_manifest_of_other_graphs_is_told(
    judged: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, int | str | None],
) -> None:
    monkeypatch.setattr(graphs, "EXACT", 10)
    root = tmp_path / "index"
    folder = build_index(root, judged, HashEncoder())
    path = folder / manifest.NAME
    raw = json.loads(path.read_text("utf-8"))
    raw["engine"] = {k: v for k, v in (raw["engine"] | change).items() if v is not None}
    path.write_text(json.dumps(raw), "utf-8")
    contract = manifest.read_manifest(folder)
    renamed = folder.rename(root / manifest.build_name(folder, contract))
    (root / "CURRENT").write_text(renamed.name, "utf-8")
    with pytest.raises(IndexDamagedError, match="is altered; recueil-qa rollback"):
        open_index(root)


def test_a_large_collection_without_any_question_is_built_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_faq(tmp_path / "corpus")
    monkeypatch.setattr(graphs, "EXACT", 3)
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", 3)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 1)
    folder = build_index(tmp_path / "index", read_corpus(tmp_path / "corpus"), HashEncoder())
    assert engine_of(folder)["questions"] == 0
    assert engine_of(folder)["recall@10"] == 1.0
    opened = open_index(tmp_path / "index")
    settings = Settings(home=tmp_path)
    assert Assistant(opened, settings, HashEncoder()).search("carte", top=1)


def test_what_faiss_says_of_itself_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="of its own"), writing(tmp_path / "g"):
        raise RuntimeError("of its own")
