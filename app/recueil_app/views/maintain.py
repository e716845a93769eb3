"""The index as its maintainer sees it: what it holds, its health, its quality, a rebuild."""

from __future__ import annotations

from functools import partial

import streamlit as st

from recueil_app import who
from recueil_app.page import Page, sentence
from recueil_app.render import html, label
from recueil_app.texts import Texts
from recueil_app.views import drafts
from recueil_qa import Settings, maintenance
from recueil_qa.errors import BusyError, RecueilError
from recueil_qa.maintenance import Report
from recueil_qa.rebuilding import Rebuild
from recueil_qa.shared import offered

MEASURES = ("nDCG@10", "P@1", "Recall@5")
CHECK_SECONDS = 30
WAIT_SECONDS = 1800.0  # that another process' build is waited for


@st.cache_resource
def _own_rebuild() -> Rebuild:
    return Rebuild()


def rebuild() -> Rebuild:
    """Return the one rebuild of this server, whichever door it was asked for at."""
    shared = offered()
    return shared.rebuild if shared else _own_rebuild()


@st.cache_data(ttl=CHECK_SECONDS, max_entries=4, show_spinner=False)
def _findings(settings: Settings, build: str) -> list[object]:  # noqa: ARG001
    # A check reads every file: once in a while is enough for all who look.
    return list(maintenance.examine(settings))


def show(page: Page) -> None:
    """Show the build that serves, the checks, the last evaluation, and the way to rebuild."""
    t, assistant = page.t, page.assistant
    page.title(t["index_view"])
    try:
        report = maintenance.last_report(assistant.settings)
    except RecueilError as error:
        page.refuse(error)
        report = None
    manifest = assistant.manifest
    groups = [("fr", t["french"]), ("en", t["english"]), ("all", t["both"])]
    html(
        "index",
        t=t,
        manifest=manifest,
        build=assistant.build,
        collections=assistant.collections,
        counts=manifest.counts,
        findings=_findings(assistant.settings, assistant.build),
        report=report,
        home=f"{assistant.settings.home}/",  # where the server keeps it is nobody's business
        is_old=report and (report.corpus, report.encoder) != (manifest.corpus, manifest.encoder),
        groups=[group for group in groups if report and group[0] in report.measures],
        measures=MEASURES,
        cell=partial(_cell, t, report) if report else None,
    )
    if assistant.settings.rebuild:
        _rebuild(page)
        drafts.show(page)
    else:
        page.notice(t["rebuild_off"])


def _cell(t: Texts, report: Report, group: str, name: str) -> str:
    """Return a measure with its interval, where the report has them."""
    value = report.measures[group].get(name)
    interval = report.intervals.get(group, {}).get(name)
    if value is None:
        return ""
    return t["interval"].format(value, *interval) if interval else f"{value:.2f}"


def _rebuild(page: Page) -> None:
    """Show the button; the progress of a rebuild under way; then, to who asked, how it ended."""
    t, job = page.t, rebuild()
    if job.is_running:
        _show_progress(page)
        return
    if st.session_state.get("rebuild") == job.count and job.outcome is not None:
        del st.session_state["rebuild"]
        _findings.clear()
        if isinstance(job.outcome, BusyError) and job.given_up.is_set():
            page.notice(t["rebuild_given_up"])
        elif isinstance(job.outcome, RecueilError):
            html("notice", kind="error", text=sentence(job.outcome, t))
        else:
            page.notice(t["rebuilt"] if job.outcome else t["rebuild_nothing"])
    st.button(
        label(t["rebuild"]), key="rebuild-start", type="primary", on_click=_start, args=(page,)
    )


def _start(page: Page) -> None:
    settings = page.assistant.settings
    if not who.may_maintain(settings):  # who was a maintainer when the button was drawn
        return
    job = rebuild()
    job.start(settings, WAIT_SECONDS)
    who.done(settings, "rebuild")
    st.session_state["rebuild"] = job.count


@st.fragment(run_every="1s")
def _show_progress(page: Page) -> None:
    job = rebuild()
    if not job.is_running:
        st.rerun()
    if job.is_waiting:
        who = job.holder.text.to(page.t.language) if job.holder else page.t["somebody"]
        told = page.t["rebuild_waiting"].format(who)
        st.progress(0.0, text=told)
        # It only stops waiting: what another process builds is not this page's to end.
        st.button(label(page.t["rebuild_give_up"]), key="rebuild-stop", on_click=job.given_up.set)
        return
    done, total = job.progress
    text = page.t["rebuilding"].format(done, total) if total else page.t["rebuild_reading"]
    st.progress(done / total if total else 0.0, text=text)
