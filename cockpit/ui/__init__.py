"""The screen: app, panes, widgets, actions."""
