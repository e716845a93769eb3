"""Results as JSON: what `--json` prints and what the API answers with, of one schema.

Without the setting `contacts`, their field is left out wherever a practice stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, computed_field

from recueil_qa.types import Answer, Neighbour, Practice, PracticeHit

Result = Answer | Practice | Sequence[PracticeHit] | Sequence[Practice] | Sequence[Neighbour]

_FIELD = {"contacts"}
_OF_EACH = {"__all__": _FIELD}
_WITHIN_EACH = {"__all__": {"practice": _FIELD}}


@dataclass(frozen=True, slots=True)
class AnswerJson(Answer):
    """An answer as it travels: with what programs read first, whether and why not."""

    # `super()` knows no class that was made anew for its slots.

    @computed_field  # type: ignore[prop-decorator]
    @property
    def abstained(self) -> bool:
        """Whether nothing answers."""
        told: bool = Answer.abstained.__get__(self)
        return told

    @computed_field  # type: ignore[prop-decorator]
    @property
    def answered(self) -> bool:
        """Whether something answers, or may help."""
        told: bool = Answer.answered.__get__(self)
        return told

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reason(self) -> str:
        """Why nothing answers: a code, or nothing."""
        told: str = Answer.reason.__get__(self)
        return told

    @computed_field  # type: ignore[prop-decorator]
    @property
    def nearest(self) -> tuple[Practice, ...]:
        """The practices that come nearest, when nothing answers."""
        told: tuple[Practice, ...] = Answer.nearest.__get__(self)
        return told


_NAMES = tuple(field.name for field in fields(Answer))
# What a result may be, and where contacts stand in it.
_LEFT_OUT: Mapping[Any, Any] = {
    AnswerJson: {"hits": _WITHIN_EACH, "cards": _WITHIN_EACH, "nearest": _OF_EACH},
    Practice: _FIELD,
    tuple[PracticeHit, ...]: _WITHIN_EACH,
    tuple[Practice, ...]: _OF_EACH,
    tuple[Neighbour, ...]: _WITHIN_EACH,
}


def to_bytes(value: Result, contacts: bool) -> bytes:
    """Return a result as JSON on one line."""
    kind, given = _told(value)
    return _adapter(kind).dump_json(given, exclude=None if contacts else _LEFT_OUT.get(kind))


def to_plain(value: Result, contacts: bool) -> Any:
    """Return a result as dictionaries and lists."""
    kind, given = _told(value)
    excluded = None if contacts else _LEFT_OUT.get(kind)
    return _adapter(kind).dump_python(given, mode="json", exclude=excluded)


def _told(value: Result) -> tuple[Any, Any]:
    """Return the type that a result travels as, and the result as one."""
    if isinstance(value, Answer):
        return AnswerJson, AnswerJson(**{name: getattr(value, name) for name in _NAMES})
    if isinstance(value, Practice):
        return Practice, value
    listed = tuple(value)
    kind = type(listed[0]) if listed else Practice
    return tuple[kind, ...], listed  # type: ignore[valid-type]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
