"""What goes wrong is told as RFC 9457 says, in the reader's language, with nothing to hide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant
from recueil_qa.api.application import standalone
from recueil_qa.errors import FeedbackError
from recueil_qa.messages import alike
from recueil_qa.shared import Shared

JSON = {"Content-Type": "application/json"}
TYPE = "urn:recueil-qa:problem:"


def told(reply: Any) -> Any:
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == reply.status_code
    assert {"type", "title", "detail", "instance"} <= reply.json().keys()
    return reply.json()


@pytest.mark.parametrize(
    ("question", "status", "kind"),
    [("?!…", 422, "no-question"), ("mot " * 1_000, 422, "no-question"),
     ("", 422, "invalid-request"), ("x" * 20_001, 422, "invalid-request"),
     ("\ud800", 422, "invalid-request")],
)  # fmt: skip
def test_what_is_no_question_is_refused(
    client: TestClient, question: str, status: int, kind: str
) -> None:
    # As ASCII: half a character can be spelt in JSON.
    body = json.dumps({"question": question})
    reply = client.post("/api/v1/ask", content=body, headers=JSON)
    assert (reply.status_code, told(reply)["type"]) == (status, TYPE + kind)


def test_every_fault_of_a_body_has_its_place(client: TestClient) -> None:
    body = {"question": "a", "top": 0, "filters": {"theme": ["a", ""]}, "a/b~c": 1}
    found = told(client.post("/api/v1/ask", json=body))
    assert [fault["pointer"] for fault in found["errors"]] == ["/top", "/filters/theme/1",
                                                              "/a~1b~0c"]  # fmt: skip
    assert found["errors"][0]["detail"] == "1 au moins est attendu"


def test_every_fault_of_an_address_has_its_name(client: TestClient) -> None:
    found = told(client.get("/api/v1/practices", params={"limit": "0", "secteur": "a"}))
    assert {fault["parameter"] for fault in found["errors"]} == {"limit", "secteur"}


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "/api/v1/ask", {"content": b"{", "headers": JSON}, 400),
        ("POST", "/api/v1/ask",
         {"content": b"[" * 100_000, "headers": JSON}, 400),
        ("POST", "/api/v1/ask",
         {"content": b'"\xff"', "headers": JSON}, 400),
        # A form of another site can't send JSON, and this takes nothing else.
        ("POST", "/api/v1/ask",
         {"content": b'{"question": "a"}', "headers": {"Content-Type": "text/plain"}}, 422),
        ("POST", "/api/v1/ask", {"content": b'{"question": "a"}'}, 422),
        ("GET", "/api/v1/ask", {}, 405),
        ("GET", "/api/v1/nothing", {}, 404),
        ("GET", "/api/v1/practices/p9", {}, 404),
        ("GET", "/api/v1/practices/%2e%2e%2f%2e%2e%2fetc%2fpasswd", {}, 404),
        ("GET", "/api/v1/practices/p9/similar", {}, 404),
        ("GET", "/api/v1/practices?theme=inconnu", {}, 422),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem(
    client: TestClient, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    reply = client.request(method, path, **options)
    assert reply.status_code == status, reply.text
    told(reply)


@pytest.mark.parametrize(
    ("preferred", "title"),
    [("en", "This is no question"), ("en-GB,en;q=0.9", "This is no question"),
     ("de, en;q=0.5", "This is no question"), ("fr", "Ce n'est pas une question"),
     ("de", "Ce n'est pas une question"), ("", "Ce n'est pas une question")],
)  # fmt: skip
def test_it_is_told_in_the_language_that_is_preferred(
    client: TestClient, preferred: str, title: str
) -> None:
    reply = client.post(
        "/api/v1/ask", json={"question": "?"}, headers={"Accept-Language": preferred}
    )
    assert told(reply)["title"] == title


def test_a_fault_of_ours_tells_no_path_and_goes_to_the_log(
    small: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = Path("/var/secret")

    def fail(*_: object) -> None:
        raise RuntimeError(f"at {secret}")

    def full(*_: object) -> None:
        raise FeedbackError(alike(f"{secret} is full"))

    monkeypatch.setattr(Assistant, "similar", fail)
    monkeypatch.setattr(Assistant, "give_feedback", full)
    client = TestClient(standalone(Shared(small.settings, small)), base_url="http://127.0.0.1")
    given = {"question": "a", "verdict": "up", "answered": True}
    for reply, status in (
        (client.get("/api/v1/practices/p1/similar"), 500),
        (client.post("/api/v1/feedback", json=given), 503),
    ):
        assert reply.status_code == status
        assert "secret" not in reply.text and "Traceback" not in reply.text
        told(reply)
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert caplog.text.count(str(secret)) >= 2
