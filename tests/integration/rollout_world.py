"""A release, a fleet of real servers, a station that rolls out, and people who decide from clones of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cockpit.cache.feed import CacheFeed, open_feed
from cockpit.config.loading import load_settings
from cockpit.config.places import find_repository, places_for
from cockpit.config.rollout_wishes import addresses_digest, settings_digest
from cockpit.config.trust import trust
from cockpit.config.zones import addresses_of
from cockpit.domain.decisions.bodies import CandidateNamed, ControlsTaken, GateOverridden, ReleaseCut
from cockpit.domain.decisions.calendar import Cadence, TrainCalendar
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.intent import Fate, Intent, Receipt
from cockpit.domain.decisions.policy import Policy
from cockpit.domain.decisions.rollout_bodies import RolloutStarted
from cockpit.domain.decisions.rollout_record import RolloutNowRecord, RolloutPhase, RolloutRecord
from cockpit.domain.rollout.plan import OnFailure, RolloutPlan, Running, Strategy, Wave
from cockpit.domain.terms import Terms
from cockpit.ledger.deciding import Identity, compose, new_event_id, put_event
from cockpit.ledger.message import event_of, parts_of
from cockpit.ledger.pin import read_pin
from cockpit.ledger.spool import Spool
from tests.integration.ledger_world import OPEN_DOOR, Desk, make_remote, remote_at

HERE = Path(__file__).parent
STATION = "mars"
OLD, NEW = "1.0.0", "1.1.0"
OLD_DIGEST, NEW_DIGEST = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
LONGEST_S = 90.0

SETTINGS = """
[project]
name = "payments"
environment = "production"
[ledger]
every_s = 1.0
[servers]
every_s = 1.0
timeout_s = 1.0
[policy]
environments = ["staging", "production"]
"""

ROLLOUT = """
[rollout]
station = "mars"
[rollout.deploy]
command = ["{python}", "{program}", "{fleet}", "{{server}}", "{{version}}", "{{digest}}"]
timeout_s = {timeout_s}
settle_s = {settle_s}
"""


class Fleet:
    """Real servers, and how the deployments to them are to go."""

    def __init__(self, folder: Path, names: Sequence[str], version: str = OLD, digest: str = OLD_DIGEST) -> None:
        self.folder = folder
        self.names = tuple(names)
        folder.mkdir()
        for name in names:
            self.put(name, version=version, commit="", digest=digest)
        self._process = subprocess.Popen([sys.executable, str(HERE / "fleet_program.py"), str(folder), *names])
        until((folder / "ports.json").exists, "the fleet does not listen")
        self.ports: dict[str, int] = json.loads((folder / "ports.json").read_text())

    def put(self, name: str, **state: object) -> None:
        new = self.folder / f".{name}.new"
        new.write_text(json.dumps(state))
        new.rename(self.folder / f"{name}.json")

    def change(self, name: str, **changes: object) -> None:
        """Have a server behave otherwise, whatever it runs."""
        self.put(name, **{**json.loads((self.folder / f"{name}.json").read_text()), **changes})

    def ask(self, name: str, times: int) -> None:
        """Send so many requests of users to a server."""
        for _ in range(times):
            address = self.url(name)
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2.0) as answer:  # noqa: S310 - ours
                answer.read()

    def misbehave(self, name: str, how: str, only: str = "") -> None:
        (self.folder / f"how-{name}").write_text(f"{how} {only}")

    def behave(self, name: str) -> None:
        (self.folder / f"how-{name}").unlink()

    def runs(self, name: str) -> str:
        state = json.loads((self.folder / f"{name}.json").read_text())
        return str(state["version"])

    def digest(self, name: str) -> str:
        return str(json.loads((self.folder / f"{name}.json").read_text())["digest"])

    def deployments(self) -> list[tuple[float, str, str, str, str]]:
        """Time, process, server, version, 'begins' or 'ends'; in the order of time."""
        path = self.folder / "deployments"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(float(at), pid, server, version, what) for at, pid, server, version, what in map(str.split, lines)]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class RolloutWorld:
    """The release 1.1.0 is cut, and 1.0.0 runs everywhere."""

    def __init__(
        self,
        folder: Path,
        servers: int = 4,
        *,
        rollout: str | Callable[[Fleet], str] = "",
        timeout_s: float = 20.0,
        settle_s: float = 6.0,
        policy: Policy = OPEN_DOOR,
        keys: Mapping[str, Path] | None = None,
    ) -> None:
        self.folder = folder
        self.root = folder / "payments"
        self.fleet = Fleet(folder / "fleet", [f"{zone}-{n}" for zone in ("eu", "us") for n in range(servers // 2)])
        self.remote = make_remote(folder / "ledger.git")
        self.code = make_remote(folder / "code.git")
        self.agents: list[subprocess.Popen[bytes]] = []
        try:
            self._make_clone(rollout if isinstance(rollout, str) else rollout(self.fleet), timeout_s, settle_s)
            self.places = places_for(find_repository(self.root))
            self.olu = Desk(folder / "olu", remote_at(self.remote), "olu")
            self.jon = Desk(folder / "jon", remote_at(self.remote), "jon")
            for desk in (self.olu, self.jon):
                desk.signs_with = (keys or {}).get(desk.actor)
            self._cut(policy)
        except BaseException:
            self.end()
            raise

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.root), *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def trust(self) -> None:
        self.places.trust.parent.mkdir(parents=True, exist_ok=True)
        trust(self.places.trust, load_settings(self.root / "cockpit.toml"))

    def station(self, name: str = STATION, config: Path | None = None) -> subprocess.Popen[bytes]:
        """Start the agent as a station; it is ended with the world. `config` holds the settings of whom it runs as."""
        agent = subprocess.Popen(
            [sys.executable, "-m", "cockpit", "-C", str(self.root), "agent", "--station", name],
            env=os.environ | ({"XDG_CONFIG_HOME": str(config)} if config else {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.agents.append(agent)
        return agent

    def kill_station(self) -> None:
        """As the kernel does: at any instant, and nothing is told."""
        self.agents[-1].send_signal(signal.SIGKILL)
        self.agents[-1].wait()

    def plan(self, *waves: Wave, strategy: Strategy = Strategy.ROLLING, **changes: object) -> RolloutPlan:
        """One wave of the first server, then the rest, unless told otherwise."""
        names = self.fleet.names
        settings = load_settings(self.root / "cockpit.toml")
        waves = waves or (Wave(1, "first", names[:1]), Wave(2, "rest", names[1:], parallel=2))
        servers = [server for wave in waves for server in wave.servers]
        return RolloutPlan(
            **{
                "environment": "production",
                "release": NEW,
                "commit": self.commit,
                "tag": f"v{NEW}",
                "strategy": strategy,
                "waves": waves,
                "digests": {"app": NEW_DIGEST},
                "before": {name: Running(OLD, "", OLD_DIGEST) for name in names},
                "settings": settings_digest(settings.rollout),
                "addresses": addresses_digest(addresses_of(settings), servers),
                "on_failure": OnFailure.HALT,
                **changes,
            }
        )

    def start(self, plan: RolloutPlan | None = None, station: str = STATION) -> str:
        """Have olu take the controls and start it; returns the rollout's id."""
        self.olu.sync()
        if self.olu.decided.token("controls:production") == "":
            assert self.olu.decide("controls.take", "production", ControlsTaken()).fate is Fate.SHARED
        body = RolloutStarted(plan or self.plan(), station)
        receipt = self.olu.decide("rollout.start", "production", body)
        assert receipt.fate is Fate.SHARED, receipt
        now = self.olu.decided.get(RolloutNowRecord, "production")
        assert now is not None
        return now.rollout

    def say(self, kind: str, rollout: str, body: object, desk: Desk | None = None) -> Receipt:
        """Decide something about a rollout, with all that everybody has said until now."""
        desk = desk or self.olu
        desk.sync()
        return desk.decide(kind, rollout, body)

    def say_here(self, kind: str, rollout: str, body: object, actor: str = "olu", key: Path | None = None) -> str:
        """Decide on the station's own machine: into its spool, and nothing more."""
        pin = read_pin(self.places.ledger_pin)
        who = Identity(actor, key)
        event = compose(Intent(kind, rollout, body), who, pin, new_event_id())
        put_event(Spool(self.places.spool), event, who)
        return event.event_id

    def record(self, rollout: str) -> RolloutRecord:
        """As the remote has it."""
        self.jon.sync()
        found = self.jon.decided.get(RolloutRecord, rollout)
        assert found is not None
        return found

    def until_phase(self, rollout: str, *phases: RolloutPhase, within_s: float = LONGEST_S) -> RolloutRecord:
        end = time.monotonic() + within_s
        while True:
            record = self.record(rollout)
            if record.phase in phases:
                return record
            assert time.monotonic() < end, f"{record.phase}: {record.reason} {record.waits}\n{self.log()}"
            time.sleep(0.2)

    def feed(self) -> CacheFeed:
        return open_feed(self.places.database, lambda: Terms("payments"))

    def waits_for(self, rollout: str) -> str:
        """Why nothing goes on, as the station tells on its own machine."""
        for one in self.feed().overview().rollouts:
            if one.live.rollout == rollout:
                return one.live.waits_for
        return ""

    def until_it_waits_for(self, rollout: str, words: str) -> str:
        until(lambda: words in self.waits_for(rollout), lambda: f"{self.waits_for(rollout)!r}\n{self.log()}")
        return self.waits_for(rollout)

    def until_it_is_watched(self, rollout: str) -> None:
        """Until the first wave is watched."""
        until(lambda: any('"type":"soak"' in line for line in self.journal(rollout)), self.log)

    def journal(self, rollout: str) -> list[str]:
        """Lines of what the executor keeps."""
        path = self.places.rollouts / "journal" / f"{rollout}.jsonl"
        return path.read_text("utf-8", "replace").splitlines() if path.exists() else []

    def log(self) -> str:
        return self.places.agent_log.read_text() if self.places.agent_log.exists() else ""

    def kinds(self) -> list[str]:
        """Kinds of the events on the remote's chain, in order."""
        self.jon.sync()
        chain = self.jon.chain
        newest_first = [event_of(parts_of(link.message)[0]).kind for link in chain.links("", chain.head())]
        return newest_first[::-1]

    def known_here(self) -> Decided:
        return self.feed().decided()

    def end(self) -> None:
        for agent in self.agents:
            with contextlib.suppress(ProcessLookupError):
                agent.kill()
            agent.wait()
        self.fleet.end()

    def _make_clone(self, rollout: str, timeout_s: float, settle_s: float) -> None:
        self.root.mkdir()
        self.git("init", "-q", "-b", "release")
        self.git("remote", "add", "origin", str(self.code))
        self.git("remote", "add", "decisions", str(self.remote))
        (self.root / "pay.py").write_text("paid = True\n")
        zones: dict[str, dict[str, str]] = {}
        for name in self.fleet.names:
            zones.setdefault(name.partition("-")[0], {})[name] = self.fleet.url(name)
        tables = "".join(
            f"[servers.zones.{zone}]\n" + "".join(f'{name} = "{url}"\n' for name, url in servers.items())
            for zone, servers in zones.items()
        )
        ways = ROLLOUT.format(
            python=sys.executable,
            program=HERE / "deploy_program.py",
            fleet=self.fleet.folder,
            timeout_s=timeout_s,
            settle_s=settle_s,
        )
        settings = SETTINGS.replace("[ledger]\n", '[ledger]\nremote = "decisions"\n') + tables + ways + rollout
        (self.root / "cockpit.toml").write_text(settings)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "feat: pay (#1)")
        self.git("tag", f"v{OLD}")
        (self.root / "pay.py").write_text("paid = 2\n")
        self.git("commit", "-q", "-am", "fix: pay twice (#2)")
        self.git("tag", f"v{NEW}")
        self.git("push", "-q", "origin", "release", "--tags")
        self.commit = self.git("rev-parse", "HEAD")

    def _cut(self, policy: Policy) -> None:
        self.trust()
        self.olu.begin(replace(policy, calendar=TrainCalendar(cadence=Cadence.ON_DEMAND)))
        self.olu.decide("candidate", self.commit, CandidateNamed(base=f"v{OLD}"))
        self.olu.decide("override", self.commit, GateOverridden("branch", "nothing builds it here"))
        cut = ReleaseCut(self.commit, f"v{NEW}", (self.commit,), {"app": NEW_DIGEST}, fast_lane=(self.commit,))
        assert self.olu.decide("release", NEW, cut).fate is Fate.SHARED


@contextmanager
def rollout_world(folder: Path, servers: int = 4, **changes: object) -> Iterator[RolloutWorld]:
    """Yield a world whose processes are gone afterwards."""
    world = RolloutWorld(folder, servers, **changes)  # type: ignore[arg-type]
    try:
        yield world
    finally:
        world.end()


def until(
    holds: Callable[[], object],
    complaint: str | Callable[[], str],
    within_s: float = LONGEST_S,
    *,
    every_s: float = 0.05,
) -> None:
    """Wait until it holds; ask more seldom where each question is a process."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, complaint if isinstance(complaint, str) else complaint()
        time.sleep(every_s)


def begun_on(fleet: Fleet) -> list[str]:
    """Servers of the deployments that were begun, in order."""
    return [server for _, _, server, _, what in fleet.deployments() if what == "begins"]


def no_server_had_two_at_once(fleet: Fleet) -> None:
    """Whoever was killed never wrote its end: the next one on that server began after it was dead all the same."""
    alive: dict[str, str] = {}
    for _, pid, server, _, what in fleet.deployments():
        if what == "begins":
            former = alive.get(server)
            assert former is None or not Path(f"/proc/{former}").exists() or former == pid, server
            alive[server] = pid
        elif alive.get(server) == pid:
            del alive[server]
