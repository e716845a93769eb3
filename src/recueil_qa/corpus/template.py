"""New files of a collection, ready to fill in: a practice and its questions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import yaml

from recueil_qa.corpus.collection import CollectionConfig
from recueil_qa.corpus.config_file import read_config
from recueil_qa.corpus.folders import CONFIG
from recueil_qa.corpus.front_matter import REQUIRED
from recueil_qa.corpus.marks import blank
from recueil_qa.corpus.text_file import CONTROL, ID, link_outside
from recueil_qa.errors import CorpusError, SettingsError, WriteError
from recueil_qa.faults import INVISIBLE, excerpt, system_fault
from recueil_qa.messages import Text, table

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,9})")
_ID_LINE = re.compile(r"id:[ \t]*[\"']?(?P<id>[^\s\"'#]+)")
# What each field is for.
_HINTS = table(
    {
        "title": ("le titre de la pratique", "the practice's title"),
        "subtitle": ("ce qu'elle apporte, en une ligne", "what it brings, in one line"),
        "organisation": ("le service qui l'a mise en œuvre", "the body that did it"),
        "part": ("l'une des parties", "one of the parts"),
        "theme": ("l'un des thèmes", "one of the themes"),
        "sector": ("l'un des secteurs", "one of the sectors"),
        "source": (
            "le document d'où vient ce texte, sa date, son auteur",
            "the document that this text comes from, its date, its author",
        ),
    }
)
_SOURCE = Text("Note du 3 mars 2025, direction de l'accueil", "Note of 3 March 2025, front office")
_OPTIONAL = Text(" (facultatif)", " (optional)")
_ORDER = ("part", "theme", "title", "subtitle", "organisation", "sector")


@dataclass(frozen=True, slots=True)
class NewPractice:
    """The id of a practice to write, and the files to fill in."""

    id: str
    practice: Path
    questions: Path


def new_practice(
    folder: Path, language: str, identifier: str | None = None, title: str = ""
) -> NewPractice:
    """Write the templates of a practice and of its questions; both, or none of them.

    `folder` holds the `collection.toml`; `identifier` may leave out the collection's id, and is
    the next free one when None.

    Raises:
        CorpusError: the collection's configuration is refused.
        SettingsError: the identifier or the title can't be one.
        WriteError: the identifier is taken, or the files can't be written.
    """
    config, problems = read_config(folder / CONFIG)
    if config is None:
        raise CorpusError(problems)
    if CONTROL.search(title):
        raise SettingsError(Text("titre : ", "title: ") + INVISIBLE)
    try:
        taken = set(_taken(folder, config))
        short = _short(identifier, config, taken) if identifier else _next(taken)
        found = NewPractice(
            f"{config.id}-{short}",
            folder / "practices" / f"{short}.md",
            folder / "questions" / f"{short}.yaml",
        )
        clean = unicodedata.normalize("NFC", " ".join(title.split()))
        _write(
            folder,
            {
                found.practice: practice_template(config, found.id, language, clean),
                found.questions: questions_template(config, found.id, language),
            },
        )
    except OSError as error:
        where = error.filename or folder
        raise WriteError(
            Text(
                "{} : impossible à écrire ({}) ; rien n'a changé",
                "{}: can't be written ({}); nothing has changed",
            ).format(where, system_fault(error))
        ) from error
    return found


def practice_template(
    config: CollectionConfig, identifier: str, language: str, title: str = ""
) -> str:
    """Return the file of a practice to fill in, with the values that its collection allows."""

    def say(fr: str, en: str) -> str:
        return Text(fr, en).to(language)

    lines = ["---"]
    lines.append(
        say(
            "# Mettez entre guillemets un texte qui contient « : » ou « # ».",
            "# Put in quotes a text that contains ': ' or ' #'.",
        )
    )
    lines.append(f"id: {identifier}")
    required = (*REQUIRED, *config.required)
    for key in _ORDER:
        allowed = list(_allowed(key, config, language))
        if key in ("part", "theme", "sector") and not allowed and key not in required:
            continue
        lines += [f"# {row}" for row in allowed]
        hint = _HINTS[key].to(language)
        if key == "title" and title:
            lines.append(yaml.safe_dump({key: title}, allow_unicode=True, width=10_000).strip())
        elif key in required:
            lines.append(f"{key}: {blank(language, hint)}")
        else:
            lines.append(f"# {key}: {hint}{_OPTIONAL.to(language)}")
    if config.facets:
        lines.append(f"# facets:{_OPTIONAL.to(language)}")
        for facet in config.facets:
            lines.append(f"#   {facet.name}: [{_line(facet.info().to(language))}, …]")
    lines.append("# contacts:")
    lines.append(say("# - un contact par ligne (facultatif)", "# - one contact a line (optional)"))
    lines += _origin(config, language)
    lines.append("---")
    for section in config.sections:
        advice = section.role == "advice"
        what = say(
            "un conseil par ligne, mot pour mot" if advice else "une phrase par ligne",
            "one piece of advice a line, word for word" if advice else "one sentence a line",
        )
        lines += ["", f"## {section.headings[0]}", ""]
        lines.append(("- " if advice else "") + blank(language, what))
    return "\n".join(lines) + "\n"


def questions_template(config: CollectionConfig, identifier: str, language: str) -> str:
    """Return the file of a practice's questions to fill in."""
    advice = next(section.name for section in config.sections if section.role == "advice")
    if language == "fr":
        return (
            "# Les problèmes auxquels cette pratique répond, dans les mots de quelqu'un qui a le\n"
            "# problème et ne connaît pas la solution : une vingtaine, un par ligne.\n"
            "# Mettez entre guillemets un texte qui contient « : » ou « # ».\n"
            f"practice: {identifier}\n"
            f"fr:\n- {blank('fr', 'un problème, en français')}\n"
            f"en:\n- {blank('fr', 'un problème, en anglais')}\n"
            "# Une question à laquelle une ligne précise répond, ici la première de la section :\n"
            f"# fr {advice}/1:\n# - Faut-il… ?\n"
        )
    return (
        "# The problems that this practice answers, in the words of somebody who has the problem\n"
        "# and does not know the solution: about twenty, one a line.\n"
        "# Put in quotes a text that contains ': ' or ' #'.\n"
        f"practice: {identifier}\n"
        f"fr:\n- {blank('en', 'a problem, in French')}\n"
        f"en:\n- {blank('en', 'a problem, in English')}\n"
        "# A question that one line answers, here the first of the section:\n"
        f"# en {advice}/1:\n# - Should one…?\n"
    )


def _allowed(key: str, config: CollectionConfig, language: str) -> Iterator[str]:
    """Yield what to read above a field: the values that it may have."""
    values: list[str] = []
    if key == "sector":
        values = [_line(sector) for sector in config.sectors]
    elif key == "part":
        values = [_line(part.name) for part in config.parts]
    elif key == "theme":
        for part in config.parts:
            if len(config.parts) > 1 and part.themes:
                name = _line(part.name)
                values.append(Text(f"(part « {name} »)", f"(part '{name}')").to(language))
            values += [_line(theme) for theme in part.themes]
    if values:
        yield Text(f"{key}, une valeur parmi :", f"{key}, one of:").to(language)
        yield from (f"  {value}" for value in values)


def _line(value: str) -> str:
    # A value may hold an end of line, which would end the comment too.
    return " ".join(value.split())


def _origin(config: CollectionConfig, language: str) -> list[str]:
    """Return the lines on where a text comes from: the booklet's page, or another document."""
    hint = _HINTS["source"].to(language)
    if not config.sources:
        return [f"# source: {hint}{_OPTIONAL.to(language)}"]
    names = ", ".join(map(_line, config.sources))
    page = Text(" et mettez sa page, comme « page: 12 »", " and put its page, as in 'page: 12'")
    rest = page if "page" in config.required else ""
    told = [
        Text(
            "# D'où vient ce texte, comme « {} ».", "# Where this text comes from, as '{}'."
        ).format(_SOURCE),
        Text(
            "# S'il est mot pour mot dans {}, ôtez cette ligne{}.",
            "# If it stands word for word in {}, remove this line{}.",
        ).format(names, rest),
    ]
    return [*(text.to(language) for text in told), f"source: {blank(language, hint)}"]


def _taken(folder: Path, config: CollectionConfig) -> Iterator[str]:
    """Yield the ends of the ids in use: those of files, and those written in them."""
    for path in [*folder.glob("practices/*"), *folder.glob("questions/*")]:
        yield path.stem
        if path.suffix == ".md" and path.is_file():
            with path.open("rb") as file:
                start = file.read(4_000).decode("utf-8", "replace")
            for line in start.splitlines():
                found = _ID_LINE.match(line)
                if found:
                    yield found["id"].removeprefix(f"{config.id}-")


def _next(taken: set[str]) -> str:
    """Return the number after the highest one, in the manner of most ids: p54, p55."""
    numbered = [match for name in sorted(taken) if (match := _NUMBERED.fullmatch(name))]
    stems = Counter(match["stem"] for match in numbered)
    stem = stems.most_common(1)[0][0] if stems else "p"
    numbers = [match["number"] for match in numbered if match["stem"] == stem]
    width = min(map(len, numbers), default=1)
    first = max(map(int, numbers), default=0) + 1
    return next(
        name for number in count(first) if (name := f"{stem}{number:0{width}}") not in taken
    )


def _short(identifier: str, config: CollectionConfig, taken: set[str]) -> str:
    short = identifier.removeprefix(f"{config.id}-")
    if not re.fullmatch(ID, short):
        raise SettingsError(
            Text(
                f"identifiant « {excerpt(identifier)} » refusé ; écrivez des minuscules sans "
                "accent, chiffres ou tirets, comme p55",
                f"id '{excerpt(identifier)}' refused; write unaccented lower-case letters, digits "
                "or hyphens, as in p55",
            )
        )
    if short in taken:
        raise WriteError(
            Text(
                f"l'identifiant « {config.id}-{short} » est déjà pris ; donnez-en un autre à --id, "
                f"ou rien : le prochain libre est {_next(taken)}",
                f"the id '{config.id}-{short}' is already taken; give --id another one, or "
                f"nothing: the next free one is {_next(taken)}",
            )
        )
    return short


def _write(folder: Path, files: dict[Path, str]) -> None:
    """Write files that are not there yet; after a failure, none of them is."""
    made: list[Path] = []
    try:
        for path, text in files.items():
            if not path.parent.exists():
                path.parent.mkdir()
                made.append(path.parent)
            outside = link_outside(path.parent, folder)
            if outside:
                raise WriteError(Text(f"{path.parent} : ", f"{path.parent}: ") + outside.what)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise
