"""Strategies: which network to try next. Nothing here trains; nothing here imports more than numpy, scipy and scikit-
learn.
"""

from autonas.search.bayesian import BayesianMorphism
from autonas.search.enas import Enas, Ranked
from autonas.search.even import EvenPolicy
from autonas.search.evolution import Evolution
from autonas.search.history import History
from autonas.search.local import LocalSearch
from autonas.search.neighbours import Neighbours
from autonas.search.random import RandomSearch
from autonas.search.reinforce import Growth, Reinforce
from autonas.search.run import SearchResult, run
from autonas.search.strategy import Drawn, Observation, Proposal, Strategy
from autonas.search.tree import AnnealedTree

__all__ = [
    "AnnealedTree",
    "BayesianMorphism",
    "Drawn",
    "Enas",
    "EvenPolicy",
    "Evolution",
    "Growth",
    "History",
    "LocalSearch",
    "Neighbours",
    "Observation",
    "Proposal",
    "RandomSearch",
    "Ranked",
    "Reinforce",
    "SearchResult",
    "Strategy",
    "run",
]
