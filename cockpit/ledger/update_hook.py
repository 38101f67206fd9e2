"""The hook with which a plain git server keeps a ledger append-only; for whoever keeps the server."""

import shlex

MARK = "cockpit ledger hook"
"""By which an installed one is known."""

_HOOK = """\
#!/bin/sh
# MARK: keeps the ledger append-only. Save it as hooks/update in the bare repository, and make it executable.
# git calls it before a push moves a ref: update REF OLD NEW
set -eu
ledger=REF
ref=$1 old=$2 new=$3
[ "$ref" = "$ledger" ] || exit 0

# A replaced commit would show this hook something else than it shows to everybody.
GIT_NO_REPLACE_OBJECTS=1
export GIT_NO_REPLACE_OBJECTS

refuse() {
	echo "the ledger only grows: $1" >&2
	exit 1
}

is_none() {
	case $1 in *[!0]*) return 1 ;; esac
}

if is_none "$new"; then
	refuse "it may not be deleted"
fi
[ "$(git cat-file -t "$new")" = commit ] || refuse "it holds commits alone"

if is_none "$old"; then
	range=$new
else
	git merge-base --is-ancestor "$old" "$new" || refuse "what stands there may not be rewritten"
	range=$old..$new
fi

empty=$(git hash-object -t tree --stdin </dev/null)
commits=$(git log --no-show-signature --format="%H %T %P" "$range" --)
[ -n "$commits" ] || exit 0
echo "$commits" | while read -r commit tree parents; do
	case $parents in *" "*) refuse "$commit is a merge" ;; esac
	[ "$tree" = "$empty" ] || refuse "$commit carries files"
done
"""


def update_hook(branch: str) -> str:
    """Return the text of the hook, in POSIX sh, for the ledger on this branch."""
    return _HOOK.replace("MARK", MARK).replace("REF\n", f"{shlex.quote(f'refs/heads/{branch}')}\n", 1)
