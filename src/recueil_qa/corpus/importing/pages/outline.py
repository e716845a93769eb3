"""Pages cut by their outline where a file holds several practices; their titles; their ids."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from recueil_qa.corpus.importing.blocks import Block
from recueil_qa.corpus.importing.pages.gathering import blocks_of
from recueil_qa.corpus.importing.pages.headings import key_of, role_of, slug, words_of
from recueil_qa.corpus.importing.pages.page import Left, Page, Value, Why
from recueil_qa.corpus.marks import has_personal_data

AIMED = 1_500  # characters of a practice that an outline is cut for
ALONE = 200  # characters from which the text before the first practice is one
FEW = 3  # files that may be reports
LONGEST_TITLE = 300
# Chapters are cut further where so much of a report stands in so many numbered parts of theirs.
LEAST_OF_CHAPTERS, TOLD_BELOW, LEAST_SIZE = 3, 0.6, 120
_NUMBER = re.compile(r"^\d{1,3}(?:(?:\.\d{1,3})+[.)]?|[.)])\s+")
_OF_CHAPTER = re.compile(r"\d{1,3}\.\d{1,3}\b")
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2})-(?=.)")
_CONTENTS = frozenset(
    map(key_of, ("sommaire", "table des matières", "contents", "table of contents"))
)
_WHOLE = (".", "!", "?", "…")
_INDEX = frozenset(("index", "_index", "readme", "default"))


def usual_split(pages: Sequence[Page]) -> int:
    """Return the level of headings that practices begin at within files; 0: a file is one."""
    texts = [page for page in pages if not page.row and page.blocks]
    levels = Counter(level for page in texts if (level := _above_repeated(page)))
    if levels and 2 * sum(levels.values()) >= len(texts):
        return levels.most_common(1)[0][0]
    untitled = [page for page in texts if "title" not in page.fields]
    long = all(page.size > 2 * AIMED for page in texts)
    if len(texts) == 1 or (long and len(texts) == len(untitled) <= FEW):
        return _by_size(texts)
    return 0


def _headings(page: Page) -> list[Block]:
    return [block for block in page.blocks if block.kind == "heading"]


def _above_repeated(page: Page) -> int:
    """Return the level of the headings that repeated ones stand under, 0 where none repeat."""
    headings = _headings(page)
    keys = Counter(key_of(block.text) for block in headings)
    above: Counter[int] = Counter()
    for at, block in enumerate(headings):
        known = role_of(block.text) is not None
        if keys[key_of(block.text)] >= 2 and (known or keys[key_of(block.text)] >= 3):
            higher = (b.level for b in reversed(headings[:at]) if b.level < block.level)
            above[next(higher, 0)] += 1
    above.pop(0, None)
    level, _ = above.most_common(1)[0] if above else (0, 0)
    return level if sum(block.level == level for block in headings) > 1 else 0


def _by_size(pages: Sequence[Page]) -> int:
    """Return the level whose practices would be nearest to the usual size."""
    best, least = 0, 0.0
    size = sum(page.size for page in pages)
    counts = Counter(block.level for page in pages for block in _headings(page))
    known = Counter(b.level for page in pages for b in _headings(page) if role_of(b.text))
    total = 0
    for level in sorted(counts):
        total += counts[level]
        # Headings that name sections are those of one practice.
        if counts[level] < 2 or 2 * known[level] > counts[level]:
            continue
        if any(_are_chapters(page, level) for page in pages):
            continue
        mean = max(size / total, 1.0)
        off = max(mean / AIMED, AIMED / mean)
        if not best or off < least:
            best, least = level, off
    return best


def _are_chapters(page: Page, level: int) -> bool:
    """Return whether the text of a level stands below headings such as "2.1. To call back"."""
    below: list[int] = []
    own = False
    for block in page.blocks:
        if block.kind == "heading":
            own = block.level > level and bool(_OF_CHAPTER.match(block.text))
            below += [0] if own else []
        elif own:
            below[-1] += len(block.text)
    text = sum(len(block.text) for block in page.blocks if block.kind != "heading")
    told = len(below) >= LEAST_OF_CHAPTERS and sum(below) >= TOLD_BELOW * text
    return told and sum(below) >= LEAST_SIZE * len(below)


def cut(pages: Sequence[Page], level: int, left: list[Left]) -> Iterator[Page]:
    """Yield pages, those with several practices cut at the headings of a level."""
    for page in pages:
        at = [i for i, b in enumerate(page.blocks) if b.kind == "heading" and b.level <= level]
        if page.row or not level or not at:
            yield page
        else:
            yield from _cut(page, level, at, left)


def _cut(page: Page, level: int, starts: list[int], left: list[Left]) -> Iterator[Page]:
    left += [Left(page.path, "no-section", b.text, b.place) for b in page.blocks[: starts[0]]]
    counts = Counter(page.blocks[i].level for i in starts)
    part = ""
    seen: Counter[str] = Counter()
    for start, end in zip(starts, [*starts[1:], len(page.blocks)], strict=True):
        head, body = page.blocks[start], page.blocks[start + 1 : end]
        fields = dict(page.fields)
        fields.pop("title", None)
        size = sum(len(block.text) for block in body)
        cover = start == starts[0] and size < ALONE and not any(map(_is_whole, body))
        if cover or key_of(head.text) in _CONTENTS:
            why: Why = "no-section" if cover else "navigation"
            left += [Left(page.path, why, b.text, b.place) for b in (head, *body)]
            continue
        if head.level < level:
            part = head.text if counts[head.level] > 1 else part
            if size < ALONE:
                if body:
                    left += [Left(page.path, "no-section", b.text, b.place) for b in body]
                continue
        elif not body:
            left.append(Left(page.path, "heading", head.text, head.place))
            continue
        if part and part != head.text and "part" not in fields:
            fields["part"] = Value((part,), head.place.number)
        # Numbers of an outline move as soon as a part is added.
        public = _public(head.text)
        name = (public and slug(_NUMBER.sub("", head.text))) or public or "x"
        seen[name] += 1
        own = f"{_public(part) or 'x'}/{name}" if seen[name] > 1 else name
        line = head.place.number
        yield Page(page.path, page.name, head.text, fields, body, own, False, line)


def _public(title: str) -> str:
    """Return a title as the end of an id; nothing of one with somebody's address or number."""
    return "" if has_personal_data(title) else slug(title)


def _is_whole(block: Block) -> bool:
    return block.kind == "item" or block.text.endswith(_WHOLE)


def titled(page: Page, field: str) -> tuple[Page, bool]:
    """Return a page with its title, and whether it had to be taken from the file's name."""
    given = _plain(page.fields[field].text) if field in page.fields else ""
    blocks = page.blocks
    first = next((i for i, block in enumerate(blocks) if block.kind == "heading"), None)
    heading = blocks[first] if first is not None else None
    own = ""
    if heading is not None and first is not None and not page.part:
        lone = sum(b.kind == "heading" and b.level <= heading.level for b in blocks) == 1
        same = bool(given) and key_of(heading.text) == key_of(given)
        top = first <= 2 and lone and (heading.level == 1 or role_of(heading.text) is None)
        if same or top:
            own = heading.text
            blocks = (*blocks[:first], *blocks[first + 1 :])
            if given and not same:
                blocks = page.blocks
    title = given or own or page.title or ""
    if not title and not page.row and page.blocks and page.blocks[0].kind != "heading":
        # A text without headings begins with its title, on a line of its own.
        line = page.blocks[0].text
        if len(line) <= 100 and len(page.blocks) > 1 and not line.endswith((".", ":", ";", ",")):
            title, blocks = line, blocks[1:]
    guessed = not title
    title = title or words_of(_DATED.sub("", _stem(page.name)))
    return replace(page, title=title[:LONGEST_TITLE], blocks=blocks), guessed


def _plain(title: str) -> str:
    """Return a title as it is shown, whatever marks it has."""
    if not re.search(r"[<>&*_`\[]", title):
        return title
    return " ".join(block.text for block in blocks_of(title, 1)) or title


def _stem(name: str) -> str:
    folder, _, file = name.rpartition("/")
    stem = file.rpartition(".")[0] or file
    return folder.rpartition("/")[2] or stem if stem.lower() in _INDEX and folder else stem


def dated(page: Page) -> str:
    """Return the date that the name of a file begins with, as Jekyll's posts do, or ""."""
    found = _DATED.match(page.name.rpartition("/")[2])
    return found[1] if found else ""


@dataclass(frozen=True)
class Named:
    """A page and the end of its practice's id."""

    page: Page
    short: str


def named(pages: Sequence[Page], fields: Sequence[str]) -> tuple[list[Named], list[str]]:
    """Give each page an id of its name; return them and the ids that several would have had."""
    files = len({page.name for page in pages if page.part and not page.row})
    options = [_options(page, fields, files > 1) for page in pages]
    chosen = [option[0] for option in options]
    clashes: list[str] = []
    for step in (1, 2):
        twice = {short for short, count in Counter(chosen).items() if count > 1}
        if step == 1:
            clashes = sorted(twice)
        chosen = [o[step] if c in twice else c for c, o in zip(chosen, options, strict=True)]
    return [Named(page, short) for page, short in zip(pages, chosen, strict=True)], clashes


def with_row_names(pages: Sequence[Page], fields: Sequence[str]) -> list[Page]:
    """Give each row of a table a name of its own, which it keeps from one import to the next.

    That of its id, else of its title; of all that it says, where several are called the same.
    """
    names = [_options(page, fields, several=False) if page.row else None for page in pages]
    twice = Counter((page.name, n[0]) for page, n in zip(pages, names, strict=True) if n)
    return [
        replace(page, part=n[2] if twice[page.name, n[0]] > 1 else n[0]) if n else page
        for page, n in zip(pages, names, strict=True)
    ]


def _options(page: Page, fields: Sequence[str], several: bool) -> tuple[str, str, str]:
    """Return ids from the shortest to the surest; none depends on the place among others."""
    text = f"{page.key}\n{page.title}\n" + "\n".join(block.text for block in page.blocks)
    text += "\n".join(value.text for value in page.fields.values()) if page.row else ""
    mark = hashlib.sha256(text.encode()).hexdigest()[:6]
    said = next((page.fields[name].text for name in fields if name in page.fields), "")
    given = slug(said, 80)
    stem = slug(_DATED.sub("", _stem(page.name)), 80)
    whole = slug(re.sub(r"\.\w+$", "", page.name), 100)
    if given:
        short, longer = given, f"{stem}-{given}"
    elif page.row:
        short = _public(page.title) or f"p-{mark}"
        longer = f"{short}-{mark}"
    elif page.part:
        own = slug(page.part.rpartition("/")[2]) or f"p-{mark}"
        short = f"{stem}-{own}" if several and stem else own
        longer = slug(page.part.replace("/", " "), 100) or short
    else:
        short, longer = stem or f"p-{mark}", whole or f"p-{mark}"
    return short, longer, f"{short}-{mark}"
