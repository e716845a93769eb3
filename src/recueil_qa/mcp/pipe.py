"""The protocol's server, which over a pipe also answers lines that it can't read.

The library drops them: whoever asked something with half a character in it, or with values too deep
within each other, would wait for ever.
"""

from __future__ import annotations

import json
from typing import Any

from anyio import (
    BrokenResourceError,
    ClosedResourceError,
    create_memory_object_stream,
    create_task_group,
)
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError


class PipeServer(MCPServer[Any]):
    """A server whose `run("stdio")` leaves no line without an answer that is owed one."""

    async def run_stdio_async(self) -> None:
        server = self._lowlevel_server
        async with stdio_server() as (lines, answers), create_task_group() as tasks:
            heard, messages = create_memory_object_stream[SessionMessage | Exception](0)

            async def sort() -> None:
                try:
                    async with heard:
                        async for item in lines:
                            if not isinstance(item, Exception):
                                await heard.send(item)
                            elif refused := refusal(item):
                                await answers.send(SessionMessage(refused))
                except (BrokenResourceError, ClosedResourceError):
                    return  # the client has left

            tasks.start_soon(sort)
            await server.run(messages, answers, server.create_initialization_options())
            tasks.cancel_scope.cancel()


def refusal(error: Exception) -> JSONRPCError | None:
    """Return the answer to a line that is no message, by its number if that can be read."""
    code, said, number = INVALID_REQUEST, "This line is no JSON-RPC message.", None
    found = error.errors()[0] if isinstance(error, ValidationError) else None
    if found and found["type"] == "json_invalid":
        line = str(found["input"])
        if not line.strip():
            return None
        code, said = (
            PARSE_ERROR,
            "This line can't be read as JSON: cut, too deep, or half characters.",
        )
        number = _number(line)
    return JSONRPCError(jsonrpc="2.0", id=number, error=ErrorData(code=code, message=said))


def _number(line: str) -> int | str | None:
    """Return the number of what Python's reader takes for JSON: more than the protocol's does."""
    try:
        number = json.loads(line)["id"]
        str(number).encode()
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return number if isinstance(number, int | str) and not isinstance(number, bool) else None
