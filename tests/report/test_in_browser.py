"""The page in headless Chromium: no console error, sorting, themes, keyboard, half a thousand trials.

On request (-m slow), and only where Chromium, its driver and selenium are installed.
"""

import shutil
import threading
import time

import pytest

from autonas.report import ReportServer, write_report
from tests.report.searches import make_search

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")]
QUIET = ("headless=new", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-sync")


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, "disable-component-update", "window-size=1400,1000"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The report of a search of 500 trials."""
    place = tmp_path_factory.mktemp("many")
    make_search(place, 500)
    return write_report(place, place / "report.html")


@pytest.fixture
def page(browser, many):
    browser.get(many.as_uri())
    yield browser
    assert browser.get_log("browser") == []


def column(page, place):
    rows = "[...document.querySelectorAll('table.sortable tbody tr')]"
    return page.execute_script(f"return {rows}.map((row) => row.cells[arguments[0]].dataset.sort)", place)


def press(page, place):
    page.execute_script("document.querySelectorAll('table.sortable th button')[arguments[0]].click()", place)


def load(browser, path):
    """Open a page; return the processor time, in seconds, that its thread took: what others do does not count."""
    browser.get("about:blank")
    browser.execute_cdp_cmd("Performance.disable", {})
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser.get(path.as_uri())
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def test_half_a_thousand_trials_are_small_and_quick(browser, many):
    assert many.stat().st_size < 5 * 2**20
    assert load(browser, many) < 1
    assert browser.get_log("browser") == []


def test_headings_sort_both_ways_and_missing_values_come_last(page):
    press(page, 3)
    sizes = [int(size) for size in column(page, 3)]
    assert sizes == sorted(sizes)
    press(page, 3)
    assert [int(size) for size in column(page, 3)] == sorted(sizes, reverse=True)
    assert page.execute_script("return document.querySelectorAll('th[aria-sort]').length") == 1
    for _ in range(2):
        press(page, 2)
        scores = column(page, 2)
        assert scores[-50:] == [""] * 50
        assert "" not in scores[:450]


def test_sorting_works_by_keyboard(page):
    button = page.execute_script("return document.querySelectorAll('table.sortable th button')[3]")
    button.send_keys("\ue007")  # Enter
    sizes = [int(size) for size in column(page, 3)]
    assert sizes == sorted(sizes)


def test_the_theme_follows_the_system_and_the_button(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.execute_script(colour)
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    dark = page.execute_script(colour)
    assert dark != light
    page.execute_script("document.getElementById('theme').click()")
    assert page.execute_script(colour) == light
    page.execute_script("document.getElementById('theme').click()")
    assert page.execute_script(colour) == dark
    page.execute_script("localStorage.clear()")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_picked_trial_shows_in_every_figure(page):
    page.execute_script("document.querySelector('.pick').click()")
    assert page.execute_script("return document.querySelectorAll('svg .picked').length") >= 4
    assert page.execute_script("return document.getElementById('told').textContent").startswith("Trial ")
    page.execute_script("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    assert page.execute_script("return document.querySelectorAll('.picked').length") == 0


def test_every_picture_has_a_name_and_the_page_fits_a_narrow_window(page):
    assert page.execute_script(
        "return [...document.querySelectorAll('svg')].every((each) => each.ariaLabel.length > 30)"
    )
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    )
    assert page.execute_script("return document.documentElement.scrollWidth") <= 400
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_what_a_user_brings_does_not_run(page):
    assert page.execute_script("return window.broken") is None


def test_a_page_whose_server_comes_back_says_nothing_of_its_loss(browser, tmp_path):
    make_search(tmp_path, 3)
    told = "return document.getElementById('told').textContent"

    def until(wanted):
        ends = time.monotonic() + 30
        while wanted not in (text := browser.execute_script(told)) and time.monotonic() < ends:
            time.sleep(0.2)
        return text

    with ReportServer(tmp_path, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.get(server.address)
        port = server.server_address[1]
        browser.execute_script("document.querySelector('.pick').click()")
        picked = browser.execute_script(told)
        server.shutdown()
    assert "no longer answers" in until("no longer answers")
    with ReportServer(tmp_path, port=port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert until(picked) == picked
        server.shutdown()
    browser.get_log("browser")  # of the requests that failed


def test_a_live_page_takes_up_new_trials_and_keeps_the_order(browser, tmp_path):
    make_search(tmp_path, 4)
    with ReportServer(tmp_path, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.get(server.address)
        press(browser, 3)
        make_search(tmp_path, 6)
        ends = time.monotonic() + 30
        while len(column(browser, 3)) < 6 and time.monotonic() < ends:
            time.sleep(0.2)
        sizes = [int(size) for size in column(browser, 3)]
        server.shutdown()
    assert len(sizes) == 6
    assert sizes == sorted(sizes)
    assert [entry for entry in browser.get_log("browser") if "304" not in entry["message"]] == []
