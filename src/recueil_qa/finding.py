"""What a check found and how that is mended, in French and in English."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recueil_qa.errors import Language, RecueilError, SettingsError

if TYPE_CHECKING:
    from recueil_qa.settings import Settings

Severity = Literal["ok", "warning", "error"]

REMEDY = {"fr": "Remède : ", "en": "Mend it with: "}
# The options that lead each command to the places that were examined.
_OPTIONS = {
    "build": ("corpus", "index", "encoder"),
    "evaluate": ("corpus", "index", "encoder"),
    "doctor": ("corpus", "index", "encoder"),
    "feedback": (),
}
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the mend is a command to type or an edit to make, or "" if none."""

    check: str
    severity: Severity
    fr: str
    en: str
    mend_fr: str = ""
    mend_en: str = ""

    def text(self, language: Language) -> str:
        """Return what was found."""
        return self.fr if language == "fr" else self.en

    def mend(self, language: Language) -> str:
        """Return how it is mended, or ""."""
        return self.mend_fr if language == "fr" else self.mend_en

    def sentence(self, language: Language) -> str:
        """Return both."""
        text, mend = self.text(language), self.mend(language)
        return f"{text.rstrip('.')}. {REMEDY[language]}{mend}" if mend else text


def same(check: str, text: str) -> Finding:
    """Return a good finding that reads alike in both languages."""
    return Finding(check, "ok", text, text)


def of_error(check: str, error: RecueilError, settings: Settings) -> Finding:
    """Return an error as a finding: the messages of this package end with how to mend them."""
    fr, mend_fr = _cut(error.fr, REMEDY["fr"], " ; ")
    en, mend_en = _cut(error.en, REMEDY["en"], "; ")
    mends = [located(mend, settings) for mend in (mend_fr, mend_en)]
    return Finding(check, "error", fr, en, *mends)


def _cut(text: str, remedy: str, pause: str) -> tuple[str, str]:
    what, mark, mend = text.partition(remedy)
    if not mark:
        what, mark, mend = text.rpartition(pause)
    return (what.rstrip(". "), mend) if mark else (text, "")


def located(mend: str, settings: Settings) -> str:
    """Return a mend; to a command of ours alone, the options that it needs are added."""
    words = mend.split()
    return command(settings, *words[1:]) if words[:1] == ["recueil-qa"] else mend


def command(settings: Settings, *words: str) -> str:
    """Return the command line `recueil-qa …` that works on these settings' places from here."""
    # pydantic may be the very library that is missing.
    from recueil_qa.settings import Settings, load_settings

    names = _OPTIONS.get(words[0], ("index",))
    try:
        plain = load_settings()
    except SettingsError:  # nothing works here without naming the places
        plain = Settings.model_construct(home=Path(), corpus=Path(), index=Path(), encoder="")
    typed = ["recueil-qa", *words]
    for name in names:
        if getattr(settings, name) != getattr(plain, name):
            typed += [f"--{name}", str(getattr(settings, name))]
    if words[0] == "evaluate" and settings.home != plain.home:
        typed += ["--data", str(settings.home / "eval")]
    return shlex.join(typed)


def some(names: Sequence[str]) -> str:
    """Return the first names of a list, as in a sentence."""
    return ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")


def size(count: int) -> tuple[str, str]:
    """Return a number of bytes in words, in French and in English."""
    if count >= 1_000_000_000:
        number = f"{count / 1_000_000_000:.1f}"
        return f"{number.replace('.', ',')} Go", f"{number} GB"
    return f"{count / 1_000_000:.0f} Mo", f"{count / 1_000_000:.0f} MB"


def bytes_under(path: Path) -> int:
    """Return how many bytes a file, or all files in a folder, hold; one that vanishes holds 0."""
    total = 0
    for file in (path, *path.rglob("*")):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total
