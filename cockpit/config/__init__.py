"""Settings: cockpit.toml, the user's own file, themes and keymaps."""
