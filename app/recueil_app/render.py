"""Texts to HTML. Jinja2 escapes every value, so what a user or a corpus wrote shows as typed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recueil_app.help import help_address

HERE = Path(__file__).parent
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["help_address"] = help_address
    return made


def html(template: str, **values: Any) -> None:
    """Show a template of `templates/`; every value is escaped."""
    st.html(_environment().get_template(f"{template}.html").render(**values))


def style() -> None:
    """Apply the page's own style sheet."""
    st.html(HERE / "style.css")


def label(text: str) -> str:
    """Escape a text for a widget's label, which Streamlit reads as Markdown.

    A backslash keeps Markdown away; an emoji shortcode (`:smile:`) is read after that, so a
    word joiner comes between its colon and its name.
    """
    escaped = _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"\\:(?=\w)", "\\:\u2060", escaped)
