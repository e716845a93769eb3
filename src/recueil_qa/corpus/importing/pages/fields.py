"""What each field of front matters and tables is for, guessed from its name and its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recueil_qa.corpus.front_matter import FACTS
from recueil_qa.corpus.importing.pages.headings import key_of, role_of, slug, words_of
from recueil_qa.corpus.importing.pages.page import Page, Value

FIELDS = ("title", "subtitle", "id", "organisation", "sector", "theme", "part", *FACTS, "contacts")
NOTHING = "-"
SENTENCE = 40  # characters from which a text is told rather than chosen
SHORT = 60  # of a value that one chooses by
# The names of practices' fields; what the collection's own facets may not be called.
_RESERVED = frozenset(("collection", "part", "theme", "sector", "organisation"))

_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "titre", "name", "nom", "intitule", "libelle", "practice", "pratique",
              "nom de la pratique", "titre de la pratique", "titre de la fiche"),
    "subtitle": ("subtitle", "sou titre", "soustitre", "tagline", "chapo", "chapeau", "baseline"),
    "id": ("id", "identifiant", "identifier", "code", "slug", "uid", "reference", "ref"),
    "date": ("date", "published", "publication date", "date de publication", "pubdate",
             "date published", "datepublished", "created", "publie le", "date creation"),
    "author": ("author", "auteur", "auteure", "autrice", "by", "writer", "redacteur"),
    "language": ("lang", "language", "langue", "locale"),
    "url": ("url", "link", "lien", "canonical", "canonical url", "site", "website", "source url",
            "external url", "page web", "adresse web"),
    "organisation": ("organisation", "organization", "organisme", "structure", "agency",
                     "department", "administration", "service", "entite", "porteur",
                     "direction", "institution", "collectivite", "employeur", "team", "equipe"),
    "sector": ("sector", "secteur"),
    "theme": ("theme", "thematique", "topic"),
    "part": ("part", "partie", "chapter", "chapitre", "rubrique"),
    "status": ("status", "statut", "state", "etat", "etat avancement", "maturity", "maturite"),
    "cost": ("cost", "cout", "budget", "price", "prix", "tarif", "time", "time required",
             "duration", "duree", "effort", "temp", "temp necessaire", "moyen",
             "ressource necessaire"),
    "contacts": ("contact", "contacts", "email", "e mail", "mail", "courriel", "telephone", "phone",
                 "referent", "contact person", "personne a contacter", "author email"),
}  # fmt: skip
_USES = {name: use for use, names in _NAMES.items() for name in (*names, *map(key_of, names))}
# What tells a site how to show a page.
_SITE = frozenset(
    ("layout", "permalink", "redirect from", "redirect to", "redirect", "template", "weight",
     "menu", "draft", "published", "aliase", "alia", "css", "image", "type", "order", "nav order",
     "toc", "sidebar", "js", "script",
     "parent", "has children", "grand parent", "eleventynavigation",
     "eleventyexcludefromcollection", "sitemap", "cover", "thumbnail", "hero", "icon", "comment",
     "math", "mermaid", "pin", "lastmod", "updated", "modified", "last modified", "keyword",
     "sort", "position", "ordre", "image alt", "hidden", "slug", "expirydate", "viewport",
     "robot", "generator", "csrf token", "theme color")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """What a field holds over all pages."""

    name: str
    values: tuple[Value, ...]
    rows: bool  # of a table

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def texts(self) -> list[str]:
        return [text for value in self.values for text in value.texts]

    @property
    def length(self) -> float:
        texts = self.texts
        return sum(map(len, texts)) / len(texts) if texts else 0.0

    @property
    def tells(self) -> bool:
        """Whether most values are sentences rather than names."""
        texts = self.texts
        long = [t for t in texts if len(t) >= SENTENCE and t.count(" ") >= 4]
        return 2 * len(long) > len(texts)

    @property
    def chooses(self) -> bool:
        """Whether its values are few and short, as what one chooses by."""
        texts = self.texts
        kinds = Counter(texts)
        if not texts or max(map(len, texts)) > 2 * SHORT or self.length > SHORT:
            return False
        if any(value.listed for value in self.values):
            return len(kinds) > 1 or self.count > 1
        few = len(texts) < 4 and len(kinds) > 1 and self.length <= SHORT / 2
        return 1 < len(kinds) <= max(2, 0.6 * len(texts)) or few


def profiles(pages: Sequence[Page]) -> list[Profile]:
    """Return the fields that pages have, in the order in which they come."""
    found: dict[str, list[Value]] = {}
    rows: set[str] = set()
    for page in pages:
        for name, value in page.fields.items():
            if value.texts:
                found.setdefault(name, []).append(value)
                if page.row:
                    rows.add(name)
    return [Profile(name, tuple(values), name in rows) for name, values in found.items()]


def guess_uses(pages: Sequence[Page]) -> dict[str, str]:
    """Return what each field is for: one of `FIELDS`, "facet NAME", "section NAME" or "-"."""
    found = profiles(pages)
    uses: dict[str, str] = {}
    # A folder may hold tables beside its pages, with columns of their own for the same.
    taken: set[tuple[str, bool]] = set()
    rows = sum(page.row for page in pages)
    for profile in found:
        use = _by_name(profile, rows if profile.rows else len(pages) - rows)
        if use in ("title", "id") and (use, profile.rows) in taken:
            use = ""
        uses[profile.name] = use
        taken.add((use, profile.rows))
    _title_of_rows(found, uses, taken)
    names: set[str] = set()
    for profile in found:
        if not uses[profile.name]:
            uses[profile.name] = _by_values(profile, names)
    for name in _repeats(found, uses):
        uses[name] = NOTHING
    return uses


def _by_name(profile: Profile, pages: int) -> str:
    key = key_of(words_of(profile.name))
    if key in _SITE and not (profile.rows and key in {"image", "type", "slug"}):
        return NOTHING
    use = _USES.get(key, "")
    texts = profile.texts
    if use == "id":
        unique = len(set(map(slug, texts))) == len(texts) == pages and all(map(slug, texts))
        use = "id" if unique and profile.rows else NOTHING
    elif use == "url" and not all(re.match(r"https?://", text) for text in texts):
        use = NOTHING
    elif use == "title" and (profile.length > 200 or profile.count < 0.5 * pages):
        use = ""
    elif use in {"theme", "sector", "part", "organisation"}:
        several = any(len(value.texts) > 1 for value in profile.values)
        use = "" if several or profile.tells else use
    elif use in {"status", "cost", "subtitle"} and profile.length > 200:
        use = ""
    return use


def _title_of_rows(
    found: list[Profile], uses: dict[str, str], taken: set[tuple[str, bool]]
) -> None:
    """Take the first column of short texts, all different, as the title of a table's rows."""
    if ("title", True) in taken:
        return
    for profile in found:
        texts = profile.texts
        short = profile.rows and profile.length <= 120 and len(set(texts)) == len(texts)
        if short and not uses[profile.name] and not all(text.isdecimal() for text in texts):
            uses[profile.name] = "title"
            return


def _by_values(profile: Profile, names: set[str]) -> str:
    texts = profile.texts
    plain = {text.lower() for text in texts}
    if plain <= {"true", "false", "yes", "no", "oui", "non"} or all(map(_is_code, texts)):
        return NOTHING
    name = slug(words_of(profile.name), 40) or f"champ-{len(names) + 1}"
    role = role_of(words_of(profile.name))
    told = role in {"advice", "result", "context"} and profile.length >= SENTENCE / 2
    if profile.tells or told:
        return f"section {name}"
    if profile.chooses:
        if name in _RESERVED:
            name += "s"
        names.add(name)
        return f"facet {name}"
    if profile.rows and profile.length >= SENTENCE / 2:
        return f"section {name}"
    return NOTHING


def _is_code(text: str) -> bool:
    """Return whether a text is an address, a path, a number or the name of a file."""
    return bool(
        re.fullmatch(r"[\d.,:%/ -]+|\S*/\S*|\S+\.(?:png|jpe?g|svg|gif|webp|pdf|html?)", text)
    )


def _repeats(found: list[Profile], uses: dict[str, str]) -> Iterable[str]:
    """Yield the sections that begin as another one does, on most pages: a summary of it."""
    told = [p for p in found if uses[p.name].startswith("section ")]
    begins = {p.name: {key_of(text[:SENTENCE]) for text in p.texts} for p in told}
    gone: set[str] = set()
    for profile in told:
        for other in told:
            if other.name == profile.name or other.name in gone or other.count < profile.count:
                continue
            if sum(map(len, other.texts)) < sum(map(len, profile.texts)):
                continue
            same = sum(key_of(text[:SENTENCE]) in begins[other.name] for text in profile.texts)
            if 2 * same > len(profile.texts) and profile.name not in gone:
                gone.add(profile.name)
                yield profile.name
