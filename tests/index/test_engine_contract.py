"""What any engine must do: the same tests over FAISS, milvus-lite and a real Milvus server.

The real one has a network of its own, so its tests are run again in there: by the last test here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.scale import generated
from recueil_qa import Answer, Assistant, Filters, Settings
from recueil_qa.analysis.words import analyse_query
from recueil_qa.builds.build import build_index
from recueil_qa.builds.listing import list_builds
from recueil_qa.builds.versions import activate, prune, rollback
from recueil_qa.corpus.corpus import Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.engine import LISTED, RANK_WEIGHT
from recueil_qa.index.kinds import FAISS, BuiltMilvus, Faiss, Milvus, Wanted
from recueil_qa.index.manifest import read_manifest
from recueil_qa.index.milvus import store
from recueil_qa.index.milvus.client import Server
from recueil_qa.index.milvus.tables import PREFIX, aliased
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from tests.support import ROOT, milvus_server
from tests.support.collections import write_faq
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

REAL = os.environ.get(milvus_server.ADDRESS, "")
ENGINES = ["server"] if REAL else ["faiss", "lite"]
PASSAGES, PRACTICES = 3_000, 27
NOISE = 1e-6  # what a cosine may differ by, however it is computed
QUERIES = (
    "comment réduire les appels répétés au guichet ?",
    "how to make our letters clear for citizens",
    "les agents accueil téléphone",
    "zzyzx",
)


def wanted(address: str, alias: str, shards: int = 1) -> Milvus:
    return Milvus(name="milvus", address=address, alias=alias, shards=shards, replicas=1)


@pytest.fixture(scope="module", autouse=True)
def started(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str] | None]:
    """The run beside a real server, if it is wanted: it waits a lot, so the others go on."""
    items = [item.name for item in request.session.items]
    if REAL or test_a_real_server_does_all_this.__name__ not in items:
        yield None
        return
    tests = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "not server",
        __file__,
    ]
    command = milvus_server.isolated([sys.executable, "-m", "tests.support.milvus_server", *tests])
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module", autouse=True)
def _patient() -> Iterator[None]:
    """Give each call the time that it takes on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recueil_qa.index.milvus.client.ASKING", PATIENCE)
        yield


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return generated.corpus(PASSAGES)


@pytest.fixture(scope="session")
def embedded(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Index:
    root = tmp_path_factory.mktemp("embedded")
    build_index(root, corpus, HashEncoder())
    return open_index(root)


@pytest.fixture(scope="session")
def expected_vectors(embedded: Index) -> Vectors:
    return HashEncoder().encode_document([row.embedded for row in embedded.passages])


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Wanted:
    """Each engine that is here."""
    if request.param == "faiss":
        return FAISS
    lite = str(tmp_path_factory.mktemp("lite") / "milvus.db")
    return wanted(REAL or lite, "contrat", shards=2 if REAL else 1)


@pytest.fixture(scope="session")
def opened(
    engine: Wanted, embedded: Index, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> Index:
    """The same collection in that engine."""
    root = tmp_path_factory.mktemp("other")
    shutil.copytree(embedded.folder.parent / ".cache", root / ".cache")
    build_index(root, corpus, HashEncoder(), engine=engine)
    return open_index(root)


def vector(query: str) -> Vectors:
    return np.asarray(HashEncoder().encode_query([query])[0])


def everywhere(opened: Index) -> npt.NDArray[np.int64]:
    return np.array([[0, len(opened.facts)]])


def parts(opened: Index) -> Iterator[npt.NDArray[np.int64]]:
    """Yield all passages, those of every third practice, and some of two practices."""
    yield everywhere(opened)
    yield opened.spans[1::3]
    (first, _), (_, last) = opened.spans[[4, 9]].tolist()
    yield np.array([[first + 7, first + 9], [last - 3, last - 1]])


def taken(values: npt.NDArray[np.float32], spans: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    return np.concatenate([values[..., start:end] for start, end in spans.tolist()], axis=-1)


def test_the_data_is_large_enough_to_tell(opened: Index, engine: Wanted) -> None:
    assert len(opened.practices) == PRACTICES
    assert len(opened.facts) == PRACTICES * generated.OF_ONE == 3_051
    assert opened.is_question.sum() > 4 * LISTED
    assert opened.manifest.engine.as_json()["name"] == engine.name
    assert (opened.folder / "vectors.faiss").exists() == (engine is FAISS)


@pytest.mark.parametrize("query", QUERIES)
def test_cosines_are_those_of_the_texts(
    opened: Index, expected_vectors: Vectors, query: str
) -> None:
    expected = expected_vectors @ vector(query)
    for spans in parts(opened):
        found = opened.engine.cosines(vector(query), spans)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, taken(expected, spans), atol=NOISE)


@pytest.mark.parametrize("query", QUERIES)
def test_words_score_as_in_the_postings(opened: Index, embedded: Index, query: str) -> None:
    stems = [*analyse_query(query), "nowhere"]
    expected = embedded.engine.words(stems, everywhere(embedded))
    assert (expected.any(axis=1) == [embedded.engine.knows(stem) for stem in stems]).all()
    for spans in parts(opened):
        found = opened.engine.words(stems, spans)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, taken(expected, spans), atol=NOISE)
    assert opened.engine.words([], opened.spans[:1]).shape == (0, generated.OF_ONE)


def test_more_passages_than_an_answer_may_hold_are_asked_for_in_parts(
    opened: Index, embedded: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recueil_qa.index.milvus.engine.MOST", 200)
    monkeypatch.setattr("recueil_qa.index.milvus.engine.WITH_VECTORS", 150)
    stems = [*analyse_query(QUERIES[0])]
    for spans in parts(opened):
        np.testing.assert_allclose(
            opened.engine.cosines(vector(QUERIES[0]), spans),
            embedded.engine.cosines(vector(QUERIES[0]), spans),
            atol=NOISE,
        )
        found = opened.engine.words(stems, spans)
        np.testing.assert_allclose(found, embedded.engine.words(stems, spans), atol=NOISE)
        found = opened.engine.vectors(spans)
        np.testing.assert_array_equal(found, embedded.engine.vectors(spans))


def test_vectors_are_those_that_were_given(opened: Index, expected_vectors: Vectors) -> None:
    np.testing.assert_array_equal(opened.vectors_of(5), expected_vectors[opened.own(5)])
    np.testing.assert_array_equal(opened.vectors, expected_vectors)


def test_known_stems_are_those_of_the_texts(opened: Index) -> None:
    assert opened.engine.knows([*analyse_query("les appels")][-1])
    assert not opened.engine.knows("zzyzx")


def filters_of(opened: Index) -> tuple[Filters, Filters, Filters]:
    """Return none, one that many practices pass, one that few do."""
    themes = frozenset(practice.theme for practice in opened.practices[:12])
    return (
        Filters(),
        Filters(theme=themes),
        Filters(organisation=frozenset({opened.practices[3].organisation})),
    )


def reciprocals(
    scores: npt.NDArray[np.float32], kept: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the least and the most (2, passages) that a list may give each passage kept.

    Which of two that score alike comes first is not said.
    """
    found = np.zeros((2, len(scores)))
    for row, noise in zip(found, (-NOISE, NOISE), strict=True):
        for i in np.flatnonzero(kept):
            before = np.count_nonzero(scores[kept] > scores[i] + noise) - (noise < 0)
            row[i] = 1 / (RANK_WEIGHT + 1 + before) if before < LISTED else 0
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_candidates_are_drawn_by_reciprocal_ranks(
    opened: Index, embedded: Index, query: str
) -> None:
    stems = [*analyse_query(query)]
    cosines = embedded.engine.cosines(vector(query), everywhere(embedded))
    words = embedded.engine.words(stems, everywhere(embedded)).sum(axis=0)
    asked, count = opened.is_question, 8
    for filters in filters_of(opened):
        accepted = np.array([filters.accepts(practice) for practice in opened.practices])
        found = opened.engine.candidates(vector(query), stems, count, filters)
        if accepted.sum() <= count:
            np.testing.assert_array_equal(found, np.flatnonzero(accepted))
            continue
        kept = accepted[opened.owners]
        least, most = (
            np.maximum.reduceat(sums, opened.spans[:, 0])
            for sums in reciprocals(cosines, asked & kept)
            + reciprocals(cosines, ~asked & kept)
            + reciprocals(words, asked & kept & (words > 0))
        )
        assert len(found) == len({*found.tolist()}) == count
        for place, practice in enumerate(found.tolist()):
            others = np.setdiff1d(np.arange(PRACTICES), found[: place + 1])
            assert accepted[practice]
            assert most[practice] >= least[others].max()


def test_what_few_practices_pass_is_kept_whatever_is_asked(opened: Index) -> None:
    filters = filters_of(opened)[2]
    expected = [i for i, practice in enumerate(opened.practices) if filters.accepts(practice)]
    assert 0 < len(expected) <= 8
    found = opened.engine.candidates(vector("zzyzx"), ["zzyzx"], 8, filters)
    assert found.tolist() == expected
    nothing = Filters(theme=frozenset({"no such theme"}))
    assert opened.engine.candidates(vector("zzyzx"), [], 8, nothing).tolist() == []


def questions(opened: Index) -> list[str]:
    """Return fifty questions in both languages, in other words than the collection's."""
    rows = [row.text for row, asked in zip(opened.passages, opened.is_question, strict=True)
            if asked]  # fmt: skip
    cut = [" ".join(text.replace(generated.JOINT, "").split()[1:-2]) for text in rows[5::53]]
    return [*QUERIES, *cut[: 50 - len(QUERIES)]]


def shown(answer: Answer) -> tuple[list[str], list[str]]:
    """Return the practices and the lines of advice of an answer, best first."""
    return (
        [hit.practice.id for hit in answer.hits],
        [f"{line.practice}/{line.section}/{line.line}" for line in answer.advice],
    )


def assistants(*indexes: Index) -> Iterator[Assistant]:
    for opened in indexes:
        settings = Settings(home=ROOT, index=opened.folder.parent)
        yield Assistant(opened, settings, HashEncoder())


@pytest.mark.parametrize("whole", [1_000, 16_000], ids=["candidates", "all"])
def test_answers_are_those_of_the_embedded_engine(
    opened: Index,
    embedded: Index,
    engine: Wanted,
    monkeypatch: pytest.MonkeyPatch,
    whole: int,
) -> None:
    monkeypatch.setattr("recueil_qa.search.scope.SCORED_WHOLE", whole)
    monkeypatch.setattr("recueil_qa.search.scope.CANDIDATES", 8)
    this, that = assistants(opened, embedded)
    asked = questions(opened)
    assert len({*asked}) == 50
    if engine is FAISS or whole == 16_000:  # the same files; nothing drawn, as scores are above
        asked = asked[::8]
    for number, question in enumerate(asked):
        for filters in filters_of(opened)[: 2 if number % 5 == 0 else 1]:
            found = this.ask(question, filters=filters)
            expected = that.ask(question, filters=filters)
            assert shown(found) == shown(expected)
            assert found.confidence == pytest.approx(expected.confidence, abs=1e-4)
            assert found.abstained == expected.abstained


def alias_of(engine: Milvus) -> str:
    return aliased(Server(engine.address), engine.alias)


def collections(engine: Milvus) -> set[str]:
    names: list[str] = Server(engine.address).do("list_collections")
    return {name for name in names if name.startswith(PREFIX)}


def collection_of(root: Path, name: str) -> str:
    built = read_manifest(root / name).engine
    assert isinstance(built, BuiltMilvus)
    return built.collection


ODD = 'L\'accueil "à deux" \\ le soir'


def test_two_builds_and_going_back_switch_the_alias(
    engine: Wanted, tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(engine, Faiss):
        return  # its builds are all in their folders
    engine, root = engine.model_copy(update={"alias": "deux"}), tmp_path / "index"
    others = collections(engine)
    first = build_index(root, read_corpus(corpus_root), HashEncoder(), engine=engine).name
    assert alias_of(engine) == collection_of(root, first)
    reader = open_index(root)

    write_faq(corpus_root)  # without questions, facets or pages
    page = corpus_root / "petit" / "practices" / "p1.md"
    page.write_text(page.read_text("utf-8").replace("theme: Accueil", f"theme: {ODD}"), "utf-8")
    corpus = read_corpus(corpus_root)
    monkeypatch.setattr(store, "EXACT", 10)  # a large one is searched in a graph
    second = build_index(root, corpus, HashEncoder(), engine=engine).name
    assert alias_of(engine) == collection_of(root, second) != collection_of(root, first)
    # Whoever opened the first build answers from it, whatever the alias says.
    newer = open_index(root)
    assert newer.manifest.engine.as_json()["breadth"] == store.BREADTH
    assert "breadth" not in reader.manifest.engine.as_json()
    assert len(newer.vectors) > len(reader.vectors) == len(reader.facts)
    build_index(tmp_path / "that", corpus, HashEncoder())
    this, that = assistants(newer, open_index(tmp_path / "that"))
    for question in ("les appels répétés", "carte", "zzyzx"):
        assert shown(this.ask(question)) == shown(that.ask(question))
    filters = Filters(theme=frozenset({ODD, "Écrit"}))
    found = newer.engine.candidates(vector("guichet horaire"), [], 1, filters)
    assert [newer.practices[i].id for i in found] == ["petit-p1"]

    assert rollback(root).name == first
    assert alias_of(engine) == collection_of(root, first)
    assert activate(root, second).name == second
    assert alias_of(engine) == collection_of(root, second)
    kept, left = collection_of(root, second), collection_of(root, first)
    assert collections(engine) - others == {kept, left}
    assert prune(root, 1) == (first,)
    assert [build.name for build in list_builds(root)] == [second]
    assert collections(engine) - others == {kept}


@pytest.mark.server
def test_a_real_server_does_all_this(started: subprocess.Popen[str]) -> None:
    said, _ = started.communicate()
    assert started.returncode == 0, said[-8000:]
    assert re.search(r"\b20 passed", said), said
