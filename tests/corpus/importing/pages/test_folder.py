from __future__ import annotations

import os
import re
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from docx import Document

from recueil_qa.cli.main import main
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.types import Practice
from tests.support.folders import all_contents
from tests.support.layouts import import_into, jekyll, write


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


def practices(corpus: Path, collection: str = "guichets") -> dict[str, Practice]:
    (found,) = read_corpus(corpus / collection).collections
    return {practice.id.removeprefix(f"{collection}-"): practice for practice in found.practices}


def lines(practice: Practice, section: str) -> list[tuple[int, str]]:
    found = practice.section(section)
    return [(line.depth, line.text) for line in found.lines] if found else []


def test_a_folder_of_cards_becomes_a_collection(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll())
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert list(found) == [f"carte-{at}" for at in range(1, 7)]
    one = found["carte-3"]
    assert one.title == "Le guichet numéro 3"
    assert one.facets == {"category": ("Numérique",), "tags": ("accueil", "file")}
    assert one.author == "Service de l'accueil"
    assert [section.name for section in one.sections] == ["why", "contexte", "conseils", "texte"]
    assert lines(one, "conseils") == [
        (1, "1. Ouvrir la file une heure plus tôt."),
        (1, "2. Former deux agents & un remplaçant."),
        (2, "le matin"),
        (0, "Si la file 3 déborde"),
        (0, "Ouvrir un second guichet."),
    ]
    advice = one.section("conseils")
    assert advice is not None
    assert [line.number for line in advice.lines if line.heading] == [4]
    assert lines(one, "contexte") == [
        (0, "Le guichet numéro 3 : le guichet attend trop. Voir la note.")
    ]
    assert lines(one, "texte") == [(0, "Anecdote 3"), (0, "Une fin de page.")]


def test_the_proposal_is_told_and_can_be_corrected(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll())
    result = import_into(corpus, source)
    assert "6 files read, 6 pages, 6 practices" in result.output
    shown = [" ".join(row.split()) for row in result.output.splitlines()]
    assert "heading 'Conseil 💡' section 'conseils' (advice, quoted) 2" in shown
    assert "field category facet 'category' 6" in shown
    assert "field layout left out 6" in shown
    assert "12 other headings, subheadings of their section: " in result.output
    path = corpus / "guichets" / "collection.toml"
    toml = path.read_text("utf-8")
    assert 'role = "advice"' in toml
    path.write_text(toml.replace('"category" = "facet category"', '"category" = "theme"'), "utf-8")
    again = import_into(corpus, source, "--update")
    assert again.exit_code == 0, again.output
    assert practices(corpus)["carte-1"].theme == "Numérique"
    assert "6 changed" in again.output


def test_a_second_import_asks_for_update_and_changes_nothing(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    import_into(corpus, source)
    before = all_contents(corpus)
    result = import_into(corpus, source)
    assert result.exit_code == 1
    assert "--update" in result.output
    assert all_contents(corpus) == before


def test_a_trial_writes_nothing(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(3))
    result = import_into(corpus, source, "--dry-run")
    assert result.exit_code == 0
    assert "nothing is written" in result.output
    assert all_contents(corpus) == {}


def test_what_the_configuration_says_of_fields_is_checked(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    import_into(corpus, source)
    path = corpus / "guichets" / "collection.toml"
    toml = path.read_text("utf-8")
    path.write_text(toml.replace('"category" = ', '"x" = "facet nulle"\n"category" = '), "utf-8")
    number = path.read_text("utf-8").split("\n").index('"x" = "facet nulle"') + 1
    result = import_into(corpus, source, "--update")
    assert result.exit_code == 1
    assert f"collection.toml:{number}: [import.fields] x: 'facet nulle' is no use" in result.output


def test_what_no_longer_fits_is_told(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    import_into(corpus, source)
    for name, text in jekyll(2).items():
        changed = str(text).replace("category:", "kind:").replace("Contexte", "Ailleurs")
        (source / name).write_text(changed, "utf-8")
    result = import_into(corpus, source, "--update")
    assert "section 'contexte': no text" in result.output
    assert "field 'category': in no file" in result.output
    assert "field kind" in result.output
    assert "cartes/carte-1.md:4: kind: Numérique" in result.output


def test_files_of_other_layouts_have_ids_of_their_names(corpus: Path, tmp_path: Path) -> None:
    advice = "## Conseils\n\nÉcrire à l'usager avant.\n"
    source = write(
        tmp_path / "site",
        {
            "a/index.md": f"+++\ntitle = 'Hugo'\n+++\n{advice}",
            "b/Étape n°2.md": f"# Titre du haut\n\n{advice}",
            "b/x.html": "<h1>Page</h1><h2>Conseils</h2><p>Rappeler la veille au soir.</p>",
            "c/x.html": "<h1>Autre</h1><h2>Conseils</h2><p>Relire avec un usager.</p>",
            "_posts/2024-05-03-billet.md": f"---\ntitle: Billet\n---\n{advice}Puis après.\n",
            "sans-titre.md": f"Un début.\n\n{advice}",
        },
    )
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert {name: practice.title for name, practice in found.items()} == {
        "a": "Hugo",
        "etape-n2": "Titre du haut",
        "b-x": "Page",
        "c-x": "Autre",
        "billet": "Billet",
        "sans-titre": "Sans titre",
    }
    assert found["billet"].date == "2024-05-03"
    assert "1 pages without a title, named after their file: sans-titre.md" in result.output
    assert "made longer: x" in result.output


def test_a_table_is_a_practice_a_row(corpus: Path, tmp_path: Path) -> None:
    table = (
        "Nom;Organisme;Problème constaté;Solution;Public;Contact\n"
        'Le SMS;Mairie;Un rendez-vous sur cinq était manqué sans prévenir.;"- Rappeler la veille\n'
        '- Par SMS";tous;jean.dupont@exemple.invalid\n'
        "L'appel;Caf;Les dossiers arrivaient incomplets deux fois sur trois.;Appeler avant le "
        "rendez-vous et lister les pièces.;allocataires;\n"
        "Le tri;Caf;Les courriers attendaient dix jours avant toute réponse.;Trier le courrier "
        "chaque matin à deux.;tous;\n"
    )
    source = write(tmp_path, {"fiches.csv": table}) / "fiches.csv"
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert list(found) == ["l-appel", "le-sms", "le-tri"]
    sms = found["le-sms"]
    assert sms.organisation == "Mairie"
    assert sms.contacts == ("jean.dupont@exemple.invalid",)
    assert sms.facets == {"public": ("tous",)}
    assert lines(sms, "solution") == [(1, "Rappeler la veille"), (1, "Par SMS")]
    (collection,) = read_corpus(corpus).collections
    roles = {section.name: section.role for section in collection.config.sections}
    assert roles["solution"] == "advice"
    assert roles["probleme-constate"] == "context"


def test_a_workbook_is_read_too(corpus: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["ID", "Titre", "Conseils"])
    sheet.append(["F-7", "Le rappel", "Rappeler chaque rendez-vous la veille."])
    sheet.append(["F-9", "Le tri", "Trier le courrier chaque matin à deux."])
    book.save(tmp_path / "f.xlsx")
    assert import_into(corpus, tmp_path / "f.xlsx").exit_code == 0
    assert {n: p.title for n, p in practices(corpus).items()} == {
        "f-7": "Le rappel",
        "f-9": "Le tri",
    }


def test_a_report_is_cut_by_its_own_outline(corpus: Path, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Rapport annuel")
    for part in ("Accueillir", "Écrire"):
        document.add_heading(part, 1)
        for at in (1, 2, 3):
            document.add_heading(f"{part} mieux {at}", 2)
            document.add_paragraph(f"Un long texte sur la façon de {part.lower()}. " * 12)
            document.add_heading("En détail", 3)
            document.add_paragraph(f"Faire ainsi pour {part.lower()} le jour {at}.")
    document.save(str(tmp_path / "rapport.docx"))
    result = import_into(corpus, tmp_path / "rapport.docx")
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert list(found) == [f"{w}-mieux-{at}" for w in ("accueillir", "ecrire") for at in (1, 2, 3)]
    assert found["ecrire-mieux-2"].part == "Écrire"
    assert 'title = "heading 2"' in (corpus / "guichets/collection.toml").read_text("utf-8")
    assert "rapport.docx, paragraph 1: Rapport annuel" in result.output


def test_practices_of_one_file_are_told_by_their_repeated_headings(
    corpus: Path, tmp_path: Path
) -> None:
    cards = "".join(
        f"## Fiche {name}\n\n### Constat\n\nLe {name} manque.\n\n"
        f"### Conseils\n\n- Ouvrir le {name}\n\n"
        for name in ("guichet", "courrier", "forum")
    )
    write(tmp_path, {"livret.md": f"# Livret\n\nUne préface.\n\n{cards}"})
    result = import_into(corpus, tmp_path / "livret.md")
    assert result.exit_code == 0, result.output
    assert list(practices(corpus)) == ["fiche-courrier", "fiche-forum", "fiche-guichet"]
    assert "livret.md:3: Une préface." in result.output


def test_personal_data_go_to_contacts_and_functions_stay(corpus: Path, tmp_path: Path) -> None:
    text = (
        "## Conseils\n\nÉcrire à contact@exemple.invalid ou lire l'ISBN 978-2-07-036822-8.\n\n"
        "Appeler Paul Roux au 06 12 34 56 78.\n\nVoir marie.roux@exemple.invalid.\n"
    )
    source = write(tmp_path / "site", {"a.md": text, "b.md": "## Conseils\n\nTrier à deux.\n"})
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    one = practices(corpus)["a"]
    assert len(lines(one, "conseils")) == 1
    assert one.contacts == (
        "Appeler Paul Roux au 06 12 34 56 78.",
        "Voir marie.roux@exemple.invalid.",
    )
    assert "a.md:5: address or number of a person" in result.output
    assert "06 12 34" not in result.output


def test_what_can_not_be_read_is_told_and_the_rest_comes_in(corpus: Path, tmp_path: Path) -> None:
    good = "## Conseils\n\nTrier le courrier à deux.\n"
    outside = write(tmp_path / "outside", {"secret.md": good})
    source = write(
        tmp_path / "site",
        {
            "a.md": good,
            "b.md": good + "\nEt répondre.\n",
            "copie.md": good,
            "vide.md": "\n \n",
            "latin.md": "## Conseils\n\nTrié\n".encode("latin-1"),
            "binaire.md": b"\x00\x01",
            "image.png": b"\x89PNG",
            "gros.md": b"a" * 4_000_001,
            "yaml.md": "---\na: [1\n---\n" + good,
            "brouillon.md": "---\ntitle: Plus tard\ndraft: true\n---\n" + good,
            "titres.md": "## Conseils\n\n## Constat\n",
            "README.md": "Ce dossier.",
            ".cache/x.md": good,
        },
    )
    (source / "lien.md").symlink_to(outside / "secret.md")
    (source / "dossier").symlink_to(outside)
    (source / "rond").symlink_to(source)
    os.mkfifo(source / "tube.md")
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    assert list(practices(corpus)) == ["a", "b"]
    for said in (
        r"copie\.md: a\.md",
        r"vide\.md: empty file",
        r"latin\.md:3: the file is not UTF-8 text; save it as UTF-8",
        r"binaire\.md: no text \(a binary file\)",
        r"image\.png: \.png",
        r"gros\.md: over 4 MB; cut the file",
        r"yaml\.md:\d: front matter \(YAML\) that can't be read",
        r"brouillon\.md:1: Plus tard",
        r"titres\.md:1: Titres",
        r"README\.md: a text about the folder",
        r"lien\.md: .*secret\.md",
        r"dossier: ",
        r"tube\.md: this is no file",
    ):
        assert re.search(said, result.output), (said, result.output)


@pytest.mark.parametrize("files", [{}, {"a.png": b"x"}, {"a.md": ""}, {"a.md": "## Conseils\n"}])
def test_a_folder_without_a_practice_is_refused(
    corpus: Path, tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    source = write(tmp_path / "site", files)
    source.mkdir(exist_ok=True)
    result = import_into(corpus, source)
    assert result.exit_code == 1
    assert "The import is refused" in result.output
    assert all_contents(corpus) == {}


def test_a_name_that_is_no_id_is_refused(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    assert "letters, digits and hyphens" in import_into(corpus, source, collection="÷").output
    assert "nothing at this place" in import_into(corpus, tmp_path / "nowhere").output
    assert all_contents(corpus) == {}


def test_an_id_of_another_collection_is_refused(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    import_into(corpus, source)
    (corpus / "guichets").rename(corpus / "autres")
    result = import_into(corpus, source)
    assert result.exit_code == 1
    assert "already that of" in result.output


def test_no_markup_is_in_any_line(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll())
    import_into(corpus, source)
    told = [
        line.text
        for practice in practices(corpus).values()
        for section in practice.sections
        for line in section.lines
    ]
    assert told
    assert not [text for text in told if re.search(r"[<>{}]|\*\*|\]\(|&\w+;|^#", text)]


def test_a_page_longer_than_a_practice_is_told_and_the_rest_comes_in(
    corpus: Path, tmp_path: Path
) -> None:
    long = "".join(f"- Faire la chose {at} avec soin.\n" for at in range(14_000))
    files: dict[str, str | bytes] = {
        "long.md": f"## Conseils\n\n{long}",
        "court.md": "---\ntitle: Tri &amp; *rangement*\n---\n## Conseils\n\nTrier à deux.\n",
    }
    result = import_into(corpus, write(tmp_path / "site", files))
    assert result.exit_code == 0, result.output
    assert {n: p.title for n, p in practices(corpus).items()} == {"court": "Tri & rangement"}
    assert "long.md:1: over 400 kB; cut the file" in result.output


def test_a_collection_of_another_layout_takes_pages_by_its_own_sections(
    corpus: Path, tmp_path: Path
) -> None:
    toml = (
        'id = "guichets"\ntitle = "G"\nlanguage = "fr"\n[[sections]]\nname = "conseils"\n'
        'headings = ["Conseils"]\nrole = "advice"\n'
    )
    write(corpus / "guichets", {"collection.toml": toml})
    result = import_into(corpus, write(tmp_path / "site", jekyll(2)))
    assert result.exit_code == 0, result.output
    assert [section.name for section in practices(corpus)["carte-1"].sections] == ["conseils"]
    assert "cartes/carte-1.md:12: Le guichet numéro 1" in result.output


def test_pages_go_into_no_collection_that_is_not_named(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "site", jekyll(2))
    import_into(corpus, source)
    result = CliRunner().invoke(main, ["import", str(source), "--corpus", str(corpus)])
    assert result.exit_code == 1
    assert "--collection NOM" in result.output
