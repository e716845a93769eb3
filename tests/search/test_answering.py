from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import pytest

from recueil_qa import Answer, Assistant, Filters
from recueil_qa.analysis.asking import asks_for_figure, asks_one_thing, has_figure
from recueil_qa.analysis.words import fold
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.index.opened import Index
from recueil_qa.index.opening import open_index
from recueil_qa.index.passages import of_kind
from recueil_qa.search.answering import (
    ADVICE,
    CONTEXT,
    FIGURE,
    LENGTH,
    LONG,
    ONE_THING,
    PER_PRACTICE,
    PRACTICE_WEIGHT,
    QUESTIONS_WEIGHT,
    RESULT,
    SHORT,
    SHORT_WORDS,
    WORDS_WEIGHT,
    cite,
    rank_lines,
    score_lines,
)
from recueil_qa.search.retrieval import score_query
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored
from recueil_qa.types import NEAREST, Band, Card, Citation, Line, PassageKind, Practice, PracticeHit
from tests.support import ROOT
from tests.support.collections import come_from
from tests.support.encoders import HashEncoder

QUERIES = ("comment réduire les appels répétés ?", "lettres", "How to cut repeat calls?", "zzz")
# One thing is asked for, and a figure.
NARROW = ("Faut-il relire les lettres ?", "Combien d'appels pour un même motif ?")
# Words of the lines of `petit`, of which a longer one says more.
WORDS = {
    "p1/contexte/1": 7,
    "p1/conseils/1": 7,
    "p1/conseils/2": 4,
    "p2/contexte/1": 6,
    "p2/conseils/1": 7,
    "p2/conseils/2": 4,
    "p3/contexte/1": 7,
    "p3/conseils/1": 6,
    "p3/conseils/2": 5,
}


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def flat(opened: Index, filters: Filters | None = None) -> Scored:
    """Return a query that nothing tells apart."""
    zeros = np.zeros(len(opened.passages), np.float32)
    practices = np.zeros(len(opened.practices), np.float32)
    return Scored(
        Scope(opened, filters or Filters()), "", "", {}, zeros, zeros[None][:0], zeros, practices,
        np.zeros(0, np.float32),
    )  # fmt: skip


def near(opened: Index, **cosines: float) -> Scored:
    """Return a query with these cosines (`p2_conseils_1`), zeros elsewhere."""
    given = {"petit-" + name.replace("_", "/"): cosine for name, cosine in cosines.items()}
    assert given.keys() <= {passage.id for passage in opened.passages}
    similarities = [given.get(passage.id, 0.0) for passage in opened.passages]
    return replace(flat(opened), similarities=np.array(similarities, np.float32))


def length(place: str) -> float:
    """Return what a line of `petit` (`p2/conseils/1`) is worth by its length."""
    return LENGTH * math.log(WORDS[place])


def lines_for(opened: Index, query: str, top: int = 100) -> tuple[Citation, ...]:
    """Return the lines that answer a query, best first."""
    scored = score_query(Scope(opened), HashEncoder(), query)
    return rank_lines(scored, score_lines(scored), top)


def asked(corpus_root: Path, root: Path, *rows: tuple[int, str, str]) -> Index:
    """Build `petit` again, with questions (page, `fr conseils/1`, wording) about lines."""
    for page, key, wording in rows:
        path = corpus_root / "petit" / "questions" / f"p{page}.yaml"
        path.write_text(path.read_text("utf-8") + f"{key}:\n- {wording}\n", "utf-8")
    build_index(root, read_corpus(corpus_root), HashEncoder())
    return open_index(root)


def give_role(corpus_root: Path, role: str) -> None:
    """Give the section `contexte` of `petit` a role."""
    path = corpus_root / "petit" / "collection.toml"
    heading = 'headings = ["Contexte"]\n'
    assert heading in path.read_text("utf-8")
    path.write_text(
        path.read_text("utf-8").replace(heading, f'{heading}role = "{role}"\n'), "utf-8"
    )


def add_advice(corpus_root: Path, page: int, *advice: str) -> None:
    """Give a practice of `petit` more advice, and the source with it."""
    folder = corpus_root / "petit"
    listed = "".join(line if line[0] == " " else f"- {line}\n" for line in advice)
    for path in (folder / "practices" / f"p{page}.md", folder / "source.txt"):
        path.write_text(
            path.read_text("utf-8") + "\n" * path.name.endswith("txt") + listed, "utf-8"
        )


def rebuilt(corpus_root: Path, root: Path, page: int, *advice: str) -> Index:
    """Build `petit` again, with more advice in one practice."""
    add_advice(corpus_root, page, *advice)
    return asked(corpus_root, root)


def unmarked(text: str) -> str:
    """Return a source's text with single spaces, without list and emphasis marks."""
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\s*[-•*]\s+|\*\*", "", text))


def plain_scores(opened: Index, scored: Scored) -> dict[str, float]:
    """Return the score of every line that says something alone, in plain Python."""
    cosines = {row.id: float(scored.similarities[i]) for i, row in enumerate(opened.passages)}
    matched = {row.id: float(scored.lexical[i]) for i, row in enumerate(opened.passages)}
    lines = {
        row.id: row for row in opened.passages if row.kind == "line" and not row.text.endswith(":")
    }
    fused = {p.id: float(scored.practices[i]) for i, p in enumerate(opened.practices)}
    nearest = {name: cosines[name] for name in lines}
    for row in opened.passages:
        if row.answer in nearest:
            nearest[row.answer] = max(nearest[row.answer], cosines[row.id])
    worth = {"advice": 0.8, "detail": 0.0, "result": -1.4, "context": -2.2}
    roles = {section.name: section.role for section in opened.collections["petit"].sections}
    best_words = max(matched[name] for name in lines)

    def deviations(values: dict[str, float]) -> dict[str, float]:
        mean, deviation = fmean(values.values()), pstdev(values.values())
        return {k: (v - mean) / deviation if deviation > 1e-6 else 0.0 for k, v in values.items()}

    own, practices = deviations({name: cosines[name] for name in lines}), deviations(fused)
    questions = deviations(nearest)
    said = {name: len(row.text.split()) for name, row in lines.items()}
    return {
        name: own[name]
        + 0.8 * questions[name]
        + 1.5 * practices[row.practice]
        + (0.8 * matched[name] / best_words if best_words else 0.0)
        + worth[roles[row.section]] * (0.5 if asks_one_thing(scored.understood) else 1.0)
        - 0.7 * (said[name] <= 3)
        + 0.45 * math.log(min(said[name], 40))
        + 2.8 * (asks_for_figure(scored.understood) and has_figure(row.text))
        for name, row in lines.items()
    }


LINE_QUESTIONS = (
    (1, "fr conseils/1", "Qui sait répondre à tout au comptoir ?"),
    (2, "fr conseils/1", "Comment savoir pourquoi les gens rappellent ?"),
    (2, "en conseils/1", "Why do people call back?"),
    (2, "fr contexte/1", "Personne ne décroche plus"),
    (3, "en conseils/2", "How to write without legalese?"),
)


@pytest.mark.parametrize(
    "query", [*QUERIES, *NARROW, "Why do people call back?", "personne ne décroche"]
)
@pytest.mark.parametrize(
    ("rows", "role"),
    [
        ((), "detail"),
        (LINE_QUESTIONS, "detail"),
        (LINE_QUESTIONS, "context"),
        (LINE_QUESTIONS, "result"),
    ],
)
def test_a_score_adds_meaning_questions_practice_words_role_length_and_figure(
    corpus_root: Path,
    tmp_path: Path,
    query: str,
    rows: tuple[tuple[int, str, str], ...],
    role: str,
) -> None:
    assert (QUESTIONS_WEIGHT, PRACTICE_WEIGHT, WORDS_WEIGHT) == (0.8, 1.5, 0.8)
    assert (ADVICE, RESULT, CONTEXT, ONE_THING) == (0.8, -1.4, -2.2, 0.5)
    assert (LENGTH, LONG, SHORT, SHORT_WORDS, FIGURE) == (0.45, 40, -0.7, 3, 2.8)
    give_role(corpus_root, role)
    more = ("Être patient", "Viser 15 % d'appels en moins", " ".join(["Rappeler"] * 50))
    add_advice(corpus_root, 2, *more)
    opened = asked(corpus_root, tmp_path / "asked", *rows)
    scored = score_query(Scope(opened), HashEncoder(), query)
    expected = plain_scores(opened, scored)
    assert len(expected) == 9 + len(more)
    scores = score_lines(scored)
    assert scores.shape == (len(opened.passages),)
    for passage, score in zip(opened.passages, scores, strict=True):
        assert score == pytest.approx(expected.get(passage.id, -np.inf), abs=1e-4)
    found = rank_lines(flat(opened), scores, 100)
    # All but what is over the share of a practice.
    assert len(found) == 3 + 3 + PER_PRACTICE
    for citation in found:
        assert citation.score == pytest.approx(expected[citation.passage], abs=1e-4)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_a_figure_that_is_asked_for_brings_the_line_that_has_one(
    corpus_root: Path, tmp_path: Path
) -> None:
    add_advice(corpus_root, 2, "Viser 15 % d'appels répétés en moins")
    opened = asked(corpus_root, tmp_path / "figure")
    place = {passage.id: i for i, passage in enumerate(opened.passages)}
    level = near(opened, p2_conseils_1=0.5, p2_conseils_3=0.5)
    plain = replace(level, understood="Quels appels sont répétés ?")
    counted = replace(level, understood="Combien d'appels sont répétés ?")
    lines = score_lines(counted), score_lines(plain)
    for name, gain in (("conseils/3", FIGURE), ("conseils/1", 0.0), ("contexte/1", 0.0)):
        with_figure, without = (scores[place[f"petit-p2/{name}"]] for scores in lines)
        assert with_figure - without == pytest.approx(gain, abs=1e-5)
    assert rank_lines(counted, score_lines(counted), 1)[0].passage == "petit-p2/conseils/3"


@pytest.mark.parametrize(("told", "share"), [("Un standard saturé", 1.0), ("Faut-il ?", 0.5)])
def test_a_role_counts_half_where_one_thing_is_asked(
    corpus_root: Path, tmp_path: Path, told: str, share: float
) -> None:
    give_role(corpus_root, "context")
    opened = asked(corpus_root, tmp_path / "roles")
    place = {passage.id: i for i, passage in enumerate(opened.passages)}
    scores = score_lines(replace(flat(opened), understood=told))
    # Lines of as many words, that nothing but their sections tells apart.
    gap = scores[place["petit-p1/conseils/1"]] - scores[place["petit-p1/contexte/1"]]
    assert gap == pytest.approx(share * (ADVICE - CONTEXT), abs=1e-5)


def test_words_count_by_the_share_of_the_best_line(opened: Index) -> None:
    place = {passage.id: i for i, passage in enumerate(opened.passages)}
    lexical = np.zeros(len(opened.passages), np.float32)
    lexical[place["petit-p1/conseils/1"]] = 6.0
    lexical[place["petit-p2/conseils/1"]] = 1.5
    # What is no line sets no standard.
    lexical[place["petit-p1/title"]] = 60.0
    plain = score_lines(flat(opened))
    found = score_lines(replace(flat(opened), lexical=lexical))
    lines = np.flatnonzero(opened.is_quotable)
    expected = {"petit-p1/conseils/1": WORDS_WEIGHT, "petit-p2/conseils/1": WORDS_WEIGHT / 4}
    for i in lines.tolist():
        gain = expected.get(opened.passages[i].id, 0.0)
        assert found[i] - plain[i] == pytest.approx(gain, abs=1e-5)


def test_a_line_whose_question_is_asked_beats_one_that_is_as_near(
    corpus_root: Path, tmp_path: Path
) -> None:
    rows = (
        (2, "fr conseils/1", "Pourquoi rappellent-ils ?"),
        (2, "fr conseils/2", "Combien de chiffres suivre ?"),
        (2, "en conseils/2", "Too many figures?"),
    )
    opened = asked(corpus_root, tmp_path / "asked", *rows)
    # Without their questions, the longer one comes first.
    level = {"p2_conseils_1": 0.4, "p2_conseils_2": 0.4}
    plain = score_lines(near(opened, **level))
    assert rank_lines(flat(opened), plain, 1)[0].passage == "petit-p2/conseils/1"
    # The best of a line's questions counts, in whichever language.
    for question in ("p2_questions_fr_conseils_2_1", "p2_questions_en_conseils_2_1"):
        scored = near(opened, **level, **{question: 1.0})
        scores = score_lines(scored)
        found = rank_lines(flat(opened), scores, 2)
        assert [line.line for line in found] == [2, 1]
        # Their own nearness is the same: what tells them apart is the nearest of each, and their
        # lengths.
        nearest = [1.0, 0.4, *[0.0] * 7]
        gap = QUESTIONS_WEIGHT * (1.0 - 0.4) / pstdev(nearest)
        gap += length("p2/conseils/2") - length("p2/conseils/1")
        assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_a_question_asked_word_for_word_brings_its_line_before_the_others(
    corpus_root: Path, tmp_path: Path
) -> None:
    rows = (
        *LINE_QUESTIONS,
        (1, "fr contexte/1", "Pourquoi cette errance administrative ?"),
        (1, "fr conseils/2", "Faut-il ouvrir le samedi ?"),
        (2, "fr conseils/2", "Trop de chiffres au tableau"),
        (3, "fr contexte/1", "Mes écrits restent obscurs"),
        (3, "fr conseils/1", "Qui teste nos modèles ?"),
    )
    opened = asked(corpus_root, tmp_path / "asked", *rows)
    for page, key, wording in rows:
        found, place = lines_for(opened, wording), f"petit-p{page}/{key.split()[1]}"
        own = [line.passage for line in found if line.page == page and line.advice]
        told = [line.passage for line in found if not line.advice]
        # What no advice is comes first of its kind, wherever it stands.
        assert place == (own if "conseils" in key else told)[0]


def test_a_line_that_is_nearer_than_its_questions_loses_nothing_by_them(
    corpus_root: Path, tmp_path: Path
) -> None:
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    without = score_lines(near(opened, p2_conseils_1=0.8, p3_conseils_1=0.6))
    for cosine in (-0.9, 0.1, 0.8):
        scored = near(
            opened,
            p2_conseils_1=0.8,
            p3_conseils_1=0.6,
            p2_questions_fr_conseils_1_1=cosine,
            p2_questions_en_conseils_1_1=cosine / 2,
        )
        np.testing.assert_array_equal(score_lines(scored), without)


def test_a_line_nearer_than_every_question_can_be_a_line_without_any(
    corpus_root: Path, tmp_path: Path
) -> None:
    # Its question brings a line up to the query, not above another that says it.
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    scored = near(opened, p3_conseils_1=0.9, p2_questions_fr_conseils_1_1=0.9)
    found = rank_lines(scored, score_lines(scored), 2)
    assert [line.passage for line in found] == ["petit-p3/conseils/1", "petit-p2/conseils/1"]
    gap = 0.9 / pstdev([0.9, *[0.0] * 8]) + length("p3/conseils/1") - length("p2/conseils/1")
    assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_questions_of_a_practice_speak_for_none_of_its_lines(opened: Index) -> None:
    scored = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5, p2_questions_fr_1=1.0)
    without = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5)
    np.testing.assert_array_equal(score_lines(scored), score_lines(without))


def test_a_line_without_questions_speaks_for_itself(corpus_root: Path, tmp_path: Path) -> None:
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    place = {passage.id: i for i, passage in enumerate(opened.passages)}
    scored = near(
        opened,
        p1_conseils_2=0.9,
        p2_conseils_2=0.1,
        p3_conseils_1=0.5,
        p2_questions_en_conseils_1_1=0.3,
    )
    scores = score_lines(scored)
    assert not np.isnan(scores).any()
    # Its own nearness counts for its questions too.
    kept = [scores[place[f"petit-p{name}"]] for name in ("1/conseils/2", "3/conseils/1")]
    cosines = [
        float(scored.similarities[i])
        for i in np.flatnonzero(of_kind(opened.facts, PassageKind.LINE))
    ]
    # One question is nearer than its line, which is at nought.
    nearest = [0.9, 0.1, 0.5, 0.3, *[0.0] * 5]
    gap = 0.4 / pstdev(cosines) + QUESTIONS_WEIGHT * 0.4 / pstdev(nearest)
    gap += length("p1/conseils/2") - length("p3/conseils/1")
    assert kept[0] - kept[1] == pytest.approx(gap, abs=1e-4)
    bare = asked(corpus_root, tmp_path / "other")
    assert rank_lines(flat(bare), scores, 1)[0].passage == "petit-p1/conseils/2"


def test_the_line_of_the_practice_that_fits_comes_first(opened: Index) -> None:
    alike = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5, p3_conseils_1=0.5)
    scored = replace(alike, practices=np.array([0.0, 1.0, 2.0], np.float32))
    found = rank_lines(scored, score_lines(scored), 3)
    assert [line.passage for line in found] == [f"petit-p{i}/conseils/1" for i in (3, 2, 1)]
    gap = 1.5 / pstdev([0.0, 1.0, 2.0]) + length("p3/conseils/1") - length("p2/conseils/1")
    assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_only_lines_have_a_score(opened: Index) -> None:
    scores = score_lines(score_query(Scope(opened), HashEncoder(), "lettres"))
    assert scores.dtype == np.float32
    for passage, score in zip(opened.passages, scores, strict=True):
        assert np.isfinite(score) == (passage.kind == "line")
        assert np.isfinite(score) or score < 0


def test_without_any_line_there_is_nothing_to_quote(opened: Index) -> None:
    facts = opened.facts.copy()
    facts["quotable"] = False
    announcing = replace(opened, facts=facts)
    scores = score_lines(score_query(Scope(announcing), HashEncoder(), "lettres"))
    assert np.isneginf(scores).all()
    assert rank_lines(flat(announcing), scores, 10) == ()


def test_the_line_that_answers_comes_first(opened: Index) -> None:
    found = lines_for(opened, "compter les appels pour un motif", 1)
    assert found == (
        Citation(
            passage="petit-p2/conseils/1",
            practice="petit-p2",
            title="La mesure des rappels",
            organisation="Caisse des Tilleuls",
            section="conseils",
            heading="Conseils",
            line=1,
            page=2,
            text="Compter les appels pour un même motif",
            score=found[0].score,
            advice=True,
        ),
    )


def test_a_line_of_an_added_practice_says_where_its_text_comes_from(
    corpus_root: Path, tmp_path: Path
) -> None:
    come_from(corpus_root / "petit", 2, "Note du 3 mars 2025")
    opened = asked(corpus_root, tmp_path / "added")
    (found,) = lines_for(opened, "compter les appels pour un motif", 1)
    assert (found.practice, found.page, found.source) == ("petit-p2", None, "Note du 3 mars 2025")
    others = lines_for(opened, "Former tous les agents", 3)
    assert {row.source for row in others if row.practice != "petit-p2"} == {""}


@pytest.mark.parametrize(
    ("role", "worth"), [("detail", 0.0), ("result", RESULT), ("context", CONTEXT)]
)
def test_advice_comes_first_then_longer_lines_then_the_order_of_the_collection(
    corpus_root: Path, tmp_path: Path, role: str, worth: float
) -> None:
    give_role(corpus_root, role)
    opened = asked(corpus_root, tmp_path / "roles")
    found = rank_lines(flat(opened), score_lines(flat(opened)), 100)
    roles = {"conseils": ADVICE, "contexte": worth}
    scores = {place: roles[place.split("/")[1]] + length(place) for place in WORDS}
    # Sorting keeps the order of those that are level.
    expected = sorted(WORDS, key=lambda place: -scores[place])
    assert [citation.passage for citation in found] == [f"petit-{place}" for place in expected]
    assert [line.score for line in found] == pytest.approx([scores[place] for place in expected])
    advice = [line.advice for line in found]
    assert advice == ([True] * 6 + [False] * 3 if worth else advice)


def test_details_come_before_results_and_results_before_context(
    corpus_root: Path, tmp_path: Path
) -> None:
    give_role(corpus_root, "context")
    folder = corpus_root / "petit"
    with (folder / "collection.toml").open("a", encoding="utf-8") as file:
        for name, heading, role in (
            ("resultats", "Résultats", "result"),
            ("moyens", "Moyens", "detail"),
        ):
            file.write(
                f'\n[[sections]]\nname = "{name}"\nheadings = ["{heading}"]\nrole = "{role}"\n'
            )
    for path in (folder / "practices" / "p3.md", folder / "source.txt"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n\n## Résultats\n\nBien moins de réclamations des usagers reçues\n")
            file.write("\n## Moyens\n\nUne personne pendant une journée par semaine\n")
    opened = asked(corpus_root, tmp_path / "roles")
    scores = {
        passage.section: float(score) - LENGTH * math.log(7)
        for passage, score in zip(opened.passages, score_lines(flat(opened)), strict=True)
        if passage.practice == "petit-p3" and len(passage.text.split()) == 7
        if passage.kind is PassageKind.LINE
    }
    expected = {"moyens": 0.0, "resultats": RESULT, "contexte": CONTEXT}
    assert scores == pytest.approx(expected, abs=1e-6)


def test_context_is_quoted_where_it_is_much_nearer_and_told_apart_from_advice(
    corpus_root: Path, tmp_path: Path
) -> None:
    give_role(corpus_root, "context")
    opened = asked(corpus_root, tmp_path / "roles")
    scores = score_lines(near(opened, p2_contexte_1=0.9, p2_conseils_1=0.1))
    found = rank_lines(flat(opened), scores, 2)
    assert [(line.passage, line.advice, line.context) for line in found] == [
        ("petit-p2/contexte/1", False, True),
        ("petit-p2/conseils/1", True, False),
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
    scored = score_query(Scope(opened), HashEncoder(), "compter les appels répétés par motif")
    found = rank_lines(scored, score_lines(scored), 100)
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
    scored = score_query(Scope(opened), HashEncoder(), "compter les appels")
    scores = score_lines(scored)
    found = rank_lines(flat(opened), scores, 100)
    counting = [line for line in found if fold(line.text).startswith("compter")]
    assert len(counting) == 2
    assert "Compter les appels pour un motif" in {line.text for line in counting}
    # Of the twins, the better one is quoted.
    score = {row.id: float(value) for row, value in zip(opened.passages, scores, strict=True)}
    twin = max(("petit-p1/conseils/3", "petit-p2/conseils/1"), key=lambda name: score[name])
    assert twin in {line.passage for line in counting}


@pytest.mark.parametrize("top", [0, 1, 5])
def test_no_more_lines_than_asked(opened: Index, top: int) -> None:
    assert lines_for(opened, "lettres", top) == lines_for(opened, "lettres")[:top]
    assert len(lines_for(opened, "lettres", top)) == top


def test_filtered_practices_are_not_quoted(opened: Index) -> None:
    scores = score_lines(score_query(Scope(opened), HashEncoder(), "compter les appels"))
    whole = rank_lines(flat(opened), scores, 100)
    kept = rank_lines(flat(opened, Filters(theme=frozenset({"Écrit"}))), scores, 100)
    assert list(kept) == [citation for citation in whole if citation.practice == "petit-p3"]
    assert len(kept) == 3
    # Lines filtered out take nobody's place.
    assert rank_lines(flat(opened, Filters(theme=frozenset({"Écrit"}))), scores, 2) == kept[:2]
    assert rank_lines(flat(opened, Filters(part=frozenset({"aucune"}))), scores, 100) == ()


def test_a_line_that_only_announces_or_heads_others_is_not_quoted(
    corpus_root: Path, tmp_path: Path
) -> None:
    add_advice(
        corpus_root, 2, "Compter les appels répétés :", "Appels répétés", "  - Sur un cahier\n"
    )
    opened = asked(corpus_root, tmp_path / "colon")
    scores = score_lines(score_query(Scope(opened), HashEncoder(), "compter les appels répétés"))
    assert {"petit-p2/conseils/3", "petit-p2/conseils/4"} < {p.id for p in opened.passages}
    quoted = rank_lines(flat(opened), scores, 100)
    assert {line.passage for line in quoted} == {
        *(f"petit-{place}" for place in WORDS),
        "petit-p2/conseils/5",
    }
    # What heads a line is quoted with it, and what announces that.
    (cited,) = [line for line in quoted if line.passage == "petit-p2/conseils/5"]
    assert cited.lead_ins == (
        Line(3, "Compter les appels répétés :", 1),
        Line(4, "Appels répétés", 1),
    )
    assert {line.lead_ins for line in quoted if line is not cited} == {()}


def test_a_citation_has_the_heading_of_the_source(opened: Index) -> None:
    position = next(i for i, p in enumerate(opened.passages) if p.id == "petit-p3/contexte/1")
    citation = cite(opened, position, 0.25)
    assert (citation.heading, citation.line, citation.score) == ("Contexte", 1, 0.25)
    assert (citation.practice, citation.advice) == ("petit-p3", False)
    assert citation.text == "Les lettres n'étaient pas comprises des usagers"


def test_a_citation_has_the_role_of_its_section(corpus_root: Path, tmp_path: Path) -> None:
    give_role(corpus_root, "context")
    opened = rebuilt(corpus_root, tmp_path / "told", 1, "Un conseil")
    told = {
        p.id: cite(opened, i, 0)
        for i, p in enumerate(opened.passages)
        if p.kind is PassageKind.LINE
    }
    assert (told["petit-p1/contexte/1"].advice, told["petit-p1/contexte/1"].context) == (
        False,
        True,
    )
    assert (told["petit-p1/conseils/1"].advice, told["petit-p1/conseils/1"].context) == (
        True,
        False,
    )


def cited(place: str) -> Citation:
    """Return a line (`p1/conseils/2`) that an answer quotes."""
    practice, section, number = f"petit-{place}".split("/")
    return Citation(
        passage=f"petit-{place}", practice=practice, title="Titre", organisation="",
        section=section, heading=section, line=int(number), page=1, text=place, score=0.0,
        advice=section == "conseils", context=section == "contexte",
    )  # fmt: skip


def practice(page: int) -> Practice:
    return Practice(f"petit-p{page}", "petit", "Titre", ())


def test_what_a_card_quotes_stands_in_the_order_in_which_it_is_shown() -> None:
    result, first, second, third = (
        cited(f"p1/{place}") for place in ("resultats/1", "conseils/1", "conseils/2", "conseils/3")
    )
    besides, reason = cited("p1/detail/1"), cited("p1/contexte/1")
    card = Card(
        practice(1),
        1,
        result=result,
        advice=(first, second, third),
        left_out=2,
        besides=(besides,),
        set_off=(third.passage, first.passage),
        reason=reason,
    )
    # Neither the advice that isn't set off nor the reason answers.
    assert card.quoted == (result, first, third, besides)
    assert replace(card, result=None).quoted == (first, third, besides)
    assert Card(practice(1), 1).quoted == ()


def test_an_answer_shows_the_direct_line_first_and_no_line_twice() -> None:
    first, second, other = cited("p1/conseils/1"), cited("p1/conseils/2"), cited("p2/conseils/1")
    cards = (
        Card(practice(1), 1, advice=(first, second), set_off=(first.passage, second.passage)),
        Card(practice(2), 2, advice=(other,), set_off=(other.passage,)),
    )
    answer = Answer("q", "fr", 0.9, Band.ANSWERS, (), (), cards=cards)
    assert answer.shown == (first, second, other)
    assert replace(answer, direct=second).shown == (second, first, other)
    assert replace(answer, direct=second, cards=()).shown == (second,)


def test_an_answer_that_abstains_names_the_nearest_practices() -> None:
    hits = tuple(PracticeHit(practice(i), score=1.0, rank=i) for i in range(1, 6))
    refused = Answer("q", "fr", 0.1, Band.NOTHING, hits, ())
    assert NEAREST == 3
    assert refused.abstained
    assert refused.nearest == (practice(1), practice(2), practice(3))
    for band in (Band.LEADS, Band.ANSWERS):
        found = replace(refused, band=band)
        assert (found.abstained, found.nearest) == (False, ())


def test_what_is_refused_keeps_only_what_was_found() -> None:
    found = cited("p1/conseils/1")
    hits = (PracticeHit(practice(1), score=1.0, rank=1),)
    card = Card(practice(1), 1, advice=(found,), set_off=(found.passage,))
    answer = Answer(
        question="q",
        language="fr",
        confidence=0.9,
        band=Band.ANSWERS,
        hits=hits,
        advice=(found,),
        cards=(card,),
        answering=1,
        direct=found,
        notices=("negation",),
        understood="r",
        filtered=("s",),
        helps=0.95,
    )
    refused = answer.refused("refused")
    assert refused == Answer(
        question="q",
        language="fr",
        confidence=0.0,
        band=Band.NOTHING,
        hits=hits,
        advice=(found,),
        notices=("refused",),
        understood="r",
        filtered=("s",),
    )
    assert refused.shown == ()
    assert refused.helps == 0.0


@pytest.mark.parametrize(
    ("confidence", "percent"),
    [(0.0, 0), (0.004, 0), (0.6649, 66), (0.99, 99), (0.996, 99), (1.0, 99)],
)
def test_nothing_is_told_to_be_sure(confidence: float, percent: int) -> None:
    assert Answer("q", "fr", confidence, Band.LEADS, (), ()).percent == percent


@pytest.mark.model
def test_every_line_of_every_answer_is_word_for_word_in_the_booklet(real: Assistant) -> None:
    source = unmarked((ROOT / "corpus" / "recueil-2014" / "source.txt").read_text("utf-8"))
    texts = [
        json.loads(line)["text"]
        for line in (ROOT / "eval" / "queries.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(texts) == 110
    for text in texts:
        answer = real.ask(text)
        assert len(answer.advice) == 10
        assert max(Counter(line.practice for line in answer.advice).values()) <= PER_PRACTICE
        assert len({line.text for line in answer.advice}) == 10
        told = [line for card in answer.cards for line in (*card.advice, card.reason) if line]
        for line in {
            line.passage: line for line in (*answer.advice, *answer.shown, *told)
        }.values():
            assert line.text in source
            section = real.practice(line.practice).section(line.section)
            assert section is not None
            assert section.lines[line.line - 1].text == line.text
            assert all(lead in section.lines for lead in line.lead_ins)
