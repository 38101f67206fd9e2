"""Rollouts: from the plan to the last server, as pure rules."""
