"""How the controls may change hands now, as the key for controls offers it."""

from cockpit.domain.decisions.bodies import (
    ControlsAccepted,
    ControlsLeft,
    ControlsOffered,
    ControlsRequested,
    ControlsTaken,
    ControlsTakenOver,
)
from cockpit.domain.decisions.decided import Decided
from cockpit.domain.decisions.expecting import expect_now
from cockpit.domain.decisions.records import ControlsRecord
from cockpit.domain.deed import Deed


def controls_deeds(decided: Decided, actor: str) -> tuple[Deed, ...]:
    """Return what `actor` may do about the controls of each environment, the last one first."""
    return tuple(
        deed for environment in reversed(decided.policy.environments) for deed in _of(decided, environment, actor)
    )


def _of(decided: Decided, environment: str, actor: str) -> tuple[Deed, ...]:
    controls = decided.get(ControlsRecord, environment)
    if controls is None or not controls.holder:
        return (_take(decided, environment, actor),)
    if controls.holder == actor:
        return _offer(decided, controls, actor), _leave(decided, environment, actor)
    deeds = _request(decided, controls, actor), _take_over(decided, controls, actor)
    return (_accept(decided, controls, actor), *deeds) if controls.offered_to == actor else deeds


def _take(decided: Decided, environment: str, actor: str) -> Deed:
    return Deed(
        label=f"Take the controls of {environment}",
        effect=(_from_to(environment, "nobody", actor), "You alone act on its rollouts until you hand them over."),
        done=f"You have the controls of {environment}",
        kind="controls.take",
        target=environment,
        body=ControlsTaken,
        expect=expect_now(decided, "controls.take", environment),
    )


def _offer(decided: Decided, controls: ControlsRecord, actor: str) -> Deed:
    environment, asks = controls.environment, controls.requested_by
    reason = f", who asked: {controls.request_reason}" if asks and controls.request_reason else ""
    return Deed(
        label=f"Offer the controls of {environment}" + (f" (asked for by {asks})" if asks else ""),
        effect=(
            _from_to(environment, actor, f"{asks or 'whom you name'} once accepted{reason}"),
            "You keep them until then.",
        ),
        done=f"Offered the controls of {environment}",
        kind="controls.offer",
        target=environment,
        body=ControlsOffered,
        expect=expect_now(decided, "controls.offer", environment),
        question=f"Offer the controls of {environment} to:",
        hint=asks or "a person's id",
        needs_answer=True,
    )


def _leave(decided: Decided, environment: str, actor: str) -> Deed:
    return Deed(
        label=f"Give back the controls of {environment}",
        effect=(_from_to(environment, actor, "nobody"), "Nobody acts on its rollouts until somebody takes them."),
        done=f"Gave back the controls of {environment}",
        kind="controls.leave",
        target=environment,
        body=ControlsLeft,
        expect=expect_now(decided, "controls.leave", environment),
    )


def _accept(decided: Decided, controls: ControlsRecord, actor: str) -> Deed:
    environment = controls.environment
    return Deed(
        label=f"Accept the controls of {environment}",
        effect=(_from_to(environment, controls.holder, actor), "They were offered to you."),
        done=f"You have the controls of {environment}",
        kind="controls.accept",
        target=environment,
        body=lambda _answer: ControlsAccepted(),
        expect=expect_now(decided, "controls.accept", environment),
    )


def _request(decided: Decided, controls: ControlsRecord, actor: str) -> Deed:
    environment = controls.environment
    return Deed(
        label=f"Ask {controls.holder} for the controls of {environment}",
        effect=(f"{controls.holder} sees that {actor} asks for them, and keeps them.",),
        done=f"Asked {controls.holder} for the controls of {environment}",
        kind="controls.request",
        target=environment,
        body=ControlsRequested,
        expect=expect_now(decided, "controls.request", environment),
        question="You ask for them because:",
        hint="a reason, or nothing",
    )


def _take_over(decided: Decided, controls: ControlsRecord, actor: str) -> Deed:
    environment, holder = controls.environment, controls.holder
    return Deed(
        label=f"Take over the controls of {environment}",
        effect=(
            _from_to(environment, holder, f"{actor}, at once and unasked"),
            f"Whatever {holder} still decides with them is refused; everybody sees who took them and why.",
        ),
        done=f"You took over the controls of {environment}",
        kind="controls.takeover",
        target=environment,
        body=ControlsTakenOver,
        expect=expect_now(decided, "controls.takeover", environment),
        question=f"You take them from {holder} because:",
        hint="a reason",
        needs_answer=True,
    )


def _from_to(environment: str, before: str, after: str) -> str:
    return f"controls of {environment}: {before} → {after}"
