"""The dossier of a visit: what was kept, between the browser that stores it and the views."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from recueil_qa.dossier.dossier import Dossier
from recueil_qa.errors import RecueilError


@dataclass
class Keeping:
    """A visit's dossier. `read` once the browser has said what it stored: before, it isn't told to
    store anything, which would write over that. `former` is what the
    last removal can be undone to, `notes` those of what was taken out."""

    visit: str = field(default_factory=lambda: secrets.token_hex(8))
    dossier: Dossier = field(default_factory=Dossier)
    read: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    former: Dossier | None = None

    def set(self, dossier: Dossier, *, former: Dossier | None = None) -> None:
        """Change the dossier; `former` is what can be taken back."""
        self.dossier, self.former = dossier, former

    def told(self) -> dict[str, object]:
        """Return what the browser is to know of it."""
        text = self.dossier.to_json()
        return {
            "visit": self.visit,
            "dossier": text if self.read else None,
            "pending": "" if self.read or self.dossier == Dossier() else text,
        }


def keeping() -> Keeping:
    """Return the dossier of this visit with what belongs to it."""
    found: Keeping = st.session_state.setdefault("keeping", Keeping())
    return found


def dossier() -> Dossier:
    """Return the dossier of this visit."""
    return keeping().dossier


def keep(reference: str) -> None:
    """Keep a practice or a line, with the note it had if it was kept before: for callbacks."""
    own = keeping()
    if reference in own.dossier:
        return
    try:
        kept = own.dossier.add(reference)
    except RecueilError as error:
        st.session_state["refused"] = error
        return
    if note := own.notes.pop(reference, ""):
        kept = kept.annotate(reference, note)
    own.set(kept)


def release(*references: str) -> None:
    """Keep practices or lines no more, taken back together: for callbacks."""
    own = keeping()
    left = own.dossier
    for kept in own.dossier.kept:
        if kept.reference in references:
            own.notes[kept.reference] = kept.note
            left = left.remove(kept.reference)
    if left != own.dossier:
        own.set(left, former=own.dossier)


def empty() -> None:
    """Empty the dossier: for callbacks."""
    own = keeping()
    if own.dossier != Dossier():
        own.set(Dossier(), former=own.dossier)


def take_back() -> None:
    """Take back what was removed last: for callbacks."""
    own = keeping()
    if own.former is not None:
        own.set(own.former)


def take_stored(text: str) -> None:
    """Take what the browser stored before this visit; what was kept meanwhile stays."""
    own = keeping()
    if own.read:
        return
    stored = Dossier.from_json(text)
    for kept in own.dossier.kept:
        with suppress(RecueilError):  # a full dossier stays as it is
            stored = stored.add(kept.reference)
            if kept.note:  # else the one stored stays
                stored = stored.annotate(kept.reference, kept.note)
    own.set(stored)
    own.read = True


def take_changed(text: str) -> None:
    """Take what another tab of the browser has made of the dossier."""
    own = keeping()
    own.set(Dossier.from_json(text))
    own.read = True
