"""The policy room: an LSTM over tokens that samples architectures and learns by REINFORCE."""

from autonas.runtime.policy.policy import Policy
from autonas.runtime.policy.published import PUBLISHED
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.taught import TaughtPolicy
from autonas.runtime.policy.walk import Walk

__all__ = ["PUBLISHED", "Policy", "PolicySettings", "TaughtPolicy", "Walk"]
