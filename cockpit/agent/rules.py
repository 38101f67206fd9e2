"""The team's alert rules, from the settings into the words of the domain."""

from cockpit.config.settings import Rule, Settings
from cockpit.domain.alert import Severity
from cockpit.domain.alert_rules import AlertWatch
from cockpit.domain.threshold import ThresholdRule


def alert_watch(settings: Settings) -> AlertWatch:
    """Return the judge of these settings' rules; it has seen nothing yet."""
    return AlertWatch([_threshold(rule) for rule in settings.alerts.rules])


def _threshold(rule: Rule) -> ThresholdRule:
    return ThresholdRule(
        name=rule.name,
        metric=rule.metric,
        condition=rule.condition,
        per=rule.per,
        rate=rule.rate,
        for_s=rule.for_s,
        severity=Severity(rule.severity),
        link=rule.link,
    )
