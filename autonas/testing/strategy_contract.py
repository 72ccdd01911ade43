"""The strategy contract: what a search relies on, whatever the strategy and the space.

Searches are played with scores that depend on the network alone and on nothing that a strategy could guess, so that a
strategy and a space of your own need no training to be checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from autonas.arch import Architecture, content_id, from_json, to_json
from autonas.errors import SettingError
from autonas.morph import apply_edits, edit_from_json, edit_to_json
from autonas.search import Drawn, Observation, Proposal, Strategy
from autonas.search.binding import Bindable
from autonas.space import Space

TRIALS = 6
WORKERS = 4


def check_strategy(strategy: Bindable, space: Space) -> None:
    """Raise AssertionError unless ``strategy`` keeps its contract on ``space``, of more than 10 networks.

    >>> check_strategy(RandomSearch(), MorphSpace((starter,)))
    """
    for check in STRATEGY_CHECKS.values():
        check(strategy, space)


def check_exhaustion(strategy: Bindable, space: Space, networks: int) -> None:
    """Raise AssertionError unless ``strategy`` proposes each of the ``networks`` that ``space`` has once, then None;
    whether trials complete, some fail, or all do.
    """
    trials = networks + 10
    for failing in ((), range(0, trials, 3), range(trials)):
        bound = strategy.on(space)
        played = _play(bound, trials, failing=failing)
        ids = [content_id(each.proposal.architecture) for each in played]
        _require(len(set(ids)) == len(ids), "networks must not be proposed twice", ids)
        _require(len(ids) == networks, f"all {networks} networks must be proposed before None", len(ids))


def check_starters(strategy: Bindable, space: Space) -> None:
    """The starters come first, and inherit nothing."""
    count = len(space.starters)
    proposals = [each.proposal for each in _play(strategy.on(space), count)]
    received = [content_id(each.architecture) for each in proposals]
    _require(received == [content_id(each) for each in space.starters], "the starters must come first", received)
    _require(all(each.parent is None for each in proposals), "a starter must have no parent", proposals)


def check_determinism(strategy: Bindable, space: Space) -> None:
    """The same seed searches the same, another one elsewhere."""
    first, again, other = (_play(strategy.on(space), TRIALS, seed=seed) for seed in (0, 0, 1))
    _require(first == again, "the same seed must give the same trials", (first, again))
    _require(first != other, "another seed must give other trials", first)


def check_replay(strategy: Bindable, space: Space) -> None:
    """Telling the same observations again rebuilds the state, told as they came or only as they ended."""
    bound = strategy.on(space)
    told: list[Observation] = []
    ended = _play(bound, TRIALS, failing=(2,), told=told)
    states = [_tell(bound, bound.start(), each) for each in (told, told, ended)]
    _require(states[0] == states[1] == states[2], "telling again must rebuild the state", states)
    asked = [bound.ask(state, _rng(0, TRIALS)) for state in states]
    _require(asked[0] == asked[1] == asked[2], "a rebuilt state must ask for the same", asked)


def check_json(strategy: Bindable, space: Space) -> None:
    """A state survives JSON: the proposals read back rebuild it."""
    bound = strategy.on(space)
    ended = _play(bound, TRIALS, failing=(2,))
    read = [_through_json(each) for each in ended]
    _require(read == ended, "observations must come back from JSON as they were", read)
    states = [_tell(bound, bound.start(), each) for each in (ended, read)]
    _require(states[0] == states[1], "observations read from JSON must rebuild the state", states)


def check_asking(strategy: Bindable, space: Space) -> None:
    """Asking changes nothing."""
    bound = strategy.on(space)
    ended = _play(bound, 4)
    state, untouched = (_tell(bound, bound.start(), ended) for _ in range(2))
    asked = [bound.ask(state, _rng(7, 0)) for _ in range(2)]
    _require(state == untouched, "asking must not change the state", state)
    _require(asked[0] == asked[1], "asking twice must give the same", asked)


def check_workers(strategy: Bindable, space: Space) -> None:
    """Four workers get four networks, from the first trial on, even with the same random numbers."""
    for completed in (0, 4):
        bound = strategy.on(space)
        ended = _play(bound, completed)
        state = _tell(bound, bound.start(), ended)
        asked = [content_id(each.proposal.architecture) for each in ended]
        for worker in range(WORKERS):
            proposal = _asked(bound, state, _rng(0, 99))
            asked.append(content_id(proposal.architecture))
            state = bound.tell(state, Observation(f"worker {worker}", proposal, "pending"))
        _require(len(set(asked)) == len(asked), "pending networks must not be proposed again", asked)


def check_parents(strategy: Bindable, space: Space) -> None:
    """Parents are completed trials, and the edits lead from them to the child."""
    completed: dict[str, Architecture] = {}
    for each in _play(strategy.on(space), 10, failing=(2, 3)):
        proposal = each.proposal
        if proposal.parent is not None:
            _require(proposal.parent in completed, "a parent must be a completed trial", proposal.parent)
            child = apply_edits(completed[proposal.parent], proposal.edits)
            _require(child == proposal.architecture, "the edits must lead from the parent to the child", proposal)
            _require(bool(proposal.edits), "a child must be edited", proposal)
        if each.status == "completed":
            completed[each.trial_id] = proposal.architecture


def check_failures(strategy: Bindable, space: Space) -> None:
    """A search in which all fails goes on, without parents; a failed trial may still come to a good end."""
    bound = strategy.on(space)
    failed = _play(bound, TRIALS, failing=range(TRIALS))
    _require(len(failed) == TRIALS, f"{TRIALS} failing trials must all be proposed", len(failed))
    _require(all(each.proposal.parent is None for each in failed), "a failed trial must not be a parent", failed)
    mended = Observation(failed[1].trial_id, failed[1].proposal, "completed", 0.5)
    late = bound.tell(_tell(bound, bound.start(), failed), mended)
    direct = _tell(bound, bound.start(), [failed[0], mended, *failed[2:]])
    _require(late == direct, "a later observation must replace the earlier one of its trial", late)


def check_binding(strategy: Bindable, space: Space) -> None:
    """Settings are bound without being changed, and refuse to search without a space."""
    bound = strategy.on(space)
    _require(bound == strategy.on(space), "binding must change nothing but the space", bound)
    start: Callable[[], object] | None = getattr(strategy, "start", None)
    if getattr(strategy, "space", space) is None and start is not None:
        try:
            start()
        except SettingError:
            return
        raise AssertionError("A search without a space must be refused. Received: a state. Raise SettingError.")


Check = Callable[[Bindable, Space], None]
STRATEGY_CHECKS: dict[str, Check] = {
    "starters": check_starters,
    "determinism": check_determinism,
    "replay": check_replay,
    "json": check_json,
    "asking": check_asking,
    "workers": check_workers,
    "parents": check_parents,
    "failures": check_failures,
    "binding": check_binding,
}
"""The checks that `check_strategy` makes, by name: parametrise a test with them to see which one fails."""


def _play(
    strategy: Strategy[Any],
    trials: int,
    seed: int = 0,
    failing: Collection[int] = (),
    told: list[Observation] | None = None,
) -> list[Observation]:
    """Play a search, one trial after the other, and return how they ended; ``told`` takes all that was told."""
    state, ended = strategy.start(), []
    for number in range(trials):
        proposal = strategy.ask(state, _rng(seed, number))
        if proposal is None:
            break
        pending, last = Observation(str(number), proposal, "pending"), _ended(number, proposal, number in failing)
        state = _tell(strategy, state, [pending, last])
        ended.append(last)
        if told is not None:
            told += [pending, last]
    return ended


def _ended(number: int, proposal: Proposal, fails: bool) -> Observation:
    if fails:
        return Observation(str(number), proposal, "failed")
    return Observation(str(number), proposal, "completed", int(content_id(proposal.architecture)[:8], 16) / 2**32)


def _tell(strategy: Strategy[Any], state: Any, observations: Collection[Observation]) -> Any:
    for each in observations:
        state = strategy.tell(state, each)
    return state


def _asked(strategy: Strategy[Any], state: Any, rng: np.random.Generator) -> Proposal:
    proposal = strategy.ask(state, rng)
    if proposal is None:
        raise AssertionError("The space must have more than 10 networks for this check. Received: None from ask.")
    return proposal


def _through_json(observation: Observation) -> Observation:
    proposal = observation.proposal
    edits = json.loads(json.dumps([edit_to_json(edit) for edit in proposal.edits]))
    read = Proposal(
        from_json(to_json(proposal.architecture)),
        proposal.parent,
        tuple(edit_from_json(edit) for edit in edits),
        _drawn_through_json(proposal.drawn),
    )
    return Observation(observation.trial_id, read, observation.status, observation.score)


def _drawn_through_json(drawn: Drawn | None) -> Drawn | None:
    if drawn is None:
        return None
    decisions, log_probability = json.loads(json.dumps([drawn.decisions, drawn.log_probability]))
    return Drawn(tuple(decisions), log_probability)


def _rng(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng((seed, number))


def _require(holds: bool, promise: str, received: object) -> None:
    """Raise AssertionError unless ``holds``."""
    if not holds:
        text = repr(received)
        raise AssertionError(f"For a strategy, {promise}. Received: {text[:300]}.")
