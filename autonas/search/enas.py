"""ENAS (Pham et al. 2018, arXiv 1802.03268), with repaired defaults: shared weights rank, real training judges.

The shared weights are trained before the first trial; what is left for a strategy is the list of children that they
rank highest, each of which becomes an ordinary trial.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.morph import Edit
from autonas.search.binding import Bound
from autonas.search.candidate import first_starter
from autonas.search.history import History
from autonas.search.strategy import Observation, Proposal

SAMPLERS = ("uniform", "controller")
CELLS = ("macro", "micro", "rnn")
OF_CELLS = {"blocks": "micro", "nodes": "rnn", "join": "macro", "doubling": "macro"}
"""By setting, the only cells that it means something for."""


@dataclasses.dataclass(frozen=True)
class Ranked:
    """The best children of a supernet, best first, as a space: nothing leads on from them."""

    starters: tuple[Architecture, ...]
    inherits: ClassVar[bool] = False

    def families(self, architecture: Architecture) -> Mapping[str, Iterator[Edit]]:
        """Return no edits."""
        return {}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return None: no edit leads on."""
        return None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return one of the children."""
        return self.starters[rng.integers(len(self.starters))]


@dataclasses.dataclass(frozen=True)
class Enas(Bound):
    """Propose the children of a supernet in the order in which their shared weights rank them.

    Attributes:
        space: a `Ranked`; None until `on` binds it.
        cells: what children are made of: ``macro``, whole networks layer by layer; ``micro``, a normal and a reduction
            cell, stacked; ``rnn``, a recurrent cell over texts.
        sampler: which children train while the shared weights do: ``uniform``, fairly drawn; or ``controller``, those
            of a policy that learns by REINFORCE from their scores on validation batches, as published. Of the children
            that are ranked, every second one is then drawn evenly.
        layers: of a child; of ``micro``, normal cells, besides two reduction cells. None: 6 (3 of ``micro``), or fewer
            where time is short.
        blocks: of a ``micro`` cell; the paper has 5.
        nodes: of an ``rnn`` cell; the paper has 12.
        children: how many are ranked at most.
        top: how many of them the time for trials is planned for; up to twice as many are tried while there is time,
            or as many as ``max_trials`` says.
        start_from: whether a child trained for real begins with the ``supernet``'s weights, or from ``scratch``.
        join: how skips meet in a ``macro`` child: ``sum``, as in the supernet, or ``concat``, as in the released code's
            fixed networks, where joins start afresh.
        doubling: whether the channels of a ``macro`` child of images double where these are reduced, or are as many
            throughout, as published.

    A setting of other cells than these is refused unless it has its default.

    Raises:
        SettingError: a setting cannot work.
    """

    cells: Literal["macro", "micro", "rnn"] = "macro"
    sampler: Literal["uniform", "controller"] = "uniform"
    layers: int | None = None
    blocks: int = 4
    nodes: int = 6
    children: int = 1000
    top: int = 4
    start_from: Literal["supernet", "scratch"] = "supernet"
    join: Literal["sum", "concat"] = "sum"
    doubling: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.space, str):
            raise SettingError(message("space", "left out", self.space, f"Use Enas(cells={self.space!r})"))
        options = {
            "cells": CELLS,
            "sampler": SAMPLERS,
            "start_from": ("supernet", "scratch"),
            "join": ("sum", "concat"),
        }
        for name, known in options.items():
            if getattr(self, name) not in known:
                raise SettingError(message(name, f"one of {known}", getattr(self, name), f"Use {known[0]!r}"))
        if self.cells == "rnn" and self.layers is not None:
            raise SettingError(
                message("layers", "None for cells='rnn'", self.layers, "Leave it out: there is one cell")
            )
        for name, least in (("layers", 2), ("blocks", 1), ("nodes", 2), ("children", 1), ("top", 1)):
            _check_count(name, getattr(self, name), least)
        if not isinstance(self.doubling, bool):
            raise SettingError(message("doubling", "True or False", self.doubling, "Leave it out"))
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        for name, cells in OF_CELLS.items():
            if self.cells != cells and getattr(self, name) != defaults[name]:
                expected = f"left out but for cells={cells!r}"
                raise SettingError(message(name, expected, getattr(self, name), "Leave it out"))
        if self.top > self.children:
            expected = f"at most children={self.children}, of which they are the best"
            raise SettingError(message("top", expected, self.top, f"Use top={self.children}, or rank more children"))

    def start(self) -> History:
        """Return the state of a search that has tried nothing."""
        self.require_space()
        return History()

    def ask(self, state: History, rng: np.random.Generator) -> Proposal | None:
        """Return the highest-ranked child that was not tried, or None where all were."""
        found = first_starter(self.require_space(), state)
        return found.proposal() if found else None

    def tell(self, state: History, observation: Observation) -> History:
        """Return the state that also knows ``observation``."""
        return state.told(observation)


def _check_count(name: str, value: object, least: int) -> None:
    """Raise `SettingError` unless ``value`` is an integer of at least ``least``, or for layers None."""
    if value is None and name == "layers":
        return
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise SettingError(message(name, f"an integer >= {least}", value, "Leave it out"))
    if value < least:
        raise SettingError(message(name, f">= {least}", value, "Leave it out"))
