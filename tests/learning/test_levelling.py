from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.levels import Levels
from recueil_qa.index.opening import open_index
from recueil_qa.learning import levelling
from recueil_qa.learning.levelling import (
    MEANINGLESS,
    collection_levels,
    own_questions,
    refused_questions,
)
from recueil_qa.search.confidence import confidence
from recueil_qa.search.nearness import nearness
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.types import Band
from tests.support.collections import write_guide
from tests.support.encoders import HashEncoder


def test_what_no_collection_answers_is_asked_in_both_languages_once() -> None:
    rows = refused_questions()
    assert len({row.text for row in rows}) == len(rows) >= 300
    counts = [sum(row.language == language for row in rows) for language in ("fr", "en")]
    assert counts[0] == counts[1] == len(rows) / 2
    for i, row in enumerate(rows):
        assert rows[rows[row.twin].twin] == row
        assert row.twin != i
        assert rows[row.twin].language != row.language


def levels_of(root: Path, learnt: frozenset[str] = frozenset()) -> Levels:
    corpus, encoder = read_corpus(root), HashEncoder()
    rows = corpus_passages(corpus)
    return collection_levels(corpus, rows, encoder.encode_document, encoder.encode_query, learnt)


def test_a_collection_has_a_level_unless_it_has_heads(corpus_root: Path) -> None:
    found = levels_of(corpus_root)
    assert found.collections.keys() == {"petit"}
    assert found.vectors.shape[0] == len(refused_questions()) + len(MEANINGLESS)
    assert found.beside == {}  # it is alone
    learnt = levels_of(corpus_root, frozenset({"petit"}))
    assert learnt.collections == {}
    assert not len(learnt.vectors)


def test_several_collections_have_a_common_scale_heads_or_not(corpus_root: Path) -> None:
    write_guide(corpus_root)
    found = levels_of(corpus_root, frozenset({"petit"}))
    assert found.collections.keys() == {"guide"}
    assert found.beside.keys() == {"petit", "guide"}


def test_a_level_does_not_depend_on_what_else_is_there(corpus_root: Path, tmp_path: Path) -> None:
    alone = levels_of(corpus_root).collections["petit"]
    write_guide(corpus_root)
    assert levels_of(corpus_root).collections["petit"] == alone


def test_most_of_what_nothing_answers_is_refused(index_root: Path) -> None:
    opened = open_index(index_root)
    bands = [
        confidence(score_query(Scope(opened), HashEncoder(), row.text)).band
        for row in refused_questions()[::3]
    ]
    # Here each stands among those that it is compared with, which lowers it.
    assert bands.count(Band.NOTHING) >= 0.9 * len(bands)


def test_letters_typed_at_random_are_refused_where_there_are_few_texts(index_root: Path) -> None:
    opened = open_index(index_root)
    bands = [
        confidence(score_query(Scope(opened), HashEncoder(), text)).band for text in MEANINGLESS
    ]
    assert bands.count(Band.NOTHING) >= levelling.REFUSED * (len(bands) - 1)


def test_queries_are_compared_with_such_letters_where_there_are_few_texts_alone(
    corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = levels_of(corpus_root).collections["petit"]
    monkeypatch.setattr(levelling, "LEAST", 1)
    many = levels_of(corpus_root).collections["petit"]
    assert many.compared == len(refused_questions())
    assert few.compared == many.compared + len(MEANINGLESS)
    assert (few.mean, few.deviation) == (many.mean, many.deviation)


def test_what_a_collection_says_itself_is_asked_without_the_line_that_it_is(
    corpus_root: Path,
) -> None:
    corpus = read_corpus(corpus_root)
    (petit,) = corpus.collections
    rows = corpus_passages(corpus)
    said = own_questions(petit, rows)
    texts = {row.id: row.text for row in rows}
    assert [each.text for each in said[:3]] == [p.title for p in petit.practices]
    for each in said:
        assert each.left_out
        assert all(each.text in texts[name] for name in each.left_out)


def test_levels_are_those_of_queries(index_root: Path, corpus_root: Path) -> None:
    scope = Scope(open_index(index_root))
    corpus, encoder = read_corpus(corpus_root), HashEncoder()
    text = "Nos lettres sont incompréhensibles"
    scored = score_query(scope, encoder, text)
    served = float(nearness(*scope.pools, scored.similarities).max())
    rows = corpus_passages(corpus)
    built = levelling._nearest(
        rows, encoder.encode_document, encoder.encode_query([text]), [frozenset()]
    )
    assert served == pytest.approx(float(built[0]), abs=1e-5)


def test_passages_are_compared_in_runs_of_whole_practices(
    corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = levels_of(corpus_root)
    monkeypatch.setattr(levelling, "ROWS", 1)
    parts = levels_of(corpus_root)
    np.testing.assert_allclose(
        [parts.collections["petit"].nothing, parts.collections["petit"].sure],
        [whole.collections["petit"].nothing, whole.collections["petit"].sure],
        atol=1e-4,
    )


def test_a_build_is_the_same_twice(corpus_root: Path, tmp_path: Path) -> None:
    corpus = read_corpus(corpus_root)
    folders = [build_index(tmp_path / name, corpus, HashEncoder()) for name in ("one", "two")]
    for name in ("levels.json", "nothing.npy"):
        one, two = ((folder / name).read_bytes() for folder in folders)
        assert one == two
