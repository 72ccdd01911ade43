"""Views of a table's networks, by hand: places, and what is live."""

from autonas.arch import Architecture, node
from autonas.arch.starters import plain_cnn
from autonas.space.chain import chain_network
from autonas.space.nasbench201 import OPS, cell_network
from autonas.surrogate import features, wl_embedding
from autonas.surrogate.choices import MOST_PATHS, live, views

CONV, POOL, SKIP, NONE = "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "none"


def _cell(*ops):
    """Ops on the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3."""
    return cell_network(ops)


def test_a_cell_by_hand():
    # 0-1 conv, 0-2 none, 1-2 pool, 0-3 skip, 1-3 none, 2-3 conv: live are conv, pool, conv; ways: the skip, all three.
    seen = views(_cell(CONV, NONE, POOL, SKIP, NONE, CONV))
    assert len(seen.places) == 6
    assert seen.ops == {"input": 1.0, CONV: 2.0, POOL: 1.0, "output": 1.0}
    assert seen.paths == {"output": 1.0, f"{CONV}|{POOL}|{CONV}|output": 1.0}
    assert sum(seen.wiring.values()) == 2 * 5


def test_what_leads_nowhere_is_dead():
    # Nothing leaves node 2, so what enters it computes nothing.
    one, other = (_cell(CONV, op, POOL, SKIP, CONV, NONE) for op in (CONV, POOL))
    assert (views(one).ops, views(one).wiring, views(one).paths) == (
        views(other).ops,
        views(other).wiring,
        views(other).paths,
    )
    assert views(one).places != views(other).places


def test_cells_that_compute_the_same_differ_in_places_alone():
    # Nodes 1 and 2 swapped: conv then pool along 0-1-3, or along 0-2-3.
    one = views(_cell(CONV, NONE, NONE, SKIP, POOL, NONE))
    other = views(_cell(NONE, CONV, NONE, SKIP, NONE, POOL))
    assert (one.ops, one.wiring, one.paths) == (other.ops, other.wiring, other.paths)
    assert one.places != other.places
    # An identity on the way is no op.
    assert (
        views(_cell(SKIP, NONE, CONV, NONE, NONE, POOL)).paths == views(_cell(CONV, NONE, SKIP, NONE, NONE, POOL)).paths
    )


def test_a_cell_without_a_way_has_nothing_live():
    assert list(live(_cell(*[NONE] * 6))) == ["output"]
    assert features(_cell(*[NONE] * 6)).paths == {}


def test_wiring_knows_what_an_op_reads():
    one, other = (views(_cell(a, NONE, b, NONE, NONE, CONV)) for a, b in ((CONV, POOL), (POOL, CONV)))
    assert one.ops == other.ops
    assert one.wiring != other.wiring


def test_choices_of_a_chain_are_told_apart_by_place():
    one, other = (chain_network(each, ("a", "b", "c")) for each in (("a", "b", "c"), ("b", "a", "c")))
    assert len(views(one).places.keys() & views(other).places.keys()) == 1
    assert views(one).ops == views(other).ops
    embed = wl_embedding([one, other])
    assert embed.views == ("places", "ops", "wiring", "paths")
    assert embed.layout.terms == ((0,), (1,), (2,), (3,))


def test_places_do_not_depend_on_names():
    cell = cell_network(tuple(OPS[number % 5] for number in (0, 1, 2, 3, 4, 2)))
    names = {each.id: f"n{number}" for number, each in enumerate(cell.nodes)}
    renamed = Architecture(
        tuple(
            node(names[each.id], each.op, [names[name] for name in each.inputs], **each.attributes)
            for each in cell.nodes
        ),
        tuple(names[name] for name in cell.outputs),
    )
    assert features(renamed) == features(cell)


def test_networks_that_are_built_have_the_other_views():
    network = plain_cnn((8, 8, 1), 3, width=4)
    assert views(network).places == views(network).paths == {}
    assert wl_embedding([network]).views == ("labels", "widths", "costs")


def test_too_many_paths_are_not_listed():
    nodes = [node("x", "input", shape=(1,))]
    last = "x"
    for level in range(9):  # two ways a level: 512
        ids = [f"{side}{level}" for side in "ab"]
        nodes += [node(id, "choice", last, value=id[0], options=("a", "b")) for id in ids]
        nodes.append(node(f"s{level}", "add", ids))
        last = f"s{level}"
    network = Architecture(tuple(nodes), (last,))
    assert MOST_PATHS < 2**9
    assert views(network).paths == {}
    assert views(network).wiring
