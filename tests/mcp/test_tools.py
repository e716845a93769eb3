"""The tools as the protocol's own client finds them, of both its eras."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client import Client
from mcp.server import MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from recueil_qa import Assistant
from recueil_qa.mcp.readable import NOTHING
from recueil_qa.mcp.tools import make_server
from recueil_qa.shared import Shared
from tests.support import advised

REPEATED = "les appels répétés au guichet"
ERAS = ("legacy", "auto")


def run(assistant: Assistant, work: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:
    """Return what work makes of a client of the tools over an assistant."""

    async def main() -> Any:
        server = make_server(Shared(assistant.settings, assistant), "http://127.0.0.1:8501")
        async with Client(server, mode=mode) as client:
            return await work(client)

    return anyio.run(main)


def call(assistant: Assistant, name: str, mode: str = "auto", **arguments: Any) -> CallToolResult:
    async def work(client: Client) -> Any:
        return await client.call_tool(name, arguments)

    result = run(assistant, work, mode)
    assert isinstance(result, CallToolResult)
    return result


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("mode", ERAS)
def test_few_tools_are_offered_and_none_changes_anything(small: Assistant, mode: str) -> None:
    async def work(client: Client) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = run(small, work, mode)
    assert [tool.name for tool in tools] == ["ask", "search", "fetch", "similar", "list_facets"]
    for tool in tools:
        assert tool.annotations.read_only_hint and tool.annotations.idempotent_hint
        assert tool.annotations.open_world_hint is False
        assert tool.description
    told = json.dumps([tool.model_dump(mode="json", exclude_none=True) for tool in tools])
    # A token is three characters or more of such text.
    assert len(told + (instructions or "")) <= 3_000


@pytest.mark.parametrize("mode", ERAS)
def test_an_answer_is_the_apis_and_readable_text_of_the_same(small: Assistant, mode: str) -> None:
    result = call(small, "ask", mode, question=REPEATED)
    answer = small.ask(REPEATED, top=6)
    assert not result.is_error
    assert [hit["practice"]["id"] for hit in result.structured_content["hits"]] == [
        hit.practice.id for hit in answer.hits
    ]
    for line in answer.shown:
        assert f"« {line.text} »" in text(result) and line.passage in text(result)
    assert "contacts" not in json.dumps(result.structured_content)


def test_practices_of_several_collections_are_named_with_theirs(
    tmp_path: Path, small: Assistant
) -> None:
    both = advised.assistant(tmp_path / "both")
    question = "nos lettres ne sont pas lues : people do not read our letters"
    answer = both.ask(question, top=6)
    shown = text(call(both, "ask", question=question))
    assert len(answer.by_collection) == 2
    for card in answer.cards:
        (row,) = [row for row in shown.splitlines() if f"[{card.practice.id}]" in row]
        assert f", {both.catalogue.titles[card.practice.collection]}) [" in row
    assert ", Notes) [notes-p1]" in text(call(both, "similar", id="notes-p1"))
    # One collection needs no name.
    assert "Petit recueil" not in text(call(small, "ask", question=REPEATED))


@pytest.mark.parametrize(("name", "argument"), [("ask", "question"), ("search", "query")])
def test_a_refusal_says_that_nothing_answers_and_that_nothing_is_to_be_invented(
    small: Assistant, name: str, argument: str
) -> None:
    question = "zzz kkk www"
    assert small.ask(question).abstained
    result = call(small, name, **{argument: question})
    assert not result.is_error
    assert NOTHING.fr in text(result) or NOTHING.en in text(result)
    assert "N'inventez pas" in NOTHING.fr and "Do not invent" in NOTHING.en


def test_search_and_fetch_are_what_connectors_ask_for(small: Assistant) -> None:
    found = call(small, "search", query=REPEATED)
    assert json.loads(text(found)) == found.structured_content
    first = found.structured_content["results"][0]
    assert first["url"] == f"http://127.0.0.1:8501/?pratique={first['id']}"
    assert set(first) == {"id", "title", "url"}
    fetched = call(small, "fetch", id=first["id"])
    assert json.loads(text(fetched)) == fetched.structured_content
    assert {"id", "title", "text", "url"} <= set(fetched.structured_content)
    practice = small.practice(first["id"])
    for section in practice.sections:
        for line in section.lines:
            assert line.text in fetched.structured_content["text"]
    assert not any(contact in text(fetched) for contact in practice.contacts)


def test_neighbours_and_facets(small: Assistant) -> None:
    found = call(small, "similar", id="petit-p1", top=1).structured_content
    assert found["practice"] == "petit-p1"
    assert [each["practice"]["id"] for each in found["similar"]] == [
        neighbour.practice.id for neighbour in small.similar("petit-p1", 1)
    ]
    facets = call(small, "list_facets").structured_content
    assert facets["collection"] == {"petit": 3}


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("fetch", {"id": "nope"}, "nope"),
        ("similar", {"id": "nope"}, "nope"),
        ("ask", {"question": "?!"}, "aucun mot"),
        ("ask", {"question": REPEATED, "filters": {"sector": ["nope"]}}, "nope"),
        ("ask", {"question": REPEATED, "filters": {"x" * 9: ["y"]}}, "x" * 9),
        ("ask", {"question": ""}, "question"),
        ("ask", {}, "question"),
        ("search", {"query": "a " * 20_000}, "query"),
        ("similar", {"id": "petit-p1", "top": 99}, "top"),
        ("unknown", {}, "unknown"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_an_error_with_a_sentence(
    small: Assistant, name: str, arguments: dict[str, Any], told: str
) -> None:
    result = call(small, name, **arguments)
    assert result.is_error and result.structured_content is None
    assert told in text(result) and "Traceback" not in text(result)


@pytest.mark.parametrize("mode", ERAS)
def test_a_prompt_is_refused_in_words(
    small: Assistant, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(client: Client) -> None:
        with pytest.raises(MCPError, match="no prompts"):
            await client.get_prompt("x")

    run(small, work, mode)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("mode", ERAS)
def test_what_nobody_foresaw_is_told_to_the_log_alone(
    small: Assistant,
    mode: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: object) -> None:
        raise OSError("/a/place/of/the/server")

    async def work(client: Client) -> None:
        with pytest.raises(MCPError, match="log says why") as caught:
            await client.list_tools()
        assert "place" not in str(caught.value)

    monkeypatch.setattr(MCPServer, "list_tools", broken)
    run(small, work, mode)
    assert "/a/place/of/the/server" in caplog.text


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=60), st.lists(st.text(max_size=5))
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "search", "fetch", "similar", "list_facets"]),
            st.dictionaries(
                st.sampled_from(["question", "query", "id", "top", "filters", "x"]), _VALUES
            ),
        ),
        min_size=5,
        max_size=10,
    )
)
def test_whatever_is_sent_is_answered_or_refused_in_words(
    small: Assistant, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    async def work(client: Client) -> Any:
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    for result in run(small, work):
        said = text(result)
        assert said
        # A crash of the tool is told without its reason; a refusal has one.
        assert not (result.is_error and said.startswith("Error executing tool") and ":" not in said)
        assert str(small.settings.home) not in said
