"""Watches a wave while it soaks: measures, compares, and says whether it is well."""

import time
from collections.abc import Mapping, Sequence

from cockpit.agent.clock_jumps import uptime_s
from cockpit.agent.rollout.journal import Journal, boot_id
from cockpit.config.rollout_figures import ab_questions, analysis_rules, wanted_metrics
from cockpit.config.rollout_settings import RolloutTable
from cockpit.domain.custody import plain_version
from cockpit.domain.fleet import Server
from cockpit.domain.rollout.ab import compare
from cockpit.domain.rollout.analysis import AnalysisReport, analyse
from cockpit.domain.rollout.controlling import Soak
from cockpit.domain.rollout.figures import Baseline, Figures, readings_of
from cockpit.domain.rollout.judged_figure import AnalysisVerdict, Measured
from cockpit.domain.rollout.live import Measured as Compared
from cockpit.domain.rollout.plan import RolloutPlan, Strategy, Wave
from cockpit.domain.rollout.windows import Window


class BeforeRollouts:
    """What is measured while nothing is rolled out: the baseline of whatever begins next."""

    def __init__(self, table: RolloutTable) -> None:
        self._baseline = Baseline(wanted_metrics(table), time.time())

    def feed(self, servers: Sequence[Server]) -> None:
        """Take what the servers told last."""
        self._baseline.feed(readings_of(servers))

    def window(self) -> Window:
        """Return what there is so far."""
        return self._baseline.window()


class WaveWatch:
    """One rollout's analysis; begins anew with each wave, and after a restart."""

    def __init__(self, table: RolloutTable, plan: RolloutPlan, journal: Journal) -> None:
        self._table = table.analysis
        self._rules = analysis_rules(table.analysis)
        self._wanted = wanted_metrics(table)
        self._plan = plan
        self._journal = journal
        self._figures: Figures | None = None
        self._old, self._new = _old_versions(plan), _names_of(plan.release)
        self._watched: tuple[int, int] = (0, 0)
        self._fed: Sequence[Server] = ()
        self._judged: tuple[object, ...] = ()
        """On what the last report rests."""
        self.report: AnalysisReport | None = None
        """What it came to last."""

    def begin(self, wave: Wave, attempt: int) -> None:
        """Begin to watch a wave; raises MachineError when that cannot be kept."""
        self._journal.note_soak(wave.number, attempt, boot_id(), uptime_s())
        self._figures, self._judged = None, ()

    def feed(self, servers: Sequence[Server], wave: Wave, attempt: int) -> None:
        """Take what the servers told last; the same list again tells nothing."""
        if self._figures is None or self._watched != (wave.number, attempt):
            self._figures = Figures(self._wanted, time.time())
            self._watched = wave.number, attempt
        elif servers is self._fed:
            return
        self._figures.feed(readings_of(servers))
        self._fed, self._judged = servers, ()

    def left_s(self, wave: Wave, attempt: int) -> float | None:
        """Return how long this wave has still to be watched, None where it is not watched yet.

        No clock that people set changes it.
        """
        boot, since_s = self._journal.kept.soaks.get((wave.number, attempt), ("", 0.0))
        return max(0.0, wave.soak_s - (uptime_s() - since_s)) if boot and boot == boot_id() else None

    def judged(
        self, wave: Wave, attempt: int, pages: tuple[str, ...], *, pages_known: bool, is_fresh: bool
    ) -> tuple[Soak, str]:
        """Return how the wave stands and why; a failure counts at once, a pass when the time is over."""
        left_s = self.left_s(wave, attempt)
        if left_s is None:
            return Soak.NOT_BEGUN, ""
        report = self._reported(pages, pages_known=pages_known, is_fresh=is_fresh)
        verdict = report.verdict
        if verdict is AnalysisVerdict.FAIL:
            return Soak.FAILED, report.sentence
        if left_s > 0:
            return Soak.GOING_ON, report.sentence
        if verdict is AnalysisVerdict.INCONCLUSIVE and wave.soak_s > 0:
            return Soak.INCONCLUSIVE, report.sentence
        return Soak.PASSED, report.sentence

    def standing(self, pages: tuple[str, ...], *, pages_known: bool, is_fresh: bool) -> tuple[Soak, str]:
        """Return whether what is deployed goes on being well while a person is waited for."""
        report = self._reported(pages, pages_known=pages_known, is_fresh=is_fresh)
        is_bad = report.verdict is AnalysisVerdict.FAIL
        return (Soak.FAILED, report.sentence) if is_bad else (Soak.NOT_BEGUN, "")

    def evidence(self) -> Mapping[str, str]:
        """Return what was measured, by name."""
        return dict(self.report.evidence) if self.report else {}

    def _reported(self, pages: tuple[str, ...], *, pages_known: bool, is_fresh: bool) -> AnalysisReport:
        """What it came to the last time, unless something is new since."""
        now = (self._figures, self._journal.kept.baseline, pages, pages_known, is_fresh)
        if self.report is None or now != self._judged:
            self.report = self._analysed(pages, pages_known=pages_known, is_fresh=is_fresh)
            self._judged = now
        return self.report

    def _analysed(self, pages: tuple[str, ...], *, pages_known: bool, is_fresh: bool) -> AnalysisReport:
        figures = self._figures or Figures(self._wanted, time.time())
        measured = Measured(
            new=figures.window(self._new),
            old=figures.window(self._old - self._new),
            baseline=self._before(),
            requests=self._table.requests,
            min_requests=self._table.min_requests,
            measured_lately=is_fresh,
        )
        return analyse(
            self._rules,
            measured,
            new_pages=pages if self._table.alerts else (),
            pages_known=pages_known or not self._table.alerts,
        )

    def _before(self) -> Window | None:
        plain = self._journal.kept.baseline
        try:
            return Window.from_plain(plain) if plain else None
        except ValueError:
            return None


class VariantWatch:
    """Compares the two variants of an A/B rollout for as long as both are there; after a restart it begins anew."""

    def __init__(self, table: RolloutTable, plan: RolloutPlan) -> None:
        self._ab = table.ab if plan.strategy is Strategy.AB else None
        self._plan = plan
        self._figures = Figures(wanted_metrics(table), time.time())
        self._fed: Sequence[Server] = ()

    def feed(self, servers: Sequence[Server]) -> None:
        """Take what the servers told last."""
        if self._ab is not None and servers is not self._fed:
            self._figures.feed(readings_of(servers))
            self._fed = servers

    def compared(self) -> tuple[Compared, ...]:
        """Return what each figure says about the variants, and where the team's own tool shows the experiment."""
        ab = self._ab
        if ab is None or not ab.figures:
            return ()
        new = _names_of(self._plan.release)
        questions = ab_questions(ab, self._figures.window(_old_versions(self._plan) - new), self._figures.window(new))
        report = compare(questions, ab.confidence)
        answers = (Compared(one.question.name, one.verdict.value, one.sentence) for one in report.answers)
        link = (Compared("experiment", "informs", ab.link),) if ab.link else ()
        return (*answers, Compared("confidence", "informs", report.note), *link)


def _names_of(release: str) -> set[str]:
    plain = plain_version(release)
    return {release, plain, f"v{plain}"}


def _old_versions(plan: RolloutPlan) -> set[str]:
    return {running.version for running in plan.before.values() if running.version}
