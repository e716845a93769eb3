"""An answer on a terminal: everything in its order, no item without what governs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recueil_qa import Answer, Assistant, Filters
from recueil_qa.cli.answer import print_answer, titles_told
from recueil_qa.cli.printing import WORDS
from recueil_qa.types import Band, Card, Citation, Line, PracticeHit
from tests.support import advised

Read = pytest.CaptureFixture[str]
OFF_TOPIC = "une recette de tarte aux pommes"


@pytest.fixture(scope="module")
def carnet() -> Iterator[Assistant]:
    with tempfile.TemporaryDirectory() as home:
        yield advised.assistant(Path(home))


def printed(
    capsys: Read, answer: Answer, language: str = "fr", *, stale: bool = False
) -> list[str]:
    """Return the lines that an answer prints, without what goes to the error stream."""
    capsys.readouterr()
    print_answer(answer, {}, language, stale)
    return capsys.readouterr().out.splitlines()


def of_items(lines: list[str]) -> dict[str, list[str]]:
    """Return each quoted line with the lead-ins that a reader sees above it, by the indents."""
    found: dict[str, list[str]] = {}
    above: list[tuple[int, str]] = []
    for row in lines:
        indent = len(row) - len(row.lstrip())
        text = row.strip()
        while above and above[-1][0] >= indent:
            above.pop()
        if text.startswith("« "):
            above.append((indent, text[2:-2]))
        elif text.startswith(("• « ", "→ « ")):
            found[text[4:].partition(" »")[0]] = [each for _, each in above]
        else:
            above = []
    return found


def citation(section: str, number: int, text: str, *lead_ins: Line) -> Citation:
    heading = {"conseils": "Conseils", "erreurs": "À éviter", "resultats": "Résultats"}[section]
    name = f"carnet-p1/{section}/{number}"
    return Citation(
        name, "carnet-p1", "Titre", "Mairie", section, heading, number, 3, text, 0.0, True,
        lead_ins=lead_ins,
    )  # fmt: skip


AVOID, DEEP = Line(2, "À éviter :"), Line(4, "le dimanche :", 1)


def made(**parts: object) -> Answer:
    """Return an answer of one card, of these parts."""
    card = Card(advised.RING, 1, **parts)  # type: ignore[arg-type]
    found = PracticeHit(advised.RING, 1.0, 1)
    return Answer("q", "fr", 0.876, Band.ANSWERS, (found,), (), cards=(card,), answering=1)


def test_items_stand_below_what_governs_them_once_for_those_that_follow(capsys: Read) -> None:
    advice = (
        citation("conseils", 1, "Prévenir la veille"),
        citation("conseils", 3, "relancer", AVOID),
        citation("conseils", 5, "appeler", AVOID, DEEP),
        citation("conseils", 6, "écrire", AVOID, DEEP),
        citation("conseils", 7, "menacer", AVOID),
        citation("conseils", 8, "Rappeler"),
        citation("conseils", 9, "crier", AVOID),
    )
    lines = printed(capsys, made(advice=advice, set_off=("carnet-p1/conseils/5",)))
    start = lines.index("   Conseils")
    assert lines[start + 1 : start + 11] == [
        "     • « Prévenir la veille »  l. 1",
        "     « À éviter : »",
        "       • « relancer »  l. 3",
        "       « le dimanche : »",
        "         → « appeler »  l. 5",
        "         • « écrire »  l. 6",
        "       • « menacer »  l. 7",
        "     • « Rappeler »  l. 8",
        "     « À éviter : »",
        "       • « crier »  l. 9",
    ]


def test_lines_stand_below_the_heading_of_their_own_section(capsys: Read) -> None:
    advice = (citation("conseils", 1, "Prévenir la veille"), citation("erreurs", 1, "Menacer"))
    besides = (citation("erreurs", 2, "Crier"), citation("resultats", 1, "Un gain"))
    lines = printed(capsys, made(advice=advice, besides=besides))
    order = [
        "   Conseils", "     • « Prévenir la veille »  l. 1",
        "   À éviter", "     • « Menacer »  l. 1",
        "   À savoir (À éviter)", "     → « Crier »  l. 2",
        "   À savoir (Résultats)", "     → « Un gain »  l. 1",
    ]  # fmt: skip
    assert [row for row in lines if row in order] == order


QUESTIONS = (
    "relancer les visiteurs le dimanche", "les visiteurs oublient leur visite", "p2/conseils/5",
    "écrire en latin", "notre formulaire est incompréhensible", "people do not read our letters",
    "Should we write in capitals?", "threaten a reader with court",
    "le standard perd trop d'appels",
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_item_is_printed_without_its_lead_ins(
    carnet: Assistant, capsys: Read, question: str, language: str
) -> None:
    answer = carnet.ask(question)
    assert answer.cards
    seen = of_items(printed(capsys, answer, language))
    lines = [line for card in answer.cards for line in (*card.advice, *card.quoted)]
    for line in (*lines, *answer.shown):
        assert seen[line.text] == [lead_in.text for lead_in in line.lead_ins]


def test_a_card_is_printed_from_what_it_brought_to_why_it_is_here(
    carnet: Assistant, capsys: Read
) -> None:
    question = "le standard sonne dans le vide et perd trop d'appels"
    answer = carnet.ask(question)
    lines = printed(capsys, answer)
    text = "\n".join(lines)
    (card,) = [card for card in answer.cards if card.practice.id == "carnet-p1"]
    assert card.result is not None
    assert card.reason is not None
    blocks = {
        "result": ["   Ce que cela a donné (Résultats)", f"« {card.result.text} »"],
        "advice": ["   Conseils", *(f"« {line.text} »" for line in card.advice),
                   "     7 conseils en tout : recueil-qa show carnet-p1"],
        "besides": [f"→ « {line.text} »" for line in card.besides],
    }  # fmt: skip
    order = [
        "Le standard qui ne sature plus  Régie des Eaux · Téléphone · p. 3  [carnet-p1]",
        *(line for block in card.order for line in blocks[block]),
        "   Pourquoi", f"« {card.reason.text} »",
        f"     mots en commun : {', '.join(card.words)}",
    ]  # fmt: skip
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    # What is set off is marked, what isn't is listed.
    for line in card.advice:
        mark = "→" if line.passage in card.set_off else "•"
        assert f"     {mark} « {line.text} »  l. {line.line}" in lines


def test_the_line_that_answers_stands_first_with_its_place(carnet: Assistant, capsys: Read) -> None:
    lines = printed(capsys, carnet.ask("relancer les visiteurs le dimanche"))
    place = "La visite rappelée la veille, Musée du Sel, Conseils, l. 3, p. 5 [carnet-p2]"
    assert lines[0].startswith("1 pratique répond ")
    assert lines[1:4] == [
        "     « À éviter : »", "       → « relancer les visiteurs le dimanche »  l. 3",
        f"       — {place}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "head", "reword", "nearest"),
    [
        ("fr", "Rien dans le recueil n'y répond", "Décrivez le problème", "Les moins éloignées"),
        (
            "en",
            "Nothing in the collection answers this",
            "Describe the problem",
            "The nearest ones",
        ),
    ],
)
def test_a_refusal_names_what_comes_nearest_and_quotes_nothing(
    carnet: Assistant, capsys: Read, language: str, head: str, reword: str, nearest: str
) -> None:
    answer = carnet.ask(OFF_TOPIC)
    lines = printed(capsys, answer, language)
    assert lines[0].startswith(head)
    assert lines[1].startswith(reword)
    assert lines[3] == nearest
    assert [row.rpartition("[")[2] for row in lines[4:]] == [f"{p.id}]" for p in answer.nearest]
    assert "«" not in "".join(lines)


@pytest.mark.parametrize(
    ("band", "language", "words"),
    [
        (Band.ANSWERS, "fr", "1 pratique répond  (probabilité que le recueil réponde : 88 %)"),
        (Band.ANSWERS, "en", "1 practice answers  (probability that the collection answers: 88 %)"),
        (Band.LEADS, "fr", "Des pistes, sans certitude  "
         "(probabilité que le recueil réponde : 88 %)"),
    ],
)  # fmt: skip
def test_the_band_is_told_in_words_and_its_probability_aside(
    capsys: Read, band: Band, language: str, words: str
) -> None:
    assert printed(capsys, replace(made(), band=band), language)[0] == words


@pytest.mark.parametrize(
    ("language", "head", "leads"),
    [
        ("fr", "1 pratique répond", "Des pistes, sans certitude"),
        ("en", "1 practice answers", "Leads, without certainty"),
    ],
)
def test_practices_that_are_leads_stand_below_those_that_answer(
    carnet: Assistant, capsys: Read, language: str, head: str, leads: str
) -> None:
    answer = carnet.ask("relancer les visiteurs le dimanche")
    assert (answer.answering, answer.band) == (1, Band.ANSWERS)
    text = "\n".join(printed(capsys, answer, language))
    titles = [text.index(f"{card.rank}. {card.practice.title}") for card in answer.cards]
    assert text.startswith(head)
    assert titles[0] < text.index(WORDS["leads"].to(language)) < titles[1]
    # Among leads alone there is nothing to tell apart.
    only = replace(answer, band=Band.LEADS, answering=0)
    alone = printed(capsys, only, language)
    assert WORDS["leads"].to(language) not in alone
    assert alone[0].startswith(leads)


def test_what_was_understood_filtered_and_doubted_is_told_first(capsys: Read) -> None:
    told = replace(
        made(),
        understood="le standard",
        filtered=("Musée du Sel", "Port"),
        notices=("negation", "no-fact", "refused"),
    )
    assert printed(capsys, told)[:5] == [
        "Filtré : Musée du Sel, Port (sinon : --as-typed)",
        "Recherché : le standard",
        "La question exclut ce dont parle la première pratique : vérifiez qu'elle convient.",
        "Le recueil ne semble pas donner cette information précise.",
        "1 pratique répond  (probabilité que le recueil réponde : 88 %)",
    ]
    assert printed(capsys, told, "en")[0] == "Filtered: Musée du Sel, Port (else: --as-typed)"


def test_filters_that_nothing_passes_are_told_alone(carnet: Assistant, capsys: Read) -> None:
    none = advised.only(theme="Écrit", organisation="Port de Brume")
    assert printed(capsys, carnet.ask("le standard", filters=none)) == [
        "Aucune pratique ne correspond à ces filtres."
    ]


def test_an_index_behind_its_corpus_is_told_on_the_error_stream(capsys: Read) -> None:
    print_answer(made(), {}, "fr", stale=True)
    assert "Le corpus a changé" in capsys.readouterr().err


def test_several_collections_are_told_apart(carnet: Assistant, capsys: Read) -> None:
    titles = carnet.catalogue.titles
    assert titles == {"carnet": "Carnet", "notes": "Notes"}
    print_answer(carnet.ask("people do not read our letters"), titles, "en", stale=False)
    shown = capsys.readouterr().out
    assert "Ashby Council · Writing · p. 1 · Notes  [notes-p1]" in shown
    print_answer(carnet.ask(OFF_TOPIC), titles, "fr", stale=False)
    assert capsys.readouterr().out.startswith("Rien dans les recueils n'y répond")


def test_counts_by_collection_and_other_languages_are_told(carnet: Assistant, capsys: Read) -> None:
    answer = carnet.ask("nos lettres ne sont pas lues : people do not read our letters")
    assert len(answer.by_collection) == 2
    assert sum(answer.by_collection.values()) == len(answer.cards)
    titles = titles_told(carnet.now().catalogue, answer, "fr")
    assert titles == {"carnet": "Carnet", "notes": "Notes (en anglais)"}
    print_answer(answer, titles, "fr", stale=False)
    shown = capsys.readouterr().out
    told = ", ".join(f"{name} ({count})" for name, count in answer.by_collection.items())
    assert f"Par recueil : {told} ; un seul : --collection ID\n" in shown
    assert " · Notes (en anglais)  [notes-p" in shown
    assert titles_told(carnet.now().catalogue, replace(answer, language="en"), "fr") == {
        "carnet": "Carnet (en français)", "notes": "Notes",
    }  # fmt: skip
    alone = carnet.ask("le standard", filters=Filters(collection=frozenset({"carnet"})))
    assert [*alone.by_collection] == ["carnet"]
    print_answer(alone, titles, "fr", stale=False)
    assert "--collection" not in capsys.readouterr().out


def test_markup_in_a_text_is_printed_as_it_is(capsys: Read) -> None:
    advice = (citation("conseils", 1, "Écrire [bold]fort[/bold] :smile:"),)
    assert "     • « Écrire [bold]fort[/bold] :smile: »  l. 1" in printed(
        capsys, made(advice=advice)
    )
