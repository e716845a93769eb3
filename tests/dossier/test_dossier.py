from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.dossier.dossier import MAX_KEPT, MAX_NOTE, MAX_TITLE, Dossier, Entry, Kept, entries
from recueil_qa.errors import DossierError, RecueilError
from recueil_qa.types import Line, Practice, Section

repeatable = settings(max_examples=100, deadline=None, derandomize=True)
references = st.from_regex(
    r"[a-z0-9][a-z0-9_-]{0,9}(/[a-z0-9][a-z0-9_-]{0,9}/[1-9][0-9]?)?", fullmatch=True
)
# Lone surrogates too: `st.text()` leaves them out.
any_text = st.text(st.characters(exclude_categories=()), max_size=50)

CONTEXT = Section("contexte", "Contexte", (Line(1, "Trop d'appels"),))
ADVICE = Section("conseils", "Conseils", (Line(1, "Compter"), Line(2, "Trier", 1)))
P1 = Practice("petit-p1", "petit", "Le guichet unique", (CONTEXT, ADVICE))
P2 = Practice("petit-p2", "petit", "La mesure", (ADVICE,))
PRACTICES = {practice.id: practice for practice in (P1, P2)}


def dossier_of(*kept: str) -> Dossier:
    dossier = Dossier()
    for reference in kept:
        dossier = dossier.add(reference)
    return dossier


def order(dossier: Dossier) -> str:
    return "".join(kept.reference for kept in dossier.kept)


@pytest.fixture
def full() -> Dossier:
    return dossier_of(*(f"r-p{page}" for page in range(MAX_KEPT)))


def test_what_is_added_is_kept_in_order_and_once() -> None:
    first = dossier_of("petit-p2", "petit-p1/conseils/2")
    second = first.add("petit-p1").add("petit-p2")
    assert first.kept == (Kept("petit-p2"), Kept("petit-p1/conseils/2"))
    assert second.kept == (*first.kept, Kept("petit-p1", ""))
    assert (len(first), len(second), len(Dossier())) == (2, 3, 0)
    assert "petit-p1" in second
    assert "petit-p1" not in first
    assert "petit-p1/conseils" not in first
    assert None not in first


def test_a_full_dossier_takes_nothing_more_until_something_leaves(full: Dossier) -> None:
    assert len(full) == 200
    with pytest.raises(DossierError) as caught:
        full.add("r-p200")
    assert caught.value.fr == "le dossier est plein (200 éléments) ; retirez-en un d'abord"
    assert caught.value.en == "the file is full (200 items); remove one first"
    assert isinstance(caught.value, RecueilError)
    assert full.add("r-p7") == full
    assert len(full.remove("r-p7").add("r-p200")) == 200


@pytest.mark.parametrize(
    "reference",
    ["", "p/", "p/conseils", "p/conseils/", "p/conseils/0", "p/conseils/02", "p/conseils/²",
     "p/conseils/1/1", "P1", " p1", "p1\n", "é", "<b>", "../p1", "\ud800", "p" * 201],
)  # fmt: skip
def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(DossierError) as caught:
        Dossier().add(reference)
    assert "n'est ni une pratique ni une ligne ; écrivez par exemple" in caught.value.fr
    assert caught.value.en.encode().endswith(
        b" is neither a practice nor a line; write for example recueil-2014-p23 or "
        b"recueil-2014-p23/conseils/2"
    )
    assert len(caught.value.en) < 200


def test_removing_leaves_the_others_in_order() -> None:
    dossier = dossier_of("a", "b", "c").annotate("c", "note")
    assert dossier.remove("b").kept == (Kept("a"), Kept("c", "note"))
    assert order(dossier) == "abc"


@pytest.mark.parametrize(
    ("reference", "steps", "moved"),
    [("b", 1, "acbd"), ("b", -1, "bacd"), ("a", 2, "bcad"), ("d", -2, "adbc"), ("b", 0, "abcd"),
     ("a", -1, "abcd"), ("d", 1, "abcd"), ("b", 99, "acdb"), ("c", -99, "cabd"), ("z", 1, "abcd")],
)  # fmt: skip
def test_moving_stops_at_both_ends(reference: str, steps: int, moved: str) -> None:
    dossier = dossier_of("a", "b", "c", "d").annotate("b", "à voir")
    assert order(dossier.move(reference, steps)) == moved
    assert Kept("b", "à voir") in dossier.move(reference, steps).kept


def test_a_note_is_replaced_and_cut_at_its_bound() -> None:
    dossier = dossier_of("a", "b").annotate("b", "un").annotate("b", "deux\nlignes")
    assert dossier.kept == (Kept("a"), Kept("b", "deux\nlignes"))
    assert dossier.annotate("b", "").kept == (Kept("a"), Kept("b"))
    assert dossier.annotate("b", "é" * (MAX_NOTE + 1)).kept[1].note == "é" * 2_000


def test_a_title_is_replaced_and_cut_at_its_bound() -> None:
    dossier = Dossier().entitle("Accueil")
    assert dossier.title == "Accueil"
    assert dossier.entitle("").title == ""
    assert dossier.entitle("é" * (MAX_TITLE + 1)).title == "é" * 200


def test_halves_of_characters_are_replaced() -> None:
    dossier = dossier_of("a").annotate("a", "x\ud83dy").entitle("\udfff")
    assert dossier == Dossier("\ufffd", (Kept("a", "x\ufffdy"),))


@pytest.mark.parametrize(
    "move",
    [
        lambda dossier: dossier.remove("z"),
        lambda dossier: dossier.move("z", 1),
        lambda dossier: dossier.annotate("z", "note"),
        lambda dossier: dossier.add("a"),
    ],
)
def test_a_move_that_does_not_apply_changes_nothing(move: Callable[[Dossier], Dossier]) -> None:
    dossier = dossier_of("a", "b").annotate("a", "note")
    assert move(dossier) == dossier


def test_json_is_compact_and_bears_its_version() -> None:
    dossier = dossier_of("p1", "p1/conseils/2").annotate("p1", 'voir "Été"\n').entitle("Écrit")
    assert dossier.to_json() == (
        '{"version":1,"title":"Écrit","kept":[["p1","voir \\"Été\\"\\n"],["p1/conseils/2",""]]}'
    )
    assert Dossier().to_json() == '{"version":1,"title":"","kept":[]}'
    assert Dossier.from_json(dossier.to_json()) == dossier


@repeatable
@given(any_text, st.lists(st.tuples(references, any_text, st.integers(-9, 9)), max_size=9))
def test_whatever_is_kept_comes_back_from_json(
    title: str, moves: list[tuple[str, str, int]]
) -> None:
    dossier = Dossier().entitle(title)
    for reference, note, steps in moves:
        dossier = dossier.add(reference).annotate(reference, note).move(reference, steps)
    written = dossier.to_json()
    assert len(dossier) == len({reference for reference, _, _ in moves})
    assert Dossier.from_json(written.encode().decode()) == dossier


def test_the_largest_dossier_comes_back_from_json() -> None:
    dossier = Dossier().entitle("\0" * 200)
    for page in range(MAX_KEPT):
        reference = f"{page}".rjust(200, "p")
        dossier = dossier.add(reference).annotate(reference, "\x01" * MAX_NOTE)
    assert Dossier.from_json(dossier.to_json()) == dossier


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "1", '"a"', "nope", "{", "NaN", "[" * 100_000, '{"version":' * 50_000,
     "9" * 10_000, '{"title":"T","kept":[["a",""]]}', '{"version":2,"title":"","kept":[["a",""]]}',
     '{"version":"1","kept":[["a",""]]}', '{"version":[1],"kept":[["a",""]]}', "\ud800", "\x00",
     '{"version":1,"title":"","kept":[["a",""]]}' + " " * 3_000_000],
    ids=lambda text: str(ascii(text[:30])),
)  # fmt: skip
def test_what_is_no_dossier_reads_as_an_empty_one(text: str) -> None:
    assert Dossier.from_json(text) == Dossier()


@pytest.mark.parametrize("value", [None, 1, [], {}, b"\xff", object()])
def test_a_value_that_is_no_text_reads_as_an_empty_one(value: Any) -> None:
    assert Dossier.from_json(value) == Dossier()


@pytest.mark.parametrize(
    "row",
    ['["a","again"]', '["c"]', '["c","",""]', '["c",1]', '["c",null]', '[1,""]', '["C",""]',
     '["c/conseils/0",""]', '["<script>",""]', '["\\ud800",""]', '["c",{"note":""}]', '"cc"',
     '{"reference":"c","note":""}', "null", "7", "[]", '[["c"],""]', f'["{"c" * 201}",""]'],
)  # fmt: skip
def test_a_row_that_cannot_have_been_written_is_left_out(row: str) -> None:
    text = f'{{"version":1,"title":"T","kept":[["a","1"],{row},["b","2"]]}}'
    assert Dossier.from_json(text) == Dossier("T", (Kept("a", "1"), Kept("b", "2")))


@pytest.mark.parametrize("title", ["1", "null", '["T"]', '{"T":1}'])
def test_a_title_of_another_type_is_left_out(title: str) -> None:
    text = f'{{"version":1,"title":{title},"kept":[["a",""]]}}'
    assert Dossier.from_json(text) == Dossier("", (Kept("a"),))


@pytest.mark.parametrize("kept", ["1", "null", '"a"', '{"a":""}', '{"0":["a",""]}'])
def test_rows_of_another_type_are_left_out(kept: str) -> None:
    assert Dossier.from_json(f'{{"version":1,"title":"T","kept":{kept}}}') == Dossier("T")


def test_texts_that_are_too_long_or_torn_are_mended() -> None:
    rows = [["a", "x" * 5_000], ["b", "\ud800"]]
    text = json.dumps({"version": 1, "title": "t" * 300, "kept": rows})
    assert Dossier.from_json(text) == Dossier(
        "t" * 200, (Kept("a", "x" * 2_000), Kept("b", "\ufffd"))
    )


def test_no_more_rows_are_read_than_a_dossier_holds() -> None:
    rows = [[f"p{number}", ""] for number in range(100_000)]
    dossier = Dossier.from_json(json.dumps({"version": 1, "title": "", "kept": rows}))
    assert [kept.reference for kept in dossier.kept] == [f"p{n}" for n in range(200)]
    late = json.dumps({"version": 1, "title": "", "kept": [["", ""]] * 200 + [["late", ""]]})
    assert Dossier.from_json(late) == Dossier()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | references,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=10,
)


@repeatable
@given(
    any_text
    | json_values.map(json.dumps)
    | st.fixed_dictionaries(
        {
            "version": st.just(1),
            "title": json_values,
            "kept": json_values | st.lists(json_values | st.tuples(references, any_text)),
        }
    ).map(json.dumps)
)
def test_reading_never_raises_and_gives_a_sound_dossier(text: str) -> None:
    dossier = Dossier.from_json(text)
    assert Dossier.from_json(dossier.to_json()) == dossier
    assert len({kept.reference for kept in dossier.kept}) == len(dossier)
    assert dossier_of(*(kept.reference for kept in dossier.kept)).kept == tuple(
        Kept(kept.reference) for kept in dossier.kept
    )


def test_entries_hold_what_is_kept_in_order_with_its_note() -> None:
    dossier = dossier_of("petit-p2", "petit-p1/conseils/2", "petit-p1")
    found, gone = entries(dossier.annotate("petit-p1/conseils/2", "à voir"), PRACTICES)
    assert found == (
        Entry("petit-p2", "", P2, None, None),
        Entry("petit-p1/conseils/2", "à voir", P1, ADVICE, Line(2, "Trier", 1)),
        Entry("petit-p1", "", P1, None, None),
    )
    assert gone == ()
    assert entries(Dossier(), PRACTICES) == ((), ())


def test_references_that_no_longer_exist_are_told_apart() -> None:
    lost = ("petit-p3", "petit-p3/conseils/1", "petit-p2/contexte/1", "petit-p1/conseils/3")
    found, gone = entries(dossier_of(lost[0], "petit-p1/contexte/1", *lost[1:]), PRACTICES)
    assert found == (Entry("petit-p1/contexte/1", "", P1, CONTEXT, CONTEXT.lines[0]),)
    assert gone == lost


def test_a_line_is_found_by_its_number_not_its_rank() -> None:
    section = Section("conseils", "Conseils", (Line(3, "Trois"), Line(1, "Un")))
    practices = {"p": Practice("p", "petit", "T", (section,))}
    found, gone = entries(dossier_of("p/conseils/1", "p/conseils/2"), practices)
    assert [entry.line for entry in found] == [Line(1, "Un")]
    assert gone == ("p/conseils/2",)


def test_a_line_is_kept_with_what_governs_it() -> None:
    lines = (Line(1, "À éviter :"), Line(2, "le dimanche", 1), Line(3, "surtout :", 1))
    section = Section("conseils", "Conseils", (*lines, Line(4, "avant 8 h", 2), Line(5, "Trier")))
    practices = {"p": Practice("p", "petit", "T", (section,))}
    found, _ = entries(dossier_of("p", "p/conseils/2", "p/conseils/4", "p/conseils/5"), practices)
    assert [entry.lead_ins for entry in found] == [(), lines[:1], (lines[0], lines[2]), ()]
