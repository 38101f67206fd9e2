"""Fixtures for every test: a home of its own, git without the developer's settings, real servers or a said reason."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says more of the machine than of the code: nothing here asserts a time.
hypothesis.settings.register_profile("steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("steady")

SERVERS_REQUIRED = os.environ.get("COCKPIT_SERVERS_REQUIRED") == "1"
"""Set where the real servers are installed: a test that would be skipped for want of one fails instead."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own configuration out, and the tests' files out of the developer's home."""
    home = tmp_path_factory.mktemp("home")
    for variable in list(os.environ):
        if variable.startswith(("XDG_", "GIT_", "COCKPIT_OBSERVER")) or variable in ("NO_COLOR", "COLORTERM"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada Tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.invalid")


@pytest.fixture
def need_program() -> Callable[[str, str], Path]:
    """Return the path of a program, or skip with the reason; fails instead where servers are required."""

    def find(program: str, package: str) -> Path:
        path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if path is None:
            reason = f"{program} is not installed (Debian package {package})"
            if SERVERS_REQUIRED:
                pytest.fail(reason)
            pytest.skip(reason)
        return Path(path)

    return find


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Tests over real processes mostly wait for them, so two share a core; those of units alone never wait."""
    cores = os.cpu_count() or 1
    units = Path(__file__).parent / "unit"
    named = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    return cores if all(one.is_relative_to(units) for one in named) else 2 * cores
