"""The index's own page: what serves, its checks, the last evaluation, a rebuild."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recueil_app.views import maintain
from recueil_qa import Settings, load_settings, maintenance
from recueil_qa.builds import locks
from recueil_qa.builds.build import Notice
from recueil_qa.builds.locks import Holder, Patience
from recueil_qa.builds.rebuild import Rebuilt
from recueil_qa.encoding.encoder import Progress
from recueil_qa.errors import BusyError
from recueil_qa.index.current import current_build
from recueil_qa.messages import Text
from recueil_qa.shared import Shared, offer
from tests.support.app import (
    click,
    keys,
    listed,
    notices,
    opened,
    page,
    plain,
    rewrite,
    served_place,  # noqa: F401
    shown,
    texts,
    visit,
)
from tests.support.reports import make_report
from tests.support.waiting import PATIENCE

TITLES = ["Le guichet unique", "La mesure des rappels", "Le courrier clair"]


def test_the_index_page_tells_what_serves_and_how_it_is(place: Path) -> None:
    app = opened(vue="index")
    text = shown(app)
    assert current_build(place / "index").name in text
    assert "Petit recueil" in text
    assert "3 pratiques, 9 lignes, 7 questions et situations, 25 passages" in text
    assert "hash@test" in text
    findings = {plain(row[0]): plain(row[1]) for row in page(app).xpath("//tbody/tr[td[2]]")}
    assert findings.pop("encoder") == "✗ à réparer"
    assert findings.pop("questions") == "⚠ à voir"  # two or three a practice
    assert findings.keys() >= {"versions", "corpus", "index", "contents", "freshness", "disk"}
    assert set(findings.values()) == {"✓ bon"}
    assert "Remède : git checkout -- models/recueil-e5" in text
    assert "Aucune évaluation trouvée : recueil-qa evaluate en fait une." in text
    assert "Pour reconstruire : recueil-qa build" in notices(app)[0]
    assert [button.key for button in app.button] == []


def write_report(place: Path, name: str = "0.1.0.json", **changes: object) -> Path:
    folder = place / "eval" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(make_report(**changes).model_dump_json(), "utf-8")
    return path


OLD = "Cette évaluation est celle d'un autre corpus ou encodeur que l'index."


def test_the_last_evaluation_is_shown_with_its_intervals(place: Path) -> None:
    manifest = json.loads((current_build(place / "index") / "manifest.json").read_text("utf-8"))
    write_report(place, corpus=manifest["corpus"])
    app = opened(vue="index")
    assert "Recueil-qa 9.8.7, sur 7 questions jugées." in shown(app)
    assert OLD not in shown(app)
    table = page(app).xpath("//table")[-1]
    assert [plain(cell) for cell in table.xpath("./thead//th")] == [
        "Mesure", "Français", "Anglais", "Ensemble",
    ]  # fmt: skip
    rows = [[plain(cell) for cell in row] for row in table.xpath("./tbody/tr")]
    assert rows[0] == [
        "nDCG@10", "0.70 (0.68 à 0.73)", "0.60 (0.58 à 0.63)", "0.80 (0.78 à 0.83)",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["nDCG@10", "P@1", "Recall@5"]


def test_an_evaluation_of_another_corpus_is_told_to_be_old(place: Path) -> None:
    write_report(place)
    assert OLD in shown(opened(vue="index"))


def test_a_report_without_intervals_is_shown_all_the_same(place: Path) -> None:
    write_report(place, intervals={})
    app = opened(vue="index")
    assert "Une erreur inattendue" not in shown(app)
    assert "0.80" in texts(app, "//table")[-1]


def test_a_broken_report_is_told_and_the_page_goes_on(place: Path) -> None:
    path = write_report(place)
    path.write_text("{", "utf-8")
    app = opened(vue="index")
    assert notices(app)[0].startswith(f"{path} : pas un rapport d'évaluation (JSON)")
    assert "3 pratiques, 9 lignes" in shown(app)


BUTTON = "rebuild-start"


@pytest.fixture
def rebuilding(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of an app whose page has the button."""
    monkeypatch.setenv("RECUEIL_REBUILD", "true")
    return place


def wait() -> None:
    """Wait for the end of the rebuild under way."""
    thread = maintain.rebuild().thread
    assert thread is not None
    thread.join(PATIENCE)
    assert not thread.is_alive()


def rebuilt(app: AppTest, language: str = "fr") -> list[str]:
    """Ask for a rebuild, wait for it, and return all that is said of it."""
    # A short one may be done by the time the page is drawn, a longer one isn't.
    at_once = notices(click(app, BUTTON))
    wait()
    return [*at_once, *notices(visit(app, vue="index", langue=language))]


class Held:
    """A rebuild that tells how far it is, and ends when the test says so."""

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.go, self.advanced, self.end = (threading.Event() for _ in range(3))

    def __call__(self, settings: Settings, progress: Progress, **_: object) -> Rebuilt:
        self.settings.append(settings)
        self.go.wait(PATIENCE)
        progress(7, 28)
        self.advanced.set()
        self.end.wait(PATIENCE)
        return Rebuilt(Path("build"), built=True, served=True)


@pytest.fixture
def held(rebuilding: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    under_way = Held()
    monkeypatch.setattr(maintenance, "rebuild", under_way)
    yield under_way
    under_way.go.set()
    under_way.end.set()
    if maintain.rebuild().thread:
        wait()


def progress(app: AppTest) -> list[tuple[int, str]]:
    """Return the bars of progress that the page shows: percent, text."""
    return [(bar.proto.value, bar.proto.text) for bar in app.get("progress")]


def test_a_rebuild_takes_up_a_changed_corpus_at_once(rebuilding: Path) -> None:
    app = opened(vue="index")
    before = current_build(rebuilding / "index").name
    assert rebuilt(app) == ["L'index était déjà à jour."]
    assert current_build(rebuilding / "index").name == before
    rewrite(rebuilding, 1, "Le guichet unique", "Le comptoir")
    assert rebuilt(app) == ["L'index est reconstruit et sert déjà."]
    after = current_build(rebuilding / "index").name
    assert after != before
    assert after in shown(app)
    # Said once; the checks are those of the new build.
    visit(app, vue="index")
    assert notices(app) == []
    findings = {plain(row[0]): plain(row[1]) for row in page(app).xpath("//tbody/tr[td[2]]")}
    assert findings["freshness"] == "✓ bon"
    assert listed(visit(app, vue="explorer"))[0] == "Le comptoir"


def test_a_rebuild_that_fails_is_told_and_the_old_index_serves(rebuilding: Path) -> None:
    app = opened(vue="index")
    path = rebuilding / "corpus" / "petit" / "practices" / "p1.md"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Choisir un horaire élargi", "Jamais écrit"), "utf-8")
    before = current_build(rebuilding / "index").name
    (notice,) = rebuilt(app)
    assert notice.startswith("Le corpus est refusé, 1 problème(s) à corriger :")
    assert "p1.md" in notice
    assert current_build(rebuilding / "index").name == before
    assert listed(visit(app, vue="explorer")) == TITLES
    # Once mended, the button works again.
    path.write_text(text, "utf-8")
    assert rebuilt(visit(app, vue="index")) == ["L'index était déjà à jour."]


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", "Une erreur inattendue est survenue. Le diagnostic : recueil-qa doctor"),
     ("en", "An unexpected error happened. To look into it: recueil-qa doctor")],
)  # fmt: skip
def test_an_unexpected_error_of_a_rebuild_is_a_sentence_and_logged(
    rebuilding: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    language: str, told: str,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> Rebuilt:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(maintenance, "rebuild", fail)
    app = opened(vue="index", langue=language)
    assert rebuilt(app, language) == [told]
    assert "secret detail" not in shown(app)
    assert "secret detail" in caplog.text
    assert BUTTON in keys(app)


def test_how_far_a_rebuild_is_shows_in_place_of_its_button(held: Held) -> None:
    app = click(opened(vue="index"), BUTTON)
    assert progress(app) == [(0, "Lecture du corpus et de l'encodeur…")]
    assert keys(app) == []
    held.go.set()
    assert held.advanced.wait(PATIENCE)
    visit(app, vue="index")
    assert progress(app) == [(25, "Encodage des passages : 7 sur 28")]
    held.end.set()
    wait()
    visit(app, vue="index")
    assert progress(app) == []
    assert notices(app) == ["L'index est reconstruit et sert déjà."]
    assert keys(app) == [BUTTON]


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (
            Holder(process=12, machine="a", since="2026-01-02T03:04:05+00:00"),
            "processus 12 sur a, depuis 2026-01-02 03:04:05 UTC",
        ),
        (None, "un autre processus"),
    ],
    ids=["known", "unknown"],
)
def test_a_rebuild_that_waits_for_another_says_so_and_can_be_given_up(
    rebuilding: Path, monkeypatch: pytest.MonkeyPatch, who: Holder | None, told: str
) -> None:
    waits = threading.Event()

    def wait_for(
        _settings: Settings, _progress: Progress, *, notice: Notice, patience: Patience
    ) -> Rebuilt:
        assert 0 < patience.seconds < 100_000
        notice("waiting", who)
        waits.set()
        assert maintain.rebuild().given_up.wait(PATIENCE)
        assert patience.given_up()
        raise BusyError(Text("occupé", "busy"))

    monkeypatch.setattr(maintenance, "rebuild", wait_for)
    app = click(opened(vue="index"), BUTTON)
    assert waits.wait(PATIENCE)
    visit(app, vue="index")
    text = f"Une autre construction est en cours ({told}) : celle-ci attend qu'elle finisse."
    assert progress(app) == [(0, text)]
    assert keys(app) == ["rebuild-stop"]
    at_once = notices(click(app, "rebuild-stop"))
    wait()
    (notice,) = [*at_once, *notices(visit(app, vue="index"))]
    assert notice.startswith("Cette page n'attend plus : l'autre construction continue")
    assert keys(app) == [BUTTON]


def test_a_rebuild_that_has_waited_too_long_says_who_is_building(
    rebuilding: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintain, "WAIT_SECONDS", 0.0)
    rewrite(rebuilding, 1, "Le guichet unique", "Le comptoir")
    with locks.building(rebuilding / "index"):
        (told,) = rebuilt(opened(vue="index"))
    assert told.startswith("Une construction de l'index est en cours dans ")


def test_leaving_the_page_does_not_stop_a_rebuild(held: Held) -> None:
    app = click(opened(vue="index"), BUTTON)
    assert listed(visit(app, vue="explorer")) == TITLES
    assert progress(app) == []
    assert maintain.rebuild().is_running
    held.go.set()
    held.end.set()
    wait()
    assert notices(visit(app, vue="explorer")) == []
    # How it ended is said on the page where it was asked for, once.
    assert notices(visit(app, vue="index")) == ["L'index est reconstruit et sert déjà."]
    assert notices(visit(app, vue="index")) == []


def test_one_rebuild_at_a_time_told_to_those_who_asked(held: Held) -> None:
    first, second, other = (opened(vue="index") for _ in range(3))
    click(first, BUTTON)
    # A page drawn before it began has the button still.
    click(second, BUTTON)
    assert len(held.settings) == maintain.rebuild().count == 1
    for app in (first, second, visit(other, vue="index")):
        assert progress(app) == [(0, "Lecture du corpus et de l'encodeur…")]
    held.go.set()
    held.end.set()
    wait()
    done = ["L'index est reconstruit et sert déjà."]
    assert [notices(visit(app, vue="index")) for app in (first, second, other)] == [done, done, []]


def test_a_rebuild_that_a_program_asked_for_is_shown_and_is_the_only_one(held: Held) -> None:
    shared = Shared(load_settings())
    offer(shared)
    try:
        app = opened(vue="index")
        assert shared.rebuild.start(shared.settings, 0.0)
        click(app, BUTTON)  # drawn before
        assert progress(app) == [(0, "Lecture du corpus et de l'encodeur…")]
        assert len(held.settings) == shared.rebuild.count == 1
        held.go.set()
        held.end.set()
        wait()
        assert keys(visit(app, vue="index")) == [BUTTON]
    finally:
        offer(None)


def test_how_the_last_rebuild_ended_is_not_told_for_a_former_one(held: Held) -> None:
    app, other = opened(vue="index"), opened(vue="index")
    click(app, BUTTON)
    held.go.set()
    held.end.set()
    wait()
    assert rebuilt(other) == ["L'index est reconstruit et sert déjà."]
    assert notices(visit(app, vue="index")) == []
