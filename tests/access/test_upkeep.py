"""A rebuild and what readers said are the maintainers': by a role, or by a key's scope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from recueil_qa import Assistant, maintenance
from recueil_qa.builds.rebuild import Rebuilt
from recueil_qa.settings import Settings
from tests.support.guarded import (
    HOST,
    MAINTAINER,
    PROXY,
    READER,
    bearer,
    logged,
    make_key,
    service,
    settings_of,
    told_by_proxy,
)

BUILDS, FEEDBACK = "/api/v1/builds", "/api/v1/feedback"
OWN = {"Origin": f"https://{HOST}"}


@pytest.fixture
def settings(tmp_path: Path, small: Assistant) -> Settings:
    return settings_of(tmp_path, small, access="keys,proxy", rebuild=True)


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that something was rebuilt by."""
    found: list[Settings] = []

    def rebuild(settings: Settings, *_: Any, **__: Any) -> Rebuilt:
        found.append(settings)
        return Rebuilt(Path("a-build"), built=True, served=True)

    monkeypatch.setattr(maintenance, "rebuild", rebuild)
    return found


def test_a_key_rebuilds_by_its_scope_alone(
    stranger: TestClient, settings: Settings, rebuilt: list[Settings]
) -> None:
    for scope in ("read", "feedback", "metrics", "export"):
        key = bearer(make_key(settings, scope))
        assert stranger.post(BUILDS, headers=key).status_code == 403
    assert rebuilt == []
    key = bearer(make_key(settings, "rebuild"))
    # No browser sends a key by itself, wherever it says that it comes from.
    assert stranger.post(BUILDS, headers=key | {"Origin": "app://portail"}).status_code == 202
    line = logged(settings)[-1]
    assert (line["action"], line["way"], line["status"]) == ("rebuild", "key", 202)


def test_people_rebuild_by_their_role_from_our_own_pages(
    proxied: TestClient, settings: Settings, rebuilt: list[Settings]
) -> None:
    chief = told_by_proxy(MAINTAINER)
    for headers in (told_by_proxy(READER) | OWN, chief, chief | {"Origin": "https://evil.invalid"}):
        assert proxied.post(BUILDS, headers=headers).status_code == 403
    assert rebuilt == []
    assert {line["action"] for line in logged(settings)} == {"refused"}
    assert proxied.post(BUILDS, headers=chief | OWN).status_code == 202
    line = logged(settings)[-1]
    assert (line["action"], line["user"], line["role"]) == ("rebuild", MAINTAINER, "maintainer")
    assert proxied.get(f"{BUILDS}/rebuild", headers=told_by_proxy(READER)).status_code == 403
    assert proxied.get(f"{BUILDS}/rebuild", headers=chief).json()["number"] == 1


def test_who_exports_has_a_line(proxied: TestClient, settings: Settings) -> None:
    assert proxied.get(FEEDBACK, headers=told_by_proxy(READER)).status_code == 403
    assert proxied.get(FEEDBACK, headers=told_by_proxy(MAINTAINER)).json() == []
    actions = [(line["action"], line["user"], line["status"]) for line in logged(settings)]
    assert actions == [("refused", READER, 403), ("export", MAINTAINER, 200)]


def test_the_settings_bind_maintainers_too(
    tmp_path: Path, small: Assistant, rebuilt: list[Settings]
) -> None:
    settings = settings_of(tmp_path, small, access="proxy")
    with service(small, settings, PROXY) as client:
        refused = client.post(BUILDS, headers=told_by_proxy(MAINTAINER) | OWN)
    assert (refused.status_code, rebuilt) == (403, [])
    assert refused.json()["type"] == "urn:recueil-qa:problem:rebuild-off"
