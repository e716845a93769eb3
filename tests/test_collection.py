from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.collection import CollectionConfig, read_config
from recueil_qa.errors import Problem
from recueil_qa.types import CollectionInfo, SectionInfo
from tests.fakes import BOOKLET_TOML, FAQ_TOML

ADVICE = '\n[[sections]]\nname = "conseils"\nheadings = ["Conseils"]\nrole = "advice"\n'
HEAD = 'id = "c"\ntitle = "C"\nlanguage = "fr"\n'


def section(name: str, *headings: str) -> str:
    listed = ", ".join(f'"{heading}"' for heading in headings)
    return f'\n[[sections]]\nname = "{name}"\nheadings = [{listed}]\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "collection.toml"
    path.write_text(text, "utf-8")
    return path


def read(folder: Path, text: str) -> CollectionConfig:
    config, problems = read_config(write(folder, text))
    assert config is not None, [problem.en for problem in problems]
    assert problems == []
    return config


def refused(folder: Path, text: str) -> list[Problem]:
    config, problems = read_config(write(folder, text))
    assert config is None
    return problems


def test_the_smallest_collection_asks_for_nothing_more(tmp_path: Path) -> None:
    config = read(tmp_path, FAQ_TOML)
    assert (config.sources, config.required, config.sectors, config.parts) == ((), (), (), ())
    assert config.import_.theme_mark == "■"
    assert config.info() == CollectionInfo(
        "faq",
        "Questions fréquentes",
        "fr",
        "",
        "",
        (SectionInfo("reponse", "advice", "Réponse", "Réponse"),),
    )


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + FAQ_TOML) == read(tmp_path, FAQ_TOML)


def test_what_travels_with_the_index_is_read_from_the_file(tmp_path: Path) -> None:
    head = HEAD + 'publisher = "P"\ndate = 2014-06-19\n'
    origin = section("origine", "Origine") + 'label_en = "Origin"\nrole = "context"\n'
    info = read(tmp_path, head + origin + section("faits", "Faits") + ADVICE).info()
    assert (info.publisher, info.date) == ("P", "2014-06-19")
    assert info.sections == (
        SectionInfo("origine", "context", "Origine", "Origin"),
        SectionInfo("faits", "detail", "Faits", "Faits"),
        SectionInfo("conseils", "advice", "Conseils", "Conseils"),
    )


def test_sections_are_found_by_their_role_which_is_detail_unless_told(tmp_path: Path) -> None:
    listed = (
        section("origine", "Origine") + 'role = "context"\n'
        + section("faits", "Faits") + 'role = "detail"\n'
        + section("suites", "Suites") + section("astuces", "Astuces") + 'role = "advice"\n'
    )  # fmt: skip
    info = read(tmp_path, HEAD + listed + ADVICE).info()
    assert info.sections_for("advice") == {"astuces", "conseils"}
    assert info.sections_for("detail") == {"faits", "suites"}
    assert info.sections_for("context") == {"origine"}
    assert info.sections_for("") == frozenset()
    bare = read(tmp_path, HEAD + ADVICE).info()
    assert bare.sections_for("context") == bare.sections_for("detail") == frozenset()


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Conseils", "conseils"),
        ("  Nos conseils ", "conseils"),
        ("Contexte", "contexte"),
        ("contexte", None),
        ("Contextes", None),
        ("", None),
    ],
)
def test_a_heading_opens_its_section_word_for_word(
    tmp_path: Path, heading: str, name: str | None
) -> None:
    section = read(tmp_path, BOOKLET_TOML).section_of(heading)
    assert (section and section.name) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (section("conseils", "A") + section("conseils", "B"), "section name given twice: conseils"),
        (section("a", "Titre") + section("b", "Titre"), "heading given twice: Titre"),
        (section("a", "Titre", "Titre"), "heading given twice: Titre"),
        (section("title", "A"), "the section name 'title' is reserved"),
        (section("questions", "A"), "the section name 'questions' is reserved"),
    ],
)
def test_sections_that_can_t_be_told_apart_are_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (problem,) = refused(tmp_path, HEAD + ADVICE.replace("conseils", "zz") + text)
    assert problem.path == tmp_path / "collection.toml"
    assert said in problem.en
    assert said in problem.fr


@pytest.mark.parametrize("role", ["", 'role = "detail"\n', 'role = "context"\n'])
def test_a_collection_without_advice_is_refused(tmp_path: Path, role: str) -> None:
    (problem,) = refused(tmp_path, HEAD + section("a", "A") + role)
    assert 'no section has role = "advice"; give it to the one to quote' in problem.en


@pytest.mark.parametrize("source", ["../s.txt", "/s.txt", "a/s.txt"])
def test_a_source_lies_beside_its_configuration(tmp_path: Path, source: str) -> None:
    (problem,) = refused(tmp_path, HEAD + f'sources = ["{source}"]\n' + ADVICE)
    assert f"source {source!r}: give a file name beside collection.toml" in problem.en


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('couleur = "bleu"\n' + ADVICE, "couleur"),
        (ADVICE + section("a", "A") + 'couleur = "bleu"\n', "sections.1.couleur"),
        (ADVICE + '[import]\ncouleur = "bleu"\n', "import.couleur"),
        (ADVICE + '[[parts]]\nname = "P"\ncouleur = "bleu"\n', "parts.0.couleur"),
        ('required = ["logo"]\n' + ADVICE, "required.0"),
        (ADVICE + section("a", "A") + 'role = "conseil"\n', "sections.1.role"),
        (ADVICE + section("a", "A") + 'role = "Context"\n', "sections.1.role"),
        (ADVICE + section("a", "A") + 'role = ""\n', "sections.1.role"),
        (ADVICE + section("a"), "sections.1.headings"),
        (ADVICE + section("a", "A", "  "), "sections.1.headings.1"),
        ("", "sections"),
        ('date = "19 juin"\n' + ADVICE, "date"),
    ],
)
def test_a_key_or_a_value_that_isn_t_one_is_named(tmp_path: Path, text: str, place: str) -> None:
    (problem,) = refused(tmp_path, HEAD + text)
    assert problem.en.startswith(f"'{place}': ")
    assert problem.fr.startswith(f"« {place} » : ")


@pytest.mark.parametrize("identifier", ["c", "recueil-2014", "a_b", "2014"])
def test_an_id_is_lower_case_letters_digits_and_hyphens(tmp_path: Path, identifier: str) -> None:
    assert read(tmp_path, HEAD.replace('"c"', f'"{identifier}"') + ADVICE).id == identifier


@pytest.mark.parametrize("identifier", ["", "C", "é", "a b", "-a", "a/b", "..", "a\\n"])
def test_any_other_id_is_refused(tmp_path: Path, identifier: str) -> None:
    (problem,) = refused(tmp_path, HEAD.replace('"c"', f'"{identifier}"') + ADVICE)
    assert problem.en.startswith("'id': ")


def test_all_the_keys_at_fault_are_listed(tmp_path: Path) -> None:
    problems = refused(tmp_path, 'id = "É"\nlanguage = "de"\n' + ADVICE)
    assert [problem.en.split(":")[0] for problem in problems] == ["'id'", "'title'", "'language'"]


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, HEAD + "sources = [\n\n== \n")
    assert problem.line == 6
    assert problem.en.startswith("invalid TOML: ")
    assert problem.text("fr").startswith(f"{tmp_path / 'collection.toml'}:6: TOML invalide : ")


def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "collection.toml"
    config, problems = read_config(path)
    assert config is None
    assert [problem.en for problem in problems] == ["can't be read (No such file or directory)"]
    path.write_bytes((HEAD + ADVICE).replace('"C"', '"Été"').encode("latin-1"))
    config, problems = read_config(path)
    assert config is None
    assert [problem.en for problem in problems] == ["the file is not UTF-8 text; save it as UTF-8"]
