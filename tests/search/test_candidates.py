"""Candidates: neighbours, chains, the annealed tree, and the search for what is left."""

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.search import AnnealedTree, History, Neighbours, Observation, Proposal
from autonas.search.candidate import children, extend, nearest_untried, root


def _history(*networks, statuses=None, scores=None):
    history = History()
    for number, each in enumerate(networks):
        status = statuses[number] if statuses else "completed"
        score = None if status != "completed" else float(scores[number] if scores else number)
        history = history.told(Observation(str(number), Proposal(each), status, score))
    return history


def _units(architecture):
    return architecture["a"]["units"], architecture["b"]["units"]


@pytest.fixture
def cells(grid):
    """Networks of the grid by their two widths."""
    rng = np.random.default_rng(0)
    return {_units(each): each for each in (grid.sample(rng) for _ in range(300))}


def test_neighbours_takes_the_most_valuable_untried_neighbour_of_the_best(grid, cells):
    # (1, 1) scores best: its neighbours are (1, 2) and (2, 1). (1, 2) was tried.
    history = _history(cells[1, 1], cells[1, 2], cells[4, 4], scores=[3, 2, 1])
    best = Neighbours(top=1, singles=10, chains=0, samples=0).best(
        grid, history, lambda each: np.arange(len(each)) * 1.0, np.random.default_rng(0)
    )
    assert _units(best.architecture) == (2, 1)
    assert best.parent == "0"


def test_neighbours_follows_the_value(grid, cells):
    history = _history(cells[2, 2])
    for wanted in ((1, 2), (2, 3), (3, 2), (2, 1)):
        value = lambda each, wanted=wanted: np.array([float(_units(one) == wanted) for one in each])  # noqa: E731
        best = Neighbours(top=1, singles=10, chains=0, samples=0).best(grid, history, value, np.random.default_rng(0))
        assert _units(best.architecture) == wanted


def test_chains_go_further_than_one_edit(grid, cells):
    history = _history(cells[1, 1])
    far = lambda each: np.array([sum(_units(one)) * 1.0 for one in each])  # noqa: E731
    best = Neighbours(top=1, singles=1, chains=30, samples=0).best(grid, history, far, np.random.default_rng(0))
    assert sum(_units(best.architecture)) >= 4
    assert len(best.edits) >= 2


@pytest.mark.parametrize("inherits", [True, False])
def test_random_networks_are_candidates_where_nothing_is_inherited(inherits, grid, cells, monkeypatch):
    monkeypatch.setattr(type(grid), "inherits", inherits)
    history = _history(cells[1, 1])
    far = lambda each: np.array([sum(_units(one)) * 1.0 for one in each])  # noqa: E731
    best = Neighbours(top=1, singles=10, chains=0, samples=100).best(grid, history, far, np.random.default_rng(0))
    assert _units(best.architecture) == (4, 4) if not inherits else sum(_units(best.architecture)) == 3
    assert best.parent == ("0" if inherits else None)


def test_a_way_over_a_completed_trial_starts_anew_from_there(grid, cells):
    history = _history(cells[1, 1], cells[1, 2])
    start = root(history.completed[0], history)
    steps = {_units(each.architecture): each for each in children(start, grid, history, np.random.default_rng(0))}
    assert (steps[1, 2].parent, steps[1, 2].edits) == ("1", ())
    assert (steps[2, 1].parent, len(steps[2, 1].edits)) == ("0", 1)
    further = extend(steps[2, 1], steps[2, 1].edits[0], grid, history)
    assert _units(further.architecture) == (3, 1)
    assert (further.parent, len(further.edits)) == ("0", 2)


def test_the_tree_climbs_over_several_edits(grid, cells):
    # From (1, 1) the best cell, (4, 4), is 6 edits away; cost falls on the way there.
    history = _history(cells[1, 1])
    climb = lambda each: np.array([sum(_units(one)) * 1.0 for one in each])  # noqa: E731
    best = AnnealedTree().best(grid, history, climb, np.random.default_rng(0))
    assert _units(best.architecture) == (4, 4)
    assert len(best.edits) == 6


def test_the_tree_looks_at_88_networks_of_8_children_at_most(morphisms, starter):
    asked = []

    def value(architectures):
        asked.append(len(architectures))
        return np.array([float(len(each.nodes)) for each in architectures])

    AnnealedTree(children=2, attempts=3).best(morphisms, _history(starter), value, np.random.default_rng(0))
    assert len(asked) <= 1 + 88  # the roots; then 0.9^k > 1e-4 for k <= 87
    assert max(asked[1:]) <= 2


def test_a_cold_tree_is_greedy(grid, cells):
    # (2, 2) costs least, all else more: nothing joins the queue at T near 0, and only the root's children are seen.
    history = _history(cells[2, 2])
    seen = []

    def value(architectures):
        seen.extend(_units(each) for each in architectures)
        return np.array([10.0 if _units(each) == (2, 2) else 0.0 for each in architectures])

    tree = AnnealedTree(r=1e-3, t_low=1e-9)
    best = tree.best(grid, history, value, np.random.default_rng(0))
    assert set(seen) == {(2, 2), (1, 2), (3, 2), (2, 1), (2, 3)}
    assert _units(best.architecture) in {(1, 2), (3, 2), (2, 1), (2, 3)}


def test_running_and_failed_trials_are_passed_through_but_not_proposed(grid, cells, monkeypatch):
    monkeypatch.setattr(type(grid), "inherits", True)
    # All neighbours of (1, 1) run or have failed.
    history = _history(cells[1, 1], cells[1, 2], cells[2, 1], statuses=["completed", "pending", "failed"])
    flat = lambda each: np.zeros(len(each))  # noqa: E731
    for source in (Neighbours(top=1, singles=4, chains=20), AnnealedTree()):
        best = source.best(grid, history, flat, np.random.default_rng(0))
        assert best.id not in history.known
        assert best.parent == "0"


def test_the_last_network_is_found(grid, cells):
    last = cells[4, 3]
    others = [each for each in cells.values() if each != last]
    history = _history(*others)
    found = nearest_untried(grid, history, np.random.default_rng(0))
    assert found.id == content_id(last)
    assert len(found.edits) == 1
    assert (
        nearest_untried(grid, history.told(Observation("z", found.proposal(), "failed")), np.random.default_rng(0))
        is None
    )


def test_the_last_network_is_found_behind_failed_ones_too(grid, cells):
    others = [each for each in cells.values() if _units(each) != (4, 3)]
    history = _history(*others, statuses=["failed"] * len(others))
    found = nearest_untried(grid, history, np.random.default_rng(0))
    assert _units(found.architecture) == (4, 3)
    assert (found.parent, found.edits) == (None, ())
