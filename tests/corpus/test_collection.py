from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import MAX_CONFIG_BYTES, read_config
from recueil_qa.errors import Problem
from recueil_qa.types import Alias, CollectionInfo, SectionInfo
from tests.support.collections import BOOKLET_TOML, FAQ_TOML

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
    assert config is not None, [problem.what.en for problem in problems]
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
    ("text", "line", "en", "fr"),
    [
        (section("a", "A") + section("a", "B"), 15,
         "section name given twice: a; keep one", "nom de section donné deux fois : a"),
        (section("a", "Titre") + section("b", "Titre"), 16,
         "heading given twice: Titre; keep one", "titre de section donné deux fois : Titre"),
        (section("a", "Titre", "Titre"), 12, "heading given twice: Titre", "fois : Titre"),
        (section("title", "A"), 11, "name 'title' is reserved", "« title » est réservé"),
        (section("questions", "A"), 11, "name 'questions' is reserved", "« questions » est rés"),
    ],
)  # fmt: skip
def test_sections_that_can_t_be_told_apart_are_refused(
    tmp_path: Path, text: str, line: int, en: str, fr: str
) -> None:
    (problem,) = refused(tmp_path, HEAD + ADVICE.replace("conseils", "zz") + text)
    assert (problem.path, problem.line) == (tmp_path / "collection.toml", line)
    assert en in problem.what.en
    assert fr in problem.what.fr


@pytest.mark.parametrize("role", ["", 'role = "detail"\n', 'role = "context"\n'])
def test_a_collection_without_advice_is_refused(tmp_path: Path, role: str) -> None:
    (problem,) = refused(tmp_path, HEAD + section("a", "A") + role)
    assert 'no section has role = "advice"; give it to the one to quote' in problem.what.en


@pytest.mark.parametrize("source", ["../s.txt", "/s.txt", "a/s.txt", "..", ".", ".s"])
def test_a_source_lies_beside_its_configuration(tmp_path: Path, source: str) -> None:
    (problem,) = refused(tmp_path, HEAD + f'sources = ["{source}"]\n' + ADVICE)
    assert problem.line == 4
    assert problem.what.en.endswith("': give the name of a file beside collection.toml")
    assert problem.what.fr.endswith(
        " » : donnez le nom d'un fichier placé à côté de collection.toml"
    )


@pytest.mark.parametrize(
    ("text", "line", "en", "fr"),
    [
        ('couleur = "bleu"\n' + ADVICE, 4, "'couleur': there is no such field",
         "« couleur » : ce champ n'existe pas ; corrigez son nom, ou ôtez-le (il y a : id, title,"),
        (ADVICE + section("a", "A") + 'couleur = "bleu"\n', 13,
         "'couleur' of [sections] no. 2: there is no such field; mend its name, or remove it "
         "(there are: name, headings, role, label_en, label_fr)",
         "« couleur » de [sections] n° 2 : "),
        (ADVICE + '[import]\ncouleur = "bleu"\n', 10, "'couleur' of [import]: there is no such",
         "« couleur » de [import] : ce champ n'existe pas"),
        (ADVICE + '[[parts]]\nname = "P"\ncouleur = "bleu"\n', 11,
         "'couleur' of [parts] no. 1: there is no such field", "(il y a : name, themes)"),
        ('required = ["page",\n"logo"]\n' + ADVICE, 5,
         "'required' no. 2: 'logo' refused; write one of: 'page', 'part', 'theme', 'subtitle', ",
         "« required » n° 2 : « logo » refusé ; écrivez l'un de : « page », « part »"),
        (ADVICE + section("a", "A") + 'role = "conseil"\n', 13,
         "'role' of [sections] no. 2: 'conseil' refused; write one of: 'advice', 'result', 'de",
         "« role » de [sections] n° 2 : « conseil » refusé ; écrivez l'un de : « advice », "),
        (ADVICE + section("a", "A") + 'role = ""\n', 13, "'' refused; write one", "«  » refusé"),
        (ADVICE + section("a"), 12, "'headings' of [sections] no. 2: the list is empty",
         "« headings » de [sections] n° 2 : la liste est vide ; donnez au moins une valeur"),
        (ADVICE + section("a", "A", "  "), 12,
         "'headings' no. 2 of [sections] no. 2: this text is empty; write it",
         "« headings » n° 2 de [sections] n° 2 : ce texte est vide ; écrivez-le"),
        (ADVICE + '[[sections]]\nname = "a"\n', 9, "'headings' of [sections] no. 2: this field is "
         "missing; add it", "« headings » de [sections] n° 2 : ce champ manque ; ajoutez-le"),
        ("", 0, "'sections': this field is missing; add it", "« sections » : ce champ manque"),
        ('date = "19 juin"\n' + ADVICE, 4, "'date': expected a date such as 2014-06-19",
         "« date » : une date comme 2014-06-19 est attendue"),
        ("publisher = 3\n" + ADVICE, 4, "'publisher': expected a text in quotes",
         "« publisher » : un texte entre guillemets est attendu"),
        ('sectors = "a"\n' + ADVICE, 4, "'sectors': expected a list in brackets",
         "« sectors » : une liste entre crochets est attendue"),
        ('parts = ["a"]\n' + ADVICE, 4, "'parts' no. 1: expected 'name = value' lines",
         "« parts » n° 1 : des lignes « nom = valeur » sous leur titre entre crochets"),
        ('publisher = "a\\u202Eb"\n' + ADVICE, 4, "'publisher': invisible control character",
         "« publisher » : caractère de contrôle invisible ; retapez cette ligne"),
    ],
)  # fmt: skip
def test_a_key_or_a_value_that_isn_t_one_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, en: str, fr: str
) -> None:
    (problem,) = refused(tmp_path, HEAD + text)
    assert (problem.line, problem.path) == (line, tmp_path / "collection.toml")
    assert en in problem.what.en
    assert fr in problem.what.fr


@pytest.mark.parametrize("identifier", ["c", "recueil-2014", "a_b", "2014"])
def test_an_id_is_lower_case_letters_digits_and_hyphens(tmp_path: Path, identifier: str) -> None:
    assert read(tmp_path, HEAD.replace('"c"', f'"{identifier}"') + ADVICE).id == identifier


@pytest.mark.parametrize("identifier", ["", "C", "é", "a b", "-a", "a/b", "..", "a\\n"])
def test_any_other_id_is_refused(tmp_path: Path, identifier: str) -> None:
    (problem,) = refused(tmp_path, HEAD.replace('"c"', f'"{identifier}"') + ADVICE)
    assert problem.what.en.startswith("'id': ")


def test_all_the_keys_at_fault_are_listed(tmp_path: Path) -> None:
    problems = refused(tmp_path, 'id = "É"\nlanguage = "de"\n' + ADVICE)
    assert [problem.what.en.split(":")[0] for problem in problems] == [
        "'id'",
        "'title'",
        "'language'",
    ]


@pytest.mark.parametrize(
    ("text", "line", "en", "fr"),
    [
        ("sources = [\n\n== \n", 6, "text stands in straight quotes", "entre guillemets droits"),
        ("sources = [\n'a' 'b']\n", 5, "a comma is missing between", "il manque une virgule"),
        ("publisher = Ville\n", 4, "in straight quotes", "guillemets droits : nom = "),
        ("publisher = “Ville”\n", 4, "in straight quotes", "guillemets droits"),
        ('publisher = "Ville\n', 4, "opened and never closed", "ouvert et jamais refermé"),
        ('publisher = "a" b\n', 4, "something too much at the end", "quelque chose de trop"),
        ('publisher = "a\\b\\c"\n', 4, "meaning of its own", "un sens particulier"),
        ('title = "D"\n', 4, "already given above; keep one", "déjà donné plus haut"),
        ("Le titre\n", 4, "the name without spaces", "le nom sans espace ni accent"),
        ("date = 2014-02-31\n", 4, "write the date as in 2014", "écrivez la date comme 2014"),
        ("[[sections]\n", 4, "']' is missing", "il manque « ] »"),
        ('sources = ["a"', 4, "a comma is missing", "il manque une virgule"),
        ("a = " + "[" * 5_000, 0, "too many brackets", "trop de crochets"),
        ("a = " + "1" * 5_000, 0, "not of the expected form", "n'est pas celle attendue"),
        ("\n" + "a." * 5_000 + "a = 1", 5, "name of over 30 parts", "nom de plus de 30 parties"),
    ],
)
def test_a_syntax_error_is_told_in_plain_words_with_its_line(
    tmp_path: Path, text: str, line: int, en: str, fr: str
) -> None:
    (problem,) = refused(tmp_path, HEAD + text)
    assert problem.line == line
    assert en in problem.what.en
    assert fr in problem.what.fr


def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "collection.toml"
    config, problems = read_config(path)
    assert config is None
    assert [problem.what.en for problem in problems] == [
        "can't be read (no such file); write it first (docs/collections.md)"
    ]
    assert [problem.what.fr for problem in problems] == [
        "illisible (fichier absent) ; écrivez-le d'abord (docs/collections.md)"
    ]
    path.write_bytes((HEAD + ADVICE).replace('"C"', '"Été"').encode("latin-1"))
    config, problems = read_config(path)
    assert config is None
    assert [(problem.line, problem.what.en) for problem in problems] == [
        (2, "the file is not UTF-8 text; save it as UTF-8")
    ]


def test_a_file_of_the_size_of_a_book_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, HEAD + ADVICE + "#" * MAX_CONFIG_BYTES)
    assert (problem.line, problem.what.en) == (0, "over 200 kB; cut the file")
    assert problem.what.fr == "plus de 200 ko ; découpez le fichier"


ALIASES = (
    '[aliases.sector]\n"mairie" = ["commune"]\n"caisse" = []\n'
    '[aliases.organisation]\n"Caisse des Tilleuls" = "CDT"\n'
)


def test_other_names_travel_with_the_index(tmp_path: Path) -> None:
    sectors = 'sectors = ["mairie", "caisse"]\n'
    config = read(tmp_path, HEAD + sectors + ADVICE + ALIASES)
    assert config.info().aliases == (
        Alias("sector", "mairie", ("commune",)),
        Alias("sector", "caisse", ()),
        Alias("organisation", "Caisse des Tilleuls", ("CDT",)),
    )
    assert read(tmp_path, HEAD + ADVICE).info().aliases == ()


@pytest.mark.parametrize(
    ("toml", "line", "en", "fr"),
    [
        (
            '[aliases.sector]\n"ville" = ["commune"]\n',
            "ville",
            "[aliases.sector]: there is no 'ville'; write one of: 'mairie'",
            "[aliases.sector] : « ville » n'existe pas ; écrivez l'un de : « mairie »",
        ),
        ('[aliases.page]\n"3" = ["trois"]\n', '"3"', "'organisation'", "« organisation »"),
        ('[aliases.tag]\n"a" = ["b"]\n', '"a"', "declare it by [[facets]]", "par [[facets]]"),
    ],
)
def test_other_names_are_of_values_that_there_are(
    tmp_path: Path, toml: str, line: str, en: str, fr: str
) -> None:
    path = tmp_path / "collection.toml"
    path.write_text(HEAD + 'sectors = ["mairie"]\n' + ADVICE + toml, "utf-8")
    config, (problem, *_) = read_config(path)
    assert config is None
    assert en in problem.what.en
    assert fr in problem.what.fr
    if line:
        assert line in path.read_text("utf-8").split("\n")[problem.line - 1]
