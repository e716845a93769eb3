"""What a whole site shows and no page of it alone: lines that all pages repeat, and lists of pages.

Dates, buttons to share and "Was this page useful?" stand within a page's own text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from recueil_qa.corpus.importing.blocks import Block
from recueil_qa.corpus.importing.pages.headings import key_of
from recueil_qa.corpus.importing.pages.page import Left, Page

PAGES, SHARE = 5, 0.6  # of the pages of a site that have the same line, from which it is the site's
SHORT = 120  # characters of a line that a site repeats; more is text
LISTED, MOSTLY = 3, 0.8  # lines of a page that are titles of others, from which it only lists them
_SITE = frozenset((".html", ".htm", ".xhtml"))


def without_frames(pages: Sequence[Page]) -> tuple[list[Page], list[Left]]:
    """Return pages without what their site repeats, nor those that list others, and what went."""
    left: list[Left] = []
    sites = defaultdict(list)
    for page in pages:
        if _of_site(page):
            sites[_folder(page)].append(page)
    repeated = {folder: _repeated(some) for folder, some in sites.items()}
    titles = {key_of(_title(page)) for page in pages} - {""}
    kept = []
    for page in pages:
        if not _of_site(page):
            kept.append(page)
        elif _lists(page, titles):
            left.append(Left(page.path, "navigation", _title(page) or page.name))
        else:
            around = _around(page, repeated[_folder(page)])
            left += [Left(page.path, "navigation", b.text, b.place) for b in around]
            kept.append(replace(page, blocks=tuple(b for b in page.blocks if b not in around)))
    return kept, left


def _of_site(page: Page) -> bool:
    return not page.row and PurePosixPath(page.name).suffix.lower() in _SITE


def _folder(page: Page) -> str:
    """Return the folder of the whole that a page is in: several sites may lie side by side."""
    return page.name.partition("/")[0] if "/" in page.name else ""


def _repeated(pages: Sequence[Page]) -> frozenset[str]:
    """Return the short lines that most pages have."""
    counts: Counter[str] = Counter()
    for page in pages:
        texts = {b.text for b in page.blocks if b.kind == "paragraph" and len(b.text) <= SHORT}
        counts.update(texts)
    least = max(PAGES, SHARE * len(pages))
    return frozenset(text for text, count in counts.items() if count >= least)


def _around(page: Page, repeated: frozenset[str]) -> list[Block]:
    """Return the repeated lines that a page begins and ends with, whatever its title is."""
    own = [b for b in page.blocks if b.kind != "heading" or key_of(b.text) != key_of(_title(page))]
    found: list[Block] = []
    for blocks in (own, own[::-1]):
        for block in blocks:
            if block.kind != "paragraph" or block.text not in repeated:
                break
            found.append(block)
    return found


def _title(page: Page) -> str:
    if "title" in page.fields:
        return page.fields["title"].text
    return next((b.text for b in page.blocks if b.kind == "heading"), page.title)


def _lists(page: Page, titles: set[str]) -> bool:
    """Return whether a page only lists others by their titles."""
    told = [key_of(block.text) for block in page.blocks if block.kind != "heading"]
    others = titles - {key_of(_title(page))}
    listed = sum(text in others for text in told)
    return listed >= LISTED and listed >= MOSTLY * len(told)
