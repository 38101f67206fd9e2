"""Judges the new version of a rollout by its figures and by new pages: pass, fail, or inconclusive."""

from collections.abc import Mapping, Sequence

from cockpit.domain.counts import counted
from cockpit.domain.record import record
from cockpit.domain.rollout.analysis_rule import AnalysisRule
from cockpit.domain.rollout.judged_figure import AnalysisVerdict, FigureReport, Measured, judged

NAMED_MOST = 3
"""Figures or pages that the sentence over all of them names."""


@record(frozen=True, slots=True)
class AnalysisReport:
    """All figures of the new version at one moment."""

    verdict: AnalysisVerdict
    """Never INFORMS."""
    sentence: str
    """Why, with the figures that decide."""
    figures: tuple[FigureReport, ...]
    requests: float = 0.0
    """Of the new version."""
    new_pages: tuple[str, ...] = ()

    @property
    def evidence(self) -> Mapping[str, str]:
        """What was measured, by name."""
        pages = {"pages": f"new page: {_listed(self.new_pages)}"} if self.new_pages else {}
        return {figure.name: figure.sentence for figure in self.figures} | pages


def analyse(
    rules: Sequence[AnalysisRule],
    measured: Measured,
    *,
    new_pages: tuple[str, ...] = (),
    pages_known: bool = True,
) -> AnalysisReport:
    """Judge every figure, and all together: one that fails fails it, one that cannot be told leaves it open.

    `new_pages` fire and did not before the rollout; `pages_known` says whether they would have been seen. Without any
    figure that decides, only the pages do.
    """
    figures = tuple(judged(rule, measured) for rule in rules)
    verdict, sentence = _overall(figures, measured, new_pages, pages_known=pages_known)
    return AnalysisReport(verdict, sentence, figures, measured.traffic(measured.new), new_pages)


def _overall(
    figures: Sequence[FigureReport], measured: Measured, new_pages: tuple[str, ...], *, pages_known: bool
) -> tuple[AnalysisVerdict, str]:
    failed = _sentences(figures, AnalysisVerdict.FAIL)
    if new_pages or failed:
        pages = [f"new page: {_listed(new_pages)}"] if new_pages else []
        return AnalysisVerdict.FAIL, _listed([*pages, *failed], "; ")
    unclear = _sentences(figures, AnalysisVerdict.INCONCLUSIVE)
    if not pages_known:
        unclear.insert(0, "it is not known whether a page fires")
    if unclear:
        return AnalysisVerdict.INCONCLUSIVE, _listed(unclear, "; ")
    passed = _sentences(figures, AnalysisVerdict.PASS)
    if not passed:
        return AnalysisVerdict.PASS, "no new page; no figure decides"
    requests = measured.traffic(measured.new)
    return AnalysisVerdict.PASS, f"{counted(len(passed), 'figure')} within limits on {requests:,.0f} requests"


def _sentences(figures: Sequence[FigureReport], verdict: AnalysisVerdict) -> list[str]:
    return [figure.sentence for figure in figures if figure.verdict is verdict]


def _listed(words: Sequence[str], between: str = ", ") -> str:
    more = f"{between}and {len(words) - NAMED_MOST} more" if len(words) > NAMED_MOST else ""
    return between.join(words[:NAMED_MOST]) + more
