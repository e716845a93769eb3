"""What can go wrong: questions, addresses and texts of any kind, an index that is gone."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from recueil_app.render import label
from recueil_app.route import VIEWS
from recueil_qa import Settings
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.emphasis import plain
from recueil_qa.corpus.reading import read_corpus
from tests.support import ROOT
from tests.support.app import (
    HOSTILE,
    REPEATED,
    address,
    ask,
    build,
    click,
    follow,
    hits,
    link,
    listed,
    notices,
    opened,
    page,
    quoted,
    rewrite,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)
from tests.support.collections import write_corpus
from tests.support.encoders import HashEncoder


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("\u200b", "La question est vide"),
        ("?!…", "La question ne contient aucun mot"),
        ("a" * 101, "La question compte 101 caractères, 100 au plus"),
    ],
)
def test_a_question_that_cannot_be_asked_gets_a_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, question: str, message: str
) -> None:
    monkeypatch.setenv("RECUEIL_QUESTION_CHARACTERS", "100")
    app = opened(q=question)
    (notice,) = notices(app)
    assert notice.startswith(message)
    assert hits(app) == []
    assert "Lire toute la pratique" in ask(app, "appels répétés")


def test_an_address_of_any_length_is_answered_or_refused_in_a_sentence(place: Path) -> None:
    app = opened(q="a" * 100_000, theme="x" * 100_000, pratique="")
    assert len(notices(app)) >= 1
    assert len(shown(app)) < 20_000


@pytest.mark.parametrize("value", ["<b>Inconnu</b>", "écrits", ""])
@pytest.mark.parametrize("name", ["partie", "theme", "secteur", "organisation"])
def test_an_unknown_filter_of_an_address_is_left_out_with_a_sentence(
    place: Path, name: str, value: str
) -> None:
    app = opened()
    told = f"Aucune pratique n'a « {value} » : ce filtre est retiré."
    for view in ("question", "explorer", "carte"):
        visit(app, vue=view, q=REPEATED, **{name: value})
        assert notices(app) == [" ".join(told.split())]
        assert "La mesure des rappels" in shown(app)
        assert "Le guichet unique" in shown(app)
        assert [box.value for box in app.multiselect] == [[], [], []]
        assert page(app).xpath("//b[text()='Inconnu']") == []


def test_unknown_filters_are_told_in_one_sentence_that_names_three(place: Path) -> None:
    app = opened(vue="explorer", theme=["Écrit", "a", "b"], secteur=["c", "d"], organisation="e")
    assert notices(app) == ["Aucune pratique n'a « a », « b », « c » : ce filtre est retiré."]
    assert listed(app) == ["Le courrier clair"]
    english = visit(app, theme=["a", "b"], langue="en")
    assert notices(english) == ["No practice has “a”, “b”: this filter is left out."]


def test_unknown_filters_and_unknown_practices_to_compare_are_told_apart(place: Path) -> None:
    app = opened(vue="comparer", theme="a", avec=["x" * 1_000, "y", "petit-p1", "z", "t"])
    assert notices(app) == [
        "Aucune pratique n'a « a » : ce filtre est retiré.",
        f"Aucune pratique « {'x' * 200} », « y », « z » à comparer : elle est laissée de côté.",
    ]


def test_the_links_of_the_menu_ask_no_more_for_what_is_not_there(place: Path) -> None:
    app = opened(vue="explorer", theme=["Écrit", "inconnu"], secteur="nulle part", avec="petit-p9")
    for name in ("Poser une question", "Carte", "English"):
        kept = address(link(app, name))
        assert (kept["theme"], {*kept} & {"secteur", "avec"}) == (["Écrit"], set())
    assert notices(follow(app, link(app, "Carte"))) == []


@pytest.mark.parametrize("language", ["de", "FR", "", "fr-FR", "<b>"])
def test_an_unknown_language_is_told_and_the_page_goes_on(place: Path, language: str) -> None:
    app = opened(langue=language, q=REPEATED)
    told = ["La langue demandée n'existe pas ici : la page est en français."]
    assert notices(app) == (told if language else [])
    assert hits(app)[0] == "La mesure des rappels"


@pytest.mark.parametrize("view", ["Explorer", "../..", "<b>x</b>", "x" * 5_000])
def test_an_unknown_view_is_told_and_leads_home(place: Path, view: str) -> None:
    app = opened(vue=view)
    assert notices(app) == ["La page demandée n'existe pas : voici l'accueil."]
    assert link(app, "Parcourir les 3 pratiques") == "?vue=explorer"


def test_a_link_that_cannot_be_read_leads_home(place: Path) -> None:
    app = opened(q=REPEATED)
    for href in ("garbage", "", "?" + "&".join(["theme=x"] * 1_000), "javascript:alert(1)"):
        follow(visit(app, q=REPEATED), href)
        assert app.query_params == {}
        assert "Parcourir les 3 pratiques" in shown(app)


def test_hostile_text_shows_as_typed(place: Path) -> None:
    app = opened()
    ask(app, HOSTILE)
    assert page(app).xpath("//@data-rq-question") == [HOSTILE]
    assert app.text_area(key="typed").value == HOSTILE
    assert page(app).xpath("//script | //img | //a[starts-with(@href, 'javascript')]") == []


def test_hostile_text_of_a_corpus_shows_as_written(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "hostile"
    folder = write_corpus(root)
    path = folder / "practices" / "p1.md"
    line = "Former <b>tous</b> les agents <img src=x onerror=alert(1)>"
    with (folder / "source.txt").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n{HOSTILE}\n")
    text = path.read_text("utf-8").replace("Former tous les agents à la polyvalence", line)
    for name, value in (("title", "Le guichet unique"), ("theme", "Accueil")):
        text = text.replace(f"{name}: {value}", f"{name}: '{HOSTILE}'")
    path.write_text(text, "utf-8")
    shutil.rmtree(place / "index")
    build_index(place / "index", read_corpus(root), HashEncoder())
    addresses: list[dict[str, str | list[str]]] = [
        {"q": "former <b>tous</b> les agents"}, {"pratique": "petit-p1"}, {"pratique": "petit-p2"},
        {"vue": "comparer", "avec": ["petit-p1", "petit-p2"]},
        {"vue": "explorer", "theme": HOSTILE}, {"vue": "carte", "theme": HOSTILE}, {"vue": "index"},
    ]  # fmt: skip
    app = opened()
    for where in addresses:
        visit(app, **where)
        tree = page(app)
        assert tree.xpath("//script | //img | //p//b[.='tous']") == [], where
        # A title has no emphasis; a theme is named as collection.toml does.
        seen = any(text in shown(app) for text in (HOSTILE, plain(HOSTILE)))
        assert where.get("vue") == "index" or seen, where
    assert line in quoted(visit(app, q="former <b>tous</b> les agents"))
    for reference in ("petit-p1", "petit-p1/conseils/1"):
        click(visit(app, pratique="petit-p1"), f"keep-practice-{reference}")
    assert f"« {line} »" in shown(visit(app, vue="dossier"))
    assert page(app).xpath("//img") == []


def test_an_escaped_label_holds_no_live_markup() -> None:
    escaped = label("**a** [x](y) :smile: $z$ `c` <i> _d_\n# e")
    live = re.sub(r"\\.", "", escaped)
    assert not re.search(r"[*\[\](){}:$`<>_#]", live)
    assert "\u2060smile" in escaped


@pytest.mark.parametrize("view", VIEWS)
def test_no_index_says_how_to_build_it(place: Path, view: str) -> None:
    shutil.rmtree(place / "index")
    app = opened(vue=view)
    (trouble,) = texts(app, "//*[@role='alert']")
    assert texts(app, "//h1") == ["L'assistant ne peut pas répondre"]
    assert trouble.endswith("Remède : recueil-qa build")
    follow(app, link(app, "English"))
    assert texts(app, "//h1") == ["The assistant can't answer"]
    # Once it is built, the same visit goes on.
    build(place)
    assert "recueil-qa build" not in " ".join(notices(visit(app)))
    assert "Parcourir les 3 pratiques" in shown(app)


def test_a_damaged_index_says_how_to_mend_it(place: Path) -> None:
    next((place / "index").glob("*/vectors.faiss")).write_bytes(b"")
    assert "recueil-qa build --force" in " ".join(notices(opened()))


@pytest.mark.parametrize("trouble", ["removed", "damaged"])
@pytest.mark.parametrize("view", ["question", "explorer", "carte", "index"])
def test_an_index_lost_while_the_page_is_open_still_answers(
    place: Path, trouble: str, view: str
) -> None:
    app = opened(vue=view, q=REPEATED)
    if trouble == "removed":
        shutil.rmtree(place / "index")
    else:
        (place / "index" / "CURRENT").write_text("no-such-build\n", "utf-8")
    # A visit that begins now is served too.
    for visited in (visit(app, vue=view, q=REPEATED), opened(vue=view, q=REPEATED)):
        assert notices(visited)[0].startswith(
            "L'index sur le disque n'est plus lisible ; la page répond encore avec celui qu'elle "
        )
        assert "recueil-qa build" in notices(visited)[0]
        assert "La mesure des rappels" in shown(visited) or "3 pratiques" in shown(visited)
    build(place)
    assert "plus lisible" not in " ".join(notices(visit(app, vue=view, q=REPEATED)))


def test_a_setting_that_is_refused_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECUEIL_TOP", "0")
    (notice,) = notices(opened())
    assert "Réglage refusé : RECUEIL_TOP = '0'" in notice


def test_an_unexpected_error_shows_a_sentence_and_logs_the_rest(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("recueil_qa.search.answers.score", fail)
    text = ask(opened(), "appels")
    assert "Une erreur inattendue est survenue" in text
    assert "secret detail" not in text
    assert "secret detail" in caplog.text


def test_a_new_build_is_served_without_loading_the_encoder_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def load(name: str, _runtime: str) -> HashEncoder:
        loaded.append(name)
        return HashEncoder()

    monkeypatch.setattr("recueil_qa.search.searcher.open_encoder", load)
    app = opened(vue="explorer")
    rewrite(place, 1, "Le guichet unique", "Le comptoir")
    build(place)
    assert hits(visit(app, q="le comptoir"))
    assert listed(visit(app, vue="explorer"))[0] == "Le comptoir"
    assert len(loaded) == 1


def test_a_new_build_is_taken_up_and_a_changed_corpus_told(place: Path) -> None:
    app = opened(vue="explorer")
    rewrite(place, 1, "Le guichet unique", "Le comptoir")
    stale = "Le recueil a été modifié depuis : l'index est à reconstruire (recueil-qa build)."
    assert stale in notices(visit(app, vue="explorer"))
    assert listed(app)[0] == "Le guichet unique"
    build(place)
    assert notices(visit(app, vue="explorer")) == []
    assert listed(app)[0] == "Le comptoir"


def test_the_server_asks_nothing_tells_nobody_and_listens_here_only() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["showEmailPrompt"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert Settings(home=ROOT).contacts is False


def test_a_value_is_escaped_in_attributes_too(place: Path) -> None:
    question = '"><script>alert(1)</script>'
    app = opened(q=question)
    assert page(app).xpath("//script") == []
    assert page(app).xpath("//@data-rq-question") == [question]
