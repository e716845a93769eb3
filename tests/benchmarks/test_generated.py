from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scale import generated
from benchmarks.scale.generated import (
    JOINT,
    OF_ONE,
    SUBJECTS,
    Composed,
    halves,
    names,
    pieces,
)
from recueil_qa.analysis.passages import corpus_passages
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.encoding.encoder import Progress, Vectors
from recueil_qa.types import Passage, PassageKind
from tests.support.booklet import shipped
from tests.support.collections import write_corpus
from tests.support.encoders import HashEncoder

SIZE = 500


@pytest.fixture(scope="module")
def booklet() -> Collection:
    return shipped().collections[0]


@pytest.fixture(scope="module")
def known(booklet: Collection) -> dict[str, int]:
    """The pieces of the booklet, each with its place."""
    texts = dict.fromkeys(piece for each in pieces(booklet) for piece in each.all())
    return {text: i for i, text in enumerate(texts)}


@pytest.fixture(scope="module")
def rows(booklet: Collection) -> tuple[Passage, ...]:
    return of_size(SIZE, booklet)


def of_size(passages: int, booklet: Collection) -> tuple[Passage, ...]:
    return corpus_passages(Corpus((generated.collection(passages, booklet),), ""))


def test_the_same_passages_come_twice(rows: tuple[Passage, ...]) -> None:
    again = generated.corpus(SIZE)
    assert corpus_passages(again) == rows
    assert [collection.config.id for collection in again.collections] == ["grand"]
    assert again.hash == "generated-500"


@pytest.mark.parametrize("asked", [1, OF_ONE, OF_ONE + 1, 1000, 48 * OF_ONE])
def test_there_are_as_many_as_were_asked_for_and_less_than_a_practice_more(
    booklet: Collection, asked: int
) -> None:
    found = of_size(asked, booklet)
    assert asked <= len(found) < asked + OF_ONE
    assert len({row.id for row in found}) == len(found)


def test_a_larger_collection_starts_with_the_smaller_one(
    booklet: Collection, rows: tuple[Passage, ...]
) -> None:
    assert of_size(3 * SIZE, booklet)[: len(rows)] == rows


def test_practices_have_the_sections_questions_and_facets_of_the_booklet(
    booklet: Collection,
) -> None:
    made = generated.collection(SIZE, booklet)
    assert len(made.practices) == 5
    for practice, model in zip(made.practices, booklet.practices, strict=False):
        assert [section.name for section in practice.sections] == [
            section.name for section in model.sections
        ]
        assert {len(section.lines) for section in practice.sections} == {4}
        assert (practice.theme, practice.organisation) == (model.theme, model.organisation)
        asked = Counter(row.language for row in made.questions_by_practice[practice.id])
        assert asked == {"fr": 46, "en": 46}
    assert made.config.id == "grand"
    assert {practice.collection for practice in made.practices} == {"grand"}
    assert made.unanswered == ()


def test_every_embedded_text_is_made_of_known_pieces(
    rows: tuple[Passage, ...], known: dict[str, int]
) -> None:
    kinds = {
        PassageKind.TITLE: 2,
        PassageKind.SECTION: 2 + 4 * 2,
        PassageKind.LINE: 2 + 2,
        PassageKind.QUESTION: 2,
    }
    for row in rows:
        found = names(row.embedded, known)
        assert {*found} <= known.keys()
        assert len(found) == row.embedded.count(JOINT) == kinds[row.kind]
        # In their order, with nothing of them left out.
        places = [row.embedded.find(f"{piece}{JOINT}") for piece in found]
        assert min(places) >= 0
        rest = row.embedded
        for piece in found:
            before, _, rest = rest.partition(f"{piece}{JOINT}")
            assert JOINT not in before
        assert rest == ""


def test_questions_of_a_practice_are_of_its_own_few_subjects_in_one_language(
    booklet: Collection, known: dict[str, int]
) -> None:
    made, given = generated.collection(SIZE, booklet), pieces(booklet)
    for number, practice in enumerate(made.practices):
        for language in ("fr", "en"):
            asked = [
                row for row in made.questions_by_practice[practice.id] if row.language == language
            ]
            firsts = {names(row.text, known)[0] for row in asked}
            every = {one for each in given for one, _ in each.questions[language]}
            own = {one for one, _ in given[number].questions[language]}
            assert firsts <= every
            assert firsts & own
            assert 1 < len(firsts) <= 3 * SUBJECTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("un deux trois quatre", ("un deux", "trois quatre")),
        ("un deux trois", ("un", "deux trois")),
        ("un  deux\ntrois\u00a0quatre", ("un deux", "trois quatre")),
        ("un", ("un", "un")),
        (f"un{JOINT} deux{JOINT}", ("un", "deux")),
    ],
)
def test_a_text_is_cut_between_words(text: str, expected: tuple[str, str]) -> None:
    assert halves(text) == expected


def test_names_are_told_from_what_the_product_adds() -> None:
    known = {"Le guichet": 0, "unique": 1, "former : tous": 2, "les agents": 3}
    text = f"Le guichet{JOINT} unique{JOINT}. Conseils : former : tous{JOINT} les agents{JOINT}"
    assert names(text, known) == ["Le guichet", "unique", "former : tous", "les agents"]
    assert names("Rien de connu", known) == []


def test_no_text_of_the_booklet_has_the_joint(booklet: Collection) -> None:
    told = corpus_passages(Corpus((booklet,), ""))
    assert not any(JOINT in row.embedded for row in told)


def test_practices_without_questions_in_both_languages_give_no_pieces(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "corpus")
    path = folder / "questions" / "p2.yaml"
    path.write_text(path.read_text("utf-8").partition("en:")[0], "utf-8")
    petit = read_corpus(tmp_path / "corpus").collections[0]
    assert [each.titles for each in pieces(petit)] == [
        ("Le guichet unique",),
        ("Le courrier clair",),
    ]
    assert pieces(petit)[0].questions["en"] == (("People go from", "desk to desk"),)
    assert pieces(replace(petit, questions=())) == ()


@pytest.fixture(scope="module")
def used(rows: tuple[Passage, ...], known: dict[str, int]) -> list[str]:
    """The pieces of the passages, more than once."""
    return [piece for row in rows for piece in names(row.embedded, known)]


@pytest.fixture(scope="module")
def composed(used: list[str], tmp_path_factory: pytest.TempPathFactory) -> Composed:
    return Composed(HashEncoder(dimension=32), used, tmp_path_factory.mktemp("composed"))


def test_composed_vectors_are_unit_and_those_of_their_pieces(
    composed: Composed, rows: tuple[Passage, ...], known: dict[str, int]
) -> None:
    calls: list[tuple[int, int]] = []
    some = [row.embedded for row in rows[::7]]
    vectors = composed.encode_document(some, lambda *at: calls.append(at))
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(some), 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert calls == [(len(some), len(some))]
    encoder = HashEncoder(dimension=32)
    for text, vector in zip(some[:10], vectors, strict=False):
        mean = encoder.encode_document(names(text, known)).mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_array_equal(composed.encode_document(some[:3]), vectors[:3])
    assert composed.id == "composed-hash@test"


class Counting(HashEncoder):
    """Remembers what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__(dimension=32)
        self.asked: list[str] = []

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.asked += texts
        return super().encode_document(texts, progress)


def test_each_piece_is_encoded_once_and_not_the_next_time(tmp_path: Path, used: list[str]) -> None:
    encoder, again = Counting(), Counting()
    few, more = used[:60], used[:90]
    first = Composed(encoder, few, tmp_path)
    assert encoder.asked == list(dict.fromkeys(few))
    text = f"{few[0]}{JOINT} {few[1]}{JOINT}"
    next_time = Composed(again, more, tmp_path)
    assert again.asked == [piece for piece in dict.fromkeys(more) if piece not in few]
    np.testing.assert_array_equal(next_time.encode_document([text]), first.encode_document([text]))


def test_queries_are_encoded_as_the_real_encoder_does(composed: Composed) -> None:
    encoder = HashEncoder(dimension=32)
    texts = ["les appels répétés", f"le guichet{JOINT} unique{JOINT}"]
    expected = encoder.encode_query(["les appels répétés", "le guichet unique"])
    np.testing.assert_array_equal(composed.encode_query(texts), expected)


def test_a_passage_is_nearer_to_its_own_pieces_than_to_those_of_others(
    composed: Composed, rows: tuple[Passage, ...], known: dict[str, int]
) -> None:
    encoder = HashEncoder(dimension=32)
    questions = [row for row in rows if row.kind is PassageKind.QUESTION][::9]
    vectors = composed.encode_document([row.embedded for row in questions])
    own: list[float] = []
    others: list[float] = []
    for (row, vector), (other, _) in pairwise(zip(questions, vectors, strict=True)):
        mine = names(row.embedded, known)
        theirs = [piece for piece in names(other.embedded, known) if piece not in mine]
        own += (encoder.encode_document(mine) @ vector).tolist()
        others += (encoder.encode_document(theirs) @ vector).tolist() if theirs else []
    assert np.mean(own) > 0.6
    assert np.mean(own) > np.mean(others) + 0.3
