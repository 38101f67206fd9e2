"""Decisions as an append-only chain of commits in the team's git remote: spool, append, sync, fold."""
