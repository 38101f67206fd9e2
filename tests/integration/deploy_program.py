"""The team's way to deploy, for tests: takes a server out, replaces it, and brings it back; or misbehaves as told.

Arguments: the fleet's folder, the server, the version, the digest. A file `how-SERVER` says how it misbehaves. Every
run is written down in `deployments`, with its beginning and its end, so that two at once on one server are seen.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    folder, server, version, digest = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    how = folder / f"how-{server}"
    misbehaves = how.read_text().split() if how.exists() else []
    word, only = [*misbehaves, "", ""][:2]
    if only and only != version:
        word = ""
    note(folder, server, version, "begins")
    try:
        return deploy(folder, server, version, digest, word)
    finally:
        note(folder, server, version, "ends")


def deploy(folder: Path, server: str, version: str, digest: str, word: str) -> int:
    if word == "hangs":
        time.sleep(600)
    if word == "dies":
        os.kill(os.getpid(), 9)
    if word == "floods":
        for _ in range(1000):
            sys.stdout.write("x" * 99_999 + "\n")
    if word == "lies":
        return 0
    before = json.loads((folder / f"{server}.json").read_text())
    put(folder, server, before | {"down": True})
    time.sleep(float(os.environ.get("DEPLOY_TAKES_S", "0.15")))
    after = {"version": version, "commit": os.environ["COCKPIT_COMMIT"], "digest": digest}
    sick = {"healthy": False} if word == "sick" else {}
    converts = {"converts": 0.5} if word == "converts" else {}
    put(folder, server, after | sick | converts | ({"errors": 0.5} if word == "errors" else {}))
    print(f"{server} runs {version} now, under token {os.environ['COCKPIT_TOKEN']}")
    return 3 if word == "fails-after" else 0


def put(folder: Path, server: str, state: dict[str, object]) -> None:
    new = folder / f".{server}.{os.getpid()}"
    new.write_text(json.dumps(state))
    new.rename(folder / f"{server}.json")


def note(folder: Path, server: str, version: str, what: str) -> None:
    with (folder / "deployments").open("a") as file:
        file.write(f"{time.monotonic():.4f} {os.getpid()} {server} {version} {what}\n")


raise SystemExit(main())
