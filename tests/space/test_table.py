"""Tables as spaces: cells, chains, holes, and networks of several names."""

import itertools
import math

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.arch.starters import plain_cnn
from autonas.errors import SettingError
from autonas.morph import SetChoices, legal_edits
from autonas.space import chain, choices_of, drawn, nasbench201
from autonas.space.adjacency import adjacency
from autonas.space.nasbench201 import OPS, cell_network, read_cell

CELL = "|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|"


def cell(ops):
    a, b, c, d, e, f = ops
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


def strings(alphabet, length):
    return ["".join(each) for each in itertools.product(alphabet, repeat=length)]


def places(names):
    """A table in which every name is a network of its own."""
    return {name: (float(number), -float(number)) for number, name in enumerate(names)}


def neighbours(space, name):
    network = space.network(tuple(name))
    edits = space.families(network)["choice"]
    return {"".join(choices_of(space.child(network, edit))) for edit in edits}


def reached(space):
    """Every network that edits lead to from the starter."""
    found, waiting = {}, list(space.starters)
    while waiting:
        network = waiting.pop()
        if content_id(network) not in found:
            found[content_id(network)] = network
            waiting += [space.child(network, edit) for edit in space.families(network)["choice"]]
    return {"".join(choices_of(each)) for each in found.values()}


def test_a_cell_is_a_graph_of_its_ops():
    network = cell_network(read_cell(CELL))
    assert network["edge_1_2"].words == "nor_conv_1x1"
    assert network["edge_1_2"].inputs == ("edge_0_1",)  # node 1 is entered by that edge alone
    assert network["sum_2"].inputs == ("edge_0_2", "edge_1_2")
    assert network["sum_3"].inputs == ("edge_0_3", "edge_1_3", "edge_2_3")
    assert network["edge_2_3"].inputs == ("sum_2",)
    assert choices_of(network) == read_cell(CELL)


def test_cells_have_ids_of_their_own_even_where_they_compute_the_same():
    # Without the edge 1-2, nodes 1 and 2 may change places: e01 with e02 and e13 with e23.
    one = ("skip_connect", "nor_conv_3x3", "none", "none", "avg_pool_3x3", "nor_conv_1x1")
    other = ("nor_conv_3x3", "skip_connect", "none", "none", "nor_conv_1x1", "avg_pool_3x3")
    assert content_id(cell_network(one)) != content_id(cell_network(other))
    every = itertools.product(OPS[:3], repeat=6)
    assert len({content_id(cell_network(each)) for each in every}) == 3**6


def test_a_cell_has_24_neighbours_and_scores():
    table = {cell(each): (float(number), 0.5) for number, each in enumerate(itertools.product(OPS, repeat=6))}
    space = nasbench201(table)
    network = space.network(read_cell(CELL))
    edits = list(space.families(network)["choice"])
    assert len(set(edits)) == 6 * 4
    assert set(edits) == set(SetChoices.legal(network))
    assert space.signal(network) == table[CELL][0]
    assert space.report(network) == 0.5


@pytest.mark.parametrize("name", ["02012100", CELL[:-1], CELL.replace("none~0", "nothing~0"), CELL.replace("~2", "~1")])
def test_what_is_no_cell_is_refused(name):
    with pytest.raises(SettingError, match=r"a cell must be written .* Received: .* Use NAS-Bench-201's own strings"):
        nasbench201({name: (1.0, 1.0)})


def test_a_chain_is_its_layers_in_order():
    space = chain(places(strings("abc", 3)))
    network = space.network(("b", "a", "c"))
    assert [each.words for each in network.nodes[1:]] == ["b", "a", "c"]
    assert space.signal(network) == strings("abc", 3).index("bac")
    assert neighbours(space, "bac") == {"aac", "cac", "bbc", "bcc", "baa", "bab"}


@pytest.fixture
def identities():
    """Strings of length 3 in which ``x`` does nothing: 15 networks, of 27 names."""
    names = strings("axb", 3)
    networks = {name: name.replace("x", "") for name in names}
    listed = sorted(set(networks.values()))
    return {name: (float(listed.index(each)), 1.0) for name, each in networks.items()}


def test_networks_of_several_names_are_one_query(identities):
    space = chain(identities)
    # 1 of no layer, 2 of one, 4 of two, 8 of three.
    assert len(space.names) == 1 + 2 + 4 + 8
    assert len(reached(space)) == 15
    assert space.names[tuple("abx")] == (tuple("abx"), tuple("axb"), tuple("xab"))


def test_a_step_from_any_name_is_a_step(identities):
    # a-b gains a layer at any place: aab, bab (of xab), abb (of axb), aba; loses one: a, b; changes one: aa, bb.
    space = chain(identities)
    layers = {name.replace("x", "") for name in neighbours(space, "abx")}
    assert layers == {"aab", "bab", "abb", "aba", "a", "b", "bb", "aa"}


def test_edits_between_names_lead_to_the_name_of_the_network(identities):
    space = chain(identities)
    for name in space.names:
        network = space.network(name)
        for edit in space.families(network)["choice"]:
            child = space.child(network, edit)
            assert edit.apply(network) == child
            assert choices_of(child) in space.names


def test_another_name_of_a_network_is_out_of_bounds(identities):
    space = chain(identities)
    network = space.network(tuple("abx"))
    assert space.child(network, SetChoices("layer_1=x layer_2=b")) is None  # axb, which is abx


def test_equal_scores_alone_do_not_join_networks():
    failing = dict.fromkeys(strings("ab", 3), (10.0, 10.0))
    # By their letters: aaa, aab and its orders, abb and its orders, bbb.
    assert len(chain(failing).names) == 4
    assert len(chain({"ab": (1.0, 2.0), "ba": (1.0, 2.5)}).names) == 2


def test_samples_are_even_over_networks_and_never_leave_the_table(identities, rng):
    space = chain(identities)
    drawn_names = [choices_of(space.sample(rng)) for _ in range(1500)]
    counts = [drawn_names.count(name) for name in space.names]
    # 100 of each expected; five standard deviations are 5 * sqrt(1500 * 1/15 * 14/15) = 48.
    assert sum(counts) == 1500
    assert all(abs(count - 100) < 49 for count in counts)


def test_holes_are_stepped_over():
    # Only abb and bbb are one choice apart. The nearest to aaa is abb, at 2.
    space = chain(places(["aaa", "abb", "bbb"]))
    assert neighbours(space, "aaa") == {"abb"}
    assert neighbours(space, "abb") == {"aaa", "bbb"}


def test_all_of_a_table_full_of_holes_is_reached(rng):
    every = strings("abcd", 5)
    for share in (0.01, 0.05, 0.3):
        kept = [name for name in every if rng.random() < share]
        assert reached(chain(places(kept))) == set(kept)


def test_parts_of_a_table_are_joined_where_they_are_close():
    # {aaaa, aaab} and {bbba, bbbb}: from aaaa to bbba there are 3 choices, to bbbb 4.
    groups = {tuple(name): (tuple(name),) for name in ("aaaa", "aaab", "bbba", "bbbb")}
    near = adjacency(groups)
    assert near[tuple("bbba")] == (tuple("aaaa"), tuple("bbbb"))
    assert near[tuple("bbbb")] == (tuple("bbba"),)


def test_a_table_of_one_network_has_no_edits():
    space = chain({"ab": (1.0, 1.0)})
    assert list(drawn(space.families(space.starters[0]), np.random.default_rng(0))) == []


def test_an_edit_of_another_kind_is_no_step_out_of_the_table():
    space = chain(places(["ab", "bb"]))
    with pytest.raises(ValueError, match="must name an existing node"):
        space.child(space.starters[0], legal_edits(plain_cnn((8, 8, 1), 3, width=8))[0])


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, "rows must be one at least"),
        ({"ab": (1.0, 1.0), "abc": (1.0, 1.0)}, r"a table must be 2 choices in every row.*\('a', 'b', 'c'\)"),
        ({"": (1.0, 1.0)}, "a table must be one or more choices in every row"),
        ({"a b": (1.0, 1.0)}, "choices must be without blanks"),
        ({"ab": (1.0, math.nan)}, r"scores must be two finite numbers for \('a', 'b'\). Received: \(1.0, nan\)"),
        ({"ab": (math.inf, 1.0)}, "scores must be two finite numbers"),
    ],
)
def test_a_malformed_table_is_refused(table, expected):
    with pytest.raises(SettingError, match=expected):
        chain(table)
