"""Rewards by hand."""

import math

import pytest

from autonas.errors import SettingError
from autonas.search import Reinforce
from autonas.search.reward import REWARDS


@pytest.mark.parametrize(
    ("name", "score", "expected"),
    [
        ("cube", 0.5, 0.125),
        ("cube", -30.0, 0.0),
        ("perplexity", -40.0, 80 / 1600),
        ("inverse", -3.0, 0.25),
        ("inverse", 0.0, 1.0),
        ("inverse", 0.5, 1.5),
        ("tangent", 0.5, 1.0),
        ("tangent", 1.0, math.tan(0.999 * math.pi / 2)),
        ("tangent", 3.0, math.tan(0.999 * math.pi / 2) + 2.0),
        ("plain", -7.5, -7.5),
    ],
)
def test_rewards(name, score, expected):
    assert REWARDS[name](score) == pytest.approx(expected)


def test_higher_scores_are_never_worth_less():
    for name, reward in REWARDS.items():
        scores = [-9.0, -2.0, -1.0] if name == "perplexity" else [0.1, 0.5, 0.9, 0.9995, 1.0, 97.0]
        values = [reward(score) for score in scores]
        assert values == sorted(values)


def test_losses_get_the_reward_of_losses():
    assert Reinforce().rewarded(True).reward == "cube"
    assert Reinforce().rewarded(False).reward == "inverse"
    assert Reinforce(reward="tangent").rewarded(True).reward == "tangent"
    with pytest.raises(SettingError, match=r"reward must be one for losses.*'tangent'"):
        Reinforce(reward="tangent").rewarded(False)
    with pytest.raises(SettingError, match=r"of which more is better.*'perplexity'"):
        Reinforce(reward="perplexity").rewarded(True)
    assert Reinforce(reward="perplexity").rewarded(False).reward == "perplexity"
    with pytest.raises(SettingError, match="reward must be one of"):
        Reinforce(reward="square")
    assert Reinforce(decides="transformations").rewarded(True).reward == "tangent"
    with pytest.raises(SettingError, match="decides must be one of"):
        Reinforce(decides="cells")
