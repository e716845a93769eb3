"""What each view is given: the assistant, the route, the sentences, and what they share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from recueil_app import keeping
from recueil_app.render import html, label
from recueil_app.route import Route
from recueil_app.texts import LANGUAGES, Texts
from recueil_qa import Assistant, Practice
from recueil_qa.errors import RecueilError
from recueil_qa.types import Citation, CollectionInfo


@dataclass(frozen=True)
class Page:
    """One run of the page."""

    assistant: Assistant
    route: Route
    t: Texts

    @property
    def place(self) -> str:
        """A name for where the reader is: another one, and the page starts from its top."""
        r = self.route
        where = "\n".join((r.view, r.practice, r.line, r.question, r.as_typed, r.page, r.around))
        return hashlib.sha256(where.encode("utf-8", "replace")).hexdigest()[:16]

    def collection(self, practice: Practice) -> CollectionInfo:
        return self.assistant.catalogue.collection(practice)

    def language(self, practice: Practice) -> str:
        """Return the language that a practice is written in: its own, or its collection's."""
        own = practice.language.lower().partition("-")[0]
        return own if own in LANGUAGES else self.collection(practice).language

    def foreign(self, practice: Practice, asked: str) -> str:
        """Return how to say that a practice is in another language than a question was.

        Nothing where it isn't, and of an only collection, which the home page tells of.
        """
        wanted = asked if asked in LANGUAGES else self.t.language
        language = self.language(practice)
        if not self.titles or language == wanted:
            return ""
        return self.t["written_in_fr"] if language == "fr" else self.t["written_in_en"]

    @property
    def titles(self) -> dict[str, str]:
        """The collections' titles by id, to tell them apart; empty where there is only one."""
        return self.assistant.catalogue.titles

    def label(self, info: CollectionInfo, name: str) -> tuple[str, str]:
        """Return what a collection calls a section, and its language: the reader's, if it can."""
        section = next(section for section in info.sections if section.name == name)
        own, label = getattr(section, info.language), getattr(section, self.t.language)
        return (own, info.language) if label == own else (label, self.t.language)

    def heading(self, practice: Practice, name: str, heading: str) -> tuple[str, str]:
        """Return what to call a practice's section, and its language; in its own, `heading`."""
        info = self.collection(practice)
        label, language = self.label(info, name)
        return (heading if language == info.language else label), language

    def quote(self) -> tuple[str, str]:
        """Return the marks before and after a quotation."""
        before, after = self.t["quote"].split("{}")
        return before, after

    def href(self, line: Citation) -> str:
        """Return the link to a line in its practice."""
        return self.route.href(practice=line.practice, line=line.passage.partition("/")[2])

    def title(self, text: str, under: str = "", *, unseen: bool = False) -> None:
        """Show the one heading of the first level; `unseen`, only to who can't see the page."""
        html("title", text=text, under=under, place=self.place, unseen=unseen)

    def notice(self, text: str) -> None:
        html("notice", kind="", text=text)

    def refuse(self, error: RecueilError) -> None:
        """Say in a sentence what was refused; the page goes on."""
        self.notice(sentence(error, self.t))

    def is_kept(self, reference: str) -> bool:
        return reference in keeping.dossier()

    def keep_button(
        self, reference: str, where: str, *, practice: bool = False, quiet: bool = False
    ) -> None:
        """Show the button that puts a practice or a line into the dossier, or takes it out."""
        is_kept = self.is_kept(reference)
        key = ("kept" if is_kept else "keep") + ("_practice" if practice else "")
        st.button(
            label(self.t[key]),
            key=f"keep-{where}-{reference}",
            on_click=keeping.release if is_kept else keeping.keep,
            args=(reference,),
            type="secondary" if practice and not quiet else "tertiary",
            icon=":material/bookmark_added:" if is_kept else ":material/bookmark_add:",
        )


def sentence(error: RecueilError, t: Texts) -> str:
    """Return an error's message as a sentence of the page."""
    text = error.text(t.language)
    return text[:1].upper() + text[1:]
