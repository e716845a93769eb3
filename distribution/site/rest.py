"""The page of the HTTP API, made of the schema that `recueil-qa schema` prints."""

from __future__ import annotations

from typing import Any

from recueil_qa.api.application import create_app
from recueil_qa.settings import load_settings
from recueil_qa.shared import Shared

HEAD = """# HTTP API: routes and values

Made of the OpenAPI document, version {version}, which `recueil-qa schema` prints and
`recueil-qa serve` gives at `/api/v1/openapi.json`. How to ask, errors and limits:
[the API, for integrators](docs/api.md).
"""
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "of {} characters or more",
    "maxLength": "{} characters at most",
    "maxItems": "{} values at most",
}


def page() -> str:
    """Return the page, in Markdown."""
    schema = create_app(Shared(load_settings())).openapi()
    rows = [HEAD.format(version=schema["info"]["version"]), "## Routes\n"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            rows += _route(f"{method.upper()} {path}", operation)
    rows.append("## Values\n")
    for name, described in sorted(schema["components"]["schemas"].items()):
        rows += _value(name, described)
    return "\n".join(rows)


def _route(title: str, operation: dict[str, Any]) -> list[str]:
    rows = [f"### `{title}`\n", f"{_line(operation.get('description', ''))}\n"]
    if found := operation.get("parameters"):
        rows += ["| parameter | in | value | |", "|---|---|---|---|"]
        for each in found:
            told = each.get("description", "")
            rows.append(
                f"| `{each['name']}` | {each['in']} | {_kind(each['schema'])} | {_cell(told)} |"
            )
        rows.append("")
    for body in operation.get("requestBody", {}).get("content", {}).values():
        rows.append(f"Takes {_kind(body['schema'])}.\n")
    for status, answer in operation["responses"].items():
        kinds = [_kind(each["schema"]) for each in answer.get("content", {}).values()]
        what = f": {kinds[0]}" if kinds and kinds[0] else ""
        when = "Otherwise" if status == "default" else status
        rows.append(f"- {when}{what}. {_line(answer['description'])}")
    return [*rows, ""]


def _value(name: str, described: dict[str, Any]) -> list[str]:
    rows = [f"({_anchor(name)})=", f"### {name}\n", f"{_line(described.get('description', ''))}\n"]
    if "enum" in described:
        return [*rows, f"One of {_choices(described['enum'])}.\n"]
    needed = described.get("required", [])
    rows += ["| name | value | always | |", "|---|---|---|---|"]
    for key, each in described.get("properties", {}).items():
        always = "yes" if key in needed else ""
        told = _cell(each.get("description", ""))
        rows.append(f"| `{key}` | {_kind(each)} | {always} | {told} |")
    return [*rows, ""]


def _kind(schema: dict[str, Any]) -> str:
    """Return what a value may be, in words, with links to those that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_kind(each) for each in several)
    if "enum" in schema:
        return f"one of {_choices(schema['enum'])}"
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = str(schema.get("type", ""))
    if kind == "array":
        kind = f"list of {_kind(schema.get('items', {})) or 'values'}"
    elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        kind = f"mapping of {_kind(schema['additionalProperties']) or 'values'}"
    bounds = [told.format(f"{schema[key]:.0f}") for key, told in _BOUNDS.items() if key in schema]
    return ", ".join([kind, *bounds])


def _choices(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _anchor(name: str) -> str:
    return f"value-{name.lower()}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
