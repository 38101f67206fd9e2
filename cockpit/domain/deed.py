"""Something a person may decide now, with its exact effect, before anything is asked."""

from collections.abc import Callable, Mapping
from dataclasses import field

from cockpit.domain.decisions.intent import Intent
from cockpit.domain.record import record


@record(frozen=True, slots=True)
class Deed:
    """One choice, and the decision it makes."""

    label: str
    """'Lock production'."""
    effect: tuple[str, ...]
    """From what to what, and what it means, one sentence each."""
    done: str
    """What was decided, without a full stop: 'production locked'."""
    kind: str
    target: str
    body: Callable[[str], object]
    """The answer to the question to the body of the event."""
    expect: Mapping[str, str] = field(default_factory=dict)
    """Tokens of what the person sees."""
    question: str = ""
    """What is asked before; empty asks nothing."""
    hint: str = ""
    """What an answer looks like."""
    needs_answer: bool = False
    """Whether nothing is decided without one."""
    exact: str = ""
    """The only answer that decides it, letter for letter; empty takes any."""

    def trouble_with(self, answer: str) -> str:
        """Return why nothing is decided by this answer, empty when something is."""
        if self.exact and answer != self.exact:
            return f"Nothing was decided: it needs {self.exact}, letter for letter"
        return f"Nothing was decided: it needs {self.hint}" if self.needs_answer and not answer else ""

    def intent(self, answer: str) -> Intent:
        """Return the decision, with what was answered."""
        return Intent(self.kind, self.target, self.body(answer), self.expect)
