"""The body of EAS's policy (Cai et al. 2017, arXiv 1707.04873): it reads a network and decides its transformations.

A bi-LSTM reads the network's layers. The wider actor says yes or no for each layer, a sigmoid over what was read there;
the deeper actor, an LSTM that begins where the encoder ended, chooses a block, a place in it and the size of the
window, each masked to what there is. Here in NumPy, for sampling; in Keras in `autonas.runtime.policy.actor_network`.

======== ==========================================================
symbol   meaning
======== ==========================================================
n        episodes
L, D     layers of a network, decisions of an episode (`autonas.space.transforms`)
u        units of the encoder, each way; the deeper actor has 2 u
======== ==========================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.morph.depth import KERNELS
from autonas.runtime.policy.actor_network import EMBEDDING, build_actors
from autonas.runtime.policy.layout import Floats, Ints
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.squash import squash
from autonas.runtime.policy.steps import draw, log_softmax, lstm_step
from autonas.runtime.policy.walk import Walk
from autonas.space.transforms import BLOCKS, PLACES, L, TransformSpace, layers_of

State = tuple[Floats, Floats]


@dataclasses.dataclass(frozen=True)
class ActorBody:
    """See `autonas.runtime.policy.body.Body`."""

    space: TransformSpace

    @property
    def decisions(self) -> int:
        """D."""
        return self.space.decisions

    def shapes(self, settings: PolicySettings) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        u, found = settings.units, {"embedding": (self.space.vocabulary, EMBEDDING)}
        for name, inputs, units in (
            ("forward", EMBEDDING, u),
            ("backward", EMBEDDING, u),
            ("deeper", EMBEDDING, 2 * u),
        ):
            if name == "deeper":
                found |= {"wider": (2 * u, 1), "wider_bias": (1,), "decided": (1 + BLOCKS + PLACES, EMBEDDING)}
            found |= {f"{name}_kernel": (inputs, 4 * units), f"{name}_recurrent": (units, 4 * units)}
            found |= {f"{name}_bias": (4 * units,)}
        for name, options in (("block", BLOCKS), ("place", PLACES), ("window", len(KERNELS))):
            found |= {name: (2 * u, options), f"{name}_bias": (options,)}
        return found

    def build(self, settings: PolicySettings) -> tuple[keras.Model, list[keras.layers.Layer]]:
        """Return the model and its layers, in the order of `shapes`."""
        return build_actors(self.space.vocabulary, settings)

    def check(self, decisions: Ints) -> Ints:
        """Return ``decisions`` as an array (n, D), or raise `SettingError`."""
        rows = np.asarray(decisions, np.int64)
        if rows.ndim != 2 or rows.shape[1] != self.decisions or np.any(rows < -1) or np.any(rows >= PLACES):
            expected = f"an array (n, {self.decisions}) of an episode's decisions"
            raise SettingError(message("decisions", expected, decisions, "Use rows that a policy has sampled"))
        return rows

    def rows(self, decisions: Ints) -> Ints:
        """Return the episode of every row of `encode`: a row a step."""
        return np.repeat(np.arange(len(decisions)), self.space.wider + self.space.deeper)

    def walk(
        self,
        weights: Mapping[str, Floats],
        settings: PolicySettings,
        given: Ints | None = None,
        *,
        count: int = 0,
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> Walk:
        """Sample episodes, or judge given ones; they are never cut at ``steps``.

        Of what is sampled, edits that would break a bound are left out, and marked; given rows say what was.
        """
        n = count if given is None else len(given)
        decisions = np.full((n, self.decisions), -1) if given is None else given
        logs, entropies = np.zeros((n, self.decisions), np.float32), np.zeros(n, np.float32)
        networks = [self.space.start] * n
        for name, part in self.space.slices():
            views = [_View.of(self.space, each) for each in networks]
            read, state = _encode(views, weights)
            act = _wider if name == "wider" else _deeper
            made, logs[:, part], spread = act(read, state, views, weights, settings, rng, decisions[:, part])
            entropies += spread
            if rng is None:
                rows = decisions[:, part].tolist()
                networks = [self.space.step(each, name, row)[0] for each, row in zip(networks, rows, strict=True)]
            else:
                rows = made.tolist()
                taken = [self.space.taken(each, name, row) for each, row in zip(networks, rows, strict=True)]
                networks, decisions[:, part] = [each for each, _ in taken], [row for _, row in taken]
        return Walk(decisions, logs, entropies)

    def encode(self, decisions: Ints) -> dict[str, Floats]:
        """Return the inputs of the model, a row for every step of every episode."""
        parts: list[dict[str, npt.NDArray[np.float32]]] = []
        for row in decisions.tolist():
            networks = self.space.networks(row)
            for (name, part), network in zip(self.space.slices(), networks, strict=False):
                view = _View.of(self.space, network)
                parts.append(view.wider_row(row[part]) if name == "wider" else view.deeper_row(row[part]))
        return {name: np.stack([each[name] for each in parts]) for name in parts[0]}


@dataclasses.dataclass(frozen=True, eq=False)
class _View:
    """What the actors see of a network, and what they may do."""

    tokens: Ints  # (L,)
    can_widen: Floats  # (L,)
    places: Floats  # (BLOCKS, PLACES): where a layer can be put
    sized: npt.NDArray[np.bool_]  # (BLOCKS,): in which blocks windows have a size

    @classmethod
    def of(cls, space: TransformSpace, network: Architecture) -> _View:
        tokens, can, places = np.zeros(L, np.int64), np.zeros(L, np.float32), np.zeros((BLOCKS, PLACES), np.float32)
        numbers = space.tokens(network)
        tokens[: len(numbers)] = numbers
        can[: len(numbers)] = [space.next_width(each) is not None for each in layers_of(network)]
        blocks = space.places(network)
        for number, block in enumerate(blocks):
            places[number, : len(block)] = 1.0
        sized = np.zeros(BLOCKS, bool)
        sized[: len(blocks)] = space.sized(network)
        return cls(tokens, can, places, sized)

    @property
    def blocks(self) -> Floats:
        """1 for every block in which there is a place, (BLOCKS,)."""
        return self.places.max(axis=1)

    def wider_row(self, bits: Sequence[int]) -> dict[str, npt.NDArray[np.float32]]:
        row = self._row()
        row["can_widen"], row["bits"] = self.can_widen, np.clip(np.array(bits, np.float32), 0, 1)
        return row

    def deeper_row(self, decided: Sequence[int]) -> dict[str, npt.NDArray[np.float32]]:
        row, (block, place, window) = self._row(), decided
        if block < 0:
            return row
        block %= BLOCKS  # chosen, even where the layer was left out
        row["decided"] = np.array([0, 1 + block, 1 + BLOCKS + place], np.float32)
        row["made"] = np.array([1, 1, window >= 0], np.float32)
        row["block"][block], row["place"][place] = 1, 1
        row["window"][max(window, 0)] = float(window >= 0)
        row["can_block"], row["can_place"] = self.blocks, self.places[block]
        return row

    def _row(self) -> dict[str, npt.NDArray[np.float32]]:
        zeros = {"bits": L, "can_widen": L, "decided": 3, "made": 3, "block": BLOCKS, "place": PLACES}
        ones = {"can_block": BLOCKS, "can_place": PLACES}
        return {
            "tokens": self.tokens.astype(np.float32),
            **{name: np.zeros(size, np.float32) for name, size in {**zeros, "window": len(KERNELS)}.items()},
            **{name: np.ones(size, np.float32) for name, size in ones.items()},
        }


def _encode(views: list[_View], weights: Mapping[str, Floats]) -> tuple[Floats, State]:
    """Return what the bi-LSTM reads at every layer, (n, L, 2 u), and where it ends, twice (n, 2 u)."""
    tokens = np.stack([each.tokens for each in views])
    read, ends = zip(
        *(_run(tokens, weights, name, name == "backward") for name in ("forward", "backward")), strict=True
    )
    (h, c), (other_h, other_c) = ends
    return np.concatenate(read, axis=2), (np.concatenate([h, other_h], axis=1), np.concatenate([c, other_c], axis=1))


def _run(tokens: Ints, weights: Mapping[str, Floats], name: str, backwards: bool) -> tuple[Floats, State]:
    n, units = len(tokens), len(weights[f"{name}_recurrent"])
    state: State = (np.zeros((n, units), np.float32), np.zeros((n, units), np.float32))
    read = np.zeros((n, L, units), np.float32)
    steps = range(int((tokens > 0).sum(axis=1).max()))
    for at in reversed(steps) if backwards else steps:
        after = _cell(weights["embedding"][tokens[:, at]], state, weights, name)
        real = tokens[:, at, None] > 0
        state = np.where(real, after[0], state[0]), np.where(real, after[1], state[1])
        read[:, at] = state[0]
    return read, state


def _cell(x: Floats, state: State, weights: Mapping[str, Floats], name: str) -> State:
    """One step of the LSTM ``name``."""
    return lstm_step(x, *state, (weights[f"{name}_kernel"], weights[f"{name}_recurrent"], weights[f"{name}_bias"]))


def _wider(
    read: Floats,
    state: State,
    views: list[_View],
    weights: Mapping[str, Floats],
    settings: PolicySettings,
    rng: np.random.Generator | None,
    made: Ints,
) -> tuple[Ints, Floats, Floats]:
    """Return bits (n, L), their log-probabilities (n, L) and entropies (n,); without ``rng`` of the bits ``made``."""
    logits = squash((read @ weights["wider"] + weights["wider_bias"])[..., 0], settings)
    yes, no, can = -np.logaddexp(0, -logits), -np.logaddexp(0, logits), np.stack([each.can_widen for each in views])
    if rng is not None:
        made = np.where(can > 0, rng.random(can.shape) < np.exp(yes), -1).astype(np.int64)
    logs = np.where(made > 0, yes, no) * can
    return made, logs, -((np.exp(yes) * yes + np.exp(no) * no) * can).sum(axis=1)


def _deeper(
    read: Floats,
    state: State,
    views: list[_View],
    weights: Mapping[str, Floats],
    settings: PolicySettings,
    rng: np.random.Generator | None,
    made: Ints,
) -> tuple[Ints, Floats, Floats]:
    """Return block, place and window (n, 3), their log-probabilities (n, 3) and entropies (n,); see `_wider`."""
    n = len(views)
    logs, entropies = np.zeros((n, 3), np.float32), np.zeros(n, np.float32)
    made, rows = made.copy(), np.arange(n)
    made[:, 0] = np.where(made[:, 0] < 0, -1, made[:, 0] % BLOCKS)  # chosen, even where the layer was left out
    previous = np.zeros(n, np.int64)
    can = np.stack([each.blocks for each in views])
    alive = can.any(axis=1)
    for at, name in enumerate(("block", "place", "window")):
        if name == "place":
            can = np.stack([each.places for each in views])[rows, np.maximum(made[:, 0], 0)]
        elif name == "window":
            can = np.ones((n, len(KERNELS)), np.float32)
            alive = alive & np.stack([each.sized for each in views])[rows, np.maximum(made[:, 0], 0)]
        state = _cell(weights["decided"][previous], state, weights, "deeper")
        logits = squash(state[0] @ weights[name] + weights[f"{name}_bias"], settings)
        log = log_softmax(np.where(can > 0, logits, -1e9))
        if rng is not None:
            made[:, at] = np.where(alive, draw(log, rng), -1)
        logs[:, at] = log[rows, np.maximum(made[:, at], 0)] * alive
        entropies -= np.where(can > 0, np.exp(log) * log, 0).sum(axis=1) * alive
        previous = (1, 1 + BLOCKS, 0)[at] + np.maximum(made[:, at], 0)
    return made, logs, entropies
