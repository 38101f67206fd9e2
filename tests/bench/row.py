"""One line of the benchmark's table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A budget, what was measured, and whether it holds."""

    number: str
    """Row of the budgets."""
    what: str
    figure: str
    """For people, with unit."""
    value: float
    """What is compared with the budget: a ratio where the budget is one."""
    budget: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.value <= self.budget


def table(rows: list[Row]) -> str:
    """Return the rows as aligned text."""
    cells = [("#", "what", "figure", "value", "budget", "")]
    for row in rows:
        mark = "✔" if row.met else "✘"
        cells.append(
            (row.number, row.what, row.figure, f"{row.value:.3g} {row.unit}", f"≤ {row.budget:g} {row.unit}", mark)
        )
    widths = [max(len(line[i]) for line in cells) for i in range(6)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)
