"""What can be set of a policy and of how it learns."""

from __future__ import annotations

import dataclasses

from autonas.errors import SettingError, message


@dataclasses.dataclass(frozen=True)
class PolicySettings:
    """Defaults are those of NAS (Zoph & Le 2016); `enas` has those of the released ENAS code.

    Attributes:
        units, layers: of the LSTM; a policy of transformations has one layer each way, and no skip bits.
        init: weights begin evenly drawn from -init to init; biases at 0.
        learning_rate, beta_1, epsilon: of Adam.
        temperature: tau; logits are ``tanh_constant * tanh(u / tau)``, of choices and of skip bits alike.
        tanh_constant: c; None: logits are ``u / tau``.
        entropy_weight: what a nat of the policy's entropy is worth beside the advantage.
        skip_prior, skip_weight: the share of skip bits that is to be expected, and what a nat of the divergence from
            it costs: the mean over a sequence's bits of KL(sigmoid(logit) || prior).
        baseline_rate: r; the baseline moves to ``b + r (mean reward - b)``.
        baseline_first: whether it moves before it is subtracted, as in EAS; else b is of PREVIOUS rewards alone.
        clip: largest importance weight of a reward that comes late.

    Raises:
        SettingError: a setting is out of its range.
    """

    units: int = 35
    layers: int = 2
    init: float = 0.08
    learning_rate: float = 6e-4
    beta_1: float = 0.9
    epsilon: float = 1e-7
    temperature: float = 1.0
    tanh_constant: float | None = None
    entropy_weight: float = 0.0
    skip_prior: float = 0.4
    skip_weight: float = 0.0
    baseline_rate: float = 0.05
    baseline_first: bool = False
    clip: float = 2.0

    def __post_init__(self) -> None:
        for name in ("units", "layers", "init", "learning_rate", "epsilon", "temperature", "clip"):
            if not getattr(self, name) > 0:
                raise SettingError(message(name, "positive", getattr(self, name), "Use the default"))
        for name in ("entropy_weight", "skip_weight", "beta_1"):
            if not getattr(self, name) >= 0:
                raise SettingError(message(name, ">= 0", getattr(self, name), "Use 0 for none"))
        if not 0 < self.skip_prior < 1:
            raise SettingError(message("skip_prior", "between 0 and 1", self.skip_prior, "Use 0.4"))
        if not 0 < self.baseline_rate <= 1:
            raise SettingError(message("baseline_rate", "above 0 and at most 1", self.baseline_rate, "Use 0.05"))
        if self.tanh_constant is not None and not self.tanh_constant > 0:
            raise SettingError(message("tanh_constant", "positive", self.tanh_constant, "Use None for none"))

    @classmethod
    def enas(cls, **changes: float) -> PolicySettings:
        """Return the settings of ENAS's released code for the macro space, with ``changes``."""
        released = {
            "units": 64,
            "init": 0.1,
            "learning_rate": 1e-3,
            "beta_1": 0.0,
            "epsilon": 1e-3,
            "tanh_constant": 1.5,
            "entropy_weight": 1e-4,
            "skip_weight": 0.8,
            "baseline_rate": 0.01,
        }
        return cls(**{**released, **changes})  # type: ignore[arg-type]
