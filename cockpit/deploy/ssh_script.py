"""What is run on a server, in the language of every POSIX shell; the values stand before it.

`root`, `release`, `before`, `digest`, `name`, `keep` and `token` are variables, the restart command is "$@".
"""

_BEGIN = r"""
set -u
LC_ALL=C; export LC_ALL
umask 022
fail() { printf '%s\n' "$*"; exit 1; }
enter() {
  mkdir -p -- "$root/releases" || fail "$root cannot be written"
  cd -- "$root" || fail "$root cannot be entered"
}
# One deployment at a time, also for those who come from other machines; and none of one who has lost the controls.
claim() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>.cockpit-lock || fail "$root cannot be written"
    tries=0
    until flock -n 9; do
      tries=$((tries + 1))
      [ "$tries" -lt 20 ] || fail 'another deployment is at work on this server'
      sleep 1
    done
  fi
  [ "$token" -gt 0 ] || return 0
  seen=$(cat .cockpit-token 2>/dev/null)
  case $seen in ''|*[!0-9]*) seen=0 ;; esac
  [ "$token" -ge "$seen" ] || fail "controls were taken over: token $token, and $seen was here (.cockpit-token)"
  if [ "$token" -gt "$seen" ]; then
    printf '%s\n' "$token" >".cockpit-token.$$" && mv -f -- ".cockpit-token.$$" .cockpit-token ||
      fail "$root cannot be written"
  fi
}
there() { cat -- "releases/$release/.cockpit-digest" 2>/dev/null; }
"""

ASK = (
    _BEGIN
    + r"""
enter
printf 'cockpit-answer: %s\n' "$(there)"
"""
)
"""Answers with the digest of the release, if it is there."""

BRING = (
    _BEGIN
    + r"""
enter
claim
part=".incoming-$$"
trap 'rm -rf -- "$part"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf -- .incoming-*
mkdir -- "$part" "$part/release" || fail "$root cannot be written"
cat >"$part/artefact" || fail 'the copy could not be written'
found=$(sha256sum <"$part/artefact") || fail 'sha256sum does not work on this server'
found="sha256:${found%% *}"
[ "$found" = "$digest" ] || fail "the copy is $found, and not what was released: $digest; nothing was switched"
case $name in
  *.tar.gz|*.tgz) tar -xzof "$part/artefact" -C "$part/release" ;;
  *.tar.xz|*.txz) tar -xJof "$part/artefact" -C "$part/release" ;;
  *.tar.bz2) tar -xjof "$part/artefact" -C "$part/release" ;;
  *.tar) tar -xof "$part/artefact" -C "$part/release" ;;
  *) mv -- "$part/artefact" "$part/release/$name" ;;
esac || fail 'the artefact could not be unpacked'
rm -f -- "$part/release/.cockpit-digest"
printf '%s\n' "$digest" >"$part/release/.cockpit-digest" || fail 'the copy could not be written'
if [ -e "releases/$release" ]; then
  mv -T -- "releases/$release" "$part/former" || fail 'the former copy could not be moved'
fi
mv -T -- "$part/release" "releases/$release" || fail 'the copy could not be put into its place'
"""
)
"""Takes the artefact from its input; puts it into its place only when its digest is right."""

SWITCH = (
    _BEGIN
    + r"""
enter
claim
[ "$(there)" = "$digest" ] || fail "release $release is not there with $digest; nothing was switched"
[ -L current ] || [ ! -e current ] || fail "$root/current is no link; nothing was switched"
former=$(readlink current 2>/dev/null)
former=${former#releases/}
if [ "$former" != "$release" ]; then
  printf '%s\n' "$former" >".cockpit-before.$$" && mv -f -- ".cockpit-before.$$" .cockpit-before ||
    fail "$root cannot be written; nothing was switched"
  rm -f -- ".current.$$"
  ln -s -- "releases/$release" ".current.$$" && mv -T -- ".current.$$" current || fail 'the link could not be switched'
fi
if [ $# -gt 0 ]; then
  # Into a file: a service that keeps our output open would keep the connection open.
  (cd -- current && exec "$@") </dev/null >.cockpit-restart.log 2>&1 9>&-
  status=$?
  tail -c 20000 .cockpit-restart.log
  said=$(tail -n 1 .cockpit-restart.log)
  [ "$status" -eq 0 ] || fail "switched to $release, but $1 has failed with exit status $status: $said"
fi
former=$(cat .cockpit-before 2>/dev/null)
number=0
ls -1t releases | while IFS= read -r one; do
  [ -f "releases/$one/.cockpit-digest" ] || continue
  number=$((number + 1))
  [ "$number" -gt "$keep" ] || continue
  case $one in "$release"|"$former"|"$before") continue ;; esac
  rm -rf -- "releases/$one"
done
exit 0
"""
)
"""Moves the link in one step of the file system, restarts, and removes what is old."""
