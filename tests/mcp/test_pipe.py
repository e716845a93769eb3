"""Lines that are no message are answered, by their number where it can be read."""

from __future__ import annotations

import pytest
from mcp_types import INVALID_REQUEST, PARSE_ERROR, jsonrpc_message_adapter

from recueil_qa.mcp.pipe import refusal

DEEP = "[" * 300 + "]" * 300
CALL = '{"jsonrpc": "2.0", "id": %s, "method": "tools/call", "params": {"x": %s}}'


@pytest.mark.parametrize(
    ("line", "code", "number"),
    [
        (CALL % (7, DEEP), PARSE_ERROR, 7),
        (CALL % ('"a"', '"\\ud800"'), PARSE_ERROR, "a"),
        (CALL % ('"\\ud800"', "1"), PARSE_ERROR, None),
        (CALL % ("true", DEEP), PARSE_ERROR, None),
        (CALL % ("[]", DEEP), PARSE_ERROR, None),
        (DEEP, PARSE_ERROR, None),
        ("[" * 100_000, PARSE_ERROR, None),
        ("{", PARSE_ERROR, None),
        ("9" * 5_000 + "x", PARSE_ERROR, None),
        ("[]", INVALID_REQUEST, None),
        ("1", INVALID_REQUEST, None),
    ],
)
def test_a_line_that_is_no_message(line: str, code: int, number: object) -> None:
    told = refusal(error_of(line))
    assert told is not None and told.error.code == code and told.id == number
    assert "line" in told.error.message
    assert told.model_dump_json(by_alias=True, exclude_unset=True)


@pytest.mark.parametrize("line", ["", " ", "\n", "\t \r"])
def test_an_empty_line_says_nothing(line: str) -> None:
    assert refusal(error_of(line)) is None


def test_another_error_is_told_too() -> None:
    told = refusal(OSError("x"))
    assert told is not None and told.error.code == INVALID_REQUEST


def error_of(line: str) -> Exception:
    with pytest.raises(ValueError) as caught:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    return caught.value
