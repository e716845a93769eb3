"""Walk the files of a foreign collection and read each into pages; what can't be read is told."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from recueil_qa.corpus.importing.blocks import Block, Outline, Place, Reason, repair, squash
from recueil_qa.corpus.importing.documents import MAX_TEXT, open_source, read_document
from recueil_qa.corpus.importing.pages import front, markdown, tables
from recueil_qa.corpus.importing.pages.html import read_html
from recueil_qa.corpus.importing.pages.page import (
    Aside,
    Gathered,
    Left,
    Page,
    PageError,
    Read,
    Value,
    Why,
)
from recueil_qa.corpus.importing.pages.shortcodes import without_commands
from recueil_qa.corpus.importing.pages.site import without_frames
from recueil_qa.corpus.text_file import CONTROL, link_outside, not_utf8, too_large, unreadable
from recueil_qa.errors import CorpusError, ImportRefusedError, Problem
from recueil_qa.messages import Text, alike

MAX_FILES = 20_000
MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd", ".mdx", ".njk", ".liquid"))
HTML = frozenset((".html", ".htm", ".xhtml"))
TABLES = frozenset((".csv", ".tsv"))
WORKBOOKS = frozenset((".xlsx", ".xlsm"))
DOCUMENTS = frozenset((".docx", ".docm", ".dotx", ".pdf", ".odt", ".txt", ".text"))
READ = MARKDOWN | HTML | TABLES | WORKBOOKS | DOCUMENTS
_PASSED = frozenset(("node_modules", "__pycache__", "_site", "_layouts", "_includes", "layouts"))
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{1,30})", re.IGNORECASE)
# A front matter alone may begin with these words of a site: no practices.
_ABOUT = frozenset(("readme", "license", "licence", "changelog", "contributing", "code_of_conduct"))
_DRAFT = {"draft": "true", "published": "false", "hidden": "true"}

Step = Callable[[int, int], None]
_ANY = Outline(begins=lambda text: False, whole=lambda text: False)  # noqa: ARG005


def gather(sources: tuple[Path, ...], step: Step, language: str = "fr") -> Gathered:
    """Read every page of files and folders, in the natural order of their names.

    Raises:
        ImportRefusedError: nothing is there, or more than any collection holds.
    """
    left: list[Left] = []
    files = list(_files(sources, left))
    if len(files) > MAX_FILES:
        raise ImportRefusedError(
            [
                Problem(
                    sources[0],
                    0,
                    Text(
                        f"plus de {MAX_FILES} fichiers ; importez un dossier plus petit",
                        f"over {MAX_FILES} files; import a smaller folder",
                    ),
                )
            ]
        )
    alone = len(files) == 1
    pages: list[Page] = []
    seen: dict[str, str] = {}
    for at, (path, name) in enumerate(files, 1):
        try:
            content = _content(path)
            digest = hashlib.sha256(content).hexdigest()
            if digest in seen:
                left.append(Left(path, "double", seen[digest]))
                continue
            seen[digest] = name
            found, other = _read(path, name, content, language)
            pages += found
            left += other
        except PageError as error:
            place = Place("line", error.line) if error.line else None
            left.append(Left(path, "file", "", place, error.what))
        except CorpusError as error:
            for problem in error.problems:
                place = Place("line", problem.line) if problem.line else None
                left.append(Left(path, "file", "", place, problem.what))
        step(at, len(files))
    kept = [page for page in pages if not _is_draft(page)]
    left += [
        Left(page.path, "draft", _named(page), Place("line", page.line))
        for page in pages
        if _is_draft(page)
    ]
    if not kept:
        raise ImportRefusedError(_nothing(sources, left, alone))
    kept, frames = without_frames(kept)
    return Gathered(tuple(kept), (*left, *frames), len(files))


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return what sorts a name as people do: "fiche 2" before "fiche 10"."""
    pieces = re.split(r"(\d{1,18})", name.casefold())
    return [(0, int(p), "") if p.isdecimal() and p.isascii() else (1, 0, p) for p in pieces if p]


def _nothing(sources: tuple[Path, ...], left: list[Left], alone: bool) -> Iterator[Problem]:
    for one in left[:20]:
        if one.detail:
            yield Problem(one.path, one.place.number if one.place else 0, one.detail)
    if not alone or not any(one.detail for one in left):
        kinds = ", ".join(sorted(READ))
        yield Problem(
            sources[0],
            0,
            Text(
                f"aucune page à importer ; il faut des fichiers {kinds}",
                f"no page to import; files {kinds} are read",
            ),
        )


def _files(sources: tuple[Path, ...], left: list[Left]) -> Iterator[tuple[Path, str]]:
    several = len(sources) > 1
    for source in sources:
        if source.is_dir():
            prefix = f"{source.resolve().name}/" if several else ""
            for path in _below(source, source, left):
                yield path, prefix + path.relative_to(source).as_posix()
        elif source.exists() or source.is_symlink():
            yield source, source.name
        else:
            raise ImportRefusedError(
                [
                    Problem(
                        source,
                        0,
                        Text("il n'y a rien à cet endroit", "there is nothing at this place"),
                    )
                ]
            )


def _below(folder: Path, root: Path, left: list[Left]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: natural(entry.name))
    except OSError as error:
        left.append(Left(folder, "file", "", None, unreadable(folder, error).what))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in _PASSED:
            continue
        if entry.is_symlink() and link_outside(path, root):
            left.append(Left(path, "link", str(path.readlink())))
        elif entry.is_dir():
            # A link within may lead around in a circle; what it leads to is read at its place.
            if not entry.is_symlink():
                yield from _below(path, root, left)
        elif path.suffix.lower() not in READ or path.stem.lower() in _ABOUT:
            kind = Text("sans suffixe", "without a suffix")
            said = alike(path.suffix.lower()) if path.suffix else kind
            about = Text("texte sur le dossier", "a text about the folder")
            left.append(
                Left(path, "file", "", None, about if path.stem.lower() in _ABOUT else said)
            )
        elif not entry.is_file():
            left.append(
                Left(path, "file", "", None, Text("ce n'est pas un fichier", "this is no file"))
            )
        else:
            yield path


def _content(path: Path) -> bytes:
    small = path.suffix.lower() in MARKDOWN | HTML | TABLES
    limit = MAX_TEXT if small else 50_000_000
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise PageError(unreadable(path, error).what) from error
    if len(content) > limit:
        raise PageError(too_large(path, limit).what)
    if not content.strip():
        raise PageError(Text("fichier vide", "empty file"))
    return content


def _decoded(path: Path, content: bytes) -> str:
    if b"\0" in content[:8192]:
        raise PageError(Text("ce n'est pas du texte (fichier binaire)", "no text (a binary file)"))
    charset = "utf-8"
    said = _CHARSET.search(content[:2048]) if path.suffix.lower() in HTML else None
    for name in (charset, said[1].decode() if said else charset):
        try:
            text = content.decode(name)
            break
        except (UnicodeDecodeError, LookupError) as error:
            start = getattr(error, "start", 0)
    else:
        problem = not_utf8(path, content.count(b"\n", 0, start) + 1)
        raise PageError(problem.what, problem.line)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub("", text.replace("\f", "\n"))


def _read(path: Path, name: str, content: bytes, language: str) -> tuple[list[Page], list[Left]]:
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return tables.read_xlsx(content, path, name)
    if suffix in TABLES:
        return tables.read_csv(_decoded(path, content), path, name)
    if suffix in MARKDOWN | HTML:
        fields, rest = front.split(_decoded(path, content))
        rest, dropped = without_commands(rest, module=suffix == ".mdx")
        read = read_html(rest) if suffix in HTML else markdown.read_markdown(rest)
        aside = [Aside("comment" if d.comment else "shortcode", d.text, d.line) for d in dropped]
        return _page(path, name, fields, read, (*aside, *read.aside))
    document = read_document(open_source(path), _ANY, language)
    left = [Left(path, _why(one.reason), one.text, one.place) for one in document.set_aside]
    return [Page(path, name, blocks=document.blocks)], left


def _why(reason: Reason) -> Why:
    return "struck" if reason == "deleted" else cast("Why", reason)


def _page(
    path: Path, name: str, fields: dict[str, Value], read: Read, aside: tuple[Aside, ...]
) -> tuple[list[Page], list[Left]]:
    for key, text in read.meta:
        if key in {"author", "date", "keywords", "published_time"} and key not in fields:
            listed = key == "keywords"
            texts = tuple(filter(None, map(str.strip, text.split(",")))) if listed else (text,)
            fields[{"published_time": "date", "keywords": "tags"}.get(key, key)] = Value(
                texts, 1, listed
            )
    if read.language and "lang" not in fields:
        fields["lang"] = Value((read.language,), 1)
    page = Page(path, name, read.title, fields, read.blocks)
    left = [Left(path, a.why, a.text, Place("line", a.line)) for a in aside]
    return [page], sorted(left, key=lambda one: one.place.number if one.place else 0)


def _is_draft(page: Page) -> bool:
    return any(
        page.fields[key].text.lower() == value
        for key, value in _DRAFT.items()
        if key in page.fields
    )


def _named(page: Page) -> str:
    return page.fields["title"].text if "title" in page.fields else page.name


def blocks_of(text: str, line: int) -> tuple[Block, ...]:
    """Return the blocks of a field's text, which may hold Markdown, HTML or several lines."""
    text, _ = without_commands(text)
    if not markdown.is_marked(text):
        clean = squash(repair(text))
        return (Block("paragraph", clean, (Place("line", line),)),) if clean else ()
    read = markdown.read_markdown(text, breaks=True)
    place = (Place("line", line),)
    return tuple(Block(b.kind, b.text, place, b.level) for b in read.blocks)
