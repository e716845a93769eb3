"""A collection in ten layouts at once comes in whole, is followed and answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from recueil_qa.builds.build import build_index
from recueil_qa.corpus.reading import read_corpus
from recueil_qa.search.searcher import Searcher
from recueil_qa.settings import load_settings
from tests.support.encoders import HashEncoder
from tests.support.layouts import import_into, write
from tests.support.ten_layouts import cards, ten_layouts

COUNT = 60


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(tmp_path / "site", dict(ten_layouts(COUNT)))


def test_all_come_in_and_no_markup(site: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    result = import_into(corpus, site)
    assert result.exit_code == 0, result.output
    (collection,) = read_corpus(corpus).collections
    by_title = {practice.title: practice for practice in collection.practices}
    assert set(by_title) == {card.title for card in cards(COUNT)}
    for card in cards(COUNT):
        practice = by_title[card.title]
        assert practice.id == f"guichets-{card.name}"
        found = {s.name: [line.text for line in s.lines] for s in practice.sections}
        assert found["contexte"] == [card.trouble], card
        told = [text.removeprefix("1. ").removeprefix("2. ") for text in found["conseils"]]
        assert told[:2] == list(card.remedies), card
        assert "Menu" not in str(found)
        assert "utile" not in str(found)


def test_what_changed_is_followed(site: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    import_into(corpus, site)
    assert f"{COUNT} unchanged" in import_into(corpus, site, "--update").output
    write(site, dict(ten_layouts(COUNT + 10)))
    (site / "jekyll/fiche-10.md").unlink()
    (site / "simples/fiche-5.md").rename(site / "simples/autre.md")
    result = import_into(corpus, site, "--update", "--remove-gone")
    assert result.exit_code == 0, result.output
    for told in ("10 new", "1 gone from the source: removed", "1 of a renamed file, same id"):
        assert told in result.output
    (collection,) = read_corpus(corpus).collections
    assert len(collection.practices) == COUNT + 9


def test_it_answers(site: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    import_into(corpus, site)
    encoder = HashEncoder()
    build_index(tmp_path / "index", read_corpus(corpus), encoder)
    settings = load_settings(home=tmp_path, index=tmp_path / "index")
    searcher = Searcher.open(settings, encoder)
    for card in cards(COUNT)[:20]:
        answer = searcher.ask(card.trouble)
        first = answer.cards[0]
        assert first.practice.title == card.title
        # Advice comes first, and never what heads or frames it.
        assert {line.heading.rstrip(" :💡") for line in first.advice} <= {"Conseils", "2. Conseils"}
        quoted = [line.text.partition(". ")[2] or line.text for line in first.advice]
        assert any(remedy in line or line in remedy for remedy in card.remedies for line in quoted)
