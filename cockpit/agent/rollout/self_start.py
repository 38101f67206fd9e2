"""Continuous deployment: where the settings say so, a release starts by itself once every gate is go."""

from dataclasses import replace

from cockpit.agent.rollout.hands import Hands
from cockpit.agent.rollout.present import Present
from cockpit.agent.rollout.sayings import Sayings
from cockpit.agent.rollout.starting import plan_now
from cockpit.cache.feed import CacheFeed
from cockpit.config.rollout_wishes import mode_in
from cockpit.config.settings import Settings
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.decisions.rollout_record import RolloutRecord
from cockpit.domain.decisions.rollout_start import why_not_its_turn
from cockpit.domain.gates import judge_gates, overall
from cockpit.domain.rollout.plan import Mode
from cockpit.domain.verdict import Verdict
from cockpit.errors import CockpitError


class SelfStart:
    """Looks again and again; a release that was rolled out there once, however that ended, is left to people."""

    def __init__(self, settings: Settings, hands: Hands, feed: CacheFeed, sayings: Sayings) -> None:
        self._settings = settings
        self._hands = hands
        self._feed = feed
        self._sayings = sayings

    def look(self, present: Present) -> None:
        """Start what may; blocks. What cannot be planned is written into the log."""
        release = present.known.release
        for environment in present.known.policy.environments if release else ():
            if mode_in(self._settings.rollout, environment) is Mode.DEPLOYMENT:
                self._try(present, environment, release.version if release else "")

    def _try(self, present: Present, environment: str, version: str) -> None:
        held = present.known.get(ControlsRecord, environment)
        is_known = any(
            one.environment == environment and one.plan.release == version for one in present.known.all(RolloutRecord)
        )
        if is_known or (held is not None and held.holder) or not self._may(environment):
            return
        try:
            planned = plan_now(
                self._settings,
                present.known,
                present.servers,
                present.alerts,
                environment=environment,
                version=version,
            )
        except CockpitError as error:
            self._hands.log.say_once(f"deployment to {environment}", str(error))
            return
        if why_not_its_turn(present.known, planned.plan):
            return
        body = RolloutStarted(planned.plan, self._hands.station, "every gate is go")
        self._sayings.say(present.known, "rollout.start", environment, body)

    def _may(self, environment: str) -> bool:
        evidence = replace(self._feed.evidence(), environment=environment)
        return overall(judge_gates(evidence, self._hands.clock.now())) is Verdict.GO
