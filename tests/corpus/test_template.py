from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.practice import read_practice
from recueil_qa.corpus.questions import parse_questions
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.template import new_practice, practice_template, questions_template
from recueil_qa.errors import CorpusError, RecueilError, SettingsError, WriteError
from tests.support import ROOT
from tests.support.collections import BOOKLET_TOML, FAQ_TOML, write_faq
from tests.support.templates import fill

PARTS = """
[[parts]]
name = "Accueil"
themes = ["Guichet", "Téléphone"]

[[parts]]
name = "Équipe"
themes = ["Métiers"]
"""
PETIT = CollectionConfig.model_validate(tomllib.loads(BOOKLET_TOML))
WHOLE = CollectionConfig.model_validate(
    tomllib.loads(BOOKLET_TOML.replace('"theme"]', '"part", "theme", "sector"]') + PARTS)
)
FAQ = CollectionConfig.model_validate(tomllib.loads(FAQ_TOML))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_practice_lists_what_its_collection_allows() -> None:
    assert practice_template(WHOLE, "petit-p4", "fr") == (
        "---\n"
        "# Mettez entre guillemets un texte qui contient « : » ou « # ».\n"
        "id: petit-p4\n"
        "# part, une valeur parmi :\n"
        "#   Accueil\n"
        "#   Équipe\n"
        "part: <à remplir, l'une des parties>\n"
        "# theme, une valeur parmi :\n"
        "#   (part « Accueil »)\n"
        "#   Guichet\n"
        "#   Téléphone\n"
        "#   (part « Équipe »)\n"
        "#   Métiers\n"
        "theme: <à remplir, l'un des thèmes>\n"
        "title: <à remplir, le titre de la pratique>\n"
        "# subtitle: ce qu'elle apporte, en une ligne (facultatif)\n"
        "# organisation: le service qui l'a mise en œuvre (facultatif)\n"
        "# sector, une valeur parmi :\n"
        "#   commune\n"
        "#   caisse\n"
        "sector: <à remplir, l'un des secteurs>\n"
        "# contacts:\n"
        "# - un contact par ligne (facultatif)\n"
        "# D'où vient ce texte, comme « Note du 3 mars 2025, direction de l'accueil ».\n"
        "# S'il est mot pour mot dans source.txt, ôtez cette ligne et mettez sa page, comme "
        "« page: 12 ».\n"
        "source: <à remplir, le document d'où vient ce texte, sa date, son auteur>\n"
        "---\n"
        "\n## Contexte\n\n<à remplir, une phrase par ligne>\n"
        "\n## Conseils\n\n- <à remplir, un conseil par ligne, mot pour mot>\n"
    )


def test_a_collection_that_asks_for_nothing_gets_a_short_template_in_english() -> None:
    assert practice_template(FAQ, "faq-p1", "en", "Parking: where?") == (
        "---\n"
        "# Put in quotes a text that contains ': ' or ' #'.\n"
        "id: faq-p1\n"
        "title: 'Parking: where?'\n"
        "# subtitle: what it brings, in one line (optional)\n"
        "# organisation: the body that did it (optional)\n"
        "# contacts:\n"
        "# - one contact a line (optional)\n"
        "# source: the document that this text comes from, its date, its author (optional)\n"
        "---\n"
        "\n## Réponse\n\n- <to fill in, one piece of advice a line, word for word>\n"
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("config", [WHOLE, PETIT, FAQ], ids=["whole", "petit", "faq"])
def test_what_is_not_filled_in_is_refused_and_nothing_else(
    config: CollectionConfig, language: str
) -> None:
    identifier = f"{config.id}-p4"
    for text, parse in (
        (practice_template(config, identifier, language), read_practice),
        (questions_template(config, identifier, language), parse_questions),
    ):
        marked = [number for number, line in enumerate(text.split("\n"), 1) if "<" in line]
        if parse is read_practice:
            _, problems = read_practice(text, Path("p4.md"), config)
        else:
            _, problems = parse_questions(text, Path("p4.yaml"), None, {})
        assert [problem.line for problem in problems] == marked != []
        assert all(problem.what.en.startswith("to fill in: ") for problem in problems)


def test_a_practice_filled_in_is_served_with_the_others(corpus_root: Path) -> None:
    made = new_practice(corpus_root / "petit", "fr", title="  Le   rappel : e\u0301te\u0301 ")
    assert (made.id, made.practice.name, made.questions.name) == ("petit-p4", "p4.md", "p4.yaml")
    with pytest.raises(CorpusError) as refused:
        read_corpus(corpus_root)
    assert {problem.path for problem in refused.value.problems} == {made.practice, made.questions}
    text = made.practice.read_text("utf-8")
    filled = fill(text, "Accueil", "Note du 3 mars 2025", "Un usager sur dix", "Rappeler la veille")
    made.practice.write_text(filled, "utf-8")
    asked = made.questions.read_text("utf-8")
    made.questions.write_text(fill(asked, "Ils oublient", "They forget"), "utf-8")
    (collection,) = read_corpus(corpus_root).collections
    practice = collection.practices[-1]
    assert (practice.id, practice.title, practice.theme, practice.page) == (
        "petit-p4", "Le rappel : été", "Accueil", None,
    )  # fmt: skip
    assert [line.text for section in practice.sections for line in section.lines] == [
        "Un usager sur dix",
        "Rappeler la veille",
    ]
    assert practice.source == "Note du 3 mars 2025"
    assert [question.text for question in collection.questions_by_practice["petit-p4"]] == [
        "Ils oublient",
        "They forget",
    ]


def test_without_where_it_comes_from_every_line_must_be_in_the_source(corpus_root: Path) -> None:
    made = new_practice(corpus_root / "petit", "fr", title="T")
    made.questions.unlink()
    text = made.practice.read_text("utf-8")
    filled = fill(text, "Accueil", "SOURCE", "Un usager sur dix", "Choisir un horaire plus élargi")
    made.practice.write_text(filled.replace("source: SOURCE", "page: 4"), "utf-8")
    with pytest.raises(CorpusError) as refused:
        read_corpus(corpus_root)
    first, second = refused.value.problems
    assert first.what.en == (
        "line that is not word for word in the source: 'Un usager sur dix'; take the source's "
        "wording, or, only if the practice is not of the booklet, say where it comes from: "
        "'source: …' in the front matter"
    )
    assert (
        "(source.txt, ligne 6 : « Choisir un horaire élargi »), ou, seulement si la pratique n'est"
        in second.what.fr
    )


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (["p06", "p54"], "p55"),
        (["p9"], "p10"),
        (["p6", "p100"], "p101"),
        (["fiche-1", "fiche-2", "p7"], "fiche-3"),
        (["carte", "cantine"], "p1"),
        (["2024-01", "2024-02"], "2024-03"),
    ],
)
def test_the_next_id_follows_the_manner_of_the_others(
    tmp_path: Path, there: list[str], expected: str
) -> None:
    folder = write_faq(tmp_path)
    for path in folder.glob("practices/*"):
        path.unlink()
    for name in there:
        (folder / "practices" / f"{name}.md").write_text(f"---\nid: faq-{name}\n", "utf-8")
    assert new_practice(folder, "fr").id == f"faq-{expected}"


def test_an_id_written_in_a_file_of_another_name_is_taken(corpus_root: Path) -> None:
    folder = corpus_root / "petit"
    (folder / "practices/p3.md").rename(folder / "practices/courrier.md")
    (folder / "questions/p3.yaml").unlink()
    (folder / "questions/p7.yaml").write_text("x", "utf-8")
    with pytest.raises(WriteError) as refused:
        new_practice(folder, "fr", "petit-p3")
    assert refused.value.en == (
        "the id 'petit-p3' is already taken; give --id another one, or nothing: the next free one "
        "is p8"
    )
    assert new_practice(folder, "fr").id == "petit-p8"


@pytest.mark.parametrize("identifier", ["p1", "petit-p1"])
def test_nothing_is_ever_overwritten(corpus_root: Path, identifier: str) -> None:
    before = {path: path.read_bytes() for path in corpus_root.rglob("*") if path.is_file()}
    with pytest.raises(WriteError):
        new_practice(corpus_root / "petit", "fr", identifier)
    assert {p: p.read_bytes() for p in corpus_root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "identifier", ["..", "../p9", "/p9", "P9", "é", "p 9", "petit-", ".p9", "p9\n", "a\x1b[31m"]
)
def test_an_id_is_letters_digits_and_hyphens(corpus_root: Path, identifier: str) -> None:
    before = names(corpus_root)
    with pytest.raises(SettingsError) as refused:
        new_practice(corpus_root / "petit", "fr", identifier)
    assert refused.value.fr.endswith("écrivez des minuscules sans accent, chiffres ou tirets, "
                                     "comme p55")  # fmt: skip
    assert "\x1b" not in refused.value.fr
    assert names(corpus_root) == before


@pytest.mark.parametrize("title", ["a\x1b[31m", "a\u202eb", "\ud800"])
def test_a_title_that_can_t_be_shown_is_refused(corpus_root: Path, title: str) -> None:
    with pytest.raises(SettingsError):
        new_practice(corpus_root / "petit", "fr", title=title)


def test_a_collection_that_is_refused_gets_no_template(corpus_root: Path, tmp_path: Path) -> None:
    (corpus_root / "petit" / "collection.toml").write_text("id = 3", "utf-8")
    for folder in (corpus_root / "petit", tmp_path / "nowhere"):
        with pytest.raises(CorpusError):
            new_practice(folder, "fr")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_leads_elsewhere_is_not_written_to(corpus_root: Path, tmp_path: Path) -> None:
    folder = corpus_root / "petit"
    (folder / "questions").rename(tmp_path / "away")
    (folder / "questions").symlink_to(tmp_path / "away")
    before = names(tmp_path)
    with pytest.raises(WriteError) as refused:
        new_practice(folder, "fr")
    assert refused.value.fr.endswith("hors du corpus ; copiez-le ici")
    assert names(tmp_path) == before


@pytest.mark.parametrize("at", [1, 2])
def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    folder = write_faq(tmp_path)
    before = names(folder)
    whole = Path.open
    opened: list[Path] = []

    def fail(text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(path: Path, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        file: Any = whole(path, mode, *arguments, **more)
        if mode == "x":
            opened.append(path)
            if len(opened) == at:
                file.write = fail
        return file

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(WriteError) as refused:
            new_practice(folder, "fr")
    assert len(opened) == at
    assert refused.value.fr.endswith("impossible à écrire (disque plein) ; rien n'a changé")
    assert refused.value.en.endswith("can't be written (the disk is full); nothing has changed")
    assert names(folder) == before


def test_the_committed_collection_gets_its_next_page(tmp_path: Path) -> None:
    config = CollectionConfig.model_validate(
        tomllib.loads((ROOT / "corpus/recueil-2014/collection.toml").read_text("utf-8"))
    )
    text = practice_template(config, "recueil-2014-p55", "fr")
    _, problems = read_practice(text, tmp_path / "p55.md", config)
    assert len(problems) == text.count("<à remplir, ") == 9 + 1
    assert "\n#   Gestion des réclamations\n" in text


@given(st.text(max_size=40), st.none() | st.text(max_size=12))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_title_and_id_make_a_template_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, title: str, identifier: str | None
) -> None:
    folder = write_faq(tmp_path_factory.mktemp("new"))
    try:
        made = new_practice(folder, "fr", identifier, title)
    except RecueilError as error:
        assert error.fr and error.en
        assert not (folder / "questions").exists()
        return
    assert (made.practice.parent, made.questions.parent) == (
        folder / "practices",
        folder / "questions",
    )
    text = made.practice.read_text("utf-8").replace("<à remplir, un conseil", "<Un conseil")
    found, problems = read_practice(text, made.practice, FAQ)
    if title.strip():
        assert found is not None, problems
        assert found.practice.title == " ".join(normalize("NFC", title).split())
