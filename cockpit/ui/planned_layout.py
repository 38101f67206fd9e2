"""Puts the children of a screen where a plan says, instead of a style sheet."""

from collections.abc import Callable

from textual.geometry import NULL_OFFSET, NULL_SPACING, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from cockpit.ui.layout import Plan


class PlannedLayout(Layout):
    """Asks for the plan of a size and places every child by its id."""

    name = "planned"

    def __init__(self, plan_at: Callable[[Size], Plan]) -> None:
        self._plan_at = plan_at

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:  # noqa: ARG002 - Textual's signature
        """Return where the children go; one without a place is not shown."""
        plan = self._plan_at(size)
        regions = {"header": plan.header, "footer": plan.footer, **plan.panes}
        if plan.panes:
            regions["frame"] = size.region.shrink((plan.header.height, 0, 0, 0))
        return [
            WidgetPlacement(regions[child.id], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in regions
        ]
