"""`cockpit check`: what works here, what does not, why, and what to do."""

import asyncio
import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence

from cockpit import __version__
from cockpit.agent.lock import holder
from cockpit.agent.redaction import redact
from cockpit.bootstrap import locate, personal_settings, settings_of, sources
from cockpit.commands.check_ledger import ledger_findings
from cockpit.commands.check_rollout import rollout_findings
from cockpit.commands.finding import Finding, failed
from cockpit.commands.table import aligned
from cockpit.config.places import Places, Repository, can_be_written, personal_file
from cockpit.config.settings import Settings
from cockpit.config.terminal import why_unfit
from cockpit.errors import CacheFullError, CockpitError, ConfigError
from cockpit.sources.registry import check_source
from cockpit.sources.source import ReadsAfter, Source
from cockpit.text import clean

SCHEMA = "cockpit.check/1"


def run(given: Namespace) -> int:
    """Check everything, print it, and return 0 when all is well."""
    repository, places = locate(given.start)
    findings = [_repository(repository), _personal()]
    try:
        settings = settings_of(repository)
    except ConfigError as error:
        findings.append(failed("settings", error))
        exit_code = error.exit_code
    else:
        findings += [_settings(repository), _trust(places, settings), _cache(places), _agent(places), _terminal()]
        findings += ledger_findings(repository, places, settings)
        findings += rollout_findings(repository, places, settings)
        findings += asyncio.run(_sources(sources(repository, places, settings), given.deadline))
        exit_code = 1 if any(finding.fine is False for finding in findings) else 0
    if findings[1].fine is False:
        exit_code = ConfigError.exit_code
    sys.stdout.write(_json(findings) if given.json else _text(findings))
    return exit_code


def _repository(repository: Repository) -> Finding:
    return Finding("repository", True, str(repository.root))


def _settings(repository: Repository) -> Finding:
    path = repository.settings
    if path.exists():
        return Finding("settings", True, str(path))
    return Finding(
        "settings", None, "no cockpit.toml: what git can tell is shown", "To add CI and servers: cockpit init"
    )


def _personal() -> Finding:
    from cockpit.ui.app import chosen_keymap
    from cockpit.ui.themes import load_theme

    try:
        own = personal_settings()
        if own.theme:
            load_theme(own.theme)
    except ConfigError as error:
        where = error.where or f"{personal_file()}: theme"
        return failed("own settings", ConfigError(error.what, where=where, next_step=error.next_step))
    wrong_keys = chosen_keymap(own.keys)[1]
    if wrong_keys:
        return Finding("own settings", False, f"{personal_file()}: {wrong_keys}", "The help (?) shows every id and key")
    return Finding("own settings", True, "can be used")


def _trust(places: Places, settings: Settings) -> Finding:
    from cockpit.config.trust import commands_of, why_untrusted

    if not commands_of(settings):
        return Finding("trust", True, "cockpit.toml names no command")
    why = why_untrusted(places.trust, settings)
    if why:
        return Finding("trust", False, why, "Read them and agree: cockpit trust")
    return Finding("trust", True, "the commands of cockpit.toml are trusted")


def _cache(places: Places) -> Finding:
    """A check makes none: an empty cache would look as if everything had been read."""
    from cockpit.cache.store import open_cache

    made = places.database.exists()
    try:
        if made:
            open_cache(places.database).close()
        elif not can_be_written(places.cache):
            raise CacheFullError("cannot be written", where=str(places.cache), next_step="Name another: XDG_CACHE_HOME")
    except CockpitError as error:
        return failed("cache", error)
    says = str(places.database) if made else f"{places.database}, which the first look at the sources makes"
    return Finding("cache", None if places.remark else True, says, places.remark)


def _agent(places: Places) -> Finding:
    at_work = holder(places.agent_lock)
    if not at_work:
        return Finding("agent", None, "none at work", "The screen starts one, and so does: cockpit agent")
    says = f"pid {at_work.get('pid')} on {at_work.get('host')}, version {at_work.get('version')}"
    if at_work.get("version") != __version__:
        return Finding("agent", False, f"{says}; this is {__version__}", f"End it: kill {at_work.get('pid')}")
    return Finding("agent", True, says)


def _terminal() -> Finding:
    kind = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        return Finding("terminal", None, "the output is not a terminal")
    if unfit := why_unfit(kind):
        return Finding("terminal", False, unfit, "Set TERM to what the terminal is")
    if "utf" not in (sys.stdout.encoding or "").lower():
        return Finding("terminal", False, f"writes {sys.stdout.encoding}", "Use a locale with UTF-8, such as C.UTF-8")
    size = os.get_terminal_size(sys.stdout.fileno())
    if size.columns < 80 or size.lines < 24:
        return Finding("terminal", False, f"{size.columns}x{size.lines}", "Make it at least 80x24")
    return Finding("terminal", True, f"{kind}, {size.columns}x{size.lines}")


async def _sources(configured: Sequence[Source], deadline_s: float) -> list[Finding]:
    """Check all at the same time, but for those that read what another one brings: one that hangs hides no other."""
    checks: dict[str, asyncio.Task[Finding]] = {}
    for source in configured:
        checks[source.name] = asyncio.create_task(_source_in_turn(source, checks, deadline_s))
    return list(await asyncio.gather(*checks.values()))


async def _source_in_turn(source: Source, checks: Mapping[str, asyncio.Task[Finding]], deadline_s: float) -> Finding:
    if isinstance(source, ReadsAfter) and (first := checks.get(source.reads_after)) and not (await first).fine:
        return Finding(_subject(source), None, f"waits for {source.reads_after}")
    return await _source(source, deadline_s)


def _subject(source: Source) -> str:
    return f"source {clean(source.name)}"


async def _source(source: Source, deadline_s: float) -> Finding:
    subject = _subject(source)
    try:
        async with asyncio.timeout(deadline_s):
            says = await check_source(source)
    except CockpitError as error:
        return failed(subject, error)
    except TimeoutError:
        return Finding(subject, False, f"no answer within {deadline_s:g} s", "Give it longer: --deadline")
    except Exception as error:  # noqa: BLE001 - third-party code: what it did is the finding
        is_ours = type(source).__module__.startswith("cockpit.")
        step = "This is a fault in cockpit, please report it" if is_ours else "Repair or uninstall this plug-in"
        return Finding(subject, False, redact(f"{type(error).__name__}: {error}"), step)
    finally:
        await source.close()
    return Finding(subject, True, redact(says))


def _text(findings: Sequence[Finding]) -> str:
    marks = {True: "✔", False: "✘", None: "·"}
    heads = aligned((marks[finding.fine], finding.subject, finding.says) for finding in findings)
    lines: list[str] = []
    for finding, head in zip(findings, heads, strict=True):
        lines.append(head)
        if finding.next_step:
            lines.append(f"    {clean(finding.next_step)}")
    return "\n".join(lines) + "\n"


def _json(findings: Sequence[Finding]) -> str:
    rows = [
        {"subject": finding.subject, "fine": finding.fine, "says": finding.says, "next_step": finding.next_step}
        for finding in findings
    ]
    return json.dumps({"schema": SCHEMA, "version": __version__, "rows": rows}, ensure_ascii=False) + "\n"
