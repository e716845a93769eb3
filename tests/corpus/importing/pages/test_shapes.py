"""Files of shapes that other people write: a report, a table of a spreadsheet, a site's export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docx import Document

from recueil_qa.corpus.reading import read_corpus
from recueil_qa.types import Practice
from tests.support.layouts import import_into, write


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


def practices(corpus: Path) -> dict[str, Practice]:
    (found,) = read_corpus(corpus / "guichets").collections
    return {practice.id.removeprefix("guichets-"): practice for practice in found.practices}


def texts(practice: Practice) -> list[str]:
    return [line.text for section in practice.sections for line in section.lines]


def roles(corpus: Path) -> dict[str, str]:
    (found,) = read_corpus(corpus / "guichets").collections
    return {section.name: section.role for section in found.config.sections}


ACTIONS = {
    "Afficher le temps d'attente": "Les habitants attendaient sans savoir combien de temps.",
    "Ouvrir plus tôt le lundi": "Le lundi matin, la file débordait sur le trottoir.",
    "Relire les courriers": "Un courrier sur trois provoquait un appel.",
}


def test_the_cover_and_the_contents_of_a_report_are_no_practices(
    corpus: Path, tmp_path: Path
) -> None:
    report = Document()
    report.add_heading("Améliorer l'accueil", 1)
    report.add_paragraph("Rapport annuel, version du 12 mars")
    report.add_heading("Sommaire", 1)
    for at, title in enumerate(ACTIONS, 1):
        report.add_paragraph(f"{at}. {title}\t{at + 2}")
    for at, (title, told) in enumerate(ACTIONS.items(), 1):
        report.add_heading(f"{at}. {title}", 1)
        report.add_paragraph(told)
        report.add_paragraph("Prévenir les habitants une semaine avant.", style="List Bullet")
    report.save(str(tmp_path / "rapport.docx"))
    result = import_into(corpus, tmp_path / "rapport.docx")
    assert result.exit_code == 0, result.output
    assert [practice.title for practice in practices(corpus).values()] == [
        f"{at}. {title}" for at, title in enumerate(ACTIONS, 1)
    ]
    assert "menus, contents, forms and page frames (4)" in result.output
    assert "paragraph 2: Rapport annuel" in result.output


def test_another_level_of_a_report_is_taken_by_one_line(corpus: Path, tmp_path: Path) -> None:
    lines = [
        f"# Partie {part}\n\n## {title} {part}\n\n{told}\n"
        for part in (1, 2)
        for title, told in ACTIONS.items()
    ]
    source = write(tmp_path / "site", {"rapport.md": "\n".join(lines)})
    assert import_into(corpus, source).exit_code == 0
    path = corpus / "guichets/collection.toml"
    toml = path.read_text("utf-8")
    assert 'title = "heading 1"' in toml
    path.write_text(toml.replace('title = "heading 1"', 'title = "heading 2"'), "utf-8")
    result = import_into(corpus, source, "--update", "--remove-gone")
    assert result.exit_code == 0, result.output
    assert len(practices(corpus)) == 6


def test_chapters_whose_parts_are_numbered_are_cut_into_these(corpus: Path, tmp_path: Path) -> None:
    lines = ["# Introduction", "Ce rapport réunit des actions menées en mairie."]
    for part in (1, 2):
        lines.append(f"# {part}. Partie {part}")
        for at, (title, told) in enumerate(ACTIONS.items(), 1):
            again = f"Nous avons d'abord compté, pendant {part + at} semaines, ce qui se passait."
            lines += [f"## {part}.{at}. {title}", told, again, "- Prévenir les habitants."]
    source = write(tmp_path / "site", {"rapport.md": "\n\n".join(lines)})
    result = import_into(corpus, source)
    assert result.exit_code == 0, result.output
    found = {practice.title for practice in practices(corpus).values()}
    assert found == {
        f"{part}.{at}. {title}" for part in (1, 2) for at, title in enumerate(ACTIONS, 1)
    }
    # A number of an outline is in no id: it moves as soon as a part is added.
    assert "relire-les-courriers" in {re.sub(r"-[0-9a-f]{6}$", "", n) for n in practices(corpus)}


CSV = """\
Réf;Intitulé;Ce qu'on voit;Ce qu'il faut faire;Mots-clés\r
A-01;Borne en panne;"La borne tombe en panne\r
chaque semaine, et personne n'est prévenu.";"- Afficher le numéro du dépanneur\r
- Tenir un cahier des pannes";borne, panne\r
A-02;Appels perdus;"Un appel sur deux reste sans réponse le lundi.";"Former deux agents.\r
\r
Noter ""rappelé"" dans le registre.";téléphone\r
A-03;;;;\r
A-04;Dossiers incomplets;"Les usagers reviennent trois fois au guichet.";"Remettre une liste.";\r
"""


def test_a_spreadsheet_saved_with_semicolons(corpus: Path, tmp_path: Path) -> None:
    source = write(tmp_path, {"fiches.csv": b"\xef\xbb\xbf" + CSV.encode()})
    result = import_into(corpus, source / "fiches.csv")
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert list(found) == ["a-01", "a-02", "a-04"]
    assert found["a-01"].facets == {"mots-cles": ("borne", "panne")}
    assert texts(found["a-01"]) == [
        "La borne tombe en panne chaque semaine, et personne n'est prévenu.",
        "Afficher le numéro du dépanneur",
        "Tenir un cahier des pannes",
    ]
    assert texts(found["a-02"])[1:] == [
        "Former deux agents.",
        'Noter "rappelé" dans le registre.',
    ]
    assert roles(corpus)["ce-qu-il-faut-faire"] == "advice"


def test_of_columns_that_no_word_tells_the_longest_is_quoted(corpus: Path, tmp_path: Path) -> None:
    rows = "".join(
        f"Carte {at};Au guichet {at}, la file déborde chaque lundi matin.;"
        f"Ouvrir le guichet {at} une heure plus tôt, et prévenir les habitants par le bulletin.\n"
        for at in range(4)
    )
    source = write(tmp_path, {"t.csv": f"Nom;Nuage;Orage\n{rows}"})
    result = import_into(corpus, source / "t.csv")
    assert result.exit_code == 0, result.output
    assert roles(corpus) == {"nuage": "detail", "orage": "advice", "texte": "detail"}


HTML = """\
<!DOCTYPE html><html lang="fr"><head><title>{title} | Site</title></head><body>
<header><nav><a href="/">Accueil</a></nav></header>
<div class="cookie-banner"><p>Nous utilisons des cookies.</p></div>
<main><div id="breadcrumb"><ol><li>Fiches</li><li>{title}</li></ol></div>
<h1>{title}</h1><p>Publi&eacute; le <time datetime="2026-02-03T10:00">3 f&eacute;vrier</time></p>
<div class="share-buttons"><a href="#">Partager</a></div>
<h2>Le constat</h2><p>{told}</p>
<h2>Ce qu&rsquo;il faut faire</h2><ul><li>Pr&eacute;venir d&rsquo;abord</li></ul>
<h2>Mots utiles</h2><dl><dt>Usager</dt><dd>Qui vient.</dd><dt>Guichet</dt><dd>Un lieu.</dd></dl>
<p>Cette page vous a-t-elle &eacute;t&eacute; utile ?</p></main></body></html>
"""


def test_an_export_of_a_site_is_read_without_the_site(corpus: Path, tmp_path: Path) -> None:
    cards = {f"carte-{at}": (f"Le guichet {at}", f"La file {at} déborde.") for at in range(1, 7)}
    pages = {
        f"{name}.html": HTML.format(title=title, told=told) for name, (title, told) in cards.items()
    }
    listed = "".join(f"<li><a href='{name}.html'>{t}</a></li>" for name, (t, _) in cards.items())
    pages["index.html"] = f"<html><body><h1>Toutes les fiches</h1><ul>{listed}</ul></body></html>"
    result = import_into(corpus, write(tmp_path / "site", pages))
    assert result.exit_code == 0, result.output
    found = practices(corpus)
    assert list(found) == list(cards)
    assert found["carte-1"].date == "2026-02-03"
    assert texts(found["carte-1"]) == [
        "La file 1 déborde.",
        "Prévenir d’abord",
        "Usager",
        "Qui vient.",
        "Guichet",
        "Un lieu.",
    ]
    for told in ("Partager (+ 5)", "Nous utilisons des cookies. (+ 5)", "Toutes les fiches",
                 "Cette page vous a-t-elle été utile ? (+ 5)"):  # fmt: skip
        assert told in result.output


def test_a_section_that_says_the_same_everywhere_is_shown_and_not_quoted(
    corpus: Path, tmp_path: Path
) -> None:
    cards = {
        f"c{at}.md": f"# Le guichet {at}\n\n## Conseils\n\nOuvrir le guichet {at} plus tôt.\n\n"
        f"## Portée\n\nSans effet sur les délais. Voir la note {at}.\n\n"
        f"## Ressources\n\n- Le site du service {at}\n"
        for at in range(8)
    }
    result = import_into(corpus, write(tmp_path / "site", cards))
    assert result.exit_code == 0, result.output
    assert roles(corpus) == {
        "conseils": "advice", "portee": "other", "ressources": "other", "texte": "detail",
    }  # fmt: skip
    assert "section 'portee' (shown, never quoted)" in result.output
