"""What a maintainer does by the API: a rebuild that nobody waits for, and what readers said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant, Feedback, Settings, maintenance
from recueil_qa.api import upkeep
from recueil_qa.api.application import standalone
from recueil_qa.builds import locks
from recueil_qa.builds.rebuild import Rebuilt
from recueil_qa.evaluation.feedback import FeedbackStore
from recueil_qa.index.current import current_build
from recueil_qa.shared import Shared
from tests.support.command_line import program
from tests.support.encoders import HashEncoder
from tests.support.waiting import PATIENCE

BUILDS, STATUS, FEEDBACK = "/api/v1/builds", "/api/v1/builds/rebuild", "/api/v1/feedback"
HERE = "http://127.0.0.1:8501"


@pytest.fixture
def settings(index_root: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("recueil_qa.builds.rebuild.open_encoder", lambda *_: HashEncoder())
    monkeypatch.setattr("recueil_qa.builds.rebuild.encoder_id", lambda *_: "hash@test")
    return Settings(home=index_root.parent, rebuild=True)


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[TestClient, Shared]]:
    shared = Shared(settings, Assistant.open(settings, encoder=HashEncoder()))
    with TestClient(standalone(shared), base_url=HERE) as client:
        yield client, shared


def ended(shared: Shared) -> None:
    assert shared.rebuild.thread is not None
    shared.rebuild.thread.join(PATIENCE)
    assert not shared.rebuild.is_running


def edit(settings: Settings, old: str, new: str) -> None:
    path = settings.corpus / "petit" / "practices" / "p1.md"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


class Held:
    """A rebuild that ends when the test says so."""

    def __init__(self) -> None:
        self.began, self.end = threading.Event(), threading.Event()

    def __call__(self, _: Settings, progress: object, **__: object) -> Rebuilt:
        assert callable(progress)
        progress(7, 28)
        self.began.set()
        assert self.end.wait(PATIENCE)
        return Rebuilt(Path("a-build"), built=True, served=True)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    found = Held()
    monkeypatch.setattr(maintenance, "rebuild", found)
    yield found
    found.end.set()


def test_a_rebuild_is_begun_told_of_and_taken_up(settings: Settings) -> None:
    with serving(settings) as (client, shared):
        assert client.get(STATUS).json() == {
            "state": "none", "number": 0, "done": 0, "total": 0, "built": False, "build": "",
            "reason": "",
        }  # fmt: skip
        before = client.get("/api/v1/builds/current").json()["build"]
        edit(settings, "Le guichet unique", "Le comptoir")
        begun = client.post(BUILDS)
        assert (begun.status_code, begun.headers["location"]) == (202, STATUS)
        assert begun.json()["number"] == 1
        ended(shared)
        told = client.get(STATUS).json()
        assert (told["state"], told["built"], told["reason"]) == ("done", True, "")
        assert told["done"] == told["total"] > 0
        now = client.get("/api/v1/builds/current").json()["build"]
        assert now == told["build"] == current_build(settings.index).name != before
        assert client.get("/api/v1/practices/p1").json()["title"] == "Le comptoir"


def test_a_corpus_that_has_not_changed_is_not_built(settings: Settings) -> None:
    with serving(settings) as (client, shared):
        assert client.post(BUILDS).status_code == 202
        ended(shared)
        told = client.get(STATUS).json()
    assert (told["state"], told["built"]) == ("done", False)
    assert told["build"] == current_build(settings.index).name


def test_a_rebuild_that_fails_leaves_what_serves(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(settings) as (client, shared):
        before = client.get("/api/v1/builds/current").json()
        edit(settings, "Choisir un horaire élargi", "Jamais écrit")
        client.post(BUILDS)
        ended(shared)
        told = client.get(STATUS)
        assert (told.json()["state"], told.json()["reason"]) == ("failed", "corpus-refused")
        assert str(settings.home) not in told.text
        assert "p1.md" in caplog.text
        assert client.get("/api/v1/builds/current").json() == before
        edit(settings, "Jamais écrit", "Choisir un horaire élargi")
        assert client.post(BUILDS).json()["number"] == 2
        ended(shared)
        assert client.get(STATUS).json()["state"] == "done"


def test_what_nobody_foresaw_is_told_and_logged(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> Rebuilt:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(maintenance, "rebuild", fail)
    with serving(settings) as (client, shared):
        client.post(BUILDS)
        ended(shared)
        told = client.get(STATUS)
    assert (told.json()["state"], told.json()["reason"]) == ("failed", "failed")
    assert "secret" not in told.text and "secret detail" in caplog.text


def test_one_at_a_time_and_others_are_answered_meanwhile(settings: Settings, held: Held) -> None:
    with serving(settings) as (client, shared):
        assert client.post(BUILDS).status_code == 202
        assert held.began.wait(PATIENCE)
        told = client.get(STATUS).json()
        assert (told["state"], told["done"], told["total"]) == ("running", 7, 28)
        again = client.post(BUILDS, headers={"Accept-Language": "en"})
        assert (again.status_code, again.headers["retry-after"]) == (409, "10")
        assert again.json()["type"] == "urn:recueil-qa:problem:rebuilding"
        assert again.json()["detail"] == "a build is under way (asked of this service)"
        assert client.post("/api/v1/ask", json={"question": "les appels répétés"}).json()["hits"]
        # The page's button starts this one, too.
        assert not shared.rebuild.start(settings, 0.0) and shared.rebuild.count == 1


def test_it_goes_on_when_who_asked_has_left(settings: Settings, held: Held) -> None:
    with serving(settings) as (client, shared):
        client.post(BUILDS)
    assert shared.rebuild.is_running
    held.end.set()
    ended(shared)
    assert (shared.rebuild.outcome, shared.rebuild.build) == (True, "a-build")


def test_who_builds_elsewhere_is_named(settings: Settings) -> None:
    with serving(settings) as (client, shared):
        with locks.building(settings.index):
            holder = locks.holder_of(settings.index)
            assert holder is not None
            refused = client.post(BUILDS)
        assert refused.status_code == 409
        assert refused.json()["detail"] == f"une construction est en cours ({holder.text.fr})"
        assert shared.rebuild.count == 0
        # Who died building holds nothing.
        (settings.index / locks.HOLDER).write_text(holder.model_dump_json(), "utf-8")
        assert locks.holder_of(settings.index) is None
        assert client.post(BUILDS).status_code == 202
        ended(shared)


def test_who_builds_first_by_a_hair_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "builder", lambda _: None)
    edit(settings, "Le guichet unique", "Le comptoir")
    with serving(settings) as (client, shared):
        with locks.building(settings.index):
            assert client.post(BUILDS).status_code == 202
            ended(shared)
        told = client.get(STATUS).json()
    assert (told["state"], told["reason"]) == ("failed", "busy")


def test_nothing_is_rebuilt_where_the_settings_do_not_say_so(client: TestClient) -> None:
    refused = client.post(BUILDS)
    assert (refused.status_code, refused.json()["type"]) == (
        403, "urn:recueil-qa:problem:rebuild-off",
    )  # fmt: skip
    assert client.get(STATUS).json()["state"] == "none"


@pytest.mark.parametrize(
    ("origin", "status"),
    [(HERE, 202), ("", 403), ("null", 403), ("https://evil.invalid", 403),
     ("http://127.0.0.1:8502", 403), ("http://[", 403), ("ftp://127.0.0.1:8501", 403)],
)  # fmt: skip
def test_no_page_of_another_site_has_a_browser_rebuild(
    settings: Settings, held: Held, origin: str, status: int
) -> None:
    with serving(settings) as (client, shared):
        reply = client.post(BUILDS, headers={"Origin": origin})
        assert reply.status_code == status
        assert shared.rebuild.count == (status == 202)
    held.end.set()


def given(number: int) -> Feedback:
    return Feedback(
        f"les appels, fois {number}", "up" if number % 2 else "down", target="petit-p1",
        comment="é\u2028«»", language="fr", build="b", at=f"2026-01-{number + 1:02}T10:00:00",
        answered=True, shown=("petit-p1", "petit-p2"),
    )  # fmt: skip


def test_what_readers_said_is_exported_as_the_command_line_lists_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = program(settings.home, monkeypatch)
    store = FeedbackStore(settings.feedback_file)
    monkeypatch.setattr(upkeep, "PIECE", 2)
    with serving(settings) as (client, _):
        assert client.get(FEEDBACK).json() == []
        assert not settings.feedback_file.exists()
        for number in range(5):
            store.add(given(number))
        listed = json.loads(run("feedback", "list", "--json").stdout)
        whole = client.get(FEEDBACK)
        assert whole.json() == listed and len(listed) == 5
        assert (whole.headers["x-total-count"], whole.headers["cache-control"]) == ("5", "no-store")
        assert whole.headers["content-type"] == "application/json"
        some = client.get(FEEDBACK, params={"offset": 1, "limit": 3})
        assert (some.json(), some.headers["x-total-count"]) == (listed[1:4], "5")
        assert client.get(FEEDBACK, params={"offset": 5}).json() == []
        for wrong in ({"limit": 0}, {"limit": 10_001}, {"offset": -1}, {"since": "x"}):
            assert client.get(FEEDBACK, params=wrong).status_code == 422


def test_feedback_that_cannot_be_read_is_told_without_its_place(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.feedback_file.write_bytes(b"no database" * 100)
    with serving(settings) as (client, _):
        refused = client.get(FEEDBACK)
    assert refused.status_code == 503
    assert str(settings.home) not in refused.text and "sqlite" not in refused.text.lower()
    assert str(settings.feedback_file) in caplog.text
