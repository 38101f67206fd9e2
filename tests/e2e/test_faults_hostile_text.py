"""Names that attack a terminal, from every source: only letters and our own codes reach a real one."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bench.terminal import Terminal
from campaign.crooked_server import Answer, CrookedServer
from faults_desk import Desk, shows, until

PAYLOADS = (
    b"\x1b]0;owned\x07\x1b[2J\x1b[6n\x1bP0;1|17/ab\x1b\\",
    b"\xc2\x9b31m\xc2\x9d0;owned\xc2\x9c\x90\x9b\xff\xfe",
    "\u202eevil\u202c \u2066x\u2069 \u200b\u200e\ufeff".encode(),
    b"[@click=app.quit]click[/] [/x] [bold [link=https://evil.example]x[/link]",
    ("a" + "\u0301" * 60 + " \ufdfd \U0001f469\u200d\U0001f469\u200d\U0001f467").encode(),
    b"\r\n\x08\x08\x7f\x0b\x0c\x0e\x0f\x18\x1a",
    b"$(reboot) `reboot` {0.__class__} %s%n",
    b"\x1b]52;c;b3duZWQ=\x07\x1b]8;;file:///etc/passwd\x07link\x1b]8;;\x07",
)
MARKUP = "[@click=app.quit]x[/] [/y] [bold [link=https://evil.example]z[/link] $(reboot) %n {0}"

OUR_OWN = re.compile(
    r"\x1b\[[0-9;:<=>?$ ]*[@-~]"  # colours, cursor, modes
    r"|\x1b\](?:8;[^\x1b\x07]*;(?:https?://[^\x1b\x07]*)?|22;[a-z-]*)(?:\x1b\\|\x07)"  # links to the web, pointer shape
    r"|\x1b[()][0AB]|\x1b[78=>]"
)
QUESTIONS = re.compile(r"\x1b\[(?:[56]n|>?c|2[01]t)")
"""What makes a terminal type an answer: from a name it would be input that nobody typed."""

FORBIDDEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
OWNED = re.compile(r"\x1b\](?:0|2|52);|\x1bP")

WALK = ("1\r", "1\r\r", "2\r", "2\r\r", "3\r", "3\r\r", "3j\r", "3jj\r", "4\r", "4\r\r", "5\r", "w", "?", "n", "z", ":")


@pytest.fixture
def servers() -> Iterator[list[CrookedServer]]:
    made = [CrookedServer(f"eu-{number}", "v1.0.0") for number in range(3)]
    yield made
    for server in made:
        server.close()


@pytest.fixture
def desk(tmp_path: Path, servers: list[CrookedServer]) -> Iterator[Desk]:
    made = Desk(tmp_path)
    for number, payload in enumerate(PAYLOADS):
        text = payload.decode("utf-8", "surrogateescape").replace("\0", "")
        name = re.sub("[\n\0/<>]", "_", text)[:60] or "_"
        _write(made.root, name + str(number), payload)
        made.commit(b"feat: " + payload.replace(b"\n", b" ") + b" (#%d)\n\n" % number + payload, author="Eve")
        made.git("config", "i18n.commitEncoding", "utf-8")
    (made.root / "features.toml").write_text(_features())
    made.commit("docs: round to cents, and features", author="\u202eEve\u200b [@click=app.quit]")
    servers[0].other_answer = Answer.CONTROL_CODES
    servers[1].health_answer = servers[1].other_answer = Answer.GARBAGE
    servers[2].version = "\\u001b[2J\\u202e[/x]\\u009b31m"
    made.settings(_settings(servers))
    yield made
    made.end()


def _write(root: Path, name: str, content: bytes) -> None:
    try:
        (root / name).write_bytes(content)
    except (OSError, ValueError):
        (root / "plain").write_bytes(content)


def _toml(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text) + '"'


def _features() -> str:
    return "\n".join(
        f'[[feature]]\nid = "f{number}"\ntitle = {_toml(b"t" + payload)}\nrequester = {_toml(b"r" + payload)}\n'
        for number, payload in enumerate(PAYLOADS)
    )


def _settings(servers: list[CrookedServer]) -> str:
    """Settings are refused with control codes in them; markup is the worst that names in them can hold."""
    zone = "\n".join(f'"{n}{MARKUP}" = "http://127.0.0.1:{server.port}"' for n, server in enumerate(servers))
    rule = f'[[alerts.rules]]\nname = "{MARKUP}"\nmetric = "memory_bytes"\ncondition = "> 1"\n'
    program = f"import os, sys; os.write(1, {PAYLOADS[0] + PAYLOADS[2]!r}); sys.exit(1)"
    command = f"[ci.local]\ncommand = ['{sys.executable}', '-c', {_toml(program.encode())}]\n"
    return f'[servers]\nevery_s = 0.5\n[servers.zones."{MARKUP}"]\n{zone}\n{rule}\n{command}'


def test_nothing_but_letters_and_our_own_codes_reaches_the_terminal(desk: Desk) -> None:
    desk.start_agent()
    until(lambda: desk.query("SELECT count(*) FROM servers")[0][0] == 3)
    until(lambda: desk.query("SELECT count(*) FROM alerts WHERE state = 'firing'")[0][0])
    until(lambda: desk.query("SELECT count(*) FROM builds WHERE result = 'failed'")[0][0])
    until(lambda: desk.query("SELECT count(*) FROM features")[0][0] == len(PAYLOADS))
    with desk.screen(size=(140, 40)) as terminal:
        _walk(terminal, WALK)
        _nothing_is_owned(_painted(terminal))
        assert not terminal.gone(0.2), f"the screen has ended\n{terminal.text()}"
        terminal.press("1")
        shows(terminal, "Branch")


def _walk(terminal: Terminal, walk: Sequence[str]) -> None:
    for keys in walk:
        for key in keys:
            terminal.press(key)
            terminal.read(0.3, until_quiet=0.1)
        for _ in range(2):
            terminal.press("\x1b")
            terminal.read(0.3, until_quiet=0.1)


def _painted(terminal: Terminal) -> str:
    return b"".join(chunk.data for chunk in terminal.chunks).decode("utf-8")


def _nothing_is_owned(painted: str) -> None:
    assert not OWNED.search(painted)
    assert not QUESTIONS.search(painted)
    assert "owned" in painted, "nothing hostile was shown at all"
    rest = OUR_OWN.sub("", painted)
    found = FORBIDDEN.search(rest)
    assert not found, repr(rest[max(0, found.start() - 80) : found.end() + 80]) if found else ""
