"""The report's page, read as a parser reads it: what it tells, that it loads nothing, that nothing becomes markup."""

import re

import pytest

from autonas.errors import DirectoryError, SettingError
from autonas.report import read_story, write_report
from autonas.report.page import render
from autonas.report.page.axes import Axis, span, times
from autonas.report.page.markup import tag
from autonas.report.page.network import boxes
from autonas.report.page.scatter import pareto, records
from tests.report.parsed import Page
from tests.report.searches import FACTS, HOSTILE, make_search

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    make_search(place, 24)
    return place


@pytest.fixture(scope="module")
def story(directory):
    return read_story(directory)


@pytest.fixture(scope="module")
def page(story):
    return Page(render(story))


def test_markup_is_well_formed_and_ids_are_unique(page):
    assert page.faults == []
    assert page.open == []
    ids = [found["id"] for _, found, _ in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    targets = {found["href"][1:] for found, _ in page.all("a")}
    assert targets <= set(ids)


def test_nothing_is_loaded_from_anywhere(page, story):
    addresses = [
        found.get(key) for _, found, _ in page.elements for key in ("src", "href", "xlink:href") if key in found
    ]
    assert all(address.startswith(("#", "data:,")) for address in addresses)
    text = render(story)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "default-src 'none'" in text


def test_what_a_user_brings_is_text_and_never_markup(page):
    assert len(page.all("script")) == 1
    assert any(HOSTILE in inside for _, inside in page.all("td"))
    assert page.all("b") == []


def test_the_leaderboard_has_a_row_a_trial_with_sortable_values(page, story):
    rows = [found for found, _ in page.all("tr") if "data-trial" in found]
    assert [found["data-trial"] for found in rows[:22]] == [each.trial for each in story.ranked]
    assert len(rows) == len(story.trials) == 24
    heads = [found for found, _ in page.all("th") if "data-kind" in found]
    assert [head.get("aria-sort") for head in heads] == ["ascending", *[None] * 10]
    cells = [found["data-sort"] for found, _ in page.all("td") if "data-sort" in found]
    assert len(cells) == 24 * 11
    assert float(cells[2]) == story.ranked[0].score


def test_a_failed_trial_says_why(page):
    (said,) = [inside for _, inside in page.all("span", class_="reason") if "step 7" in inside]
    assert said.strip() == "the loss was not finite at step 7"


def test_every_figure_has_a_text_alternative(page):
    pictures = page.all("svg")
    assert len(pictures) == 7
    for found, _ in pictures:
        assert found["role"] == "img"
        assert len(found["aria-label"]) > 30
    figures = page.all("figure")
    assert len(figures) == 7
    assert all(found["aria-labelledby"] in {head.get("id") for head, _ in page.all("h2")} for found, _ in figures)
    assert len(page.all("details")) == 6  # and the family tree, whose lineage is a list, and its parents are columns


def test_every_trial_with_a_score_is_in_the_figures(page, story):
    dots = [found["data-trial"] for found, _ in page.all("circle", class_="dot")]
    for each in story.ranked:
        assert dots.count(each.trial) == 3  # over time, over size, in the tree
    assert len(page.all("polyline", class_="curve")) == len(story.ranked)


def test_the_lineage_leads_from_a_first_network_to_the_best(page, story):
    line = [found["data-trial"] for found, _ in page.all("li")]
    by_id = story.by_id
    assert by_id[line[0]].parent is None
    assert [by_id[name].parent for name in line[1:]] == line[:-1]
    assert line[-1] == story.ranked[0].trial


def test_the_story_is_that_of_the_leaderboard(directory, story):
    first = story.trials[0]
    assert (first.trial, first.parent, first.status) == ("0000", None, "completed")
    assert first.finished == pytest.approx(sum(first.seconds.values()))
    ends = [each.finished for each in story.trials if each.finished is not None]
    assert ends == sorted(ends)
    assert story.network.parameters == story.ranked[0].parameters
    assert story.facts == FACTS


def test_a_dominated_network_is_not_on_the_front(story):
    front = pareto(story)
    for each in story.ranked:
        better = [one for one in story.ranked if one.score > each.score and one.parameters <= each.parameters]
        assert (each in front) <= (not better)
    assert front[-1] == story.ranked[0]
    ordered = sorted(story.ranked, key=lambda each: each.finished)
    assert records(story, ordered)[-1] == story.ranked[0]


def test_boxes_hold_each_layer_once_and_stand_below_what_they_read(story):
    found = boxes(story.network)
    assert sorted(name for box in found for name in box.nodes) == sorted(each.id for each in story.network.nodes)
    level = {box.nodes[-1]: box.level for box in found}
    for box in found:
        assert all(level[name] < box.level for name in box.reads)


def test_reading_writes_nothing(directory):
    before = {path: path.stat().st_mtime_ns for path in directory.rglob("*")}
    read_story(directory / "search")
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*")} == before


def test_damaged_trials_are_left_out_and_left_alone(tmp_path):
    make_search(tmp_path, 4)
    for broken in ("trial_0001/trial.json", "trial_0002/result.json"):
        (tmp_path / "search" / broken).write_text("{")
    before = sorted(tmp_path.rglob("*"))
    story = read_story(tmp_path)
    assert [each.trial for each in story.trials] == ["0000", "0002", "0003"]
    assert story.by_id["0002"].curve == ()
    assert Page(render(story)).faults == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_report_is_written_and_replaced(directory, tmp_path):
    path = write_report(directory, tmp_path / "report.html")
    first = path.read_text("utf-8")
    assert write_report(directory, str(path)).read_text("utf-8") == first
    with pytest.raises(SettingError, match="a file that ends in"):
        write_report(directory, tmp_path / "report.pdf")


def test_a_search_that_has_just_begun_has_a_page(tmp_path):
    make_search(tmp_path, 1)
    for path in (tmp_path / "search").glob("[ot]r*"):  # oracle.json, and the trials
        path.unlink() if path.is_file() else [each.unlink() for each in path.iterdir()]
    (tmp_path / "search" / "facts.json").unlink()
    page = Page(render(read_story(tmp_path)))
    assert page.faults == []
    assert page.all("svg") == []
    assert any("There is no trial yet" in inside for _, inside in page.all("figcaption"))


def test_a_directory_without_one_search_is_refused(tmp_path, directory):
    with pytest.raises(DirectoryError, match="which holds none"):
        read_story(tmp_path)
    with pytest.raises(DirectoryError, match="which holds none"):
        read_story(tmp_path / "missing")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "search.json").write_text("{}")
    with pytest.raises(DirectoryError, match=r"2 searches \(one, two\)"):
        read_story(tmp_path)


def test_markup_escapes_children_and_attributes():
    assert tag("p", "<i>", title='a"b') == '<p title="a&quot;b">&lt;i&gt;</p>'
    assert tag("p", tag("b", 1), hidden=True, id=None) == "<p hidden><b>1</b></p>"


def test_axes_bear_what_trials_bring():
    assert span([0.5], "score").share(0.5) == pytest.approx(0.5)
    wild = span([*[0.1 * n for n in range(10)], 1e9], "loss")
    assert wild.high < 10
    assert wild.share(1e9) == 1.0
    assert Axis(0.0, 10.0, "x").ticks() == [0, 2, 4, 6, 8, 10]
    assert times(3300.0, "time").ticks() == [0, 600, 1200, 1800, 2400, 3000]
    assert Axis(900.0, 1_100.0, "n", log=True).ticks()
