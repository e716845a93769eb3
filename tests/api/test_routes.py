"""The routes of the API: what they return, of which build, and how little of it twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant, Feedback, Filters, Settings
from recueil_qa.api.application import standalone
from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.evaluation.feedback import FeedbackStore
from recueil_qa.search import searcher
from recueil_qa.shared import Shared
from tests.support.collections import write_corpus
from tests.support.command_line import program
from tests.support.encoders import HashEncoder

REPEATED = "le standard est saturé par des appels répétés"
OFF_TOPIC = "recette tarte pommes"


def ask(client: TestClient, question: str, **more: Any) -> Any:
    reply = client.post("/api/v1/ask", json={"question": question, **more})
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_an_answer_quotes_what_the_assistant_quotes(client: TestClient, small: Assistant) -> None:
    told = ask(client, REPEATED)
    answer = small.ask(REPEATED, top=6)
    assert told["answered"] is True and told["reason"] == ""
    assert [hit["practice"]["id"] for hit in told["hits"]] == [h.practice.id for h in answer.hits]
    assert [line["text"] for line in told["advice"]] == [line.text for line in answer.advice]
    assert told["nearest"] == []


def test_a_refusal_is_no_error_and_names_what_comes_nearest(
    client: TestClient, small: Assistant
) -> None:
    told = ask(client, OFF_TOPIC)
    assert (told["answered"], told["reason"]) == (False, "nothing-answers")
    assert told["cards"] == [] and told["direct"] is None
    near = small.ask(OFF_TOPIC, top=6).nearest
    assert [practice["id"] for practice in told["nearest"]] == [each.id for each in near] != []


def test_filters_that_leave_nothing_are_the_reason(client: TestClient, small: Assistant) -> None:
    first, second = small.catalogue.practices[:2]
    chosen = {"organisation": [first.organisation], "theme": [second.theme]}
    assert not small.catalogue.matching(Filters(**chosen))  # type: ignore[arg-type]
    assert ask(client, REPEATED, filters=chosen)["reason"] == "nothing-passes-the-filters"


@pytest.mark.parametrize(
    ("command", "method", "path", "body"),
    [
        (("ask", REPEATED), "POST", "/ask", {"question": REPEATED}),
        (("ask", OFF_TOPIC), "POST", "/ask", {"question": OFF_TOPIC}),
        (("ask", REPEATED, "--as-typed", "--top", "2"), "POST", "/ask",
         {"question": REPEATED, "as_typed": True, "top": 2}),
        (("search", REPEATED), "POST", "/search", {"question": REPEATED}),
        (("show", "p2"), "GET", "/practices/p2", None),
        (("similar", "p2", "--top", "2"), "GET", "/practices/p2/similar?top=2", None),
        (("list",), "GET", "/practices", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("contacts", ["true", "false"])
def test_the_api_and_the_command_line_tell_the_same(
    command: tuple[str, ...],
    method: str,
    path: str,
    body: dict[str, Any] | None,
    contacts: str,
    index_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = program(index_root.parent, monkeypatch)
    monkeypatch.setenv("RECUEIL_CONTACTS", contacts)
    printed = run(*command, "--json")
    assert printed.exit_code == 0, printed.output
    settings = Settings(home=index_root.parent)
    with TestClient(standalone(Shared(settings)), base_url="http://127.0.0.1") as client:
        told = client.request(method, f"/api/v1{path}", json=body)
    assert told.json() == json.loads(printed.stdout)
    assert ('"contacts":' in told.text) is (contacts == "true")


def test_practices_are_listed_in_part_and_counted_in_whole(client: TestClient) -> None:
    whole = client.get("/api/v1/practices")
    assert [each["id"] for each in whole.json()] == ["petit-p1", "petit-p2", "petit-p3"]
    some = client.get("/api/v1/practices", params={"offset": 1, "limit": 1})
    assert [each["id"] for each in some.json()] == ["petit-p2"]
    assert some.headers["x-total-count"] == whole.headers["x-total-count"] == "3"


def test_facets_are_counted_under_the_others(client: TestClient, small: Assistant) -> None:
    theme = small.catalogue.practices[0].theme
    told = client.get("/api/v1/facets", params={"theme": theme, "text": "guichet"}).json()
    assert told == small.facets(Filters(theme=theme), "guichet")  # type: ignore[arg-type]


def test_the_build_is_named_everywhere_and_read_once(client: TestClient, small: Assistant) -> None:
    told = client.get("/api/v1/builds/current")
    assert told.json()["build"] == small.build and told.json()["practices"] == 3
    for path in ("/builds/current", "/practices", "/practices/p1", "/practices/p1/similar",
                 "/facets"):  # fmt: skip
        reply = client.get(f"/api/v1{path}")
        assert reply.headers["x-recueil-build"] == small.build
        tag = reply.headers["etag"]
        for known in (tag, f'"other", {tag}', "*"):
            again = client.get(f"/api/v1{path}", headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert client.get(f"/api/v1{path}", headers={"If-None-Match": '"other"'}).content
    reply = client.post("/api/v1/ask", json={"question": REPEATED})
    assert reply.headers["x-recueil-build"] == small.build
    assert "etag" not in reply.headers


def test_a_reader_of_contacts_has_a_tag_of_her_own(index_root: Path) -> None:
    tags = set()
    for contacts in (True, False):
        settings = Settings(home=index_root.parent, contacts=contacts)
        app = standalone(Shared(settings, Assistant.open(settings, encoder=HashEncoder())))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            tags.add(client.get("/api/v1/practices/p1").headers["etag"])
    assert len(tags) == 2


def test_a_new_build_answers_from_the_next_request_on(
    index_root: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    shared = Shared(Settings(home=index_root.parent))
    with TestClient(standalone(shared), base_url="http://127.0.0.1") as client:
        before = client.get("/api/v1/practices/p1")
        new = build_index(index_root, read_corpus(corpus_root), HashEncoder()).name
        after = client.get(
            "/api/v1/practices/p1", headers={"If-None-Match": before.headers["etag"]}
        )
        assert (after.status_code, after.headers["x-recueil-build"]) == (200, new)
        assert client.get("/readyz").json() == {"ready": True, "current": True, "build": new}
        # The page's way to the same object.
        assert shared.assistant().caught_up().build == new


def test_feedback_is_kept_of_the_build_that_answered(client: TestClient, small: Assistant) -> None:
    given = {"question": REPEATED, "verdict": "down", "target": "petit-p2", "answered": True,
             "comment": "trop long", "shown": ["petit-p2"], "build": "former"}  # fmt: skip
    assert client.post("/api/v1/feedback", json=given).status_code == 204
    given.pop("build")
    assert client.post("/api/v1/feedback", json=given).content == b""
    first, second = FeedbackStore(small.settings.feedback_file).all()
    assert first == Feedback(
        REPEATED, "down", target="petit-p2", comment="trop long", language="fr", build="former",
        at=first.at, answered=True, shown=("petit-p2",),
    )  # fmt: skip
    assert second.build == small.build


def test_feedback_that_the_settings_refuse_is_refused(index_root: Path) -> None:
    settings = Settings(home=index_root.parent, feedback=False)
    app = standalone(Shared(settings, Assistant.open(settings, encoder=HashEncoder())))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        given = {"question": "a", "verdict": "up", "answered": True}
        reply = client.post("/api/v1/feedback", json=given)
    assert (reply.status_code, reply.json()["type"]) == (403, "urn:recueil-qa:problem:feedback-off")
    assert not settings.feedback_file.exists()


def test_a_home_without_index_answers_as_soon_as_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "open_encoder", lambda *_: HashEncoder())
    shared = Shared(Settings(home=tmp_path))
    with TestClient(standalone(shared), base_url="http://127.0.0.1") as client:
        reply = client.post("/api/v1/ask", json={"question": REPEATED})
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "1"
        assert str(tmp_path) not in reply.text
        assert client.get("/readyz").status_code == 503
        assert "recueil_ready 0.0" in client.get("/metrics").text
        build_index(
            tmp_path / "index", read_corpus(write_corpus(tmp_path / "corpus")), HashEncoder()
        )
        assert ask(client, REPEATED)["answered"] is True
