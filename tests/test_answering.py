from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import pytest

from recueil_qa import Assistant, Filters
from recueil_qa.answering import ADVICE_BONUS, PER_HIT, PER_PRACTICE, best_advice, cite, rank_lines
from recueil_qa.building import build_index
from recueil_qa.corpus import read_corpus
from recueil_qa.index import Index, open_index
from recueil_qa.lexical import fold
from recueil_qa.retrieval import Scored, score_query
from recueil_qa.types import Citation
from tests.conftest import ROOT
from tests.fakes import HashEncoder

QUERIES = ("comment réduire les appels répétés ?", "lettres", "How to cut repeat calls?", "zzz")


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def flat(opened: Index) -> Scored:
    """Return a query that nothing tells apart."""
    zeros = np.zeros(len(opened.passages), np.float32)
    return Scored("", {}, zeros, zeros, np.zeros(len(opened.practices), np.float32))


def rebuilt(corpus_root: Path, root: Path, page: int, *advice: str) -> Index:
    """Build `petit` again, with more advice in one practice and in the source."""
    folder = corpus_root / "petit"
    listed = "".join(f"- {line}\n" for line in advice)
    for path in (folder / "practices" / f"p{page}.md", folder / "source.txt"):
        path.write_text(
            path.read_text("utf-8") + "\n" * path.name.endswith("txt") + listed, "utf-8"
        )
    build_index(root, read_corpus(corpus_root), HashEncoder())
    return open_index(root)


def unmarked(text: str) -> str:
    """Return a source's text with single spaces and no list marks."""
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\s*[-•*]\s*", "", text))


def plain_scores(opened: Index, scored: Scored) -> dict[str, float]:
    """Return the score of every line, in plain Python."""
    lines = [i for i, row in enumerate(opened.passages) if row.kind == "line"]
    nearness = [float(scored.similarities[i]) for i in lines]
    fused = [float(value) for value in scored.practices]

    def deviations(value: float, values: list[float]) -> float:
        return (value - fmean(values)) / pstdev(values) if pstdev(values) > 1e-6 else 0.0

    return {
        opened.passages[i].id: deviations(near, nearness)
        + deviations(fused[opened.owners[i]], fused)
        + ADVICE_BONUS * (opened.passages[i].section == "conseils")
        for i, near in zip(lines, nearness, strict=True)
    }


@pytest.mark.parametrize("query", QUERIES)
def test_a_score_adds_meaning_practice_and_role(opened: Index, query: str) -> None:
    scored = score_query(opened, HashEncoder(), query)
    expected = plain_scores(opened, scored)
    found = rank_lines(opened, scored, 100)
    assert {citation.passage for citation in found} == set(expected)
    for citation in found:
        assert citation.score == pytest.approx(expected[citation.passage], abs=1e-4)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_the_line_that_answers_comes_first(opened: Index) -> None:
    scored = score_query(opened, HashEncoder(), "compter les appels pour un motif")
    assert rank_lines(opened, scored, 1)[0] == Citation(
        passage="petit-p2/conseils/1",
        practice="petit-p2",
        title="La mesure des rappels",
        organisation="Caisse des Tilleuls",
        section="conseils",
        heading="Conseils",
        line=1,
        page=2,
        text="Compter les appels pour un même motif",
        score=rank_lines(opened, scored, 1)[0].score,
        advice=True,
    )


def test_between_equals_advice_comes_first_then_the_order_of_the_collection(opened: Index) -> None:
    found = rank_lines(opened, flat(opened), 100)
    assert [(citation.passage, citation.score) for citation in found] == [
        *(
            (f"petit-p{page}/conseils/{line}", ADVICE_BONUS)
            for page in (1, 2, 3)
            for line in (1, 2)
        ),
        *((f"petit-p{page}/contexte/1", 0.0) for page in (1, 2, 3)),
    ]


@pytest.mark.parametrize("query", QUERIES)
def test_every_quoted_line_is_word_for_word_in_the_source(
    small: Assistant, corpus_root: Path, query: str
) -> None:
    source = unmarked((corpus_root / "petit" / "source.txt").read_text("utf-8"))
    answer = small.ask(query)
    assert len(answer.advice) == 9
    for citation in answer.advice:
        practice = small.practice(citation.practice)
        section = practice.section(citation.section)
        assert section is not None
        assert section.lines[citation.line - 1].text == citation.text
        assert citation.text in source
        assert (citation.title, citation.page) == (practice.title, practice.page)
        assert citation.heading == section.heading


def test_no_practice_gives_more_than_its_share(corpus_root: Path, tmp_path: Path) -> None:
    more = [f"Compter les appels répétés du motif {i}" for i in range(8)]
    opened = rebuilt(corpus_root, tmp_path / "more", 2, *more)
    scored = score_query(opened, HashEncoder(), "compter les appels répétés par motif")
    found = rank_lines(opened, scored, 100)
    given = Counter(citation.practice for citation in found)
    assert PER_PRACTICE == 4
    assert given == {"petit-p2": 4, "petit-p1": 3, "petit-p3": 3}
    # The share goes to the best lines of the practice, not to the first ones.
    scores = plain_scores(opened, scored)
    own = sorted((score for name, score in scores.items() if "-p2/" in name), reverse=True)
    shares = [citation.score for citation in found if citation.practice == "petit-p2"]
    assert shares == pytest.approx(own[:4], abs=1e-4)


def test_twins_are_quoted_once_whatever_their_case_accents_and_marks(
    corpus_root: Path, tmp_path: Path
) -> None:
    twins = ["compter les APPELS, pour un meme motif !", "Compter les appels pour un motif"]
    opened = rebuilt(corpus_root, tmp_path / "twins", 1, *twins)
    found = rank_lines(opened, score_query(opened, HashEncoder(), "compter les appels"), 100)
    texts = [citation.text for citation in found if fold(citation.text).startswith("compter")]
    assert texts == ["Compter les appels pour un motif", "compter les APPELS, pour un meme motif !"]


@pytest.mark.parametrize("top", [0, 1, 5])
def test_no_more_lines_than_asked(opened: Index, top: int) -> None:
    scored = score_query(opened, HashEncoder(), "lettres")
    assert rank_lines(opened, scored, top) == rank_lines(opened, scored, 100)[:top]


def test_filtered_practices_are_not_quoted(opened: Index) -> None:
    scored = score_query(opened, HashEncoder(), "compter les appels")
    kept = rank_lines(opened, scored, 100, Filters(theme=frozenset({"Écrit"})))
    assert {citation.practice for citation in kept} == {"petit-p3"}
    whole = [c for c in rank_lines(opened, scored, 100) if c.practice == "petit-p3"]
    assert list(kept) == whole
    assert rank_lines(opened, scored, 100, Filters(part=frozenset({"aucune"}))) == ()


def test_a_hit_brings_its_own_nearest_advice(corpus_root: Path, tmp_path: Path) -> None:
    more = ["Compter les appels", "Compter les rappels du motif"]
    opened = rebuilt(corpus_root, tmp_path / "own", 2, *more)
    scored = score_query(opened, HashEncoder(), "compter les appels")
    cosines = {
        passage.id: float(scored.similarities[i])
        for i, passage in enumerate(opened.passages)
        if passage.id.startswith("petit-p2/conseils/")
    }
    assert len(cosines) == 4
    expected = sorted(cosines, key=lambda name: -cosines[name])[:PER_HIT]
    found = best_advice(opened, scored, opened.practices[1])
    assert [(citation.passage, citation.score) for citation in found] == [
        (name, cosines[name]) for name in expected
    ]
    assert found[0].text == "Compter les appels"


def test_a_line_that_only_announces_others_is_not_quoted(corpus_root: Path, tmp_path: Path) -> None:
    opened = rebuilt(corpus_root, tmp_path / "colon", 2, "Compter les appels répétés :")
    scored = score_query(opened, HashEncoder(), "compter les appels répétés")
    assert "petit-p2/conseils/3" in [passage.id for passage in opened.passages]
    quoted = [*rank_lines(opened, scored, 100), *best_advice(opened, scored, opened.practices[1])]
    assert [line.text for line in quoted if line.text.endswith(":")] == []
    assert len(quoted) == 9 + 2


def test_advice_that_nothing_tells_apart_stands_in_the_order_of_its_lines(opened: Index) -> None:
    found = best_advice(opened, flat(opened), opened.practices[2])
    assert [citation.passage for citation in found] == [
        "petit-p3/conseils/1",
        "petit-p3/conseils/2",
    ]


def test_a_citation_has_the_heading_of_the_source(opened: Index) -> None:
    position = next(i for i, p in enumerate(opened.passages) if p.id == "petit-p3/contexte/1")
    citation = cite(opened, position, 0.25)
    assert (citation.heading, citation.line, citation.score) == ("Contexte", 1, 0.25)
    assert (citation.practice, citation.advice) == ("petit-p3", False)
    assert citation.text == "Les lettres n'étaient pas comprises des usagers"


@pytest.mark.model
def test_every_advice_of_every_query_is_word_for_word_in_the_booklet(real: Assistant) -> None:
    source = unmarked((ROOT / "corpus" / "recueil-2014" / "source.txt").read_text("utf-8"))
    texts = [
        json.loads(line)["text"]
        for line in (ROOT / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(texts) == 110
    for text in texts:
        advice = real.ask(text).advice
        assert len(advice) == 10
        assert [line.text for line in advice if line.text not in source] == []
        assert max(Counter(line.practice for line in advice).values()) <= PER_PRACTICE
        assert len({line.text for line in advice}) == 10
        for line in advice:
            section = real.practice(line.practice).section(line.section)
            assert section is not None
            assert section.lines[line.line - 1].text == line.text
