"""Problem statements judged against a whole collection: `statements.jsonl` beside the practices.

A question belongs to the one practice that answers it. A statement is a problem as people put it
(an e-mail, an audit finding, two words typed in haste), with every practice that helps: 2, glad to
get it among the first; 1, it has something that applies. No grade at all says that nothing in the
collection answers, which is what abstention is learnt from. One JSON object a line:

    {"id": "s001", "lang": "fr", "register": "courriel", "text": "…", "grades": {"…-p23": 2}}

`not` may list practices that look right and are not; the encoder is trained with them.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recueil_qa.collection import CONTROL
from recueil_qa.errors import Problem

NAME = "statements.jsonl"


class Statement(BaseModel):
    """One judged statement; `grades` by practice id, `wrong` the practices of `not`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
    language: Annotated[str, StringConstraints(pattern="^(fr|en)$")] = Field(alias="lang")
    register_: str = Field(default="", alias="register", max_length=100)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4_000)]
    grades: dict[str, Annotated[int, Field(strict=True, ge=1, le=2)]]
    wrong: tuple[str, ...] = Field(default=(), alias="not")


def parse_statements(
    text: str, path: Path, known: Container[str] | None
) -> tuple[tuple[Statement, ...], list[Problem]]:
    """Read the rows of a file; return the good ones and every problem of the others.

    Practices are not checked when `known` is None.
    """
    rows: list[Statement] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            # JSON can hide in escapes what the file itself may not hold.
            if any(map(CONTROL.search, _texts(values))):
                raise ValueError("control character")
            row = Statement.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ascii(".".join(map(str, first["loc"])) or "?")[1:-1]
            problems.append(
                Problem(
                    path,
                    number,
                    f"« {where} » refusé ({first['msg']}) ; champs : id, lang (fr ou en), text, "
                    "grades (pratique : 1 ou 2), et au besoin register, not",
                    f"'{where}' refused ({first['msg']}); fields: id, lang (fr or en), text, "
                    "grades (practice: 1 or 2), and if need be register, not",
                )
            )
            continue
        except (ValueError, RecursionError) as error:
            problems.append(
                Problem(
                    path,
                    number,
                    f"un objet JSON par ligne est attendu ({error})",
                    f"expected one JSON object a line ({error})",
                )
            )
            continue
        names = [*row.grades, *row.wrong]
        strange = [name for name in names if known is not None and name not in known]
        if strange or set(row.wrong) & set(row.grades):
            listed = ", ".join(strange or sorted(set(row.wrong) & set(row.grades)))
            problems.append(
                Problem(
                    path,
                    number,
                    f"pratiques inconnues, ou à la fois utiles et exclues : {listed}",
                    f"practices that are unknown, or both useful and excluded: {listed}",
                )
            )
        for kind, key in (("id", row.id), ("text", " ".join(row.text.lower().split()))):
            other = seen.setdefault(f"{kind} {key}", number)
            if other != number:
                problems.append(
                    Problem(
                        path,
                        number,
                        f"« {kind} » est déjà celui de la ligne {other} : « {key[:80]} » ; "
                        "ôtez-en une",
                        f"'{kind}' is already that of line {other}: '{key[:80]}'; keep one",
                    )
                )
        rows.append(row)
    return tuple(rows), problems


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in what JSON holds, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
