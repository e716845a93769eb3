from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
import pytest

from recueil_qa import Answer, Assistant, Filters, Settings
from recueil_qa.answering import (
    ADVICE_BONUS,
    PER_HIT,
    PER_PRACTICE,
    PRACTICE_WEIGHT,
    QUESTIONS_WEIGHT,
    best_advice,
    cite,
    lines_to_read,
    rank_lines,
    score_lines,
)
from recueil_qa.building import build_index
from recueil_qa.corpus import read_corpus
from recueil_qa.index import Index, open_index
from recueil_qa.lexical import fold
from recueil_qa.retrieval import Scored, score_query
from recueil_qa.stored_passages import of_kind
from recueil_qa.types import Citation, PassageKind, Practice, PracticeHit
from tests.conftest import ROOT
from tests.fakes import HashEncoder, come_from

QUERIES = ("comment réduire les appels répétés ?", "lettres", "How to cut repeat calls?", "zzz")


@pytest.fixture
def opened(index_root: Path) -> Index:
    return open_index(index_root)


def flat(opened: Index) -> Scored:
    """Return a query that nothing tells apart."""
    zeros = np.zeros(len(opened.passages), np.float32)
    practices = np.zeros(len(opened.practices), np.float32)
    return Scored("", "", {}, zeros, zeros[None][:0], zeros, practices, np.zeros(0, np.float32))


def near(opened: Index, **cosines: float) -> Scored:
    """Return a query with these cosines (`p2_conseils_1`), zeros elsewhere."""
    given = {"petit-" + name.replace("_", "/"): cosine for name, cosine in cosines.items()}
    assert given.keys() <= {passage.id for passage in opened.passages}
    similarities = [given.get(passage.id, 0.0) for passage in opened.passages]
    return replace(flat(opened), similarities=np.array(similarities, np.float32))


def lines_for(opened: Index, query: str, top: int = 100) -> tuple[Citation, ...]:
    """Return the lines that answer a query, best first."""
    scored = score_query(opened, HashEncoder(), query)
    return rank_lines(opened, score_lines(opened, scored), top)


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
    cosines = {row.id: float(scored.similarities[i]) for i, row in enumerate(opened.passages)}
    lines = {row.id: row for row in opened.passages if row.kind == "line"}
    fused = {p.id: float(scored.practices[i]) for i, p in enumerate(opened.practices)}
    nearest = {name: cosines[name] for name in lines}
    for row in opened.passages:
        if row.answer:
            nearest[row.answer] = max(nearest[row.answer], cosines[row.id])
    bonus = {"advice": 0.4, "detail": 0.0, "context": -0.2}
    roles = {section.name: section.role for section in opened.collections["petit"].sections}

    def deviations(values: dict[str, float]) -> dict[str, float]:
        mean, deviation = fmean(values.values()), pstdev(values.values())
        return {k: (v - mean) / deviation if deviation > 1e-6 else 0.0 for k, v in values.items()}

    own, practices = deviations({name: cosines[name] for name in lines}), deviations(fused)
    questions = deviations(nearest)
    return {
        name: own[name]
        + 1.0 * questions[name]
        + 1.5 * practices[row.practice]
        + bonus[roles[row.section]]
        for name, row in lines.items()
    }


LINE_QUESTIONS = (
    (1, "fr conseils/1", "Qui sait répondre à tout au comptoir ?"),
    (2, "fr conseils/1", "Comment savoir pourquoi les gens rappellent ?"),
    (2, "en conseils/1", "Why do people call back?"),
    (2, "fr contexte/1", "Personne ne décroche plus"),
    (3, "en conseils/2", "How to write without legalese?"),
)


@pytest.mark.parametrize("query", [*QUERIES, "Why do people call back?", "personne ne décroche"])
@pytest.mark.parametrize(
    ("rows", "role"), [((), "detail"), (LINE_QUESTIONS, "detail"), (LINE_QUESTIONS, "context")]
)
def test_a_score_adds_meaning_questions_practice_and_role(
    corpus_root: Path,
    tmp_path: Path,
    query: str,
    rows: tuple[tuple[int, str, str], ...],
    role: str,
) -> None:
    assert (QUESTIONS_WEIGHT, PRACTICE_WEIGHT, ADVICE_BONUS) == (1.0, 1.5, 0.4)
    give_role(corpus_root, role)
    opened = asked(corpus_root, tmp_path / "asked", *rows)
    scored = score_query(opened, HashEncoder(), query)
    expected = plain_scores(opened, scored)
    scores = score_lines(opened, scored)
    assert scores.shape == (len(opened.passages),)
    for passage, score in zip(opened.passages, scores, strict=True):
        assert score == pytest.approx(expected.get(passage.id, -np.inf), abs=1e-4)
    found = rank_lines(opened, scores, 100)
    assert {citation.passage for citation in found} == set(expected)
    for citation in found:
        assert citation.score == pytest.approx(expected[citation.passage], abs=1e-4)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_a_line_whose_question_is_asked_beats_one_that_is_as_near(
    corpus_root: Path, tmp_path: Path
) -> None:
    rows = (
        (2, "fr conseils/1", "Pourquoi rappellent-ils ?"),
        (2, "fr conseils/2", "Combien de chiffres suivre ?"),
        (2, "en conseils/2", "Too many figures?"),
    )
    opened = asked(corpus_root, tmp_path / "asked", *rows)
    # Without their questions, the order of the collection would tell them apart.
    level = {"p2_conseils_1": 0.4, "p2_conseils_2": 0.4}
    plain = score_lines(opened, near(opened, **level))
    assert rank_lines(opened, plain, 1)[0].passage == "petit-p2/conseils/1"
    # The best of a line's questions counts, in whichever language.
    for question in ("p2_questions_fr_conseils_2_1", "p2_questions_en_conseils_2_1"):
        scored = near(opened, **level, **{question: 1.0})
        scores = score_lines(opened, scored)
        found = rank_lines(opened, scores, 2)
        assert [line.line for line in found] == [2, 1]
        assert [line.line for line in best_advice(opened, scores, opened.practices[1])] == [2, 1]
        # Their own nearness is the same: what tells them apart is the nearest of each.
        nearest = [1.0, 0.4, *[0.0] * 7]
        gap = (1.0 - 0.4) / pstdev(nearest)
        assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_a_question_asked_word_for_word_brings_its_line_before_the_others_of_its_practice(
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
        own = [line for line in lines_for(opened, wording) if line.page == page]
        assert own[0].passage == f"petit-p{page}/{key.split()[1]}"


def test_a_line_that_is_nearer_than_its_questions_loses_nothing_by_them(
    corpus_root: Path, tmp_path: Path
) -> None:
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    without = score_lines(opened, near(opened, p2_conseils_1=0.8, p3_conseils_1=0.6))
    for cosine in (-0.9, 0.1, 0.8):
        scored = near(
            opened,
            p2_conseils_1=0.8,
            p3_conseils_1=0.6,
            p2_questions_fr_conseils_1_1=cosine,
            p2_questions_en_conseils_1_1=cosine / 2,
        )
        np.testing.assert_array_equal(score_lines(opened, scored), without)


def test_a_line_nearer_than_every_question_can_be_a_line_without_any(
    corpus_root: Path, tmp_path: Path
) -> None:
    # Its question brings a line up to the query, not above another that says it.
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    scored = near(opened, p3_conseils_1=0.9, p2_questions_fr_conseils_1_1=0.9)
    found = rank_lines(opened, score_lines(opened, scored), 2)
    assert [line.passage for line in found] == ["petit-p3/conseils/1", "petit-p2/conseils/1"]
    gap = 0.9 / pstdev([0.9, *[0.0] * 8])
    assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_questions_of_a_practice_speak_for_none_of_its_lines(opened: Index) -> None:
    scored = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5, p2_questions_fr_1=1.0)
    without = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5)
    np.testing.assert_array_equal(score_lines(opened, scored), score_lines(opened, without))


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
    scores = score_lines(opened, scored)
    assert not np.isnan(scores).any()
    # Its own nearness counts for its questions too.
    kept = [scores[place[f"petit-p{name}"]] for name in ("1/conseils/2", "3/conseils/1")]
    cosines = [
        float(scored.similarities[i])
        for i in np.flatnonzero(of_kind(opened.facts, PassageKind.LINE))
    ]
    # One question is nearer than its line, which is at nought.
    nearest = [0.9, 0.1, 0.5, 0.3, *[0.0] * 5]
    gap = 0.4 / pstdev(cosines) + 0.4 / pstdev(nearest)
    assert kept[0] - kept[1] == pytest.approx(gap, abs=1e-4)
    bare = asked(corpus_root, tmp_path / "other")
    assert rank_lines(bare, scores, 1)[0].passage == "petit-p1/conseils/2"


def test_the_line_of_the_practice_that_fits_comes_first(opened: Index) -> None:
    alike = near(opened, p1_conseils_1=0.5, p2_conseils_1=0.5, p3_conseils_1=0.5)
    scored = replace(alike, practices=np.array([0.0, 1.0, 2.0], np.float32))
    found = rank_lines(opened, score_lines(opened, scored), 3)
    assert [line.passage for line in found] == [f"petit-p{i}/conseils/1" for i in (3, 2, 1)]
    gap = 1.5 / pstdev([0.0, 1.0, 2.0])
    assert found[0].score - found[1].score == pytest.approx(gap, abs=1e-5)


def test_only_lines_have_a_score(opened: Index) -> None:
    scores = score_lines(opened, score_query(opened, HashEncoder(), "lettres"))
    assert scores.dtype == np.float32
    for passage, score in zip(opened.passages, scores, strict=True):
        assert np.isfinite(score) == (passage.kind == "line")
        assert np.isfinite(score) or score < 0


def test_without_any_line_there_is_nothing_to_quote(opened: Index) -> None:
    facts = opened.facts.copy()
    facts["quotable"] = False
    announcing = replace(opened, facts=facts)
    scores = score_lines(announcing, score_query(announcing, HashEncoder(), "lettres"))
    assert np.isneginf(scores).all()
    assert rank_lines(announcing, scores, 10) == ()
    assert best_advice(announcing, scores, announcing.practices[0]) == ()


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
    assert {row.source for row in best_advice(opened, score_lines(opened, flat(opened)),
                                              opened.practices[0])} == {""}  # fmt: skip


@pytest.mark.parametrize(("role", "score"), [("detail", 0.0), ("context", -ADVICE_BONUS / 2)])
def test_between_equals_advice_comes_first_then_the_order_of_the_collection(
    corpus_root: Path, tmp_path: Path, role: str, score: float
) -> None:
    give_role(corpus_root, role)
    opened = asked(corpus_root, tmp_path / "roles")
    found = rank_lines(opened, score_lines(opened, flat(opened)), 100)
    assert [citation.passage for citation in found] == [
        *(f"petit-p{page}/conseils/{line}" for page in (1, 2, 3) for line in (1, 2)),
        *(f"petit-p{page}/contexte/1" for page in (1, 2, 3)),
    ]
    expected = [ADVICE_BONUS] * 6 + [score] * 3
    assert [citation.score for citation in found] == pytest.approx(expected)


def test_advice_comes_before_details_and_details_before_context(
    corpus_root: Path, tmp_path: Path
) -> None:
    give_role(corpus_root, "context")
    folder = corpus_root / "petit"
    with (folder / "collection.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[sections]]\nname = "resultats"\nheadings = ["Résultats"]\n')
    for path in (folder / "practices" / "p3.md", folder / "source.txt"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n\n## Résultats\n\nDix réclamations de moins\n")
    opened = asked(corpus_root, tmp_path / "roles")
    found = rank_lines(opened, score_lines(opened, flat(opened)), 100)
    sections = [line.section for line in found]
    assert sections == ["conseils"] * 6 + ["resultats"] + ["contexte"] * 3
    assert [line.score for line in found[5:8]] == pytest.approx([0.4, 0.0, -0.2])


def test_context_is_quoted_where_it_is_much_nearer_but_never_as_advice(
    corpus_root: Path, tmp_path: Path
) -> None:
    give_role(corpus_root, "context")
    opened = asked(corpus_root, tmp_path / "roles")
    scores = score_lines(opened, near(opened, p2_contexte_1=0.9, p2_conseils_1=0.5))
    found = rank_lines(opened, scores, 2)
    assert [(line.passage, line.advice) for line in found] == [
        ("petit-p2/contexte/1", False),
        ("petit-p2/conseils/1", True),
    ]
    own = best_advice(opened, scores, opened.practices[1])
    assert [line.section for line in own] == ["conseils", "conseils"]


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
    found = rank_lines(opened, score_lines(opened, scored), 100)
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
    scored = score_query(opened, HashEncoder(), "compter les appels")
    scores = score_lines(opened, scored)
    found = rank_lines(opened, scores, 100)
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
    scores = score_lines(opened, score_query(opened, HashEncoder(), "compter les appels"))
    whole = rank_lines(opened, scores, 100)
    kept = rank_lines(opened, scores, 100, Filters(theme=frozenset({"Écrit"})))
    assert list(kept) == [citation for citation in whole if citation.practice == "petit-p3"]
    assert len(kept) == 3
    # Lines filtered out take nobody's place.
    assert rank_lines(opened, scores, 2, Filters(theme=frozenset({"Écrit"}))) == kept[:2]
    assert rank_lines(opened, scores, 100, Filters(part=frozenset({"aucune"}))) == ()


def test_a_hit_brings_its_own_best_advice(corpus_root: Path, tmp_path: Path) -> None:
    more = ["Compter les appels", "Compter les rappels du motif"]
    opened = rebuilt(corpus_root, tmp_path / "own", 2, *more)
    scores = score_lines(opened, score_query(opened, HashEncoder(), "compter les appels"))
    own = {
        passage.id: float(scores[i])
        for i, passage in enumerate(opened.passages)
        if passage.id.startswith("petit-p2/conseils/")
    }
    assert len(own) == 4
    expected = sorted(own, key=lambda name: -own[name])[:PER_HIT]
    found = best_advice(opened, scores, opened.practices[1])
    assert [(citation.passage, citation.score) for citation in found] == [
        (name, own[name]) for name in expected
    ]
    assert found[0].text == "Compter les appels"


def test_the_advice_of_a_hit_has_the_scores_and_order_of_the_ranking(
    corpus_root: Path, tmp_path: Path
) -> None:
    opened = asked(corpus_root, tmp_path / "asked", *LINE_QUESTIONS)
    for query in QUERIES:
        scores = score_lines(opened, score_query(opened, HashEncoder(), query))
        ranked = rank_lines(opened, scores, 100)
        for practice in opened.practices:
            own = [line for line in ranked if line.practice == practice.id and line.advice]
            assert list(best_advice(opened, scores, practice)) == own


def test_a_line_that_only_announces_others_is_not_quoted(corpus_root: Path, tmp_path: Path) -> None:
    opened = rebuilt(corpus_root, tmp_path / "colon", 2, "Compter les appels répétés :")
    scores = score_lines(opened, score_query(opened, HashEncoder(), "compter les appels répétés"))
    assert "petit-p2/conseils/3" in [passage.id for passage in opened.passages]
    quoted = [*rank_lines(opened, scores, 100), *best_advice(opened, scores, opened.practices[1])]
    assert [line.text for line in quoted if line.text.endswith(":")] == []
    assert len(quoted) == 9 + 2


def test_advice_that_nothing_tells_apart_stands_in_the_order_of_its_lines(opened: Index) -> None:
    found = best_advice(opened, score_lines(opened, flat(opened)), opened.practices[2])
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


def line(place: str, score: float) -> Citation:
    """Return a line (`p1/conseils/2`) that an answer quotes."""
    practice, section, number = f"petit-{place}".split("/")
    return Citation(
        passage=f"petit-{place}", practice=practice, title="Titre", organisation="",
        section=section, heading=section, line=int(number), page=1, text=place, score=score,
        advice=section == "conseils", context=section == "contexte",
    )  # fmt: skip


def to_read(lines: Sequence[tuple[str, float]], *, abstained: bool) -> list[str]:
    """Return the places of the lines to show of an answer that has these, best first."""
    cited = [line(place, score) for place, score in lines]
    first, besides = lines_to_read(cited, {"petit-p1", "petit-p2"}, abstained=abstained)
    return [*(line.text for line in first), "|", *(line.text for line in besides)]


def advice(count: int) -> list[tuple[str, float]]:
    """Return lines of advice that score -1, -2 and so on."""
    return [(f"p1/conseils/{i}", -i) for i in range(1, count + 1)]


def places(count: int) -> list[str]:
    return [place for place, _ in advice(count)]


R1, R2, R3, CONTEXT = "p2/resultats/1", "p2/resultats/2", "p2/resultats/3", "p1/contexte/1"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], ["|"]),
        (advice(8), [*places(6), "|"]),
        # Others are worth the room when they score at least as the third line of advice.
        ([*advice(3), (R1, -3.0)], [*places(3), "|", R1]),
        ([*advice(3), (R1, -3.01)], [*places(3), "|"]),
        ([(R1, -0.5), *advice(8)], [*places(5), "|", R1]),
        ([(R1, 3), (R2, 2), (R3, 1), *advice(8)], [*places(4), "|", R1, R2]),
        # With less advice, as its last line.
        ([(R1, 3), *advice(1)], ["p1/conseils/1", "|", R1]),
        ([*advice(1), (R1, -2)], ["p1/conseils/1", "|"]),
        ([(R1, 3), (R2, 2)], [R1, R2, "|"]),
        # Where a practice comes from, only when nothing else is told.
        ([(CONTEXT, 9), *advice(1)], ["p1/conseils/1", "|"]),
        ([(CONTEXT, 9), (R1, 1)], [R1, "|"]),
        ([(CONTEXT, 9)], [CONTEXT, "|"]),
        # Of a practice that isn't shown, nothing.
        ([("p3/conseils/1", 9), (R1, 2), *advice(1)], ["p1/conseils/1", "|", R1]),
        ([("p3/conseils/1", 9), (CONTEXT, 2)], [CONTEXT, "|"]),
    ],
)
def test_advice_is_read_first_then_at_most_two_others_that_are_worth_it(
    lines: list[tuple[str, float]], found: list[str]
) -> None:
    assert to_read(lines, abstained=False) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], ["|"]),
        ([(R1, 9), *advice(5)], [*places(3), "|"]),
        ([(CONTEXT, 9), (R1, 2), (R2, 1)], [R1, R2, "|"]),
        ([(CONTEXT, 9)], [CONTEXT, "|"]),
    ],
)
def test_leads_are_three_lines_of_one_kind(
    lines: list[tuple[str, float]], found: list[str]
) -> None:
    assert to_read(lines, abstained=True) == found


def test_an_answer_has_the_lines_to_read_of_what_it_shows(
    corpus_root: Path, tmp_path: Path
) -> None:
    give_role(corpus_root, "context")
    build_index(tmp_path / "told", read_corpus(corpus_root), HashEncoder())
    assistant = Assistant(open_index(tmp_path / "told"), Settings(home=tmp_path), HashEncoder())
    for question, top in (("le standard et les appels répétés", 3), ("lettres", 1)):
        answer = assistant.ask(question, top=top)
        shown = {hit.practice.id for hit in answer.shown}
        assert (answer.abstained, len(answer.shown)) == (False, top)
        found = lines_to_read(answer.advice, shown, abstained=False)
        assert (answer.to_read, answer.besides) == found
        assert answer.to_read
        assert {line.practice for line in answer.to_read} <= shown
        assert all(line.advice for line in answer.to_read)
    refused = assistant.ask_leads("???")
    assert refused.abstained
    assert (len(refused.to_read), refused.besides) == (3, ())


def test_an_answer_that_abstains_shows_three_leads() -> None:
    hits = tuple(
        PracticeHit(Practice(f"a-{i}", "a", "Titre", ()), score=1.0, rank=i) for i in range(1, 6)
    )
    assert Answer("q", "fr", 0.1, True, hits, ()).shown == hits[:3]
    assert Answer("q", "fr", 0.9, False, hits, ()).shown == hits


@pytest.mark.parametrize(
    ("confidence", "percent"),
    [(0.0, 0), (0.004, 0), (0.6649, 66), (0.99, 99), (0.996, 99), (1.0, 99)],
)
def test_nothing_is_told_to_be_sure(confidence: float, percent: int) -> None:
    assert Answer("q", "fr", confidence, False, (), ()).percent == percent


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
