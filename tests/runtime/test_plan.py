"""How large the first network is and how the time is shared out, with a pace that is given and not measured."""

import itertools

import pytest

from autonas.arch.starters import residual_cnn
from autonas.runtime.plan import (
    CHILD_SHARE,
    EPOCHS,
    FINISH_SHARE,
    FIRST_SHARE,
    LINEAGE_SHARE,
    TRAINING_COST,
    Effort,
    first_network,
    make_plan,
    paced_network,
)

pytestmark = pytest.mark.tf

WIDTHS = (4, 8, 16, 32)
SETTINGS = {"examples": 1000, "batch_size": 100}


def make(width):
    return residual_cnn((8, 8, 1), 10, width=width)


def pace(network, epochs, examples, seconds):
    """Return the operations a second with which ``network`` gets so many epochs in its share of ``seconds``."""
    return TRAINING_COST * network.flops * examples * epochs / (LINEAGE_SHARE * seconds)


def first(rate, seconds, max_parameters=None):
    return first_network(
        make, WIDTHS, rate=rate, examples=1000, seconds=seconds, max_parameters=max_parameters
    ).parameters


def test_the_first_network_is_the_widest_that_the_time_affords():
    enough = pace(make(16), EPOCHS, 1000, 600)
    assert first(enough * 1.01, 600) == make(16).parameters
    assert first(enough * 0.99, 600) == make(8).parameters
    assert first(enough * 1.01, 300) == make(8).parameters
    assert first(1.0, 1.0) == make(4).parameters  # whatever the time, there is one
    assert first(1e30, 600) == make(32).parameters


def test_the_first_network_is_chosen_by_its_own_pace():
    enough = pace(make(16), EPOCHS, 1000, 600)

    def choose(rate):
        return first_network(make, WIDTHS, rate=rate, examples=1000, seconds=600, max_parameters=None)

    def wider(network):
        return next((make(width) for width in WIDTHS if make(width).flops > network.flops), None)

    def paced(**rates):
        by_network = {make(int(name[1:])): rate * enough for name, rate in rates.items()}
        return paced_network(choose, wider, by_network.__getitem__, 0.5 * enough)

    # By its own pace the second network could not be left: the third trains at a higher one.
    assert paced(w8=0.9, w16=1.2, w32=1.3) == (make(16), 1.2 * enough)
    assert paced(w8=0.9, w16=0.9) == (make(8), 0.9 * enough)
    assert paced(w8=0.01, w16=0.01)[0] == make(4)  # a pace that was overrated


def test_of_longer_limits_children_get_more_and_each_network_more_epochs():
    short, long = (make_plan(rate=1e8, first=make(4), seconds=s, epochs=None, **SETTINGS) for s in (600, 5400))
    counts = [(p.search_seconds - p.lengths.scratch.seconds) / p.lengths.warm.seconds for p in (short, long)]
    assert counts[1] >= 2.9 * counts[0]
    assert long.max_flops == pytest.approx(9 * short.max_flops, rel=1e-4)


def test_the_first_network_obeys_the_bound_on_parameters():
    assert first(1e30, 600, max_parameters=make(16).parameters) == make(16).parameters
    assert first(0.0, None, max_parameters=make(16).parameters - 1) == make(8).parameters


@pytest.mark.parametrize(
    ("seconds", "rate", "halves"), list(itertools.product([5.0, 60.0, 3600.0], [1e6, 1e9, 1e14], [1, 2]))
)
def test_the_parts_fit_into_the_whole(seconds, rate, halves):
    plan = make_plan(rate=rate, first=make(4), seconds=seconds, epochs=None, halves=halves, **SETTINGS)
    finishing = halves * plan.finish.seconds
    assert plan.search_seconds + finishing == pytest.approx(seconds)
    assert 0 < finishing <= FINISH_SHARE * seconds + 1e-9
    assert plan.lengths.scratch.seconds == pytest.approx(FIRST_SHARE * seconds)
    longer = max(1.0, (seconds / 600) ** 0.5)
    assert plan.lengths.warm.seconds == pytest.approx(CHILD_SHARE * seconds / longer)
    assert 0 < plan.lengths.worthwhile_seconds < plan.lengths.warm.seconds < plan.search_seconds
    assert plan.max_flops >= make(4).flops


def test_a_faster_machine_may_grow_larger_networks():
    slow, fast = (make_plan(rate=rate, first=make(4), seconds=600, epochs=None, **SETTINGS) for rate in (1e9, 1e10))
    assert fast.max_flops == pytest.approx(10 * slow.max_flops)


def test_time_that_finishing_cannot_use_goes_to_the_search():
    long, short = (make_plan(rate=1e9, first=make(4), seconds=600, epochs=n, **SETTINGS) for n in (None, 3))
    assert short.finish.seconds < long.finish.seconds
    assert short.search_seconds > long.search_seconds


def test_a_long_limit_on_small_data_is_for_the_search():
    day = make_plan(rate=1e9, first=make(4), seconds=86_400, epochs=None, **SETTINGS)
    assert day.finish.seconds < 0.05 * 86_400


def test_without_a_time_limit_steps_are_the_only_bound():
    plan = make_plan(rate=None, first=make(4), seconds=None, epochs=None, **SETTINGS)
    spans = (plan.lengths.scratch, plan.lengths.warm, plan.finish)
    assert [span.seconds for span in spans] == [None] * 3
    assert plan.lengths.warm.steps < plan.lengths.scratch.steps < plan.finish.steps
    assert (plan.search_seconds, plan.max_flops, plan.lengths.worthwhile_seconds) == (None, None, 0.0)


def test_the_users_epochs_bound_every_run():
    plan = make_plan(rate=None, first=make(4), seconds=None, epochs=6, **SETTINGS)
    assert (plan.lengths.scratch.steps, plan.lengths.warm.steps, plan.finish.steps) == (60, 20, 60)  # 10 an epoch


def test_several_first_networks_share_the_time_of_one():
    one, three = (make_plan(rate=1e9, first=make(4), seconds=600, epochs=None, starters=n, **SETTINGS) for n in (1, 3))
    assert three.lengths.scratch.seconds == pytest.approx(one.lengths.scratch.seconds / 3**0.5)
    assert three.lengths.warm == one.lengths.warm


def test_a_kind_of_data_says_how_much_of_the_time_is_for_finishing():
    effort = Effort(epochs=(1.0, 1.0, 1e6), finish_share=0.2)
    plan = make_plan(rate=1e9, first=make(4), seconds=600, epochs=None, effort=effort, **SETTINGS)
    assert plan.finish.seconds == pytest.approx(0.2 * 600)
    assert plan.search_seconds == pytest.approx(0.8 * 600)
