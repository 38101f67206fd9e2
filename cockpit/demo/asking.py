"""Which changes of the demo take asking: users may notice them, or they edit configuration."""

from collections.abc import Sequence

from cockpit.config.settings import Settings
from cockpit.domain.change import Impact
from cockpit.domain.conventional import parse_subject
from cockpit.domain.fast_lane import REVERT_KIND
from cockpit.domain.impact import judge_impact
from cockpit.domain.path_map import matches


def takes_asking(message: str, paths: Sequence[str], settings: Settings) -> bool:
    """Tell whether stakeholders have to approve a change; what takes no asking has the fast lane."""
    title, _, body = message.partition("\n")
    subject, rules = parse_subject(title, body), settings.changes
    impact, _, _ = judge_impact(subject.kind, subject.breaking, paths, rules.contract_tests, rules.no_impact)
    is_configuration = any(matches(path, settings.policy.configuration_paths) for path in paths)
    return impact is not Impact.NONE or is_configuration or subject.kind == REVERT_KIND
