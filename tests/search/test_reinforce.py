"""What a strategy that learns a policy makes of rewards that come early, late and never."""

import dataclasses

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.arch.starters import plain_cnn
from autonas.errors import SettingError
from autonas.search import Drawn, EvenPolicy, Growth, Observation, Reinforce, run
from autonas.space import CnnSpace, TransformSpace, chain


@dataclasses.dataclass(frozen=True)
class Scripted(EvenPolicy):
    """Samples the same rows again and again."""

    rows: tuple[tuple[int, ...], ...] = ()

    def sample(self, steps, lessons, count, rng, length=None):
        return np.array(self.rows[:count]), np.full(len(self.rows[:count]), -1.5)


SPACE = chain({f"{a}{b}": (float(a * 3 + b), 0.0) for a in range(3) for b in range(3)})


def _asked(strategy, count):
    """Ask for networks that nobody scores yet; return them and the state."""
    state, asked = strategy.start(), []
    for number in range(count):
        proposal = strategy.ask(state, np.random.default_rng(number))
        asked.append(proposal)
        state = strategy.tell(state, Observation(str(number), proposal, "pending"))
    return asked, state


def test_lessons_come_in_the_order_in_which_trials_end():
    strategy = Reinforce(policy=EvenPolicy(), reward="plain").on(SPACE)
    asked, state = _asked(strategy, 5)
    for number, status, score in ((3, "completed", 0.3), (1, "failed", None), (4, "completed", 0.4)):
        state = strategy.tell(state, Observation(str(number), asked[number], status, score))
    # 2 never ends, 1 failed (no reward is the least that 'plain' gives), and the starter was not sampled.
    assert state.pupils == ("3", "4")
    assert [each.reward for each in state.lessons] == [0.3, 0.4]
    assert [each.decisions for each in state.lessons] == [asked[3].drawn.decisions, asked[4].drawn.decisions]
    late = strategy.tell(state, Observation("2", asked[2], "completed", 0.2))
    assert late.pupils == ("3", "4", "2")
    assert strategy.ask(late, np.random.default_rng(9)) is not None


def test_a_score_that_is_told_anew_replaces_its_lesson():
    strategy = Reinforce(policy=EvenPolicy(), reward="plain").on(SPACE)
    asked, state = _asked(strategy, 4)
    for number, score in ((1, 0.1), (2, 0.2), (3, 0.3), (2, 0.9)):
        state = strategy.tell(state, Observation(str(number), asked[number], "completed", score))
    assert state.pupils == ("1", "2", "3")
    assert [each.reward for each in state.lessons] == [0.1, 0.9, 0.3]
    state = strategy.tell(state, Observation("2", asked[2], "failed"))
    assert state.pupils == ("1", "3")


def test_a_network_that_fails_is_worth_nothing():
    strategy = Reinforce(policy=EvenPolicy(), reward="inverse").on(SPACE)
    asked, state = _asked(strategy, 3)
    state = strategy.tell(state, Observation("1", asked[1], "completed", -3.0))
    state = strategy.tell(state, Observation("2", asked[2], "failed"))
    assert [each.reward for each in state.lessons] == [0.25, 0.0]
    assert state.pupils == ("1", "2")


def test_scores_that_are_no_accuracies_are_refused_before_they_teach_nothing():
    for score in (-0.3, 97.0):
        with pytest.raises(SettingError, match=r"score must be from 0 to 1.*reward='inverse'"):
            run(Reinforce(policy=EvenPolicy()), SPACE, lambda network, score=score: score, trials=3)
    assert len(run(Reinforce(policy=EvenPolicy(), reward="inverse"), SPACE, lambda network: -0.3, 3).history) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"policy": "lstm"}, "policy must be one that samples and learns"),
        ({"growth": {"start": 6}}, "growth must be a Growth or None"),
        ({"growth": Growth(), "decides": "transformations"}, "growth must be None where it decides transformations"),
        ({"bunches": ()}, "bunches must be integers of at least 1"),
        ({"bunches": (4, 0)}, "bunches must be integers of at least 1"),
    ],
)
def test_settings_that_cannot_work_are_refused(given, words):
    with pytest.raises(SettingError, match=words):
        Reinforce(**given)


def test_a_lesson_keeps_the_probability_of_the_policy_that_sampled_it():
    strategy = Reinforce(policy=Scripted(rows=((0, 0),)), reward="cube").on(SPACE)
    asked, state = _asked(strategy, 2)
    assert asked[1].drawn == Drawn((0, 0), -1.5)
    state = strategy.tell(state, Observation("1", asked[1], "completed", 0.5))
    (lesson,) = state.lessons
    assert (lesson.reward, lesson.log_probability) == (0.125, -1.5)


def test_a_policy_that_repeats_itself_makes_room_for_random_networks():
    strategy = Reinforce(policy=Scripted(rows=((0, 0), (0, 1))), reward="plain").on(SPACE)
    asked, _ = _asked(strategy, 6)
    assert [each.drawn and each.drawn.decisions for each in asked] == [None, (0, 0), (0, 1), None, None, None]
    assert len({content_id(each.architecture) for each in asked}) == 6


def test_random_episodes_inherit_as_sampled_ones_do():
    space = TransformSpace(plain_cnn((8, 8, 1), 3, 4), levels=(4, 8, 16, 32), units=(16, 32), wider=1, deeper=1)
    strategy = Reinforce(policy=Scripted(rows=((-1,) * space.decisions,))).on(space)  # the start network, for ever
    state = strategy.start()
    for number in range(5):
        proposal = strategy.ask(state, np.random.default_rng(number))
        assert (proposal.parent, proposal.drawn) == ("0" if number else None, None)
        state = strategy.tell(state, Observation(str(number), proposal, "completed", 0.5))
    assert state.lessons == ()


def test_what_is_tried_while_the_start_network_trains_teaches_nothing():
    space = TransformSpace(plain_cnn((8, 8, 1), 3, 4), levels=(4, 8, 16, 32), units=(16, 32), wider=1, deeper=1)
    strategy = Reinforce(policy=EvenPolicy()).on(space)
    asked, state = _asked(strategy, 3)
    assert [(each.parent, each.drawn) for each in asked] == [(None, None)] * 3
    state = strategy.tell(state, Observation("0", asked[0], "completed", 0.5))
    later = strategy.ask(state, np.random.default_rng(3))
    assert later.parent == "0"
    assert later.drawn is not None
    failed = strategy.ask(strategy.tell(state, Observation("0", asked[0], "failed")), np.random.default_rng(3))
    assert failed.parent is None
    assert failed.drawn is not None  # all that follow train as long


def test_networks_grow_with_the_search():
    assert [Growth().layers(trials) for trials in (0, 1599, 1600, 12_799)] == [6, 6, 8, 20]
    space = CnnSpace((8, 8, 1), 2, layers=4, first_layers=1, filters=(2, 3))
    strategy = Reinforce(policy=EvenPolicy(), growth=Growth(start=1, by=1, every=3)).on(space)
    asked, _ = _asked(strategy, 8)
    depths = [sum(node.op.endswith("conv") for node in each.architecture.nodes) for each in asked]
    assert depths == [1, 1, 1, 2, 2, 2, 3, 3]
    with pytest.raises(SettingError, match="every must be >= 1"):
        Growth(every=0)


def test_a_policy_must_be_given():
    with pytest.raises(SettingError, match="policy must be given"):
        Reinforce().on(SPACE).start()
