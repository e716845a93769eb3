from __future__ import annotations

import json
from pathlib import Path

import pytest

from recueil_qa.corpus.reading import read_corpus
from tests.support.folders import all_contents
from tests.support.layouts import import_into, jekyll, write


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(tmp_path / "site", jekyll(4))


@pytest.fixture
def corpus(tmp_path: Path, site: Path) -> Path:
    """A collection that was imported, with questions and statements of its second card."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    assert import_into(corpus, site).exit_code == 0
    name = "guichets-carte-2"
    rows = [
        {"id": "s1", "lang": "fr", "text": "On attend trop.", "grades": {name: 2},
         "lines": {name: ["conseils/2", "conseils/1"]}},
        {"id": "s2", "lang": "fr", "text": "Qui former ?",
         "grades": {name: 1, "guichets-carte-1": 2}, "not": ["guichets-carte-3"]},
        {"id": "s3", "lang": "fr", "text": "La météo ?", "grades": {}},
    ]  # fmt: skip
    write(
        corpus / "guichets",
        {
            "questions/carte-2.yaml": f"# les miennes\npractice: {name}\nfr:\n- Trop de monde\n"
            "fr conseils/1:\n- Quand ouvrir ?\nen conseils/2:\n- Whom to train?\n",
            "statements.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows),
        },
    )
    read_corpus(corpus)
    return corpus


def change(site: Path, card: int, old: str, new: str) -> None:
    path = site / f"cartes/carte-{card}.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def practice(corpus: Path, name: str) -> str:
    return (corpus / "guichets/practices" / f"{name}.md").read_text("utf-8")


def statements(corpus: Path) -> list[dict[str, object]]:
    text = (corpus / "guichets/statements.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_nothing_changed_changes_nothing(corpus: Path, site: Path) -> None:
    before = all_contents(corpus)
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 0, result.output
    assert "4 unchanged" in result.output
    assert all_contents(corpus) == before


def test_new_changed_and_gone_pages_are_told_and_followed(corpus: Path, site: Path) -> None:
    change(site, 1, "une heure plus tôt", "deux heures plus tôt")
    write(site, {"cartes/carte-9.md": jekyll(9)["cartes/carte-9.md"]})
    (site / "cartes/carte-3.md").unlink()
    trial = import_into(corpus, site, "--update", "--dry-run")
    assert "deux heures" not in practice(corpus, "carte-1")
    result = import_into(corpus, site, "--update")
    for output in (trial.output, result.output):
        assert "1 new\n  guichets-carte-9" in output
        assert "1 changed\n  guichets-carte-1" in output
        assert "1 gone from the source: kept" in output
        assert "2 unchanged" in output
    assert "deux heures plus tôt" in practice(corpus, "carte-1")
    assert practice(corpus, "carte-3")
    assert practice(corpus, "carte-9")


def test_a_renamed_page_keeps_its_id_and_its_questions(corpus: Path, site: Path) -> None:
    (site / "cartes/carte-2.md").rename(site / "cartes/un-autre-nom.md")
    result = import_into(corpus, site, "--update")
    assert "1 of a renamed file, same id" in result.output
    assert "(cartes/carte-2.md → cartes/un-autre-nom.md)" in result.output
    (collection,) = read_corpus(corpus).collections
    assert "guichets-carte-2" in {p.id for p in collection.practices}
    assert len(collection.practices) == 4
    again = import_into(corpus, site, "--update")
    assert "4 unchanged" in again.output


def test_lines_that_move_take_their_questions_and_statements_along(
    corpus: Path, site: Path
) -> None:
    change(site, 2, "1. Ouvrir la file", "1. Compter les gens.\n1. Ouvrir la file")
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 0, result.output
    assert "guichets-carte-2: conseils/1 → conseils/2" in result.output
    text = (corpus / "guichets/questions/carte-2.yaml").read_text("utf-8")
    assert "# les miennes" in text
    assert "fr conseils/2:\n- Quand ouvrir ?" in text
    assert "en conseils/3:\n- Whom to train?" in text
    assert statements(corpus)[0]["lines"] == {"guichets-carte-2": ["conseils/3", "conseils/2"]}
    read_corpus(corpus)


def test_the_question_of_a_line_that_is_gone_stays_with_its_practice(
    corpus: Path, site: Path
) -> None:
    change(site, 2, "1. Ouvrir la file une heure plus tôt.\n", "")
    result = import_into(corpus, site, "--update")
    assert "conseils/1 → gone: stays with the whole practice" in result.output
    text = (corpus / "guichets/questions/carte-2.yaml").read_text("utf-8")
    assert "fr:\n- Trop de monde\n- Quand ouvrir ?" in text
    assert "en conseils/1:\n- Whom to train?" in text
    assert statements(corpus)[0]["lines"] == {"guichets-carte-2": ["conseils/1"]}
    change(site, 2, "1. Former **deux** agents &amp; un remplaçant.\n    - le matin\n", "")
    assert import_into(corpus, site, "--update").exit_code == 0
    assert not statements(corpus)[0].get("lines")


def test_a_correction_by_hand_is_kept_and_told(corpus: Path, site: Path) -> None:
    for card in (1, 4):
        path = corpus / f"guichets/practices/carte-{card}.md"
        path.write_text(path.read_text("utf-8").replace("Anecdote", "Histoire"), "utf-8")
    change(site, 4, "Une fin de page.", "Une autre fin.")
    result = import_into(corpus, site, "--update")
    assert "1 corrected by hand, kept\n  guichets-carte-1" in result.output
    assert "corrected by hand AND changed in the source" in result.output
    assert "Une autre fin." not in practice(corpus, "carte-4")
    forced = import_into(corpus, site, "--update", "--force")
    assert forced.exit_code == 0, forced.output
    assert "Une autre fin." in practice(corpus, "carte-4")
    assert "Anecdote" in practice(corpus, "carte-1")


def test_pages_that_are_gone_go_with_their_questions_when_asked(corpus: Path, site: Path) -> None:
    (site / "cartes/carte-2.md").unlink()
    (site / "cartes/carte-3.md").unlink()
    result = import_into(corpus, site, "--update", "--remove-gone")
    assert result.exit_code == 0, result.output
    assert "2 gone from the source: removed with their questions" in result.output
    assert not (corpus / "guichets/questions/carte-2.yaml").exists()
    # The first only had this answer: without it, it would say that nothing answers.
    assert [(row["id"], row["grades"]) for row in statements(corpus)] == [
        ("s2", {"guichets-carte-1": 2}),
        ("s3", {}),
    ]
    assert len(read_corpus(corpus).collections[0].practices) == 2


def test_lines_that_move_and_pages_that_go_are_followed_in_one_step(
    corpus: Path, site: Path
) -> None:
    rows = statements(corpus)
    chosen = rows[1] | {"lines": {"guichets-carte-1": ["conseils/1"]}}
    both = {
        "id": "s4",
        "lang": "fr",
        "text": "Ouvrir quand ?",
        "grades": {"guichets-carte-1": 2, "guichets-carte-2": 1},
        "lines": {"guichets-carte-1": ["conseils/2"], "guichets-carte-2": ["conseils/1"]},
    }
    text = "".join(f"{json.dumps(row)}\n" for row in (rows[0], chosen, rows[2], both))
    (corpus / "guichets/statements.jsonl").write_text(text, "utf-8")
    change(site, 1, "1. Ouvrir la file", "1. Compter les gens.\n1. Ouvrir la file")
    (site / "cartes/carte-2.md").unlink()
    result = import_into(corpus, site, "--update", "--remove-gone")
    assert result.exit_code == 0, result.output
    assert "guichets-carte-1: conseils/1 → conseils/2" in result.output
    assert [(row["id"], row["grades"], row.get("lines")) for row in statements(corpus)] == [
        ("s2", {"guichets-carte-1": 2}, {"guichets-carte-1": ["conseils/2"]}),
        ("s3", {}, None),
        ("s4", {"guichets-carte-1": 2}, {"guichets-carte-1": ["conseils/3"]}),
    ]
    read_corpus(corpus)


def test_a_practice_whose_file_was_removed_does_not_come_back(corpus: Path, site: Path) -> None:
    (corpus / "guichets/practices/carte-4.md").unlink()
    result = import_into(corpus, site, "--update")
    assert "1 removed here before: left out" in result.output
    assert not (corpus / "guichets/practices/carte-4.md").exists()
    assert "1 removed here before" in import_into(corpus, site, "--update").output
    import_into(corpus, site, "--update", "--force")
    assert practice(corpus, "carte-4")


def test_an_import_that_would_not_be_valid_leaves_all_as_it_was(corpus: Path, site: Path) -> None:
    change(site, 1, "une heure", "deux heures")
    (corpus / "guichets/questions/carte-2.yaml").write_text("practice: nobody\nfr:\n- a b c\n")
    before = all_contents(corpus)
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 1
    assert "carte-2.yaml:1" in result.output
    assert all_contents(corpus) == before


def test_a_damaged_memory_is_told(corpus: Path, site: Path) -> None:
    (corpus / "guichets/.import.json").write_text("{")
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 1
    assert "the memory of the import is damaged" in result.output


def test_the_id_of_a_collection_stays(corpus: Path, site: Path) -> None:
    path = corpus / "guichets/collection.toml"
    path.write_text(path.read_text("utf-8").replace('id = "guichets"', 'id = "autre"'), "utf-8")
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 1
    assert "collection.toml:3: the id does not change after the import" in result.output


def test_remove_gone_needs_update(corpus: Path, site: Path) -> None:
    assert "--update" in import_into(corpus, site, "--remove-gone").output


def test_rows_of_a_table_are_followed_one_by_one(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    table = tmp_path / "fiches.csv"
    rows = [f"Le guichet {at};Ouvrir le guichet {at} une heure plus tôt." for at in range(1, 5)]
    double = ["Le même nom;Former deux agents de renfort.", "Le même nom;Tenir un cahier."]

    def update(*lines: str) -> str:
        table.write_text("\n".join(["Titre;Conseils", *lines]) + "\n", "utf-8")
        result = import_into(
            corpus, table, *(["--update"] if (corpus / "guichets").exists() else [])
        )
        assert result.exit_code == 0, result.output
        return result.output

    update(*rows, *double)
    assert "6 unchanged" in update(*double[::-1], *rows[::-1])
    changed = update(*double, *rows[:3], rows[3].replace("une heure", "deux heures"))
    assert "1 changed\n  guichets-le-guichet-4" in changed
    assert "5 unchanged" in changed
    gone = update(*double, *rows[1:], "Le guichet 9;Rappeler la veille au soir.")
    assert "1 new\n  guichets-le-guichet-9" in gone
    assert "1 gone from the source: kept" in gone


def test_a_new_page_of_a_former_name_has_an_id_of_its_own(corpus: Path, site: Path) -> None:
    old = site / "cartes/carte-2.md"
    text = old.read_text("utf-8")
    old.rename(site / "cartes/carte-9.md")
    assert import_into(corpus, site, "--update").exit_code == 0
    old.write_text(text.replace("numéro 2", "tout neuf").replace("Ouvrir", "Fermer"), "utf-8")
    assert import_into(corpus, site, "--update").exit_code == 0
    found = {p.id: p.title for p in read_corpus(corpus).collections[0].practices}
    assert found["guichets-carte-2"] == "Le guichet numéro 2"
    (new,) = (name for name, title in found.items() if title == "Le guichet tout neuf")
    assert new.startswith("guichets-carte-2-")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "collection.toml",
            'rest = "texte"',
            'rest = "nulle"',
            "[import] rest: no section 'nulle'",
        ),
        ("collection.toml", "[import]", "[import", "collection.toml:"),
        (".import.json", '"format": ', '"format": 9', "another release"),
    ],
)
def test_what_an_update_rests_on_is_checked_first(
    corpus: Path, site: Path, name: str, old: str, new: str, said: str
) -> None:
    path = corpus / "guichets" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    before = all_contents(corpus)
    result = import_into(corpus, site, "--update")
    assert result.exit_code == 1
    assert said in result.output
    assert all_contents(corpus) == before


def test_practices_written_by_hand_are_not_replaced_unasked(corpus: Path, site: Path) -> None:
    kept = corpus / "guichets/practices/carte-1.md"
    kept.write_text(kept.read_text("utf-8").replace("Ouvrir", "Fermer"), "utf-8")
    (corpus / "guichets/.import.json").unlink()
    before = all_contents(corpus)
    result = import_into(corpus, site)
    assert result.exit_code == 1
    assert "1 practice(s) of another wording would be replaced (guichets-carte-1)" in result.output
    assert "--force" in result.output
    assert all_contents(corpus) == before
