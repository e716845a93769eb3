"""What a check found, and how that is mended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recueil_qa.errors import RecueilError, SettingsError
from recueil_qa.messages import Command, Language, Mend, Text, alike, mended

if TYPE_CHECKING:
    from recueil_qa.settings import Settings

Severity = Literal["ok", "warning", "error"]

# The options that lead each command to the places that were examined.
_OPTIONS = {
    "build": ("corpus", "index", "encoder"),
    "evaluate": ("corpus", "index", "encoder"),
    "doctor": ("corpus", "index", "encoder"),
    "feedback": (),
}
_LISTED = 10
PROGRAM = "recueil-qa"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the mend is a command to type or an edit to make, or None."""

    check: str
    severity: Severity
    what: Text
    mend: Mend | None = None

    def sentence(self, language: Language) -> str:
        """Return what was found and how it is mended."""
        return mended(self.what, self.mend).to(language)

    def row(self) -> dict[str, str]:
        """Return all of it for programs; the mend is "" where there is none."""
        languages: tuple[Language, ...] = ("fr", "en")
        told = {language: self.what.to(language) for language in languages}
        mend = {f"mend_{name}": self.mend.to(name) if self.mend else "" for name in languages}
        return {"check": self.check, "severity": self.severity, **told, **mend}


def same(check: str, text: str) -> Finding:
    """Return a good finding that reads alike in both languages."""
    return Finding(check, "ok", alike(text))


def of_error(check: str, error: RecueilError, settings: Settings) -> Finding:
    """Return an error as a finding."""
    return Finding(check, "error", error.what, located(error.mend, settings))


def located(mend: Mend | None, settings: Settings) -> Mend | None:
    """Return a mend; to a command of ours, the options that it needs are added."""
    if isinstance(mend, Command) and mend.words[0] == PROGRAM:
        return command(settings, *mend.words[1:])
    return mend


def command(settings: Settings, *words: str) -> Command:
    """Return the command line `recueil-qa …` that works on these settings' places from here."""
    # pydantic may be the very library that is missing.
    from recueil_qa.settings import Settings, load_settings

    names = _OPTIONS.get(words[0], ("index",))
    try:
        plain = load_settings()
    except SettingsError:  # nothing works here without naming the places
        plain = Settings.model_construct(home=Path(), corpus=Path(), index=Path(), encoder="")
    typed = [PROGRAM, *words]
    for name in names:
        if getattr(settings, name) != getattr(plain, name):
            typed += [f"--{name}", str(getattr(settings, name))]
    if words[0] == "evaluate" and settings.home != plain.home:
        typed += ["--data", str(settings.home / "eval")]
    return Command(*typed)


def some(names: Sequence[str]) -> str:
    """Return the first names of a list, as in a sentence."""
    return ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")


def listed(texts: Sequence[Text]) -> Text:
    """Return the first of many texts, as in a sentence."""
    return Text(*(some([text.to(language) for text in texts]) for language in ("fr", "en")))


def size(count: int) -> Text:
    """Return a number of bytes in words."""
    if count >= 1_000_000_000:
        number = f"{count / 1_000_000_000:.1f}"
        return Text(f"{number.replace('.', ',')} Go", f"{number} GB")
    return Text(f"{count / 1_000_000:.0f} Mo", f"{count / 1_000_000:.0f} MB")


def bytes_under(path: Path) -> int:
    """Return how many bytes a file, or all files in a folder, hold; one that vanishes holds 0."""
    total = 0
    for file in (path, *path.rglob("*")):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total
