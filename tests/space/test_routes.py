"""Fair routes: of every entry of every space, each value once in every run of as many routes as it has values."""

import itertools

import pytest

from autonas.space.enas_macro import Macro
from autonas.space.enas_micro import Micro
from autonas.space.enas_rnn import Recurrent
from autonas.space.routes import fair

SPACES = {
    "macro": Macro((8, 8, 1), 10, layers=6),
    "macro of texts": Macro((20,), 2, width=4, layers=3, vocabulary=30),
    "micro": Micro((8, 8, 1), 10, width=4, layers=3, blocks=5),
    "rnn": Recurrent((20,), 2, vocabulary=30, width=4, nodes=6),
    "rnn of the paper": Recurrent((20,), 2, vocabulary=30, width=4, nodes=12),
}
EACH_SPACE = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def drawn(space, count, **settings):
    return list(itertools.islice(fair(space.entries, **{"seed": 7, **settings}), count))


@EACH_SPACE
def test_every_value_occurs_once_in_each_run_of_as_many_routes_as_an_entry_has_values(space):
    routes = drawn(space, 240)
    for place, entry in enumerate(space.entries):
        column = [route[place] for route in routes]
        for start in range(0, len(column) - entry.values + 1, entry.values):
            assert sorted(column[start : start + entry.values]) == list(range(entry.values))


@EACH_SPACE
def test_they_are_routes_of_the_space(space):
    for route in drawn(space, 20):
        space.graph.check(space.route(route))


@EACH_SPACE
@pytest.mark.parametrize("start", [1, 11, 60])
def test_they_go_on_from_any_number(space, start):
    assert drawn(space, 9, start=start) == drawn(space, 80)[start : start + 9]


def test_they_follow_from_the_seed_and_entries_from_themselves():
    space = SPACES["rnn"]
    assert drawn(space, 20) == drawn(space, 20)
    assert drawn(space, 20) != drawn(space, 20, seed=8)
    alike = [place for place, entry in enumerate(space.entries) if entry.values == 4]
    columns = [tuple(route[place] for route in drawn(space, 40)) for place in alike]
    assert len(set(columns)) == len(alike) > 2
