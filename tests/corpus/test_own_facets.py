"""Facets that a collection has of its own: in its files, its index, its filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa import Filters
from recueil_qa.corpus.config_file import parse_config
from recueil_qa.corpus.practice import format_practice, parse_practice
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.corpus.template import practice_template
from recueil_qa.errors import CorpusError, NotFoundError
from recueil_qa.index.catalogue import Catalogue
from recueil_qa.search.mentions import mentioned
from recueil_qa.types import own_facts
from tests.support.methods import METHODS_TOML, write_methods

HERE = Path("methods.md")
BODY = "\n\n## How to do it\n\n- Sit down\n"


def problems(front: str) -> list[tuple[int, str]]:
    config, _ = parse_config(METHODS_TOML, HERE)
    assert config
    text = f"---\nid: methods-a\ntitle: A\n{front}\n---{BODY}"
    return [(problem.line, problem.what.en) for problem in parse_practice(text, HERE, config)[1]]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (found,) = read_corpus(write_methods(tmp_path)).collections
    return Catalogue(found.practices, (found.config.info(),))


@pytest.mark.parametrize(
    "front",
    ["facets: {phase: Make, tag: [Counter, Écrit]}",
     "facets:\n  phase: Make\n  tag:\n  - Counter\n  - Écrit\n  - Counter",
     "facets:\n  tag: [Counter, Écrit]\n  phase: [Make]"],
)  # fmt: skip
def test_a_facet_has_one_value_or_several(front: str) -> None:
    config, _ = parse_config(METHODS_TOML, HERE)
    assert config
    text = f"---\nid: methods-a\ntitle: A\n{front}\ndate: 2021-03-01\ncost: 12 €\n---{BODY}"
    found, refused = parse_practice(text, HERE, config)
    assert found
    assert refused == []
    assert found.facets == {"phase": ("Make",), "tag": ("Counter", "Écrit")}
    assert (found.date, found.cost, found.status) == ("2021-03-01", "12 €", "")
    assert parse_practice(format_practice(found), HERE, config) == (found, [])
    told = [(fact.label.en, fact.values, fact.facet) for fact in own_facts(found, config.info())]
    assert told == [
        ("Phase", ("Make",), "phase"), ("Tag", ("Counter", "Écrit"), "tag"),
        ("Date", ("2021-03-01",), ""), ("Cost", ("12 €",), ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("front", "line", "said"),
    [
        ("facets: Make", 4, "'facets' must have its facets below it, as 'phase: [value"),
        ("facets: [Make]", 4, "'facets' must have its facets below it"),
        ("facets:\n  colour: red", 5, "unknown facet 'colour'; add it to collection.toml"),
        ("facets:\n  tag:\n  - Counter\n  - ''", 7, "'tag': empty value"),
        ("facets:\n  tag: {a: b}", 5, "'tag' must be a text or a list of texts"),
        ("facets:\n  tag: a\n  tag: b", 6, "field 'tag' twice, first on line 5"),
        ("facets:\n  tag: jo@ashby.invalid", 5, "personal data"),
        ("theme: {a: b}", 4, "'theme' must be a text or a list of texts"),
        ("url: javascript:alert(1)", 4, "write it whole"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(front: str, line: int, said: str) -> None:
    ((place, told),) = problems(front)
    assert (place, said in told) == (line, True), told


def test_facets_without_values_are_none() -> None:
    assert problems("facets:") == problems("facets:\n  tag: []\n  phase:") == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [('name = "sector"', "the facet 'sector' is there already"),
     ('name = "phase"', "facet name given twice: phase"),
     ('name = "Not one"', "facets")],
)  # fmt: skip
def test_a_facet_has_a_name_of_its_own(changed: str, said: str) -> None:
    found, refused = parse_config(METHODS_TOML.replace('name = "tag"', changed), HERE)
    assert found is None
    assert said in refused[0].what.en


def test_labels_fall_back_on_each_other_and_on_the_name() -> None:
    text = METHODS_TOML.replace('label_fr = "Mot-clé"\n', "").replace('label_en = "Phase"\n', "")
    config, _ = parse_config(text + '\n[[facets]]\nname = "target-group"\n', HERE)
    assert config
    labels = {facet.name: (facet.fr, facet.en) for facet in config.info().facets}
    assert labels == {
        "phase": ("Étape", "Étape"), "tag": ("Tag", "Tag"),
        "target-group": ("Target group", "Target group"),
    }  # fmt: skip


def test_practices_are_counted_and_kept_by_them(catalogue: Catalogue) -> None:
    counts = catalogue.facets(Filters.of({"tag": ["Counter"]}))
    assert catalogue.facet_names[-2:] == ("phase", "tag")
    assert counts["phase"]["Check"] == 2
    assert counts["tag"] == {
        "Counter": 10, "Observation": 10, "Measure": 10, "Écrit": 5, "Telephone": 10,
        "Workshop": 10,
    }  # fmt: skip
    assert not counts["sector"]
    both = Filters.of({"tag": ["Counter", "Workshop"], "phase": "Make"})
    assert [practice.id[-2:] for practice in catalogue.matching(both)] == ["13", "14", "17", "18"]
    assert len(catalogue.matching(Filters(), "telephone")) == 10


@pytest.mark.parametrize("said", [{"tag": "ecrit"}, {"TAG": "ÉCRIT"}, {"mot-cle": "Écrit"}])
def test_their_names_and_values_are_found_however_typed(
    catalogue: Catalogue, said: dict[str, str]
) -> None:
    assert catalogue.known(Filters.of(said)) == Filters.of({"tag": ["Écrit"]})


@pytest.mark.parametrize(
    ("said", "told"),
    [({"tag": "Countr"}, "the nearest: Counter"), ({"colour": "red"}, "no facet 'colour'")],
)
def test_one_that_is_not_there_is_told(
    catalogue: Catalogue, said: dict[str, str], told: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        catalogue.known(Filters.of(said))
    assert told in caught.value.text("en")


def test_filters_are_the_same_in_any_order() -> None:
    one = Filters.of({"tag": ["a", "b"], "phase": ["c"], "theme": ["t"], "none": []})
    other = Filters.of({"phase": "c", "theme": "t", "tag": {"b", "a"}})
    assert one == other
    assert hash(one) == hash(other)
    assert one.chosen.keys() == {"theme", "phase", "tag"}
    assert not Filters.of({"tag": ()})


def test_a_new_practice_shows_the_facets_to_fill_in() -> None:
    config, _ = parse_config(METHODS_TOML, HERE)
    assert config
    assert "#   tag: [Mot-clé, …]\n" in practice_template(config, "methods-x", "fr")


def test_their_values_have_other_names(tmp_path: Path) -> None:
    folder = write_methods(tmp_path)
    toml = folder / "collection.toml"
    toml.write_text(METHODS_TOML + '[aliases.tag]\n"Counter" = ["front desk"]\n', "utf-8")
    (found,) = read_corpus(folder).collections
    catalogue = Catalogue(found.practices, (found.config.info(),))
    said = mentioned("ideas for a front desk", catalogue)
    assert said.filters == Filters.of({"tag": "Counter"})
    toml.write_text(METHODS_TOML + '[aliases.tag]\n"counter" = ["front desk"]\n', "utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus(folder)
    (problem,) = caught.value.problems
    assert problem.what.en.startswith("[aliases.tag]: no practice has 'counter'")
    assert toml.read_text("utf-8").splitlines()[problem.line - 1].startswith('"counter"')
