"""The interactive page: one file, nothing from outside, the formula right in JavaScript, hostile words harmless."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from symgrad import plot
from symgrad.errors import OutputError, UsageError

LECTURE = "|x| - 2/3 sin(3|x|/2)"


def scripts(text):
    """The JSON and the script of a page."""
    return re.findall(r"<script[^>]*>(.*?)</script>", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return plot.page(LECTURE, tmp_path_factory.mktemp("page") / "a.html", start=3, window=(-5.5, 5.5)).path.read_text()


def test_it_is_one_small_file_that_asks_nothing_of_the_network(text):
    assert len(text) < 60_000
    assert not re.search(r"""(src|href)\s*=\s*["'](?!data:)""", text)
    assert "@import" not in text
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1998/Math/MathML",
    }


def test_the_policy_allows_this_script_and_this_style_and_nothing_else(text):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    style = re.search(r"<style>(.*?)</style>", text, flags=re.DOTALL)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for part in (scripts(text)[1], style):
        assert f"sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}" in policy


def test_it_can_be_read_without_seeing_it(text):
    assert '<html lang="en">' in text
    assert 'role="slider"' in text
    assert 'aria-live="polite"' in text
    assert "a minimum of 0 at x = 0" in text
    assert "<math" in text


def test_every_tag_is_closed(text):
    class Reader(HTMLParser):
        open_tags: list[str]

        def __init__(self):
            super().__init__()
            self.open_tags = []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "input", "br", "img"):
                self.open_tags.append(tag)

        def handle_startendtag(self, tag, attrs):
            pass

        def handle_endtag(self, tag):
            assert self.open_tags.pop() == tag

    reader = Reader()
    reader.feed(text)
    assert reader.open_tags == []


def test_the_script_computes_value_and_slope(text):
    if shutil.which("node") is None:
        pytest.skip("no node here")
    points = [3, 2.3946, -1.3, 0.5]
    function = scripts(text)[1].split('"use strict"')[0]
    program = f"{function}\nconsole.log(JSON.stringify({json.dumps(points)}.map((x) => f(x))))"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    x = np.array(points)
    expected = np.column_stack([abs(x) - 2 / 3 * np.sin(1.5 * abs(x)), np.sign(x) * (1 - np.cos(1.5 * x))])
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=1e-14)


def test_the_script_is_valid(text, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("no node here")
    (tmp_path / "page.js").write_text(scripts(text)[1])
    subprocess.run(["node", "--check", str(tmp_path / "page.js")], check=True)


def test_a_hostile_title_stays_a_title(tmp_path):
    title = "</title><script>alert(1)</script>%%SCRIPT%%"
    text = plot.page("x^2", tmp_path / "a.html", title=title).path.read_text()
    assert "<script>alert" not in text
    assert len(scripts(text)) == 2


def test_the_same_page_is_the_same_file(tmp_path):
    first, second = (plot.page("x^2", tmp_path / f"{name}.html").path.read_bytes() for name in "ab")
    assert first == second


@pytest.mark.parametrize(
    ("formula", "options"),
    [("x y", {}), ("ln(x)", {"start": -1}), ("x", {"start": 99}), ("x", {"rate": 0}), ("x", {"rate": -1})],
)
def test_what_makes_no_page_is_said(formula, options, tmp_path):
    with pytest.raises(UsageError):
        plot.page(formula, tmp_path / "a.html", **options)
    assert not list(tmp_path.iterdir())


def test_a_page_is_html(tmp_path):
    with pytest.raises(OutputError):
        plot.page("x", tmp_path / "a.pdf")
