"""Decides what is done next, by chance and yet the same for the same seed."""

import random

from cockpit.demo.chores import MAIN_CHORES, RELEASE_CHORES
from cockpit.demo.work import Mistake, PlannedWork, Product, Tree, Work


class Backlog:
    """Work that is not done yet."""

    def __init__(self, product: Product, chance: random.Random) -> None:
        self._chance = chance
        self._planned = chance.sample(product.work, k=len(product.work))
        self._mistakes = chance.sample(product.mistakes, k=len(product.mistakes))

    def for_release(self, tree: Tree, share_planned: float) -> Work:
        """Return planned work with this probability, else a chore."""
        if self._chance.random() < share_planned:
            work = self._take([planned for planned in self._planned if not planned.unreleased], tree)
            if work:
                return work
        return self._chance.choice(RELEASE_CHORES)(tree, self._chance)

    def for_main(self, tree: Tree) -> Work:
        """Return work that is done on main."""
        return self._chance.choice(MAIN_CHORES)(tree, self._chance)

    def of_this_train(self, tree: Tree) -> Work | None:
        """Return work that the train being prepared must hold, None when all of it is in."""
        return self._take([planned for planned in self._planned if planned.unreleased], tree)

    def mistake(self, tree: Tree) -> Mistake | None:
        """Return a mistake that can be made on `tree`; each is made again after all others."""
        for mistake in self._mistakes:
            if mistake.work.on(tree):
                self._mistakes.remove(mistake)
                self._mistakes.append(mistake)
                return mistake
        return None

    def _take(self, candidates: list[PlannedWork], tree: Tree) -> Work | None:
        for planned in candidates:
            work = planned.on(tree)
            if work:
                self._planned.remove(planned)
                return work
        return None
