"""The nodes of a YAML text, all of them plain: composed by libyaml, or where it can't by PyYAML."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import yaml
from yaml.composer import Composer

Marked = list[tuple[int, str]]


class _Plain(Composer):
    """Compose plain nodes; anchors, aliases and tags are noted and left out, never followed."""

    marked: Marked

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Resolve nothing: a scalar is text."""

    def ascend_resolver(self) -> None:
        """Resolve nothing."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002
        """Give no tag."""
        return ""

    def compose_node(self, parent: Any, index: Any) -> Any:
        loader: Any = self  # its parser has no types
        event: Any = loader.peek_event()
        mark: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            loader.get_event()
            self.marked.append((mark.line, "*"))
            return yaml.ScalarNode("", "", mark, mark)
        if event.anchor is not None:
            self.marked.append((mark.line, "&"))
            event.anchor = None
        if event.tag is not None:
            self.marked.append((mark.line, "!"))
        return super().compose_node(parent, index)


class _Loader(_Plain, yaml.SafeLoader):
    """Compose from the events of PyYAML, whose faults are known by their words."""

    def __init__(self, text: str) -> None:
        self.marked = []
        yaml.SafeLoader.__init__(self, text)


def _fast() -> Any:
    """Return the same over libyaml, ten times as fast; None where PyYAML was built without it."""
    try:
        parser: Any = import_module("yaml.cyaml").CParser  # which has no types
    except ImportError:
        return None

    class Fast(_Plain, parser):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            self.marked = []
            parser.__init__(self, text)
            Composer.__init__(self)

    return Fast


_Fast = _fast()
_ODD = frozenset("\t\ufeff")  # what the two read in different ways


def compose(text: str) -> tuple[yaml.Node | None, Marked]:
    """Return the node of a text, and the lines (from 0) of what was left out, with its mark.

    Raises:
        yaml.YAMLError, ValueError, OverflowError, RecursionError: as PyYAML says it.
    """
    if _Fast is not None and not _ODD.intersection(text):
        try:
            fast = _Fast(text)
            node: yaml.Node | None = fast.get_single_node()
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
            pass  # said below in words that are known
        else:
            if not fast.marked:
                return node, []
    loader = _Loader(text)
    return loader.get_single_node(), loader.marked
