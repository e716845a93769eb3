from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from recueil_qa.cli.corpus import COMMANDS, COUNTED, TEXTS
from recueil_qa.cli.main import main
from recueil_qa.encoding import runtimes
from tests.support.collections import write_faq
from tests.support.command_line import Run, loaded_by, refused
from tests.support.encoders import HashEncoder
from tests.support.heads import quick_fitting
from tests.support.statements import lessons, write_lessons
from tests.support.templates import fill


@pytest.fixture
def run(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line over `petit`, from its home."""
    assert corpus_root == tmp_path / "corpus"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECUEIL_HOME", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])


def test_a_practice_is_started_filled_in_and_checked(run: Run, corpus_root: Path) -> None:
    result = run("new", "practice", "--title", "Le rappel des [bold]rendez-vous")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Deux fichiers à remplir :",
        "  corpus/petit/practices/p4.md",
        "  corpus/petit/questions/p4.yaml",
        "Ensuite :",
        "  1. remplacez chaque « <à remplir, …> », dans un éditeur de texte",
        "  2. ajoutez-la, dans corpus/petit/statements.jsonl, aux situations qu'elle aide à régler "
        "(docs/collections.md)",
        "  3. recueil-qa validate   dit ce qui reste à corriger",
        "  4. recueil-qa build   met la pratique en service",
    ]
    unfilled = run("validate")
    assert unfilled.exit_code == 1
    lines = unfilled.stdout.splitlines()
    assert lines[0] == "corpus/petit/practices/p4.md"
    assert lines[1] == (
        "  ligne 4 : à remplir : mettez votre texte à la place de « <à remplir, l'un des thèmes> »"
    )
    assert lines[-1] == "6 problèmes à corriger (2 fichiers)"
    for name, texts in (
        ("practices/p4.md", ["Accueil", "Note du 3 mars", "Un sur dix", "Rappeler"]),
        ("questions/p4.yaml", ["Ils oublient", "They forget"]),
    ):
        path = corpus_root / "petit" / name
        path.write_text(fill(path.read_text("utf-8"), *texts), "utf-8")
    assert run("validate").stdout == "4 pratiques, 9 questions, rien à corriger\n"


def test_the_id_may_be_chosen_and_the_command_speaks_english(run: Run, corpus_root: Path) -> None:
    result = run("new", "practice", "--id", "petit-accueil", "--lang", "en")
    assert result.stdout.splitlines()[1:4] == [
        "  corpus/petit/practices/accueil.md",
        "  corpus/petit/questions/accueil.yaml",
        "Then:",
    ]
    text = (corpus_root / "petit/practices/accueil.md").read_text("utf-8")
    assert "\nid: petit-accueil\n" in text
    assert "title: <to fill in, the practice's title>\n" in text
    refused(run("new", "practice", "--id", "accueil"), "« petit-accueil » est déjà pris")
    refused(run("new", "practice", "--id", "../x", "--lang", "en"), "id '../x' refused; write")


@pytest.mark.parametrize("collection", ["faq", "corpus/faq"])
def test_one_of_several_collections_is_named(run: Run, corpus_root: Path, collection: str) -> None:
    write_faq(corpus_root)
    refused(run("new", "practice"), "2 collections dans ", " (faq, petit) ; indiquez --collection")
    result = run("new", "practice", "--collection", collection)
    assert result.stdout.splitlines()[1] == "  corpus/faq/practices/p1.md"
    assert "recueil-qa validate   dit" in result.stdout
    refused(run("new", "practice", "--collection", "autre"), "autre/collection.toml")


def test_the_next_steps_name_a_corpus_that_is_elsewhere(run: Run, tmp_path: Path) -> None:
    write_faq(tmp_path / "autre corpus")
    given = run("new", "practice", "--corpus", "autre corpus").stdout
    assert "recueil-qa validate --corpus 'autre corpus'   dit" in given
    folder = run("new", "practice", "--collection", "autre corpus/faq").stdout
    assert "recueil-qa build --corpus 'autre corpus/faq'   met" in folder
    for place in ("autre corpus", "autre corpus/faq"):
        assert run("validate", "--corpus", place).stdout.endswith("à corriger (4 fichiers)\n")


def test_all_that_is_wrong_is_listed_by_file_and_line(run: Run, corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    path = folder / "practices/p1.md"
    path.write_text(path.read_text("utf-8").replace("page: 1", "page: un").replace("##", "#"))
    (folder / "practices/p4.txt").write_text("x")
    assert run("validate").stdout.splitlines() == [
        "corpus/petit/practices/p1.md",
        "  ligne 3 : page « un » : un nombre est attendu, comme « page: 12 »",
        *(
            f"  ligne {line} : titre de section inconnu « # {name} » ; écrivez l'un de : "
            "« ## Contexte », « ## Conseils », « ## Nos conseils »"
            for line, name in ((12, "Contexte"), (16, "Conseils"))
        ),
        "corpus/petit/practices/p4.txt",
        "  ce fichier serait ignoré ; renommez-le en .md ou déplacez-le",
        "4 problèmes à corriger (2 fichiers)",
    ]
    english = run("validate", "--lang", "en")
    assert english.exit_code == 1
    assert english.stdout.splitlines()[1] == (
        "  line 3: page 'un': expected a number, as in 'page: 12'"
    )
    assert english.stdout.endswith("4 problems to mend (2 files)\n")


def test_programs_get_one_object(run: Run, corpus_root: Path) -> None:
    good = run("validate", "--json")
    assert (good.exit_code, json.loads(good.stdout)) == (
        0, {"practices": 3, "questions": 7, "drafts": 0, "problems": []}
    )  # fmt: skip
    path = corpus_root / "petit/practices/p1.md"
    path.write_text("x")
    bad = run("validate", "--json")
    assert (bad.exit_code, json.loads(bad.stdout)) == (
        1,
        {
            "practices": None,
            "questions": None,
            "drafts": 0,
            "problems": [
                {
                    "file": str(path),
                    "line": 1,
                    "fr": "l'en-tête manque ; le fichier commence par « --- », les champs, puis "
                    "« --- »",
                    "en": "no front matter; the file starts with '---', the fields, then '---'",
                }
            ],
        },
    )


def test_one_is_no_plural(run: Run, corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    for page in (2, 3):
        (folder / f"practices/p{page}.md").unlink()
        (folder / f"questions/p{page}.yaml").unlink()
    (folder / "questions/p1.yaml").unlink()
    assert run("validate").stdout == "1 pratique, 0 question, rien à corriger\n"
    assert run("validate", "--lang", "en").stdout == "1 practice, 0 questions, nothing to mend\n"
    (folder / "practices/p1.md").write_text("x")
    assert run("validate").stdout.endswith("\n1 problème à corriger (1 fichier)\n")


def test_a_corpus_that_is_not_there_is_a_problem_to_mend(run: Run, tmp_path: Path) -> None:
    result = run("validate", "--corpus", "nowhere")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        "nowhere",
        "  aucune collection ici (un dossier avec collection.toml) ; indiquez --corpus",
        "1 problème à corriger (1 fichier)",
    ]


def test_a_collection_that_is_not_there_is_told_with_those_that_are(
    run: Run, corpus_root: Path
) -> None:
    command = ["new", "practice"]
    refused(
        run(*command, "--collection", "neuf"),
        "aucune collection « neuf » ; il y a : petit. Pour en commencer une, écrivez d'abord "
        f"{corpus_root / 'neuf' / 'collection.toml'} (docs/collections.md)",
    )
    refused(
        run(*command, "--collection", "corpus/neuf", "--lang", "en"),
        "no collection 'corpus/neuf'; there are: petit. To start one, first write "
        "corpus/neuf/collection.toml (docs/collections.md)",
    )
    for command in (["new", "practice"], ["import", "carnet.txt"]):
        # No file system has names as long, and none should answer by an exception.
        refused(run(*command, "--collection", "x" * 300), f"aucune collection « {'x' * 300} »")
        refused(run(*command, "--corpus", "x" * 300, "--collection", "neuf"), "aucune collection")
    # A collection that is not there is made, of files that are.
    refused(run("import", "carnet.txt", "--collection", "neuf"), "il n'y a rien à cet endroit")
    assert not (corpus_root / "neuf").exists()
    # A name is enough, and what is refused then is the import.
    refused(
        run("import", "absent.txt", "--collection", "petit"),
        "L'import est refusé, 1 problème(s) à corriger :\n  absent.txt: illisible",
    )


def test_the_commands_are_among_the_others_and_speak_both_languages() -> None:
    assert [command.name for command in COMMANDS] == ["new", "validate", "learn"]
    assert {command.name for command in COMMANDS} < {*main.commands}
    told = [*TEXTS.values(), *(text for pair in COUNTED.values() for text in pair)]
    assert all(text.fr and text.en for text in told)
    assert all(text.fr != text.en for text in TEXTS.values())


@pytest.mark.parametrize("arguments", [["validate"], ["new", "practice"]], ids=" ".join)
def test_checking_a_corpus_loads_neither_torch_nor_faiss(
    corpus_root: Path, tmp_path: Path, arguments: list[str]
) -> None:
    shutil.rmtree(corpus_root / "petit" / "questions")
    assert loaded_by(tmp_path, *arguments) == "loaded"


def test_heads_are_learnt_from_a_collection_and_from_statements_outside(
    run: Run, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = lessons()
    write_lessons(corpus_root / "petit", rows[::2])
    outside = tmp_path / "jugées.jsonl"
    names = ("id", "text", "lang", "grades")
    kept = [{name: row[name] for name in names if name in row} for row in rows[1::2]]
    outside.write_text("".join(f"{json.dumps(row)}\n" for row in kept), "utf-8")
    quick_fitting(monkeypatch)
    monkeypatch.setattr(runtimes, "open_encoder", lambda *_: HashEncoder())
    result = run("learn", "--statements", outside, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "learnt from 12 statements of the collection and 12 others" in result.stdout
    assert "corpus/petit/heads.npz" in result.stdout and "nDCG@10" in result.stdout
    assert (corpus_root / "petit" / "heads.npz").is_file()
    assert "heads.npz" not in run("validate", "--lang", "en").stdout
    write_lessons(corpus_root / "petit", rows[2::2])
    assert "corpus/petit/heads.npz" in run("validate", "--lang", "en").stdout
