"""The one place that wires rooms together; everything is imported where it is needed, because starting is measured."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit import __version__
from cockpit.config.places import Places, Repository, find_repository, places_for
from cockpit.config.terminal import why_unfit
from cockpit.errors import CockpitError, GitError, RemoteNameError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cockpit.agent.log import AgentLog
    from cockpit.agent.mode import AgentMode
    from cockpit.agent.rollout.desk import RolloutDesk
    from cockpit.cache.feed import CacheFeed
    from cockpit.cache.store import Cache
    from cockpit.config.settings import Personal, Settings
    from cockpit.config.terms_in_force import TermsInForce
    from cockpit.domain.decisions.decided import Decided
    from cockpit.domain.decisions.intent import Intent, Receipt
    from cockpit.domain.decisions.policy import Policy
    from cockpit.domain.rollout.planning import Planned
    from cockpit.domain.source_state import SourceState
    from cockpit.ledger.chain import Chain, LedgerRemote
    from cockpit.ledger.deciding import Identity
    from cockpit.ledger.keeper import LedgerKeeper
    from cockpit.sources.source import Source

LEAVE_LAST_FRAME = b"\x1b[?25h\x1b[?1049l"
"""Shows the cursor and the normal screen again, which the last frame has left."""


SWITCH_S = 0.0005
"""How long the writer to the terminal may have to wait for the thread that lays out; Python's own 5 ms can be seen."""

SCREEN_WAITS_S = 10.0
"""How long a screen waits, in the background, until it knows what has become of a decision."""

LEAST_S = 0.5
"""What the ledger is given where the time of a command is over: one that is on this machine needs no more."""

START_TAKES_S = 2.0
"""After this long everything that stays is there."""


class TerminalError(CockpitError):
    """A screen was asked for where there is none."""

    exit_code = 2


def screen(start: str = "", *, theme: str = "", read_only: bool = False) -> int:
    """Show the cockpit of the repository that holds `start` until the user leaves; returns the exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TerminalError(
            "the screen needs a terminal", next_step="The same answers as text: cockpit show why, cockpit --help"
        )
    if unfit := why_unfit(os.environ.get("TERM", "")):
        raise TerminalError(unfit, next_step="Set TERM to what the terminal is (xterm-256color), or: cockpit show why")
    repository, places = locate(start)
    from cockpit.ui.last_frame import show

    shown = show(places.last_frame)
    try:
        return _live_screen(repository, places, theme, read_only=read_only)
    except BaseException:
        if shown:
            os.write(sys.stdout.fileno(), LEAVE_LAST_FRAME)
        raise


def _live_screen(repository: Repository, places: Places, theme: str, *, read_only: bool) -> int:
    _collect_after_start()
    sys.setswitchinterval(SWITCH_S)
    from cockpit.agent.launch import ensure_agent, strange_agent
    from cockpit.agent.upkeep import upkeep, wake_agent

    in_force = _terms_in_force(repository, places)
    terms = in_force.now()
    agent_there = ensure_agent(places, repository.root)
    with upkeep(places, repository.root):
        from cockpit.cache.feed import open_feed
        from cockpit.ui.app import CockpitApp
        from cockpit.ui.context import ScreenContext

        no_agent = "" if agent_there else f"the agent could not be started: {places.cache} cannot be written"
        live = open_feed(places.database, lambda: in_force.now().terms)
        context = ScreenContext(
            decide=_screen_decides(places, live.decided),
            keep=lambda intent: _screen_keeps(places, live.decided, intent),
            actor=lambda: _screen_actor(places, live.decided),
            plan=lambda environment: _screen_plans(repository, live, environment),
            requests=places.requests,
            wake_agent=lambda: wake_agent(places, repository.root),
            theme=theme or terms.theme,
            keys=terms.keys,
            read_only=read_only,
            last_frame=places.last_frame,
            version=__version__,
            notices=tuple(filter(None, (no_agent, places.remark, strange_agent(places)))),
            over_ssh="SSH_CONNECTION" in os.environ,
        )
        app = CockpitApp(live, context)
        app.run()
        return app.return_code or 0


def _collect_after_start() -> None:
    """Let the garbage collector wait: what a start imports stays, and looking through it costs a tenth of the start."""
    import gc
    import threading

    def collect_from_now_on() -> None:
        gc.freeze()
        gc.enable()

    gc.disable()
    later = threading.Timer(START_TAKES_S, collect_from_now_on)
    later.daemon = True
    later.start()


def agent(start: str, mode: "AgentMode") -> int:
    """Be the agent of the repository that holds `start`; returns when it ends."""
    from cockpit.agent.process import Reach, run_agent
    from cockpit.sources.git_clone import code_clone

    repository, places = locate(start)
    reach = Reach(
        sources_of=lambda settings: sources(repository, places, settings),
        ledger_of=lambda settings, cache: ledger_keeper(repository, places, settings, cache),
        clone_of=lambda settings: code_clone(places.clone, repository, settings),
        feed_of=lambda settings: feed(repository, places, settings),
        keep=lambda intent: _screen_keeps(places, _known(places), intent),
        rollouts_of=partial(_rollout_desk, repository, places),
    )
    return run_agent(repository, places, mode, reach)


def _rollout_desk(
    repository: Repository,
    places: Places,
    settings: "Settings",
    station: str,
    *given: Any,  # noqa: ANN401 - handed on
) -> "RolloutDesk":
    from cockpit.domain.decisions.rollout_bodies import station_actor
    from cockpit.ledger.deciding import Identity
    from cockpit.rollout_wiring import rollout_desk

    key = personal_settings().signing_key
    who = Identity(station_actor(station), Path(key).expanduser() if key else None)
    cache, feed, look_at_remote, clock, log = given
    return rollout_desk(
        repository, places, settings, station, cache, feed, lambda intent: _put(places, intent, who), look_at_remote,
        clock, log,
    )  # fmt: skip


def _known(places: Places) -> "Callable[[], Decided]":
    """How an agent reads what was decided: it alone writes it."""
    from cockpit.cache.feed import open_feed
    from cockpit.domain.terms import Terms

    def read() -> "Decided":
        kept = open_feed(places.database, lambda: Terms(""))
        try:
            return kept.decided()
        finally:
            kept.close()

    return read


def sync(start: str, deadline_s: float, *, ledger_until: float | None = None) -> "tuple[list[SourceState], bool]":
    """Have every source asked once; returns how each stands and whether all were asked in time.

    The ledger is followed besides, until `ledger_until` on the monotonic clock at most.
    """
    import time

    from cockpit.agent.ledger_once import stopped_after
    from cockpit.agent.once import sync_once

    repository, places = locate(start)
    settings = settings_of(repository)

    def afterwards(cache: "Cache", log: "AgentLog") -> None:
        """A bare CI runner has no agent that follows decisions and judges what ships."""
        from cockpit.agent.shipping_desk import ShippingDesk
        from cockpit.gitrun import LONG_S
        from cockpit.sources.git_clone import code_clone

        within_s = None if ledger_until is None else max(LEAST_S, ledger_until - time.monotonic())
        try:
            keeper = ledger_keeper(repository, places, settings, cache, patience_s=within_s or LONG_S)
            with stopped_after(keeper, within_s):
                keeper.sure_round()
        except CockpitError as error:
            log.say_once("ledger", str(error))
        ShippingDesk(code_clone(places.clone, repository, settings), settings, cache, log).look()

    return sync_once(places, settings, lambda settings: sources(repository, places, settings), deadline_s, afterwards)


def feed(repository: Repository, places: Places, settings: "Settings") -> "CacheFeed":
    """Return the cache of this repository as the command line reads it."""
    from cockpit.cache.feed import open_feed
    from cockpit.config.screen_terms import terms_of

    terms = terms_of(settings, repository.name, places.trust)
    return open_feed(places.database, lambda: terms)


def feed_of(start: str) -> "CacheFeed":
    """Return the cache of the repository that holds `start` as the command line reads it; raises CockpitError."""
    repository, places = locate(start)
    return feed(repository, places, settings_of(repository))


def sources(repository: Repository, places: Places, settings: "Settings") -> "Sequence[Source]":
    """Return every source that these settings ask for."""
    from cockpit.sources.registry import build_sources

    known = feed(repository, places, settings)
    return build_sources(settings, repository, places, proposed=known.proposed, candidate=known.to_ship)


def decide(
    start: str,
    kind: str,
    target: str,
    body: object,
    *,
    expect: "Mapping[str, str] | None" = None,
    wait_s: float = 5.0,
    people: "Policy | None" = None,
) -> "Receipt":
    """Decide something for good and return what has become of it within `wait_s` seconds; raises CockpitError.

    It is on the disk before anything else happens. `expect` None rests it on what the cache shows now. Who decides is
    looked up among `people`, where the policy in force (None) does not name them yet.
    """
    from cockpit.agent.git_identity import read_git_identity
    from cockpit.agent.ledger_once import bring_home, round_alone
    from cockpit.domain.decisions.expecting import expect_now
    from cockpit.domain.decisions.intent import Intent
    from cockpit.ledger.deciding import GENESIS

    repository, places = locate(start)
    settings = settings_of(repository)

    def keeper_of(cache: "Cache") -> "LedgerKeeper":
        return ledger_keeper(repository, places, settings, cache)

    if kind != GENESIS and not places.ledger_pin.exists():
        round_alone(places, keeper_of, look=True)
    known = feed(repository, places, settings).decided()
    rests_on = expect_now(known, kind, target) if expect is None else expect
    git_name, git_email = read_git_identity(repository.git_dir)
    policy = people or known.policy
    event_id = _spool(places, policy, Intent(kind, target, body, rests_on), git_name, git_email)
    return bring_home(places, keeper_of, event_id, wait_s)


def decided(start: str, *, sync: bool = True, within_s: float | None = None) -> "Decided":
    """Return everything decided as this machine knows it, after a look at the remote; raises CockpitError.

    The look takes `within_s` seconds at most, where somebody cannot wait as long as a remote may.

    What came of that look, the state of the ledger in the cache tells: a remote that is not there is no error here.
    """
    from cockpit.agent.ledger_once import round_alone

    repository, places = locate(start)
    settings = settings_of(repository)
    if sync:
        try:
            round_alone(
                places, lambda cache: ledger_keeper(repository, places, settings, cache), look=True, within_s=within_s
            )
        except RemoteNameError:
            raise
        except GitError:
            pass  # the cache says that it is unreachable
    return feed(repository, places, settings).decided()


def actor(start: str, known: "Decided") -> str:
    """Return who decides here, as the policy in force knows people; empty when nothing tells."""
    from cockpit.agent.git_identity import read_git_identity
    from cockpit.config.who import actor_of

    repository, _ = locate(start)
    return actor_of(known.policy, personal_settings().name, *read_git_identity(repository.git_dir))


def _spool(places: Places, policy: "Policy", intent: "Intent", git_name: str, git_email: str) -> str:
    from cockpit.config.who import actor_of
    from cockpit.ledger.deciding import Identity

    personal = personal_settings()
    key = Path(personal.signing_key).expanduser() if personal.signing_key else None
    return _put(places, intent, Identity(actor_of(policy, personal.name, git_name, git_email), key))


def _put(places: Places, intent: "Intent", who: "Identity") -> str:
    from cockpit.ledger.deciding import compose, new_event_id, put_event
    from cockpit.ledger.pin import read_pin
    from cockpit.ledger.spool import Spool

    event = compose(intent, who, read_pin(places.ledger_pin), new_event_id())
    put_event(Spool(places.spool), event, who)
    return event.event_id


def _screen_decides(places: Places, known: "Callable[[], Decided]") -> "Callable[[Intent], Receipt]":
    """How a screen decides: it keeps the decision on the disk, and the agent brings it onto the chain."""

    def decide_here(intent: "Intent") -> "Receipt":
        from cockpit.agent.taking_back import waited_for

        return waited_for(places, _screen_keeps(places, known, intent), SCREEN_WAITS_S)

    return decide_here


def _screen_keeps(places: Places, known: "Callable[[], Decided]", intent: "Intent") -> str:
    from cockpit.agent.git_identity import kept_git_identity

    return _spool(places, known().policy, intent, *kept_git_identity(places.git_identity))


def _screen_plans(repository: Repository, live: "CacheFeed", environment: str) -> "tuple[Planned, str]":
    from cockpit.agent.rollout.starting import plan_now
    from cockpit.errors import DeployError
    from cockpit.ui.feed import Query

    settings, known = settings_of(repository), live.decided()
    if known.release is None:
        raise DeployError("no release was cut yet", next_step="Cut one: cockpit release cut VERSION")
    servers = [one for one in live.servers.fetch(live.servers.order(Query())) if one is not None]
    alerts = [one for one in live.alerts.fetch(live.alerts.order(Query())) if one is not None]
    where = environment or settings.project.environment
    planned = plan_now(settings, known, servers, alerts, environment=where, version=known.release.version)
    return planned, settings.rollout.station


def _screen_actor(places: Places, known: "Callable[[], Decided]") -> str:
    from cockpit.agent.git_identity import kept_git_identity
    from cockpit.config.who import actor_of

    return actor_of(known().policy, personal_settings().name, *kept_git_identity(places.git_identity))


def ledger_keeper(
    repository: Repository, places: Places, settings: "Settings", cache: "Cache", *, patience_s: float | None = None
) -> "LedgerKeeper":
    """Return the hand on this repository's ledger, for who holds the agent's lock; raises GitError.

    Who can wait for what others decided says for how long. Where there is no remote to take it from the cache says so:
    nobody may go on trusting what it knew before.
    """
    from datetime import UTC, datetime

    from cockpit.ledger.keeper import LedgerKeeper, tell_unreachable
    from cockpit.ledger.spool import Spool

    try:
        chain = ledger_chain(repository, places, settings, patience_s=patience_s)
    except GitError as error:
        tell_unreachable(cache, error)
        raise
    return LedgerKeeper(chain, Spool(places.spool), places.ledger_pin, cache, lambda: datetime.now(UTC))


def ledger_chain(
    repository: Repository, places: Places, settings: "Settings", *, patience_s: float | None = None
) -> "Chain":
    """Return our clone of this repository's ledger; only who holds the agent's lock may fetch. Raises GitError."""
    from cockpit.ledger.chain import Chain

    return Chain(places.ledger_clone, _ledger_remote(repository, places, settings), patience_s=patience_s)


def _ledger_remote(repository: Repository, places: Places, settings: "Settings") -> "LedgerRemote":
    from cockpit.git_terms import RemoteTerms
    from cockpit.ledger.chain import REMOTE, LedgerRemote
    from cockpit.sources.git_clone import Clone
    from cockpit.sources.git_origin import GIT_REMOTE, LEDGER_REMOTE

    ref = f"refs/heads/{settings.ledger.branch}"
    wanted = settings.ledger.remote
    key = LEDGER_REMOTE if wanted else GIT_REMOTE
    clone = Clone(places.clone, repository, wanted or settings.git.remote, key=key)
    origin = clone.origin
    folder = origin.folder if origin.remote else places.local_ledger
    if folder is None:
        return LedgerRemote(clone.terms, ref, origin.shown, object_format=origin.object_format)
    terms = RemoteTerms({f"remote.{REMOTE}.url": str(folder)})
    shown = origin.shown if origin.remote else str(folder)
    return LedgerRemote(terms, ref, shown, folder, is_local=not origin.remote, object_format=origin.object_format)


def locate(start: str) -> tuple[Repository, Places]:
    """Return the repository that holds `start` (empty: the present folder) and its places; raises RepositoryError."""
    try:
        if start and not Path(start).is_dir():
            raise RepositoryError("there is no such folder", where=start, next_step="Name a folder in a clone after -C")
        repository = find_repository(Path(start) if start else Path.cwd())
    except OSError as error:
        raise RepositoryError(
            f"the folder cannot be read: {error.strerror}",
            where=start or "the present folder",
            next_step="Change into a clone that you may read",
        ) from error
    return repository, places_for(repository)


def settings_of(repository: Repository) -> "Settings":
    """Return what `cockpit.toml` says; raises ConfigError."""
    from cockpit.config.loading import load_settings

    return load_settings(repository.settings)


def personal_settings() -> "Personal":
    """Return the user's own settings; raises ConfigError."""
    from cockpit.config.loading import load_personal
    from cockpit.config.places import personal_file

    return load_personal(personal_file())


def _terms_in_force(repository: Repository, places: Places) -> "TermsInForce":
    from cockpit.config.places import personal_file
    from cockpit.config.screen_terms import Files, screen_terms
    from cockpit.config.terms_in_force import TermsInForce

    files = Files(repository.settings, personal_file(), places.trust)
    return TermsInForce(lambda: screen_terms(files, repository.name, places.screen_terms), *files.all)
