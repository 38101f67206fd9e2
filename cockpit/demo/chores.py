"""The small work that never ends: tuned figures, new versions of libraries, translations, words of messages, notes."""

import json
import random
import re
from collections.abc import Callable

from cockpit.demo.work import Tree, Work

Chore = Callable[[Tree, random.Random], Work]

_LANGUAGES = {"de": "German", "fr": "French", "pl": "Polish", "ja": "Japanese", "pt": "Portuguese", "tr": "Turkish"}
_PLACES = ("order", "basket", "refund", "invoice", "search", "session", "wallet", "export", "review", "fee")
_PARTS = ("title", "hint", "empty", "error", "confirm", "help", "short", "status")
_SETTING = re.compile(r"^([A-Z_]+) = (\d+)$", re.MULTILINE)
_PIN = re.compile(r"^([a-z]+)==(\d+)\.(\d+)\.(\d+)$", re.MULTILINE)


def tune(tree: Tree, chance: random.Random) -> Work:
    """Change one figure of the settings a little."""
    scope = chance.choice(("api", "payments"))
    path = f"services/{scope}/settings.py"
    name, value = chance.choice(_SETTING.findall(tree[path]))
    old = int(value)
    new = max(2, min(old * 2, old + chance.choice((-1, 1, 1)) * max(1, old // chance.choice((4, 6, 10)))))
    if name == "GATEWAY_RETRIES":
        new = 4 if old == 3 else 3
    if name in ("REQUEST_TIMEOUT_MS", "GATEWAY_TIMEOUT_MS", "PAGE_SIZE"):
        new = {"REQUEST_TIMEOUT_MS": 1500, "GATEWAY_TIMEOUT_MS": 2500, "PAGE_SIZE": 50}[name] + chance.randrange(50)
    kind, reason = chance.choice(
        (
            ("perf", "after the load test"),
            ("fix", "as seen at the evening peak"),
            ("chore", "as agreed with operations"),
        )
    )
    words = name.lower().replace("_", " ")
    content = tree[path].replace(f"{name} = {value}", f"{name} = {new}")
    return Work(kind, scope, f"{words} {old} → {new} {reason}", {path: content})


def bump(tree: Tree, chance: random.Random) -> Work:
    """Take a newer version of a library."""
    path = "ci/requirements.txt"
    name, major, minor, patch = chance.choice(_PIN.findall(tree[path]))
    old = f"{major}.{minor}.{patch}"
    new = f"{major}.{int(minor) + 1}.0" if chance.random() < 0.3 else f"{major}.{minor}.{int(patch) + 1}"
    content = tree[path].replace(f"{name}=={old}", f"{name}=={new}")
    return Work("build", "deps", f"bump {name} from {old} to {new}", {path: content})


def translate(tree: Tree, chance: random.Random) -> Work:
    """Translate one more text of the shop."""
    code, language = chance.choice(sorted(_LANGUAGES.items()))
    path = f"web/locales/{code}.json"
    texts: dict[str, str] = json.loads(tree.get(path, "{}"))
    key = f"{chance.choice(_PLACES)}.{chance.choice(_PARTS)}"
    texts[key] = f"{key.replace('.', ' ')} ({code}, {len(texts) + 1})"
    kind = "fix" if key in json.loads(tree.get(path, "{}")) else "chore"
    content = json.dumps(texts, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return Work(kind, "i18n", f"{key.replace('.', ' ')} in {language}", {path: content})


def reword(tree: Tree, chance: random.Random) -> Work:
    """Say one more error in words that people understand."""
    path = "services/api/messages.py"
    before = tree.get(path, '"""What people read when something fails."""\n\nMESSAGES = {\n}\n')
    code = 1000 + before.count("\n    ") * 7 + chance.randrange(1, 7)
    place, part = chance.choice(_PLACES), chance.choice(("not found", "too large", "expired", "locked", "sent already"))
    content = before.replace("\n}\n", f'\n    {code}: "{place} {part}",\n}}\n')
    return Work("fix", "api", f"say “{place} {part}” instead of error {code}", {path: content})


def space(tree: Tree, chance: random.Random) -> Work:
    """Add a rule to the style sheet."""
    path = "web/static/app.css"
    place, size = chance.choice(_PLACES), chance.randrange(2, 40)
    kind, words = chance.choice(
        (
            ("style", f"{place} pages breathe on small screens"),
            ("fix", f"the {place} box no longer jumps while it loads"),
            ("style", f"one grid for the {place} pages"),
            ("fix", f"buttons below the {place} can be reached with a thumb"),
        )
    )
    content = tree[path] + f".{place}-{len(tree[path])} {{ margin-block: {size}px; }}\n"
    return Work(kind, "web", words, {path: content})


def note(tree: Tree, chance: random.Random) -> Work:
    """Write down what the team has learned."""
    place = chance.choice(_PLACES)
    path = chance.choice(("docs/runbook.md", f"docs/{place}.md", f"docs/{place}.md"))
    count = tree.get(path, "").count("\n")
    before = tree.get(path, f"# {place.capitalize()}\n\n")
    topic = chance.choice(
        ("who to call", "how to restore it", "what the partner expects", "known limits", "how to test it")
    )
    work = f"- {topic}: seen again in week {chance.randrange(1, 52)}, see the board.\n"
    return Work(
        "docs", place if path != "docs/runbook.md" else "runbook", f"{topic}, point {count + 1}", {path: before + work}
    )


RELEASE_CHORES: tuple[Chore, ...] = (tune, tune, translate, reword, reword, space)
"""What goes straight into the release branch."""

MAIN_CHORES: tuple[Chore, ...] = (bump, bump, note)
"""What goes to main; touches no file that the release branch changes by itself, so every merge is clean."""
