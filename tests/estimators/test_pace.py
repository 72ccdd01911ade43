"""How much time is spent on finding out how fast this machine is."""

import dataclasses
import types

import pytest

from autonas.arch import Architecture, node
from autonas.estimators import pace
from autonas.estimators.kind import Family

pytestmark = pytest.mark.tf


def _family(depth):
    """Networks of so many hidden layers."""

    def make(width):
        nodes = [node("x", "input", shape=(4,))]
        for number in range(depth):
            nodes.append(node(f"h{number}", "dense", nodes[-1].id, units=width))
        return Architecture((*nodes, node("out", "dense", nodes[-1].id, units=2)), ("out",))

    return Family(make, (3, 4, 8), default=4)


@pytest.mark.parametrize(("seconds_each", "measured"), [(1.0, 4), (12.0, 1)])
def test_measuring_takes_a_share_of_the_time_and_the_rest_begins_narrow(monkeypatch, tmp_path, seconds_each, measured):
    seen, now = [], [0.0]

    def rate(network, *more):
        seen.append(network)
        now[0] += seconds_each
        return 1e12

    monkeypatch.setattr(pace, "flops_per_second", rate)
    monkeypatch.setattr(pace, "fastest_precision", lambda network, *more: ("float32", rate(network)))
    families = [_family(depth) for depth in (1, 2, 3, 4)]
    data = types.SimpleNamespace(train=range(100))
    found = pace.find_pace(
        tmp_path, families, data, batch_size=10, time_limit=100.0, max_params=None, clock=lambda: now[0]
    )
    assert len(seen) == measured
    widths = [network["h0"]["units"] for network in found.firsts]
    assert widths == [8] * measured + [3] * (4 - measured)
    assert found.rate == 1e12


@pytest.mark.parametrize("bound", [{"max_params": 60}, {"time_limit": 100.0}])
def test_a_first_network_leaves_room_for_what_a_search_makes_of_it(monkeypatch, tmp_path, bound):
    """Of 60 parameters, or of the operations that 100 seconds allow."""
    whole = _family(1).make(8)
    r = 3.0 * 100 * 36.0 * whole.flops / (100.0 * 0.75)  # at which the widest can just be afforded
    monkeypatch.setattr(pace, "flops_per_second", lambda *more: 1.001 * r)
    monkeypatch.setattr(pace, "fastest_precision", lambda *more: ("float32", 1.001 * r))
    data = types.SimpleNamespace(train=range(100))
    given = {"batch_size": 10, "time_limit": None, "max_params": None, "clock": lambda: 0.0, **bound}
    family = dataclasses.replace(_family(1), default=8)
    widths = []
    for name, room in (("none", 1.0), ("some", 1.5)):
        (tmp_path / name).mkdir()
        found = pace.find_pace(tmp_path / name, [dataclasses.replace(family, room=room)], data, **given)
        widths.append(found.firsts[0]["h0"]["units"])
    assert widths == [8, 4]
