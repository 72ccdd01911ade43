"""Spaces small enough to exhaust, the strategies that the contract holds for, and a way to play a search."""

import dataclasses
from typing import ClassVar

import numpy as np
import pytest

from autonas.arch import Architecture, content_id, node
from autonas.arch.starters import plain_cnn
from autonas.morph import Edit
from autonas.search import (
    AnnealedTree,
    BayesianMorphism,
    Evolution,
    LocalSearch,
    Neighbours,
    Observation,
    RandomSearch,
    Reinforce,
)
from autonas.space import Choice, MorphSpace

SIDE = 4
FEW = Neighbours(top=3, singles=12, chains=4)


@dataclasses.dataclass(frozen=True)
class Frequencies:
    """A policy that needs no TensorFlow: an option is as likely as its rewards have been high; steps independent."""

    def sample(self, steps, lessons, count, rng, length=None):
        columns, logs = [], np.zeros(count)
        for at, step in enumerate(steps):
            weights = np.ones(step.options)
            for each in lessons:
                weights[each.decisions[at]] += each.reward
            shares = weights / weights.sum()
            columns.append(rng.choice(step.options, count, p=shares))
            logs += np.log(shares[columns[-1]])
        return np.stack(columns, axis=1), logs

    def seeded(self, seed):
        return self

    def kept_in(self, folder):
        return self


STRATEGIES = {
    "random": RandomSearch(),
    "evolution": Evolution(population=4, sample=2, initial=2),
    "local": LocalSearch(),
    "bayesian": BayesianMorphism(candidates=FEW),
    "bayesian-edit-ucb": BayesianMorphism(kernel="edit", acquisition="ucb", beta=1.0, candidates=FEW, noise=0.1),
    # As published, but for a tree of 7 networks instead of 88.
    "published": dataclasses.replace(BayesianMorphism.as_published(), candidates=AnnealedTree(r=0.5, t_low=1e-2)),
}


@dataclasses.dataclass(frozen=True)
class Step(Edit):
    """Change the width of one hidden layer by one."""

    node: str
    by: int
    kind: ClassVar[str] = "step"
    preserving: ClassVar[bool] = False

    @classmethod
    def legal(cls, architecture):
        for name in ("a", "b"):
            for by in (-1, 1):
                if 1 <= architecture[name]["units"] + by <= SIDE:
                    yield cls(name, by)

    def apply(self, architecture):
        nodes = (
            each.with_attrs(units=each["units"] + self.by) if each.id == self.node else each
            for each in architecture.nodes
        )
        return Architecture(tuple(nodes), architecture.outputs)

    def inherit(self, architecture, child, weights, how):
        raise NotImplementedError("nobody trains a grid")

    def words(self, architecture):
        return f"{self.node} {self.by:+d}"


def cell(a, b):
    """The network at one place of the grid."""
    nodes = (
        node("x", "input", shape=(2,)),
        node("a", "dense", "x", units=a),
        node("b", "dense", "a", units=b),
        node("y", "dense", "b", units=2),
    )
    return Architecture(nodes, ("y",))


@dataclasses.dataclass(frozen=True)
class Grid:
    """Two hidden layers of 1 to SIDE units: SIDE squared networks."""

    starters: tuple[Architecture, ...] = (cell(1, 1),)
    inherits: ClassVar[bool] = False
    steps: ClassVar = (Choice("a", SIDE), Choice("b", SIDE))

    def decided(self, decisions):
        return cell(*(each + 1 for each in decisions))

    def families(self, architecture):
        return {"step": Step.legal(architecture)}

    def child(self, architecture, edit):
        return edit.apply(architecture)

    def sample(self, rng):
        return cell(int(rng.integers(1, SIDE + 1)), int(rng.integers(1, SIDE + 1)))


@pytest.fixture
def grid():
    return Grid()


@pytest.fixture(scope="session")
def starter():
    return plain_cnn((8, 8, 1), 3, width=8)


@pytest.fixture
def morphisms(starter):
    """A space of morphisms with bounds that bite."""
    return MorphSpace((starter,), int(1.4 * starter.parameters), int(1.4 * starter.flops))


DECIDING = {"rl": Reinforce(policy=Frequencies())}
"""Strategies that search decided spaces alone."""


@pytest.fixture(params=[*STRATEGIES, *DECIDING])
def strategy(request):
    """Every strategy, its space still to be given: one contract holds for all."""
    return {**STRATEGIES, **DECIDING}[request.param]


@pytest.fixture(params=STRATEGIES)
def editing(request):
    """Every strategy that searches morphisms."""
    return STRATEGIES[request.param]


def growth(architecture):
    """A score in closed form."""
    return float(np.log10(architecture.parameters) + 0.1 * len(architecture.nodes))


@pytest.fixture
def play():
    """Play a search: ``play(strategy, trials)`` -> the final state. Trials in ``failing`` fail, the others complete."""

    def play(strategy, trials, seed=0, failing=()):
        state = strategy.start()
        for number in range(trials):
            proposal = strategy.ask(state, np.random.default_rng((seed, number)))
            if proposal is None:
                break
            state = strategy.tell(state, Observation(str(number), proposal, "pending"))
            if number in failing:
                ended = Observation(str(number), proposal, "failed")
            else:
                ended = Observation(str(number), proposal, "completed", growth(proposal.architecture))
            state = strategy.tell(state, ended)
        return state

    return play


@pytest.fixture
def content():
    """The content id of a proposal."""
    return lambda proposal: content_id(proposal.architecture)
