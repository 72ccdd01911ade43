"""Policies as they were published, for searches of thousands of networks.

The oracles ``"rl"`` and ``"eas"`` have faster ones (`autonas.estimators.recipes`); these are given to a strategy as
``Reinforce(policy=PUBLISHED["nas cnn"], growth=Growth())`` and
``Reinforce(policy=PUBLISHED["eas"], decides="transformations")``.
"""

from __future__ import annotations

from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.taught import TaughtPolicy

PUBLISHED: dict[str, TaughtPolicy] = {
    # Zoph & Le 2016: two layers of 35 units, first weights from -0.08 to 0.08, Adam; m = 8 children a gradient step.
    "nas cnn": TaughtPolicy(PolicySettings(units=35, layers=2, init=0.08, learning_rate=6e-4), batch=8),
    # The same for recurrent cells; 10 gradients of one child each make a step.
    "nas cell": TaughtPolicy(PolicySettings(units=35, layers=2, init=0.08, learning_rate=5e-4), batch=10),
    # Cai et al. 2017, and their code: ten networks an episode, and 0.95 weighs the new mean, before it is subtracted.
    "eas": TaughtPolicy(
        PolicySettings(units=50, learning_rate=2e-3, entropy_weight=1e-5, baseline_rate=0.95, baseline_first=True),
        batch=10,
    ),
}
"""Every one by name."""
