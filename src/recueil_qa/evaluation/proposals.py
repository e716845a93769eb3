"""What can be learnt from feedback: rows to grade, once a person has read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from recueil_qa.analysis.query import guess_language
from recueil_qa.corpus.marks import has_personal_data
from recueil_qa.corpus.statements import proposed_row
from recueil_qa.evaluation.feedback import Feedback


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows to add to an evaluation folder, once a person has read them; each question in one."""

    queries: tuple[dict[str, Any], ...] = ()
    qrels: tuple[tuple[str, str, int], ...] = ()
    unanswerable: tuple[dict[str, Any], ...] = ()
    to_judge: tuple[dict[str, Any], ...] = ()


def candidates(feedbacks: Iterable[Feedback]) -> Candidates:
    """Turn feedback, in the order given, into rows of queries and judgments.

    Questions alike but for case and spaces are one. Of several verdicts on the same question and
    target the last one counts, whatever the build: whether a practice helps doesn't depend on
    it. Then, by question:

    - a practice voted up: a query, judged 2 for those voted up and 0 for those voted down;
    - else an abstention voted up: a query that nothing answers;
    - else (an answer voted down, or up without saying which practice; an abstention voted down;
      practices voted down only, which an evaluation can't count): a query for a person to judge,
      with all that is known of it, comments included.
    """
    queries, qrels, unanswerable, to_judge = [], [], [], []
    for key, given in _by_question(feedbacks).items():
        name = f"fb-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        row = {"id": name, "lang": given[0].language, "text": given[0].question}
        last = {feedback.target: feedback for feedback in given}
        whole = last.pop("", None)
        grades = {target: 2 * (last[target].verdict == "up") for target in sorted(last)}
        if any(grades.values()):
            queries.append(row | {"style": "feedback"})
            qrels += [(name, target, grade) for target, grade in grades.items()]
        elif whole and not whole.answered and whole.verdict == "up":
            unanswerable.append(row | {"kind": "feedback"})
        else:
            to_judge.append(row | _known(given, whole, tuple(grades)))
    return Candidates(tuple(queries), tuple(qrels), tuple(unanswerable), tuple(to_judge))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Statements to learn from once a person has read them; `left_out` counts those not told."""

    rows: tuple[dict[str, Any], ...] = ()
    left_out: int = 0


def proposals(feedbacks: Iterable[Feedback]) -> Proposals:
    """Turn feedback, in the order given, into proposed statements, one a question.

    A practice whose last verdict is up gets a 2; a verdict on an answer is one on its first
    practice. No grade may mean that nothing answers, or that nobody has said what does: that is
    why a row says that it is `proposed`, which `statements.jsonl` refuses. Questions with personal
    data, in them or in their comments, are left out.
    """
    rows: list[dict[str, Any]] = []
    left_out = 0
    for given in _by_question(feedbacks).values():
        text, comments = given[0].question, _comments(given)
        if any(map(has_personal_data, (text, *comments))):
            left_out += 1
            continue
        last = {_about(feedback): feedback.verdict for feedback in given}
        language = "en" if guess_language(text) == "en" else "fr"
        grades = {name: 2 for name in sorted(last) if name and last[name] == "up"}
        row = proposed_row(f"feedback-{len(rows) + 1:04}", language, "question", text, grades)
        rows.append(row | ({"comment": " / ".join(comments)} if comments else {}))
    return Proposals(tuple(rows), left_out)


def _about(feedback: Feedback) -> str:
    """Return the practice that a verdict is about; of an abstention, none."""
    first = feedback.shown[0] if feedback.answered and feedback.shown else ""
    return feedback.target or first


def _by_question(feedbacks: Iterable[Feedback]) -> dict[str, list[Feedback]]:
    """Return the feedback on each question; alike but for case and spaces, they are one."""
    found: dict[str, list[Feedback]] = {}
    for feedback in feedbacks:
        if key := " ".join(feedback.question.casefold().split()):
            found.setdefault(key, []).append(feedback)
    return found


def _comments(given: list[Feedback]) -> list[str]:
    return [*dict.fromkeys(f.comment for f in given if f.comment)]


def _known(given: list[Feedback], whole: Feedback | None, down: tuple[str, ...]) -> dict[str, Any]:
    latest = whole or given[-1]
    return {
        "verdict": whole.verdict if whole else "",
        "answered": latest.answered,
        "down": down,
        "shown": latest.shown,
        "build": latest.build,
        "comments": _comments(given),
    }
