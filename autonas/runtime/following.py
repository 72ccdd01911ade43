"""What every process but the chief does while several train together: the chief's gradient steps, on its own share of
every minibatch."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np

from autonas.data import Augment, Dataset
from autonas.errors import SettingError, message
from autonas.runtime.devices import strategy_of
from autonas.runtime.team import STOP, Team, number, team_of, unpacked
from autonas.runtime.train import Recipe, steps_of


def follow(data: Dataset, recipe: Recipe) -> tuple[dict[str, Any], list[Any]]:
    """Take part in the training runs of the chief until it says that there are no more; return what it says then.

    Args:
        data: the same as the chief's.
        recipe: with the same distribution and the user's loss; all else of it comes from the chief.

    Raises:
        SettingError: this process is the chief, or alone.
    """
    strategy = strategy_of(recipe.distribution)
    team = team_of(strategy)
    if team is None or team.leads:
        expected = "that of a process that is not the chief of TF_CONFIG"
        raise SettingError(message("recipe.distribution", expected, strategy, "Train here"))
    while True:
        about, arrays = unpacked(team.told())
        if about["say"] == "end":
            return about, arrays
        with team.unbroken():
            _take_part(team, data, recipe, about, arrays)


def _take_part(team: Team, data: Dataset, recipe: Recipe, about: dict[str, Any], arrays: list[Any]) -> None:
    fields = {**about["recipe"], "augment": Augment(**about["recipe"]["augment"])}
    recipe = dataclasses.replace(recipe, **fields)
    model = keras.models.model_from_json(about["model"])
    model.set_weights(arrays)
    step = steps_of(model, data, recipe, 0.0, data.everything() if about["everything"] else data.train)
    while True:
        go, rate = team.signal(np.zeros(2, np.int32))
        if go == STOP:
            return
        model.optimizer.learning_rate.assign(number(rate))
        step()
