"""The SQLite cache: facts, their revisions, and the answers panes read."""
