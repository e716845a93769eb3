"""A quotation is whole lines of the source, or whole sentences: never a part of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.quotations import Sources
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.errors import CorpusError, Problem
from tests.support import ROOT
from tests.support.booklet import booklet

repeatable = settings(derandomize=True, deadline=None)

NIGHT = "Il ne faut jamais rappeler un usager après 20 h."
SUNDAY = "On peut écrire le samedi, sauf avis contraire du maire."


def holds(source: str, text: str) -> bool:
    return Sources({"source.txt": source}).holds(text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (NIGHT, NIGHT),
        (f"{NIGHT} {SUNDAY}", NIGHT),
        (f"{NIGHT} {SUNDAY}", SUNDAY),
        (f"{NIGHT} {SUNDAY}", f"{NIGHT} {SUNDAY}"),
        (f"Avant.\n\n{NIGHT}\n\n{SUNDAY}\n", f"{NIGHT} {SUNDAY}"),
        # Cut by the page: one line, or none.
        ("Il ne faut jamais\nrappeler un usager\naprès 20 h.", NIGHT),
        ("Il ne faut jamais rappeler un usager après\n20 h.", NIGHT),
        ("Écrire à la\nMairie\nRappeler", "Écrire à la Mairie"),
        # List marks and headings.
        ("Ne jamais :\n- rappeler le soir\n- écrire", "rappeler le soir"),
        ("Ne jamais :\n- rappeler le soir\n- écrire", "Ne jamais : rappeler le soir"),
        ("Résultats : - moins d'appels ; - plus de lettres", "plus de lettres"),
        ("Résultats : • moins d'appels • plus de lettres", "moins d'appels"),
        ("◦ Rappeler", "Rappeler"),
        ("2. Rappeler", "Rappeler"),
        ("## Rappeler", "Rappeler"),
        # Punctuation that ends a sentence, and what closes after it.
        ("Pourquoi rappeler ? Pour rassurer.", "Pour rassurer."),
        ("Il dit : « Merci. » Puis il part.", "Il dit : « Merci. »"),
        ("Rappeler (le matin.) Écrire.", "Écrire."),
        ("Rappeler le matin… Écrire.", "Rappeler le matin…"),
        ("Fait en 2013. Refait depuis.", "Refait depuis."),
        # White space and emphasis are aside.
        ("Il  ne\u00a0faut **jamais rappeler** un usager après 20 h.", NIGHT),
        ("**Un. Deux.** Trois.", "Deux."),
        ("-3 % d'appels", "-3 % d'appels"),
    ],
)
def test_whole_lines_and_whole_sentences_are_quotations(source: str, text: str) -> None:
    assert holds(source, text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (NIGHT, "rappeler un usager après 20 h."),
        (NIGHT, NIGHT[:-1]),
        (NIGHT, "Il ne faut jamais"),
        (SUNDAY, "On peut écrire le samedi"),
        (f"{NIGHT} {SUNDAY}", f"rappeler un usager après 20 h. {SUNDAY}"),
        (f"{NIGHT}\n{SUNDAY}", f"{NIGHT} On peut écrire le samedi,"),
        # A line that the page cut is a part of its sentence.
        ("Il ne faut jamais\nrappeler un usager après 20 h.", "rappeler un usager après 20 h."),
        ("Il ne faut jamais rappeler\n(le soir)", "Il ne faut jamais rappeler"),
        ("Ne jamais confier les lettres à\nLa Poste", "La Poste"),
        ("Never write to\nParis", "Paris"),
        ("Rappeler,\nSauf le dimanche", "Rappeler,"),
        # Neither a colon, a comma, a dash nor a bracket ends a sentence.
        ("À éviter : rappeler le soir", "rappeler le soir"),
        ("Rappeler le matin - sauf le lundi", "Rappeler le matin"),
        ("Rappeler à 12 h. - sauf le lundi", "Rappeler à 12 h."),
        ("Rappeler à 12 h. (sauf le lundi)", "Rappeler à 12 h."),
        ("Rappeler (le matin. Jamais le soir.) toujours", "Jamais le soir.) toujours"),
        ("Rappeler à 9 h. puis à 12 h.", "Rappeler à 9 h."),
        # Nor does a short form, or the number of an item.
        ("Ne pas écrire à M. Roux le soir", "Roux le soir"),
        ("Ne pas écrire à J.-P. Roux", "Roux"),
        ("Ne pas appliquer l'art. R 12", "R 12"),
        ("1. Écrire", "1."),
        ("Ici", "i"),
        ("Ici", ""),
        ("", "Ici"),
    ],
)
def test_a_part_of_a_sentence_is_none(source: str, text: str) -> None:
    assert not holds(source, text)


words = st.lists(
    st.sampled_from(["rappeler", "usager", "matin", "mairie", "lettre", "agent", "appel"]),
    min_size=2,
    max_size=6,
)
sentences = st.tuples(words, st.sampled_from(".?!…")).map(
    lambda pair: " ".join(pair[0]).capitalize() + pair[1]
)
paragraphs = st.lists(sentences, min_size=1, max_size=4)


@given(st.lists(paragraphs, min_size=1, max_size=4), st.data())
@repeatable
def test_whole_sentences_in_a_row_are_quotations(
    source: list[list[str]], data: st.DataObject
) -> None:
    text = "\n\n".join(map(" ".join, source))
    every = [sentence for paragraph in source for sentence in paragraph]
    first = data.draw(st.integers(0, len(every) - 1))
    last = data.draw(st.integers(first, len(every) - 1))
    assert holds(text, " ".join(every[first : last + 1]))


@given(st.lists(words.map(" ".join).map(str.capitalize), min_size=1, max_size=6), st.data())
@repeatable
def test_whole_lines_in_a_row_are_quotations(lines: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    quoted = " ".join(lines[first : last + 1])
    assert holds("\n".join(lines), quoted)
    assert holds("\n".join(f"- {line}" for line in lines), quoted)


def numbered(lengths: list[int]) -> list[str]:
    """Sentences in which no word comes twice."""
    found, at = [], 0
    for length in lengths:
        found.append(f"Mot{at} " + " ".join(f"mot{at + i}" for i in range(1, length)) + ".")
        at += length
    return found


@given(st.lists(st.integers(2, 6), min_size=1, max_size=4), st.booleans(), st.data())
@repeatable
def test_no_proper_part_of_a_sentence_is_a_quotation(
    lengths: list[int], apart: bool, data: st.DataObject
) -> None:
    every = numbered(lengths)
    text = " ".join(every)
    said = text.split()
    first = data.draw(st.integers(0, len(said) - 1))
    last = data.draw(st.integers(first, len(said) - 1))
    part = " ".join(said[first : last + 1])
    whole = said[first][0] == "M" and said[last][-1] == "."
    assert holds(("\n\n" if apart else " ").join(every), part) == whole


@given(st.text("aAÀ. \n-:;!?«»()*é1", max_size=40))
@repeatable
def test_any_source_is_read_beside_another(source: str) -> None:
    sources = Sources({"a": source, "b": NIGHT})
    assert sources.holds(NIGHT)
    found = sources.whole("rappeler un usager")
    assert found == ("b", 1, NIGHT)


def change(folder: Path, line: str, excerpts: str = "") -> None:
    """Put a line of the source in, and other words of it in the practice."""
    source = folder / "source.txt"
    source.write_text(f"{source.read_text('utf-8')}\n\n{NIGHT} {SUNDAY}\n", "utf-8")
    path = folder / "practices" / "p1.md"
    text = path.read_text("utf-8").replace("page: 1\n", f"page: 1\n{excerpts}")
    path.write_text(text.replace("- Former tous les agents à la polyvalence", f"- {line}"), "utf-8")


def refused(root: Path) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        read_corpus(root)
    return caught.value.problems


def test_a_cut_line_is_refused_with_the_sentence_it_was_cut_from(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    change(folder, "rappeler un usager après 20 h.")
    (problem,) = refused(corpus_root)
    number = (folder / "source.txt").read_text("utf-8").split("\n").index(f"{NIGHT} {SUNDAY}") + 1
    assert problem.path.name == "p1.md"
    assert problem.line == 18
    assert problem.what.fr == (
        "ligne coupée dans une phrase de la source : « rappeler un usager après 20 h. » ; reprenez "
        f"la phrase entière (source.txt, ligne {number} : « {NIGHT} »), ou, si elle est plus "
        "courte à dessein, dites-le dans l'en-tête : « excerpts: » puis « - conseils/1 »"
    )
    assert problem.what.en == (
        "line cut within a sentence of the source: 'rappeler un usager après 20 h.'; take the "
        f"whole sentence (source.txt, line {number}: '{NIGHT}'), or, if it is shorter on purpose, "
        "say so in the front matter: 'excerpts:' then '- conseils/1'"
    )


def test_what_is_marked_may_be_shorter_and_is_still_word_for_word(corpus_root: Path) -> None:
    change(corpus_root / "petit", "rappeler un usager", "excerpts:\n- conseils/1\n")
    (practice, *_) = read_corpus(corpus_root).collections[0].practices
    assert practice.sections[1].lines[0].text == "rappeler un usager"
    path = corpus_root / "petit" / "practices" / "p1.md"
    for altered in ("rappeler l'usager", "appeler un usager"):
        path.write_text(path.read_text("utf-8").replace("rappeler un usager", altered), "utf-8")
        (problem,) = refused(corpus_root)
        assert "word for word" in problem.what.en
        path.write_text(path.read_text("utf-8").replace(altered, "rappeler un usager"), "utf-8")


def test_a_mark_on_a_whole_line_has_moved_and_is_refused(corpus_root: Path) -> None:
    change(corpus_root / "petit", NIGHT, "excerpts:\n- conseils/1\n")
    (problem,) = refused(corpus_root)
    assert (problem.line, problem.what.en) == (
        4,
        "'excerpts': line conseils/1 is whole in the source; take it out of this list, or mend its "
        "number",
    )


def test_every_line_of_the_booklet_is_whole_with_no_mark() -> None:
    text = (ROOT / "corpus" / "recueil-2014" / "source.txt").read_text("utf-8")
    sources = Sources({"source.txt": text})
    collection = booklet()
    lines = [line.text for p in collection.practices for s in p.sections for line in s.lines]
    assert len(lines) > 600
    assert all(map(sources.holds, lines))
    # What is shorter by a word is whole only where it is another line too.
    cut = [line.split(" ", 1)[1] for line in lines if " " in line]
    assert sum(map(sources.holds, cut)) < len(cut) / 100
    assert not any("excerpts:" in path.read_text("utf-8") for path in collection.path.rglob("*.md"))


def test_a_large_source_is_read_once_for_all_its_lines() -> None:
    lines = [f"Rappeler l'usager {n} le matin, et lui écrire ensuite" for n in range(20_000)]
    text = "\n".join(lines)
    sources = Sources({"source.txt": text})
    assert all(map(sources.holds, lines))
    assert not any(sources.holds(line[:-1]) for line in lines)
