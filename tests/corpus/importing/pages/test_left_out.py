"""What stays out of practices is told by its reason, and what is told apart keeps its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import parse_config
from recueil_qa.corpus.importing.pages import gathering
from recueil_qa.corpus.importing.pages.gathering import gather
from recueil_qa.corpus.importing.pages.making import Making, make
from recueil_qa.corpus.importing.pages.page import Gathered
from recueil_qa.corpus.importing.pages.proposal import propose
from recueil_qa.errors import ImportRefusedError
from recueil_qa.types import Practice
from tests.support.layouts import write
from tests.support.sources import rezipped, run, word

CONFIG = """\
id = "guichets"
title = "Guichets"
language = "fr"
[[parts]]
name = "Accueil"
themes = ["Guichet"]
[[sections]]
name = "constat"
headings = ["Constat"]
role = "context"
[[sections]]
name = "conseils"
headings = ["Conseils", "À faire"]
role = "advice"
[import]
layout = "pages"
rest = "constat"
contacts_heading = "Nous joindre"
[import.fields]
organisme = "organisation"
sujet = "theme"
lien = "section conseils"
"""


def config_of(toml: str) -> CollectionConfig:
    config, problems = parse_config(toml, Path("collection.toml"))
    assert config is not None, problems
    return config


def gathered(folder: Path, files: Mapping[str, str | bytes]) -> Gathered:
    return gather((write(folder, files),), lambda *_: None)


def made(folder: Path, files: Mapping[str, str | bytes], toml: str = CONFIG) -> Making:
    return make(gathered(folder, files).pages, config_of(toml))


def lines(practice: Practice, section: str) -> list[str]:
    found = practice.section(section)
    return [line.text for line in found.lines] if found else []


def told(making: Making | Gathered) -> list[tuple[str, str]]:
    return [(left.why, left.text) for left in making.left]


def test_what_a_page_says_stands_under_its_section_or_is_told(tmp_path: Path) -> None:
    page = """\
---
sujet: {theme}
organisme: {who}
lien: Voir l'annexe.
---
## Constat

On attend.

## À faire

Ouvrir tôt.

## À faire

Former deux agents.

### Écrire à marie.roux@exemple.invalid

Répondre le jour même.

## Nous joindre

Le secrétariat, bureau 4.

## Après

La file est plus courte.
"""
    who = "paul.roux@exemple.invalid"
    pages = {
        "a.md": page.format(theme="Guichet", who=""),
        "b.md": page.format(theme="Forum", who=who),
    }
    making = made(tmp_path / "site", pages)
    one, two = (each.practice for each in making.made)
    assert lines(one, "conseils") == [
        "Voir l'annexe.", "À faire", "Ouvrir tôt.", "À faire", "Former deux agents.",
        "Répondre le jour même.",
    ]  # fmt: skip
    assert lines(one, "constat") == ["On attend.", "Après", "La file est plus courte."]
    assert one.contacts == ("Écrire à marie.roux@exemple.invalid", "Le secrétariat, bureau 4.")
    assert (one.theme, two.theme, one.organisation) == ("Guichet", "", "")
    assert (two.organisation, two.contacts) == ("", (who, *one.contacts))
    assert told(making) == [
        ("personal", ""),
        ("value", "theme: Forum"),
        ("personal", ""),
        ("personal", ""),
    ]


def test_text_of_no_section_is_told_where_nothing_takes_the_rest(tmp_path: Path) -> None:
    page = "Début.\n\n## Avant\n\nRien.\n\n## Conseils\n\nOuvrir tôt.\n"
    making = made(tmp_path / "site", {"a.md": page}, CONFIG.replace('rest = "constat"\n', ""))
    assert [lines(each.practice, "conseils") for each in making.made] == [["Ouvrir tôt."]]
    assert told(making) == [("no-section", t) for t in ("Début.", "Avant", "Rien.")]


def test_two_pages_that_say_the_same_are_one_practice(tmp_path: Path) -> None:
    page = "# Ouvrir\n\n## Conseils\n\nOuvrir tôt.\n"
    making = made(tmp_path / "site", {"a.md": page, "b.md": page.replace("\n\n", "\n\n\n")})
    assert [each.page.name for each in making.made] == ["a.md"]
    assert told(making) == [("double", "a.md")]


@pytest.mark.parametrize(
    ("name", "source", "identifiers"),
    [
        ("a.csv", "Titre;Conseils\n{0};Ouvrir tôt.\nTrier;Trier à deux.\n", ["", "trier"]),
        ("a.md", "## {0}\n\nOuvrir tôt.\n\n## Trier\n\nTrier à deux.\n", ["x", "trier"]),
        ("a.md", "# {0}\n\n## Conseils\n\nOuvrir tôt.\n", ["a"]),
    ],
)
@pytest.mark.parametrize(
    "title", ["Écrire à paul.roux@exemple.invalid", "Appeler le 06 12 34 56 78"]
)
def test_an_address_in_a_title_is_in_no_title_and_no_id(
    tmp_path: Path, name: str, source: str, identifiers: list[str], title: str
) -> None:
    toml = CONFIG.replace(
        "organisme =", 'Titre = "title"\nConseils = "section conseils"\norganisme ='
    )
    if len(identifiers) > 1 and name == "a.md":
        toml = toml.replace("[import]\n", '[import]\ntitle = "heading 2"\n')
    making = made(tmp_path / "site", {name: source.format(title)}, toml)
    first, *others = (each.practice for each in making.made)
    assert first.contacts == (title,)
    assert not {"roux", "56"} & set(
        f"{first.id}-{first.title.lower()}".replace(" ", "-").split("-")
    )
    assert first.id.startswith(f"guichets-{identifiers[0]}")
    assert [each.id for each in others] == [f"guichets-{n}" for n in identifiers[1:]]
    assert ("personal", "") in told(making)


@pytest.mark.parametrize(
    "title", ["Écrire à paul.roux@exemple.invalid", "Appeler le 06 12 34 56 78"]
)
def test_an_address_in_the_title_of_a_part_is_in_no_id(tmp_path: Path, title: str) -> None:
    parts = f"# Un\n\n## Trier\n\nOuvrir tôt.\n\n# {title}\n\n## Trier\n\nFermer tard.\n"
    toml = CONFIG.replace("[import]\n", '[import]\ntitle = "heading 2"\n')
    making = made(tmp_path / "site", {"a.md": parts}, toml)
    assert [each.practice.id for each in making.made] == ["guichets-trier", "guichets-x-trier"]


def test_what_a_document_holds_beside_its_text_is_told_by_its_reason(tmp_path: Path) -> None:
    drawn = '<w:r><w:drawing><wp:docPr id="1" name="a" descr="Un plan"/></w:drawing></w:r>'
    struck = run("Fermer.", "<w:strike/>") + run("Secret.", "<w:vanish/>")
    up = run("3", '<w:vertAlign w:val="superscript"/>')
    content = word(run("Ouvrir 20") + up + drawn + struck + '<w:subDoc r:id="rId99"/>')
    found = gathered(tmp_path / "site", {"a.docx": content})
    assert sorted(told(found)) == [
        ("hidden", "Secret."), ("picture", "Un plan"), ("raised", "20 [3]"),
        ("struck", "Fermer."), ("unread", "subDoc"),
    ]  # fmt: skip


def test_a_document_that_is_damaged_is_told_and_the_rest_comes_in(tmp_path: Path) -> None:
    damaged = rezipped(word(run("Vu.")), lambda name, old: (name, old[:40]))
    latin = "Ouvrir.\nTrié\n".encode("latin-1")
    found = gathered(
        tmp_path / "site", {"a.docx": damaged, "b.txt": latin, "c.md": "Ouvrir tôt.\n"}
    )
    assert [page.name for page in found.pages] == ["c.md"]
    assert [(left.path.name, left.place and left.place.number) for left in found.left] == [
        ("a.docx", None), ("b.txt", 2),
    ]  # fmt: skip
    assert all(left.detail is not None for left in found.left)


def test_a_folder_that_can_not_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.scandir

    def refused(folder: Path) -> object:
        if folder.name == "clos":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", refused)
    found = gathered(tmp_path / "site", {"a.md": "Ouvrir tôt.\n", "clos/b.md": "Trier.\n"})
    (left,) = found.left
    assert (left.path.name, left.why) == ("clos", "file")
    assert left.detail is not None
    assert "permission" in left.detail.en.lower()


def test_more_files_than_a_collection_has_and_a_link_to_nothing_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = tmp_path / "perdu.md"
    lost.symlink_to(tmp_path / "nulle part")
    with pytest.raises(ImportRefusedError) as caught:
        gather((lost,), lambda *_: None)
    assert "can't be read" in caught.value.problems[0].what.en
    monkeypatch.setattr(gathering, "MAX_FILES", 1)
    with pytest.raises(ImportRefusedError) as caught:
        gathered(tmp_path / "site", {"a.md": "Ouvrir.", "b.md": "Trier."})
    assert "over 1 files; import a smaller folder" in caught.value.problems[0].what.en


def test_sections_that_pages_call_like_the_one_of_the_rest_keep_their_names(tmp_path: Path) -> None:
    page = "# Carte {0}\n\n## Texte\n\nLa file {0} déborde.\n\n## Texte 2\n\nOuvrir {0}.\n"
    pages = {f"{at}.md": page.format(at) for at in (1, 2)}
    found = gathered(tmp_path / "site", pages).pages
    config = config_of(propose(found, "guichets", "Guichets", "fr", "fr"))
    assert [(each.name, each.headings[0]) for each in config.sections] == [
        ("texte", "Texte"), ("texte-2", "Texte 2"), ("texte-3", "Texte 3"),
    ]  # fmt: skip
    assert config.import_.rest == "texte-3"


def test_sections_whose_names_are_cut_alike_are_all_there(tmp_path: Path) -> None:
    begin = "Ce que le service des guichets de la mairie fait"
    page = "# Carte {0}\n\n" + "".join(
        f"## {begin} {w}\n\nLe {w} {{0}}.\n\n" for w in ("lundi", "mardi", "jeudi")
    )
    pages = {f"{at}.md": page.format(at) for at in (1, 2)}
    config = config_of(propose(gathered(tmp_path / "site", pages).pages, "g", "G", "fr", "fr"))
    first = config.sections[0].name
    assert [each.name for each in config.sections] == [first, f"{first}-2", f"{first}-3", "texte"]


def test_the_heading_of_contacts_is_proposed_and_a_heading_as_long_as_a_text_is_not(
    tmp_path: Path,
) -> None:
    long = "Ouvrir " + "très " * 30 + "tôt"
    page = (
        "# Carte {0}\n\n## 💡\n\nVu.\n\n## " + long + "\n\nLe {0}.\n\n## Contacts\n\nBureau {0}.\n"
    )
    pages = {f"{at}.md": page.format(at) for at in (1, 2)}
    config = config_of(propose(gathered(tmp_path / "site", pages).pages, "g", "G", "fr", "fr"))
    assert config.import_.contacts_heading == "Contacts"
    assert [each.name for each in config.sections] == ["texte"]


def test_a_title_is_what_a_page_calls_itself(tmp_path: Path) -> None:
    files = {
        "a.md": "---\ntitle: Ouvrir tôt\n---\n# Autrement dit\n\n## Conseils\n\nOuvrir.\n",
        "b.txt": "Trier à deux\n\nDès le matin, avant que le guichet ouvre.\n",
    }
    making = made(tmp_path / "site", files)
    assert [each.practice.title for each in making.made] == ["Ouvrir tôt", "Trier à deux"]
    assert lines(making.made[0].practice, "constat") == []
    assert not making.untitled


def test_a_heading_with_nothing_below_is_no_practice(tmp_path: Path) -> None:
    page = "## Trier\n\nTrier à deux.\n\n## Vide\n\n## Ouvrir\n\nOuvrir tôt.\n"
    toml = CONFIG.replace("[import]\n", '[import]\ntitle = "heading 2"\n')
    making = made(tmp_path / "site", {"a.md": page}, toml)
    assert [each.practice.title for each in making.made] == ["Trier", "Ouvrir"]
    assert told(making) == [("heading", "Vide")]
