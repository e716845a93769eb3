"""Texts to HTML. Jinja2 escapes every value, so what a user or a corpus wrote shows as typed."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recueil_qa.errors import Language

HERE = Path(__file__).parent
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(template: str, **values: Any) -> None:
    """Show a template of `templates/`; every value is escaped."""
    st.html(_environment().get_template(f"{template}.html").render(**values))


def style() -> None:
    """Apply the page's own style sheet."""
    st.html(HERE / "style.css")


def set_language(language: Language) -> None:
    """Tell screen readers the page's language: Streamlit says English whatever is shown."""
    script = f"document.documentElement.lang = '{language}'"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def to_top(key: str) -> None:
    """Scroll to the top, once for each key: Streamlit keeps the former view's place."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]
    script = "document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)"
    st.html(f"<script>/* {digest} */ {script}</script>", unsafe_allow_javascript=True)


def label(text: str) -> str:
    """Escape a text for a widget's label, which Streamlit reads as Markdown.

    A backslash keeps Markdown away; an emoji shortcode (`:smile:`) is read after that, so a
    word joiner comes between its colon and its name.
    """
    escaped = _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"\\:(?=\w)", "\\:\u2060", escaped)
