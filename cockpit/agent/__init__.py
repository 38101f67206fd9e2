"""The one background process that keeps facts fresh."""
