"""The live page: on loopback, read-only, one path, fresh when the search has gone on."""

import http.client
import itertools
import threading

import pytest

from autonas.errors import SettingError
from autonas.report import ReportServer
from tests.report.parsed import Page
from tests.report.searches import make_search

pytestmark = pytest.mark.tf


@pytest.fixture
def server(tmp_path):
    with ReportServer(tmp_path, port=0, clock=lambda: 0.0) as server:  # where making a page takes no time
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server):
    """Send one request as it stands, without tidying its path; returns status, headers and body."""

    def _ask(path="/", method="GET", **headers):
        connection = http.client.HTTPConnection(*server.server_address, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in named)
        for name, value in named.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, body

    return _ask


def test_it_listens_on_loopback_alone(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_address[1]}/"


def test_the_page_follows_the_search(ask, tmp_path):
    status, _, body = ask()
    assert status == 200
    assert "Waiting for a search" in body
    make_search(tmp_path, 2)
    status, headers, body = ask()
    assert status == 200
    assert len([found for found, _ in Page(body).all("tr") if "data-trial" in found]) == 2
    assert 'data-live="true"' in body
    assert ask(If_None_Match=headers["ETag"])[0] == 304
    make_search(tmp_path, 3)
    status, later, body = ask(If_None_Match=headers["ETag"])
    assert (status, later["ETag"] == headers["ETag"]) == (200, False)
    assert len([found for found, _ in Page(body).all("tr") if "data-trial" in found]) == 3


def test_head_sends_no_page(ask):
    status, headers, body = ask(method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 1000


@pytest.mark.parametrize(
    "path", ["/search.json", "/../search.json", "//etc/passwd", "/%2e%2e/x", "/?x", "/search/", "*"]
)
def test_no_other_path_is_answered(ask, tmp_path, path):
    make_search(tmp_path, 1)
    status, _, body = ask(path)
    assert (status, body) == (404, "There is one page, at /.\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(ask, method):
    assert ask(method=method)[0] == 501


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1"])
def test_another_hosts_name_is_refused(ask, host):
    assert ask(Host=host)[0] == 403


def test_watching_changes_nothing_on_disk(ask, tmp_path):
    make_search(tmp_path, 2)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    ask()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_page_that_takes_long_is_made_rarely(tmp_path):
    now = itertools.count()  # every look at the clock is a second later, so a page takes one
    make_search(tmp_path, 1)
    with ReportServer(tmp_path, port=0, clock=lambda: float(next(now))) as server:
        first, _ = server.page()
        make_search(tmp_path, 2)
        states = [server.page()[0] for _ in range(20)]
    changed = next(place for place, state in enumerate(states) if state != first)
    assert 8 <= changed <= 11
    assert len(set(states[changed:])) == 1


def test_a_port_that_is_taken_is_refused(server, tmp_path):
    with pytest.raises(SettingError, match="port must be one that is free"):
        ReportServer(tmp_path, server.server_address[1])
