"""Two collections in one corpus, in French and in English: asked together, and apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recueil_qa import Answer, Assistant, Filters, Settings
from recueil_qa.builds.build import build_index
from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.dossier.dossier import Dossier
from recueil_qa.errors import CorpusError, NotFoundError
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.index.opening import open_index
from recueil_qa.search.searcher import Searcher
from recueil_qa.types import CollectionInfo
from tests.support.collections import FAQ_TOML, write_corpus, write_guide
from tests.support.encoders import HashEncoder

REPEATED = "les appels répétés au standard"
RINGING = "people ring our desk again"
DAY = "2026-11-23"


@pytest.fixture
def both(tmp_path: Path) -> Assistant:
    """An assistant over `petit` (French, 3 practices) and `guide` (English, 2)."""
    write_corpus(tmp_path / "corpus")
    write_guide(tmp_path / "corpus")
    build_index(tmp_path / "index", read_corpus(tmp_path / "corpus"), HashEncoder())
    settings = Settings(home=tmp_path)
    return Assistant(open_index(tmp_path / "index"), settings, HashEncoder())


def ids(answer: Answer) -> list[str]:
    return [hit.practice.id for hit in answer.hits]


def of(collection: str) -> Filters:
    return Filters(collection=frozenset({collection}))


def test_a_question_finds_the_practices_of_all_collections(both: Assistant) -> None:
    assert [info.id for info in both.collections] == ["guide", "petit"]
    assert ids(both.ask(REPEATED))[0] == "petit-p2"
    assert ids(both.ask(RINGING))[0] == "guide-p1"
    assert len(both.ask(RINGING).hits) == 5


@pytest.mark.parametrize("question", [REPEATED, RINGING])
def test_a_question_to_one_collection_finds_its_own_only(both: Assistant, question: str) -> None:
    answer = both.ask(question, filters=of("guide"))
    assert sorted(ids(answer)) == ["guide-p1", "guide-p2"]
    assert {line.practice for line in answer.advice} == {"guide-p1", "guide-p2"}
    assert {line.practice for line in answer.shown} <= {"guide-p1", "guide-p2"}
    found = both.search(question, filters=Filters(collection="petit"))  # type: ignore[arg-type]
    assert {hit.practice.collection for hit in found} == {"petit"}
    whole = both.ask(question, filters=Filters(collection=frozenset({"petit", "guide"})))
    assert whole == both.ask(question)


def test_one_collection_answers_alike_alone_and_among_others(
    both: Assistant, tmp_path: Path
) -> None:
    write_guide(tmp_path / "apart")
    build_index(tmp_path / "one", read_corpus(tmp_path / "apart"), HashEncoder())
    one = Assistant(open_index(tmp_path / "one"), both.settings, HashEncoder())
    for question in (RINGING, "visitors bring letters"):
        alone, among = one.ask(question), both.ask(question, filters=of("guide"))
        assert ids(alone) == ids(among)
        assert [card.practice for card in alone.cards] == [card.practice for card in among.cards]
        assert [line.text for line in alone.shown] == [line.text for line in among.shown] != []


def test_an_unknown_collection_is_refused_with_those_there_are(both: Assistant) -> None:
    with pytest.raises(NotFoundError) as caught:
        both.ask(REPEATED, filters=of("gide"))
    listed = "guide (Counter guide) ; petit (Petit recueil)"
    assert caught.value.fr == (
        "collection : aucune pratique n'a « gide » ; le plus proche : guide (Counter guide) ; il y "
        f"a : {listed}"
    )
    assert caught.value.en == (
        "collection: no practice has 'gide'; the nearest: guide (Counter guide); there are: "
        f"{listed}"
    )


def test_collections_are_counted_under_the_other_filters(both: Assistant) -> None:
    assert both.facets()["collection"] == {"guide": 2, "petit": 3}
    theme = Filters(theme=frozenset({"Écrit"}))
    assert both.facets(theme)["collection"] == {"petit": 1}
    assert both.facets(of("guide"))["theme"] == {"Telephone": 1}
    assert both.facets(of("guide"))["collection"] == {"guide": 2, "petit": 3}


def test_titles_tell_collections_apart() -> None:
    def titles(*rows: tuple[str, str]) -> dict[str, str]:
        infos = tuple(CollectionInfo(name, title, "fr", "", "", ()) for name, title in rows)
        return Catalogue((), infos).titles

    assert titles() == titles(("a", "Recueil")) == {}
    assert titles(("a", "Recueil"), ("b", "FAQ")) == {"a": "Recueil", "b": "FAQ"}
    assert titles(("a", "FAQ"), ("b", "FAQ")) == {"a": "FAQ (a)", "b": "FAQ (b)"}


def test_a_short_id_that_two_collections_have_is_refused_with_both(both: Assistant) -> None:
    with pytest.raises(NotFoundError, match=r"end with 'p1': guide-p1, petit-p1"):
        both.practice("p1")
    assert both.practice("p3").id == "petit-p3"
    assert both.practice("guide-p1").title == "The desk that rings"


def write_prefixed(root: Path, practice: str, other: str) -> None:
    """Write `faq` and `faq-2`, whose ids start alike, each with one practice of that id."""
    for name, identifier in (("faq", practice), ("faq-2", other)):
        folder = root / name / "practices"
        folder.mkdir(parents=True)
        toml = FAQ_TOML.replace('id = "faq"', f'id = "{name}"')
        (folder.parent / "collection.toml").write_text(toml, "utf-8")
        text = f"---\nid: {identifier}\ntitle: Comment faire ?\n---\n\n## Réponse\n\nAinsi.\n"
        (folder / "a.md").write_text(text, "utf-8")


def test_collections_whose_ids_start_alike_cannot_have_one_practice_id(tmp_path: Path) -> None:
    write_prefixed(tmp_path, "faq-2-a", "faq-2-a")
    with pytest.raises(CorpusError) as caught:
        read_corpus(tmp_path)
    problem = caught.value.problems[0]
    assert len(caught.value.problems) == 1
    assert problem.path == tmp_path / "faq-2" / "practices" / "a.md"
    assert problem.what.en.startswith("the id 'faq-2-a' is already taken by ")
    assert "faq/practices/a.md" in problem.what.en


def test_collections_whose_ids_start_alike_are_told_apart(tmp_path: Path) -> None:
    write_prefixed(tmp_path / "corpus", "faq-2-b", "faq-2-a")
    build_index(tmp_path / "index", read_corpus(tmp_path / "corpus"), HashEncoder())
    opened = open_index(tmp_path / "index")
    assistant = Assistant(opened, Settings(home=tmp_path), HashEncoder())
    assert len({passage.id for passage in opened.passages}) == len(opened.passages) == 6
    assert assistant.practice("faq-2-b").collection == "faq"
    assert ids(assistant.ask("comment faire", filters=of("faq"))) == ["faq-2-b"]
    assert ids(assistant.ask("comment faire", filters=of("faq-2"))) == ["faq-2-a"]


def test_a_collection_cannot_name_the_practices_of_another(both: Assistant) -> None:
    guide = both.settings.corpus / "guide"
    row = {"id": "s9", "lang": "en", "text": "Repeat calls", "grades": {"petit-p2": 2}}
    (guide / "statements.jsonl").write_text(json.dumps(row), "utf-8")
    (guide / "questions" / "p3.yaml").write_text("practice: petit-p2\nen:\n- Why?\n", "utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus(both.settings.corpus)
    assert {problem.path.name for problem in caught.value.problems} == {
        "statements.jsonl",
        "p3.yaml",
    }


def test_statements_that_nothing_answers_are_of_their_collection(both: Assistant) -> None:
    # `petit` was written without any.
    assert both.index.unanswered_of == ("guide",)


def test_practices_around_one_are_of_its_collection(both: Assistant) -> None:
    second = both.practice("guide-p2")
    assert both.around(second) == (both.practice("guide-p1"), None)


def test_a_practice_may_be_like_one_of_another_collection(both: Assistant) -> None:
    found = both.similar("guide-p1", 4)
    assert {neighbour.practice.collection for neighbour in found} == {"guide", "petit"}
    assert len(found) == 4


def test_a_note_cites_the_collection_of_each_line(both: Assistant) -> None:
    kept = Dossier().add("petit-p2/conseils/1").add("guide-p1/steps/1").add("guide-p2")
    text = both.export(kept, "markdown", "fr", DAY).decode("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "page" in line]
    sources = [row.split(" | ")[1] for row in rows]
    assert sources == [
        "La mesure des rappels · Caisse des Tilleuls · page 2 · Petit recueil",
        "The desk that rings · Ashby Council · page 1 · Counter guide",
        "page 2 · Counter guide",
    ]
    listed = text.partition("# Sources")[2].split("\n- ")[1:]
    assert [entry.partition("\n")[0] for entry in listed] == [
        "Petit recueil",
        "Counter guide · Council of Ashby · 1er mars 2021",
    ]
    alone = both.export(Dossier().add("guide-p2"), "markdown", "fr", DAY).decode("utf-8")
    assert "| The letter read aloud | page 2 |" in alone


Run = Callable[..., Result]


@pytest.fixture
def run(both: Assistant, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over both collections."""
    monkeypatch.setenv("RECUEIL_HOME", str(both.settings.home))
    monkeypatch.setattr(Searcher, "open", lambda *_: both.now())
    return lambda *arguments: CliRunner().invoke(main, [*arguments])


def test_the_list_has_a_column_of_collections(run: Run) -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["Id", "Titre", "Organisation", "Thème", "Collection"]
    assert [line.rstrip().endswith("Counter guide") for line in lines[1:]] == [True] * 2 + [
        False
    ] * 3
    kept = run("list", "--collection", "guide", "--json").stdout
    assert [row["id"] for row in json.loads(kept)] == ["guide-p1", "guide-p2"]


def test_an_answer_names_the_collection_of_lines_and_practices(run: Run) -> None:
    shown = run("ask", RINGING).stdout
    assert shown.startswith("1 pratique répond  (probabilité que le recueil réponde : 99 %)\n")
    head = "1. The desk that rings  Ashby Council · Telephone · p. 1 · Counter guide  [guide-p1]"
    assert head in shown.splitlines()
    nothing = run("ask", "zzz").stdout.splitlines()
    assert nothing[0].startswith("Rien dans les recueils n'y répond  (")
    # The line that is asked for word for word, with its collection, and its practice below.
    line = "Answer before the third ring"
    lines = run("ask", line, "--lang", "en").stdout.splitlines()
    assert lines[0].startswith("1 practice answers  (")
    assert lines[1] == f"     → « {line} »  l. 2"
    where = "The desk that rings, Ashby Council, Steps, l. 2, p. 1, Counter guide [guide-p1]"
    assert lines[2] == f"       — {where}"
    assert lines[4] == head
    found = run("search", REPEATED, "--collection", "petit").stdout
    assert "1. La mesure des rappels  Caisse des Tilleuls · Petit recueil  [petit-p2]" in found
    assert "Counter guide" not in found
    alike = run("similar", "guide-p1").stdout
    assert "Caisse des Tilleuls · Petit recueil  [petit-p2]" in alike


def test_a_filter_on_a_collection_that_is_not_there_is_one_line(run: Run) -> None:
    result = run("list", "--collection", "x", "--lang", "en")
    assert result.exit_code == 1
    listed = "guide (Counter guide) ; petit (Petit recueil)"
    assert result.stderr.strip() == (
        f"recueil-qa: collection: no practice has 'x'; there are: {listed}"
    )


def test_contacts_are_as_old_as_their_collection(run: Run) -> None:
    assert "Coordonnées de 2021\n" in run("show", "guide-p1", "--contacts").stdout
    assert "Coordonnées\n" in run("show", "petit-p1", "--contacts").stdout
    assert "· p. 1 · Counter guide  [guide-p1]" in run("show", "guide-p1").stdout
