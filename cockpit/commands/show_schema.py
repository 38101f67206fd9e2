"""What `cockpit show` promises to programs. Fields may be added; none is renamed or changes its meaning in a schema."""

TOPICS = ("branch", "features", "changes", "servers", "alerts", "why")

VERSION = 1

HELP = """\
The answer comes from the cache and says how old it is. Where no source was ever asked and no agent is at work, every
source is asked once first.

exit codes:
  branch, why   0 go (deployable), 1 no-go (broken), 3 unknown
  others        0

--json prints {"schema": "cockpit.show.TOPIC/1", "project", "at", "fresh", "observed_at", "expires_at", "verdict",
"note", "rows": [...]}. Times are ISO 8601 in UTC or null; shares are 0 to 1; ids are full; text is cleaned.
"fresh" is false when the answer is too old to count; "verdict" (go, no-go, unknown) is null but for branch and why.

rows of branch (one):  release_branch main_branch verdict reason head head_subject head_author head_at ahead behind
                       last_release oldest_unshipped_at red_since red_commit red_author red_suspects red_s_this_week
                       coverage coverage_trend flaky_share tests_known on_duty
                       flaky: [{test runs failures flips last_outcome}]
                       builds: [{commit result started_at duration_s tests_run tests_failed coverage message link}]
rows of features:      feature title requester claimed_urgency rank state state_reason commits link points support
                       ballots
rows of changes:       commit pull_request kind scope breaking subject author committed_at codebase impact
                       impact_reason contract_touched feature files added removed build link lane
                       lane_reason
rows of servers:       server zone url health health_observed reason version commit out_of_band digest custody
                       latency_s observed_at expires_at version_at health_since metrics
                       ("health" is unknown once the observation has expired, "health_observed" is what it was)
rows of alerts:        alert name severity state target summary since resolved_at origin link
rows of why:           gate title verdict reason source observed_at who next_step link overridden_by

what is not said by its name:
  ahead, behind          commits that the release branch has more and has less than main; null when not known
  red_since              when the build of the first red after green began; red_commit is that commit; null when green
  red_suspects           how many changes may have broken it (those since the last green build; 0: nothing before it
                         was built, and red_author is null)
  red_s_this_week        seconds the branch was red since Monday 00:00, local time
  coverage_trend         coverage now less the mean of the five builds before
  flaky_share            flaky tests in all tests that ran lately; tests_known is how many those are; null while no test
                         ran twice
  flips                  changes of outcome between neighbouring runs without a change to the test
  result                 passed, failed, error (did not come to an end) or running; build: the same, or missing
  rank                   place in the list, from 1; claimed_urgency is the requester's own word
  state, of features     not started, in progress, on the branch, deployed or released; state_reason says what shows it
  points, support        by Borda count over the ballots of the leads, and on how many of the ballots the feature is
                         (cockpit ballot --json says who voted how)
  impact                 user, no impact or unknown; contract_touched: files of the contract tests were edited
  files, added, removed  null until they are counted; added and removed are lines
  health                 up, failing (answers, and its health check does not pass), down or unknown
  out_of_band            runs a version that is in no release
  digest, custody        what it reports to run, and what that says of the release it claims to run: proved, not proved
                         (it reports none) or mismatch; null where that release recorded no digest, or is none
  latency_s              seconds the health check took; version_at, health_since: when last told, since when so
  metrics                figure by name, of those that rules and settings name
  state, of alerts       pending, firing or resolved; origin: who says so
  severity               page, warn or info
  who                    who can clear the gate
  overridden_by          who set it aside and why: its verdict is go then, and reason what it would be without; or empty
  note                   what is wrong with the cache itself; empty when nothing is
"""
