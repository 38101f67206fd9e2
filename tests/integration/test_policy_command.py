"""A ledger begins and a policy is set from the command line, over a real remote and with real keys."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.bootstrap import decided
from cockpit.cli import main
from cockpit.domain.decisions.event import ProofKind
from cockpit.domain.decisions.policy import Role
from cockpit.domain.decisions.records import PolicyRecord

Answer = tuple[int, str, str]
Cockpit = Callable[..., Answer]

TEAM = """
[people.maria]
emails = ["maria@example.invalid"]
roles = ["administrator"]

[people.jon]
roles = ["lead"]
"""


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    remote, root = tmp_path / "remote.git", tmp_path / "payments"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Maria Müller")
    git(root, "config", "user.email", "maria@example.invalid")
    git(root, "commit", "-q", "--allow-empty", "-m", "chore: begin")
    git(root, "remote", "add", "origin", str(remote))
    git(root, "push", "-q", "-u", "origin", "main")
    return root


@pytest.fixture
def cockpit(repository: Path, capsys: pytest.CaptureFixture[str]) -> Cockpit:
    def run(*arguments: str, toml: str | None = None) -> Answer:
        if toml is not None:
            (repository / "cockpit.toml").write_text(toml)
        code = main(["-C", str(repository), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def key(tmp_path: Path, need_program: Callable[[str, str], Path]) -> Path:
    need_program("ssh-keygen", "openssh-client")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


def own_settings(text: str) -> None:
    from cockpit.config.places import personal_file

    personal_file().parent.mkdir(parents=True, exist_ok=True)
    personal_file().write_text(text)


def written(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()


def test_before_there_is_a_ledger_nothing_is_in_force(cockpit: Cockpit) -> None:
    code, said, _ = cockpit("policy", "show")
    assert (code, said[:26]) == (3, "There is no ledger yet, an")
    assert json.loads(cockpit("policy", "show", "--json")[1])["policy"] is None


def test_the_first_to_apply_begins_the_ledger_and_is_named_by_the_people_of_the_policy(
    cockpit: Cockpit, repository: Path
) -> None:
    code, said, _ = cockpit("policy", "apply", "--yes", toml=TEAM)
    assert code == 0
    assert "administrator: maria (claimed: signing_key is not set)" in said
    assert "+ person jon: lead; no key" in said
    assert said.splitlines()[-2:] == [
        "The ledger has begun; maria is its administrator.",
        "The policy is in force from 2 on.",
    ]
    known = decided(str(repository))
    assert known.ledger is not None
    assert known.ledger.administrator == "maria"
    assert known.policy.with_role(Role.LEAD) == ("jon",)


def test_nothing_is_begun_or_set_where_nobody_can_be_asked(cockpit: Cockpit, repository: Path) -> None:
    code, _, wrong = cockpit("policy", "apply", toml=TEAM)
    assert code == 2
    assert "nobody is here to be asked" in wrong
    assert decided(str(repository)).ledger is None


def test_what_cockpit_toml_proposes_is_shown_until_it_is_in_force(cockpit: Cockpit) -> None:
    assert cockpit("policy", "propose", toml=TEAM)[1].splitlines()[0] == "cockpit.toml proposes:"
    cockpit("policy", "apply", "--yes")
    assert cockpit("policy", "propose") == (0, "cockpit.toml says what is in force.\n", "")
    code, said, _ = cockpit("policy", "propose", toml=f'{TEAM}\n[train]\nshowcase = "Tue 10:00"\n')
    assert code == 1
    changed = said.splitlines()[1:-1]
    assert {"  - showcase: Thu 14:00", "  + showcase: Tue 10:00"} <= set(changed)
    assert json.loads(cockpit("policy", "propose", "--json")[1])["rows"] == [line.strip() for line in changed]
    assert cockpit("policy", "apply", "--yes")[0] == 0
    assert cockpit("policy", "show")[1].splitlines()[0].startswith("in force from 3 on, set by maria (claimed) on ")


def test_applying_what_is_in_force_adds_nothing(cockpit: Cockpit, repository: Path) -> None:
    cockpit("policy", "apply", "--yes", toml=TEAM)
    before = decided(str(repository)).position
    assert cockpit("policy", "apply", "--yes")[:2] == (
        0,
        "cockpit.toml says what is in force: there is nothing to set.\n",
    )
    assert decided(str(repository)).position == before


def test_who_is_no_administrator_sets_nothing(cockpit: Cockpit, repository: Path) -> None:
    cockpit("policy", "apply", "--yes", toml=TEAM)
    git(repository, "config", "user.email", "jon@example.invalid")
    git(repository, "config", "user.name", "jon")
    code, _, wrong = cockpit("policy", "apply", "--yes", toml=f"{TEAM}\n[policy]\nquorum = 2\n")
    assert code == 2
    assert wrong.splitlines() == ["cockpit: jon may not: it takes administrator", "  Ask maria to set it"]


def test_where_nobody_is_named_the_door_is_open_and_who_began_sets_the_policy(
    cockpit: Cockpit, repository: Path
) -> None:
    assert cockpit("policy", "apply", "--yes")[0] == 0
    known = decided(str(repository))
    assert known.policy.open_door
    assert known.ledger is not None
    assert known.ledger.administrator == "maria-müller"
    assert cockpit("policy", "apply", "--yes", toml=TEAM)[0] == 0
    assert not decided(str(repository)).policy.open_door


def test_a_signing_administrator_is_proved_from_the_first_event_on(
    cockpit: Cockpit, repository: Path, key: Path
) -> None:
    own_settings(f'signing_key = "{key}"\n')
    team = TEAM.replace('roles = ["administrator"]', f'roles = ["administrator"]\nkeys = ["{written(key)}"]')
    code, said, wrong = cockpit("policy", "apply", "--yes", toml=f'{team}\n[policy]\nclaimed = "nothing"\n')
    assert (code, wrong) == (0, "")
    assert "administrator: maria (proved by SHA256:" in said
    known = decided(str(repository))
    record = known.get(PolicyRecord)
    assert record is not None
    assert (record.by.proof, known.ledger and known.ledger.by.proof) == (ProofKind.KEY, ProofKind.KEY)
    own_settings("")
    code, _, wrong = cockpit("policy", "apply", "--yes", toml=team)
    assert code == 1
    assert "set by signed events alone" in wrong


def test_a_policy_that_would_refuse_its_own_maker_is_not_set(cockpit: Cockpit, key: Path) -> None:
    own_settings(f'signing_key = "{key}"\n')
    other = key.with_name("other")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    team = TEAM.replace('roles = ["administrator"]', f'roles = ["administrator"]\nkeys = ["{written(other)}"]')
    code, _, wrong = cockpit("policy", "apply", "--yes", toml=team)
    assert code == 2
    assert "is none of people.maria" in wrong


def test_a_policy_that_nobody_could_change_is_not_set(cockpit: Cockpit, repository: Path) -> None:
    code, _, wrong = cockpit("policy", "apply", "--yes", toml=f'{TEAM}\n[policy]\nclaimed = "commutative"\n')
    assert code == 2
    assert "gives a key to an administrator, or nobody could change it" in wrong
    assert decided(str(repository)).ledger is None


def test_what_cannot_be_set_is_shown_with_the_reason(cockpit: Cockpit) -> None:
    code, said, _ = cockpit("policy", "propose", toml=f'{TEAM}\n[policy]\nclaimed = "commutative"\n')
    assert code == 1
    assert "+ person jon: lead; no key" in said
    assert "It cannot be set: a policy that takes proof gives a key to an administrator" in said.splitlines()[-1]


def test_a_remote_that_does_not_answer_is_no_reason_to_begin_a_ledger(cockpit: Cockpit, repository: Path) -> None:
    (repository.parent / "remote.git").rename(repository.parent / "away")
    code, said, wrong = cockpit("policy", "apply", "--yes", toml=TEAM)
    assert (code, said) == (1, "")
    assert "remote.git" in wrong
