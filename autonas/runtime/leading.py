"""How the chief of several processes announces its training runs to the others (`autonas.runtime.following`).

A run is the network as Keras's JSON, its weights, and the recipe without what only the chief needs or every process has
by itself: callbacks, the user's loss and metrics, and the distribution.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autonas.runtime.recipe import Recipe
from autonas.runtime.team import GO, STOP, Team, bits, packed, team_of

OWN = ("callbacks", "scoring", "distribution")  # settings of a recipe that do not travel


@contextmanager
def leading(
    strategy: tf.distribute.Strategy | None, model: keras.Model, recipe: Recipe, everything: bool
) -> Iterator[Callable[[keras.Model], None]]:
    """Announce a run, yield what is to be called before every step of it, and tell its end; alone, do nothing."""
    team = team_of(strategy)
    if team is None:
        yield lambda model: None
        return
    team.told(packed({"say": "train", **_about(model, recipe, everything)}, model.get_weights()))
    try:
        yield lambda model: _say(team, bits(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))))
    finally:
        if not team.broken:
            team.signal(np.array([STOP, 0], np.int32))


def dismiss(strategy: tf.distribute.Strategy) -> None:
    """Tell the other processes that there are no more runs."""
    team = team_of(strategy)
    if team is not None:
        team.told(packed({"say": "end"}, []))


def _say(team: Team, rate: int) -> None:
    with team.unbroken():
        team.signal(np.array([GO, rate], np.int32))


def _about(model: keras.Model, recipe: Recipe, everything: bool) -> dict[str, Any]:
    fields = {each.name: getattr(recipe, each.name) for each in dataclasses.fields(recipe) if each.name not in OWN}
    fields["augment"] = dataclasses.asdict(recipe.augment)
    return {"model": model.to_json(), "recipe": fields, "everything": everything}
