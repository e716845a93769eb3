"""A collection's practices, one by one, to a language model, which drafts what may be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from recueil_qa.corpus.corpus import Collection
from recueil_qa.corpus.questions import line_places
from recueil_qa.drafting import prompt
from recueil_qa.drafting.drafts import Asked, Draft, changing, identifier, read_drafts
from recueil_qa.drafting.wording import Known, fault
from recueil_qa.errors import NotFoundError, ReaderError
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text
from recueil_qa.reader.reading import Model
from recueil_qa.types import Practice


@dataclass
class Drafted:
    """What came of it: practices asked about, drafts kept, those dropped by reason, failures."""

    asked: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    faults: Counter[Text] = field(default_factory=Counter)


def chosen(collection: Collection, names: Sequence[str], limit: int | None) -> list[Practice]:
    """Return the practices to ask about: those named, else those that nobody was asked about.

    Those that have the fewest questions come first.

    Raises:
        NotFoundError: a name is no practice's.
        CorpusError: the drafts that wait can't be read.
    """
    known = {practice.id: practice for practice in collection.practices}
    short = {name.removeprefix(f"{collection.config.id}-"): name for name in known}
    strange = [name for name in names if name not in known and name not in short]
    if strange:
        what = Text(
            "pratique inconnue : {} ; recueil-qa list donne les ids",
            "unknown practice: {}; recueil-qa list gives the ids",
        )
        raise NotFoundError(what.format(excerpt(", ".join(strange), 200)))
    if names:
        found = [known[short.get(name, name)] for name in dict.fromkeys(names)]
    else:
        asked = {row.practice for row in read_drafts(collection.path).asked}
        counts = Counter(question.practice for question in collection.questions)
        left = [practice for name, practice in known.items() if name not in asked]
        found = sorted(left, key=lambda practice: (counts[practice.id], practice.id))
    return found[:limit]


def draft(
    collection: Collection,
    practices: Sequence[Practice],
    model: Model,
    name: str,
    progress: Callable[[int, int], None] | None = None,
    today: date | None = None,
) -> Drafted:
    """Ask a model, called `name`, for drafts of practices; keep those worth reading, as they come.

    What a call fails on is counted, and what the next would fail on too ends it.

    Raises:
        BusyError, CorpusError, WriteError: the drafts can't be kept.
    """
    done = Drafted()
    day = (today or date.today()).isoformat()
    title = excerpt(name, 100)
    for place, practice in enumerate(practices, 1):
        others = [each for each in collection.practices if each.id != practice.id]
        try:
            told = prompt.messages(practice, others)
            reply = prompt.parse(model.complete(told, prompt.schema()))
        except ReaderError as error:
            done.faults[error.message] += 1
            if error.lasting:
                break
        else:
            with changing(collection.path) as drafts:
                there = [each.text for each in collection.questions]
                there += [each.text for each in collection.lessons]
                known = Known([*there, *(each.text for each in drafts.drafts)])
                kept, dropped = sifted(reply, practice, collection, known, title, day)
                row = Asked(practice=practice.id, model=title, date=day, kept=len(kept))
                drafts.asked = [each for each in drafts.asked if each.practice != practice.id]
                drafts.asked.append(row.model_copy(update={"dropped": dict(dropped)}))
                drafts.drafts += kept
                drafts.save()
            done.asked += 1
            done.kept += len(kept)
            done.dropped += dropped
        if progress:
            progress(place, len(practices))
    return done


def sifted(
    reply: prompt.Reply,
    practice: Practice,
    collection: Collection,
    known: Known,
    name: str,
    day: str,
) -> tuple[list[Draft], Counter[str]]:
    """Return the drafts of a reply that are worth reading, and how many are not, by reason."""
    kept, dropped = list[Draft](), Counter[str]()
    ids, places = {each.id for each in collection.practices}, line_places(practice)
    told: list[prompt.Asking | prompt.Telling] = [*reply.questions, *reply.statements]
    for each in told:
        kind = "question" if isinstance(each, prompt.Asking) else "statement"
        text = " ".join(each.text.split(" ")).strip()
        reason = fault(text, kind, each.lang, practice)
        if not reason and known.has(text):
            reason = "twice"
        if not reason and len(kept) == prompt.MOST:
            reason = "many"
        if reason:
            dropped[reason] += 1
            continue
        known.add(text)
        values: dict[str, object] = {
            "kind": kind,
            "practice": practice.id,
            "lang": each.lang,
            "text": text,
        }
        values |= {"id": identifier(practice.id, each.lang, text), "model": name, "date": day}
        if isinstance(each, prompt.Asking):
            # A line that is not there is none: the practice answers it.
            values["line"] = each.line if each.line in places else ""
        else:
            grades = {row.practice: row.grade for row in each.grades if row.practice in ids}
            values["grades"] = grades | {practice.id: grades.get(practice.id, 2)}
            values["register"] = excerpt(each.register_, 60)
        kept.append(Draft.model_validate(values))
    return kept, dropped
