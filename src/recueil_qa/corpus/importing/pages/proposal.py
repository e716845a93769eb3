"""A `collection.toml` for pages that have none: sections, roles, fields; to be corrected."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from recueil_qa.corpus.collection import RESERVED_SECTION_NAMES
from recueil_qa.corpus.importing.pages import outline
from recueil_qa.corpus.importing.pages.fields import guess_uses
from recueil_qa.corpus.importing.pages.headings import (
    Role,
    key_of,
    role_of,
    slug,
    without_number,
    words_of,
)
from recueil_qa.corpus.importing.pages.page import Page
from recueil_qa.messages import Text

MOST_SECTIONS = 14
MOST_WORDINGS = 30
SHARE, KNOWN_SHARE = 0.15, 0.04  # of pages that have a heading: any one, one whose role is known
LONGEST_HEADING = 120
_ENDS = re.compile(r"(?<=[.!?])\s")
_ROLES: dict[Role | None, str] = {
    "advice": "advice", "result": "result", "context": "context", "other": "other"
}  # fmt: skip
# A section that begins with the same sentence in so many of its pages says nothing of any.
ALIKE, ALIKE_SHARE = 5, 0.25
_FRENCH = frozenset(
    ("le", "la", "les", "des", "une", "est", "dans", "pour", "qui", "que", "sur", "avec", "pas",
     "vous", "nous", "aux", "du", "et")
)  # fmt: skip
_ENGLISH = frozenset(
    ("the", "of", "and", "to", "is", "that", "for", "with", "this", "you", "are", "on", "be",
     "your", "it", "as", "from", "an", "in")
)  # fmt: skip

ROLES = Text(
    'role : "advice", des conseils, les seuls qui sont cités ; "result", ce que cela a donné ; '
    '"context", d\'où cela vient ; "detail", le reste ; "other", montré et jamais cité.',
    'role: "advice", the only lines that are quoted as advice; "result", what it brought; '
    '"context", where it comes from; "detail", the rest; "other", shown and never quoted.',
)
READ_ME = Text(
    "Proposé par recueil-qa import d'après les fichiers : à lire et à corriger. Ensuite, la même "
    "commande avec --update suit ce fichier.",
    "Proposed by recueil-qa import from the files: to be read and corrected. The same command "
    "with --update then follows this file.",
)
FIELDS = Text(
    'À quoi sert chaque champ : un champ des pratiques, "facet NOM", "section NOM" ou "-", laissé.',
    'What each field is for: a field of practices, "facet NAME", "section NAME" or "-", left out.',
)
REST = Text("le texte d'aucune autre section", "the text of no other section")
NO_ADVICE = Text(
    "aucun titre n'annonce des conseils : vérifiez ce choix",
    "no heading announces advice: check this choice",
)
TITLE = Text(
    "une pratique commence à chaque titre de ce niveau", "a practice begins at each such heading"
)


@dataclass
class _Group:
    """Headings that are alike."""

    key: str
    wordings: Counter[str]
    pages: int = 0
    size: int = 0
    openings: Counter[str] = field(default_factory=Counter)

    @property
    def role(self) -> Role | None:
        """The role that its words tell; another one where its text is much the same everywhere."""
        role = role_of(self.first)
        alike = max(self.openings.values(), default=0)
        said = alike >= max(ALIKE, ALIKE_SHARE * self.pages)
        return "other" if said and role in {None, "detail"} else role

    @property
    def first(self) -> str:
        """The commonest wording, of those without a number, an emoji or capitals if there are."""
        ranked = sorted(self.wordings, key=lambda text: (-self.wordings[text], len(text), text))
        return next((text for text in ranked if _is_plain(text)), ranked[0])


def _first_sentence(text: str) -> str:
    return _ENDS.split(text, 1)[0].casefold()


def _is_plain(text: str) -> bool:
    written = all(c.isalnum() or c in " '’-,?()/&" for c in text)
    return written and not text.isupper() and without_number(text) == text.strip().casefold()


@dataclass
class _Proposed:
    name: str
    headings: list[str]
    role: str
    note: str = ""


def propose(
    pages: Sequence[Page], identifier: str, title: str, language: str | None, messages: str
) -> str:
    """Return the text of a `collection.toml`; its comments are in the language of `messages`."""
    level = outline.usual_split(pages)
    cut = [outline.titled(page, "title")[0] for page in outline.cut(pages, level, [])]
    spoken = language or guess_language(cut)
    uses = guess_uses(cut)
    uses = {name: use for name, use in uses.items() if not (level and name == "part")}
    sections, contacts = _sections(cut, uses, spoken, messages)
    facets = sorted({use.split()[1] for use in uses.values() if use.startswith("facet ")})
    rest = sections[-1].name
    labels = {use.split()[1]: words_of(name) for name, use in uses.items() if " " in use}
    out = [f"# {READ_ME.to(messages)}", ""]
    out += [f"id = {_q(identifier)}", f"title = {_q(title)}", f"language = {_q(spoken)}"]
    out += ["", f"# {ROLES.to(messages)}"]
    for section in sections:
        listed = ", ".join(map(_q, section.headings))
        out += ["", "[[sections]]", f"name = {_q(section.name)}", f"headings = [{listed}]"]
        out.append(f"role = {_q(section.role)}" + (f"  # {section.note}" if section.note else ""))
    for name in facets:
        out += ["", "[[facets]]", f"name = {_q(name)}"]
        out += [f"label_{one} = {_q(labels[name])}" for one in ("fr", "en")]
    out += ["", "[import]", 'layout = "pages"']
    if level:
        out.append(f'title = "heading {level}"  # {TITLE.to(messages)}')
    out.append(f"rest = {_q(rest)}  # {REST.to(messages)}")
    if contacts:
        out.append(f"contacts_heading = {_q(contacts)}")
    if uses:
        out += ["", f"# {FIELDS.to(messages)}", "[import.fields]"]
        out += [f"{_q(name)} = {_q(use)}" for name, use in uses.items()]
    return "\n".join(out) + "\n"


def _q(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _sections(
    pages: Sequence[Page], uses: dict[str, str], language: str, messages: str
) -> tuple[list[_Proposed], str]:
    """Return the sections, that of the rest last, and the heading of contacts."""
    groups = _groups(pages)
    texts = sum(1 for page in pages if page.blocks)
    chosen = _chosen(groups, texts)
    found: dict[str, _Proposed] = {}
    keys: dict[str, str] = {}

    def add(key: str, name: str, headings: list[str], role: Role | None) -> None:
        if key in keys:
            section = found[keys[key]]
            section.headings += [h for h in headings if h not in section.headings]
            return
        name = _free(name, "-", RESERVED_SECTION_NAMES | set(found))
        keys[key] = name
        found[name] = _Proposed(name, headings, _ROLES.get(role, "detail"))

    has = Counter(name for page in pages for name, value in page.fields.items() if value.texts)
    rare = [f for f, use in uses.items() if use.startswith("section ") and has[f] < some_of(pages)]
    for named, use in uses.items():
        if use.startswith("section ") and named not in rare:
            name = use.removeprefix("section ")
            heading = words_of(named)
            role = role_of(heading)
            add(key_of(heading), name, [heading], None if role == "contacts" else role)
            uses[named] = f"section {keys[key_of(heading)]}"
    for group in chosen:
        wordings = [text for text, _ in group.wordings.most_common(MOST_WORDINGS)]
        wordings.remove(group.first) if group.first in wordings else None
        name = slug(without_number(group.first), 40) or f"section-{len(found) + 1}"
        add(group.key, name, [group.first, *wordings], group.role)
    contacts = next((g.first for g in groups if role_of(g.first) == "contacts"), "")
    rest = _free(Text("Texte", "Text").to(language), " ", keys, key_of)
    name = _free(slug(rest), "-", found)
    uses |= dict.fromkeys(rare, f"section {name}")
    sections = [*found.values(), _Proposed(name, [rest], "detail")]
    if not any(section.role == "advice" for section in sections):
        sizes = {keys[g.key]: g.size for g in chosen if keys[g.key] in found}
        for page in pages:
            for named, value in page.fields.items():
                section = uses.get(named, "").removeprefix("section ")
                if section in found:
                    sizes[section] = sizes.get(section, 0) + len(value.text)
        plain = [s for s in found.values() if s.role == "detail" and s.name in sizes]
        advice = max(plain, key=lambda s: sizes[s.name], default=sections[-1])
        advice.role, advice.note = "advice", NO_ADVICE.to(messages)
    return sections, contacts


def _free(name: str, join: str, taken: Collection[str], key: Callable[[str], str] = str) -> str:
    """Return a name, with a number where one that counts as the same is taken."""
    numbered = (f"{name}{join}{n}" for n in count(2))
    return next(each for each in chain((name,), numbered) if key(each) not in taken)


def some_of(pages: Sequence[Page]) -> int:
    """Return how many pages have a field that becomes a section of its own."""
    return max(2, math.ceil(KNOWN_SHARE * len(pages))) if len(pages) > 1 else 1


def _chosen(groups: list[_Group], pages: int) -> list[_Group]:
    """Return the groups that become sections, in the order in which pages have them."""
    many = max(2, math.ceil(SHARE * pages))
    some = max(2, math.ceil(KNOWN_SHARE * pages))
    fit = []
    for group in groups:
        role = role_of(group.first)
        if role == "contacts" or len(group.first) > LONGEST_HEADING:
            continue
        alone = pages == 1 and role in _ROLES
        if group.pages >= many or (role in _ROLES and group.pages >= some) or alone:
            fit.append(group)
    kept = sorted(fit, key=lambda group: -group.pages)[:MOST_SECTIONS]
    return [group for group in groups if group in kept]


def _groups(pages: Sequence[Page]) -> list[_Group]:
    """Return the groups of like headings, in the order in which pages mostly have them."""
    groups: dict[str, _Group] = {}
    places: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        seen: set[str] = set()
        group, opens = None, False
        title = key_of(page.fields["title"].text if "title" in page.fields else page.title)
        for block in page.blocks:
            if block.kind != "heading":
                if group is not None:
                    group.size += len(block.text)
                    if opens:
                        group.openings[_first_sentence(block.text)] += 1
                opens = False
                continue
            opens = True
            key = key_of(block.text)
            group = None
            if not key or (key == title and not seen):
                continue
            group = groups.setdefault(key, _Group(key, Counter()))
            group.wordings[block.text] += 1
            if key not in seen:
                seen.add(key)
                group.pages += 1
                places[key].append(len(seen))
    return sorted(groups.values(), key=lambda g: sum(places[g.key]) / len(places[g.key]))


def guess_language(pages: Sequence[Page]) -> str:
    """Return "fr" or "en", whichever words are more frequent."""
    counts: Counter[str] = Counter()
    for text in _some(pages):
        for word in text.lower().split():
            counts["fr"] += word in _FRENCH
            counts["en"] += word in _ENGLISH
    return "en" if counts["en"] > counts["fr"] else "fr"


def _some(pages: Sequence[Page]) -> Iterator[str]:
    for page in pages[:200]:
        yield from (value.text for value in page.fields.values())
        yield from (block.text for block in page.blocks[:50])
