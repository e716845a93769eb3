"""What a practice says of itself beside its text: its collection's own facets, and plain facts."""

from __future__ import annotations

from dataclasses import dataclass

from recueil_qa.messages import Text
from recueil_qa.types.corpus import CollectionInfo, Practice

FACTS = {
    "date": Text("Date", "Date"),
    "author": Text("Auteur", "Author"),
    "language": Text("Langue", "Language"),
    "status": Text("État", "Status"),
    "cost": Text("Coût", "Cost"),
    "url": Text("Adresse", "Address"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its values; `facet` where practices can be filtered by them."""

    label: Text
    values: tuple[str, ...]
    facet: str = ""
    is_link: bool = False


def own_facts(practice: Practice, info: CollectionInfo) -> tuple[Fact, ...]:
    """Return the values of a practice's own facets, in its collection's order, then its facts."""
    facets = [
        Fact(Text(facet.fr, facet.en), practice.values(facet.name), facet.name)
        for facet in info.facets
    ]
    plain = [
        Fact(label, (value,), is_link=name == "url")
        for name, label in FACTS.items()
        if (value := getattr(practice, name))
    ]
    return tuple(fact for fact in (*facets, *plain) if fact.values)
