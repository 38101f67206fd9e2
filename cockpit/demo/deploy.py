"""The deployment of the demo's team, as a program: writes down what a server is to run; the fleet's supervisor obeys.

`python -I …/deploy.py FOLDER SERVER VERSION COMMIT DIGEST`, standard library alone: whoever runs it need not find ours.
"""

import json
import sys
from pathlib import Path


def write_down(fleet: Path, server: str, version: str, commit_id: str, digest: str) -> None:
    """Have a server of the fleet run this build; its process is replaced when it ran another. Raises OSError."""
    replace(fleet / f"{server}.json", {"version": version, "commit": commit_id, "digest": digest})


def replace(path: Path, content: object) -> None:
    """Write JSON so that a reader sees the old content or the new, and the folder's time changes."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(content))
    new.replace(path)


def main(arguments: list[str]) -> int:
    """Deploy once; a server that is not there is an error."""
    if len(arguments) != 5:
        sys.stderr.write("usage: deploy.py FOLDER SERVER VERSION COMMIT DIGEST\n")
        return 2
    folder, server, version, commit_id, digest = arguments
    if not (Path(folder) / f"{server}.json").exists():
        sys.stderr.write(f"there is no server {server} in {folder}\n")
        return 1
    write_down(Path(folder), server, version, commit_id, digest)
    sys.stdout.write(f"{server} is to run {version}, build {digest[:19]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
