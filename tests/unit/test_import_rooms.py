"""Who may enter whom, as a fresh interpreter sees it; and the tree of errors is drawn as it is."""

import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import cockpit.domain
from cockpit import errors

DOMAIN = [f"cockpit.domain.{module.name}" for module in pkgutil.iter_modules(cockpit.domain.__path__)]


def loaded_by(*modules: str) -> set[str]:
    """Return what importing these modules loads beyond a bare interpreter."""
    program = f"import sys; before = set(sys.modules); import {', '.join(modules)}; print(*set(sys.modules) - before)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_domain_needs_the_standard_library_alone() -> None:
    packages = {name.partition(".")[0] for name in loaded_by(*DOMAIN, "cockpit.text", "cockpit.errors")}
    assert packages - sys.stdlib_module_names == {"cockpit"}


def test_the_domain_enters_no_other_room() -> None:
    """The tree of errors is common ground, and as pure as the domain."""
    rooms = {name.split(".")[1] for name in loaded_by(*DOMAIN) if name.startswith("cockpit.")}
    assert rooms <= {"domain", "errors"}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("cockpit.cache.feed", {"sqlite_utils", "httpx", "git", "msgspec", "textual", "rich"}),
        ("cockpit.ui.app", {"httpx", "git", "sqlite3", "sqlite_utils", "pygments", "cockpit.config.toml_lines"}),
        ("cockpit.cli", {"textual", "rich", "httpx", "git", "sqlite3", "msgspec"}),
        ("cockpit.config.loading", {"textual", "rich", "httpx", "git", "sqlite3"}),
        ("cockpit.agent.launch", {"textual", "rich", "httpx", "git", "sqlite3", "msgspec"}),
        ("cockpit.deploy.wrapper", {"aiohttp", "git", "sqlite3", "msgspec", "dataclasses", "subprocess"}),
        ("cockpit.deploy.ssh_recipe", {"aiohttp", "git", "sqlite3", "msgspec"}),
    ],
)
def test_a_room_starts_without_what_it_may_not_use(module: str, forbidden: set[str]) -> None:
    loaded = loaded_by(module)
    assert module in loaded
    assert loaded & forbidden == set()


def drawn() -> list[tuple[str, int]]:
    """Return each error of the drawing with its depth."""
    lines = re.findall(r"^([│ ]*(?:[├└]── )?)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    return [(name, len(branch) // 4) for branch, name in lines]


def test_every_error_is_drawn_under_the_one_it_is_a_kind_of() -> None:
    above: list[str] = []
    parents = {}
    for name, depth in drawn():
        del above[depth:]
        parents[name] = above[-1] if above else "Exception"
        above.append(name)
    found = inspect.getmembers(errors, lambda one: inspect.isclass(one) and issubclass(one, Exception))
    assert parents == {name: kind.__bases__[0].__name__ for name, kind in found}
