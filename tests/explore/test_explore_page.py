"""The explorer's page in a real browser: it opens, steps, and shows the record's numbers.

Needs selenium, Debian's `chromium` and `chromium-driver`; with `MINIGRAD_AXE`, the path of
`axe.min.js` (npm's axe-core), the pages are also checked for those who cannot see them.
"""

from __future__ import annotations

import html
import json
import math
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explore_cases import CASES, add_twice, nine_layers

import minigrad as mg
from minigrad import nn
from minigrad.explore.html import page

selenium = pytest.importorskip("selenium", reason="the browser tests need selenium")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="the browser tests need chromium and chromedriver"
)
AXE = os.environ.get("MINIGRAD_AXE")
OPTIONS = """
    --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --force-prefers-reduced-motion --disable-dev-shm-usage
""".split()


class Browser:
    """A page under test, by what a person does and sees."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(self, view: Any, width: int = 1280, height: int = 800) -> Browser:
        path = self.folder / "view.html"
        if isinstance(view, str):
            path.write_text(page(view, "a record"), encoding="utf-8")
        else:
            view.save(path)
            self.record = view.record.data
        self.resize(width, height)
        self.driver.get(path.as_uri())
        self.driver.set_script_timeout(20)
        for _ in range(400):
            if self.js("return document.body.dataset.ready"):
                break
            time.sleep(0.02)
        assert self.js("return document.body.dataset.ready") == "yes", self.complaints()
        return self

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def js(self, script: str, *args: Any) -> Any:
        return self.driver.execute_script(script, *args)

    def until(self, script: str, wanted: Any) -> None:
        """Wait for what the browser tells the page of in its own time."""
        for _ in range(500):
            if self.js(script) == wanted:
                return
            time.sleep(0.02)
        assert self.js(script) == wanted

    def press(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def id(self, name: str) -> Any:
        return self.driver.find_element(By.ID, name)

    def text(self, name: str) -> str:
        return str(self.js("return document.getElementById(arguments[0]).innerText", name))

    def cell(self, key: str) -> dict[str, Any] | None:
        found = self.js(
            """const g = document.querySelector(`[data-key="${arguments[0]}"]`);
            return g && {classes: g.getAttribute("class").split(" "), text: g.textContent,
                label: g.getAttribute("aria-label"), expanded: g.getAttribute("aria-expanded"),
                number: g.querySelector(".number")?.textContent ?? ""}""",
            key,
        )
        return found  # type: ignore[no-any-return]

    def keys_with(self, name: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map(g => g.dataset.key)"
        return list(self.js(script, f"#graph .cell.{name}"))

    def click(self, key: str, part: str = ".frame") -> None:
        self.js(
            """const at = document.querySelector(`[data-key="${arguments[0]}"] ${arguments[1]}`);
            at.dispatchEvent(new MouseEvent("click", {bubbles: true}))""",
            key,
            part,
        )

    def titled(self, text: str) -> str:
        """The key of the box with this title."""
        script = """return [...document.querySelectorAll("#graph .cell")].find(
            g => g.querySelector(".title").textContent === arguments[0])?.dataset.key"""
        return str(self.js(script, text))

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver: Any, tmp_path: Path) -> Iterator[Browser]:
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    at = Browser(driver, tmp_path)
    yield at
    assert not at.complaints()


@pytest.fixture(scope="module")
def views() -> Any:
    made: dict[str, Any] = {}

    def view(name: str) -> Any:
        if name not in made:
            made[name] = CASES[name]()
        return made[name]

    return view


def dense(column: Any, row: int) -> Any:
    if isinstance(column, list):
        return column[row]
    return column["is"][column["at"].index(row)] if row in column["at"] else column["else"]


def shown(number: str) -> float:
    text = number.replace("∇", "").replace("rms", "").replace("−", "-").strip()
    return float(text)


def gist(record: dict[str, Any], array: int) -> float:
    """The number that stands for an array: its value, or the root of its mean square."""
    arrays = record["arrays"]
    if math.prod(record["shapes"][arrays["shape"][array]]) == 1:
        return float(arrays["mean"][array])
    return math.hypot(arrays["mean"][array], arrays["std"][array])


@pytest.mark.parametrize("name", ["add_twice", "broadcasting", "batch_norm_3"])
def test_every_step_shows_what_the_record_says(browser: Browser, views: Any, name: str) -> None:
    browser.open(views(name))
    record = browser.record
    steps = record["steps"]
    for group in browser.keys_with("box"):
        assert browser.cell(group)
    for t, kind in enumerate(steps["kind"]):
        assert browser.text("sentence") == record["sentences"][steps["sentence"][t]]
        assert browser.text("count") == f"{t + 1} of {len(steps['kind'])}"
        (now,) = browser.keys_with("at-now")
        node = browser.cell(f"n{steps['node'][t]}")
        if node and kind != 6:  # not inside a closed group; what is freed brings no number
            assert now == f"n{steps['node'][t]}" and "runs now" in node["label"]
            wanted = gist(record, steps["array"][t])
            if kind in (0, 1, 2, 5):
                assert shown(node["number"]) == pytest.approx(wanted, rel=6e-3, abs=1e-9)
                assert ("∇" in node["number"]) == (kind != 0)
        browser.press(Keys.ARROW_RIGHT)
    assert browser.text("count").startswith(f"{len(steps['kind'])} of")


def test_past_present_and_future_look_different(browser: Browser, views: Any) -> None:
    browser.open(views("add_twice"))
    b, c = browser.cell("n1"), browser.cell("n2")
    assert b and c and "is-made" in b["classes"] and "is-future" in c["classes"]
    browser.press(Keys.END)
    assert set(browser.keys_with("is-done")) == {"n0", "n1", "n2"}
    assert browser.js("return document.querySelectorAll('#graph .edge.is-done').length") == 4


def test_arrays_on_the_move_wait_on_their_edge(browser: Browser, views: Any) -> None:
    browser.open(views("add_twice"))
    waiting = "return [...document.querySelectorAll('#graph .pill')].map(p => p.textContent)"
    kinds = browser.record["steps"]["kind"]
    rule = kinds.index(3)
    for _ in range(rule):
        browser.press(Keys.ARROW_RIGHT)
    assert browser.js(waiting) == ["1"]
    browser.press(Keys.ARROW_RIGHT)
    assert browser.js(waiting) == ["1", "1"]
    browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert browser.js(waiting) == []


def test_keys_of_a_video_player(browser: Browser, views: Any) -> None:
    browser.open(views("batch_norm_3"))
    n = len(browser.record["steps"]["kind"])
    at = lambda: int(browser.text("count").split(" of ")[0])  # noqa: E731
    for key, wanted in (
        (".", 2),
        (",", 1),
        ("l", 11),
        ("j", 1),
        (Keys.END, n),
        (Keys.HOME, 1),
        ("5", round((n - 1) * 0.5) + 1),
        ("0", 1),
        ("b", browser.record["passes"]["first"][0] + 1),
    ):
        browser.press(key)
        assert at() == wanted, key
    browser.press(">", ">", ">", Keys.HOME, " ")
    browser.until("return document.getElementById('play').getAttribute('aria-label')", "Play")
    assert at() == n
    browser.press("<")
    assert browser.id("speed").get_attribute("value") == "20"
    browser.js("const s = arguments[0]; s.value = 3; s.dispatchEvent(new Event('input'))",
               browser.id("slider"))  # fmt: skip
    assert at() == 4


def test_playing_can_be_paused(browser: Browser, views: Any) -> None:
    browser.open(views("batch_norm_3"))
    browser.press("k")
    assert browser.id("play").get_attribute("aria-label") == "Pause"
    browser.press("k")
    assert browser.id("play").get_attribute("aria-label") == "Play"
    count = browser.text("count")
    time.sleep(0.7)
    assert browser.text("count") == count


def test_groups_open_and_close_by_click_and_key(browser: Browser, views: Any) -> None:
    browser.open(views("batch_norm_3"))
    browser.press("x")
    (net,) = browser.keys_with("box")
    assert browser.cell(net)["expanded"] == "false"  # type: ignore[index]
    browser.click(net, ".hit")
    assert browser.cell(net)["expanded"] == "true"  # type: ignore[index]
    assert "\nin " not in browser.text("panel")
    linear = browser.titled("0 · Linear")
    browser.click(linear)
    assert "\nin net · Sequential\n" in browser.text("panel")
    browser.press(Keys.ENTER)
    assert browser.cell(linear)["expanded"] == "true"  # type: ignore[index]
    assert browser.titled("0.weight") != "None"
    browser.press(Keys.ENTER)
    assert browser.cell(linear)["expanded"] == "false"  # type: ignore[index]
    browser.press("o")
    assert all(browser.cell(k)["expanded"] == "true" for k in browser.keys_with("box"))  # type: ignore[index]


def test_closing_a_group_cuts_nothing(browser: Browser, views: Any) -> None:
    """The net is shown whole at first; a group that is closed leaves room for all."""
    browser.open(views("batch_norm_3"), 900)
    for group in browser.keys_with("box"):
        if browser.cell(group):
            browser.click(group, ".hit")
            assert browser.js(OVERLAPS) == []


def test_repeated_blocks_are_counted(browser: Browser, views: Any) -> None:
    browser.open(views("nine_layers"))
    script = "return [...document.querySelectorAll('#graph .badge')].map(b => b.textContent)"
    assert browser.js(script) == ["×8"]


def test_a_group_alone_and_back(browser: Browser, views: Any) -> None:
    browser.open(views("attention"))
    browser.click(browser.titled("layer · Attention"))
    browser.press("e")
    assert "whole graph" in browser.text("crumbs") and browser.titled("loss = mean") == "None"
    browser.press("u")
    assert browser.text("crumbs") == "" and browser.titled("loss = mean") != "None"


def test_search_opens_what_hides_a_hit(browser: Browser, views: Any) -> None:
    browser.open(views("nine_layers"))
    browser.press("x", "/")
    browser.press("12.weight")
    assert browser.text("hits") == "1 of 1"
    key = browser.titled("12.weight")
    assert "at-selected" in browser.cell(key)["classes"]  # type: ignore[index]
    assert browser.text("panel").startswith("12.weight")
    browser.press(Keys.BACKSPACE * 9, "batchnorm", Keys.ENTER)
    assert browser.text("hits").startswith("2 of ")
    browser.press(Keys.BACKSPACE * 9, "no such thing")
    assert browser.text("hits") == "none"


def test_neighbours_and_the_path_to_the_loss(browser: Browser, views: Any) -> None:
    browser.open(views("broadcasting"))
    browser.click(browser.titled("w"))
    browser.press(Keys.ARROW_DOWN)
    assert browser.text("panel").startswith("y = multiply")
    browser.press(Keys.ARROW_UP)
    assert browser.text("panel").split("\n")[0] in ("x", "w")
    browser.press("p")
    assert browser.js("return document.querySelectorAll('#graph .edge.at-path').length") == 2
    browser.press(Keys.ESCAPE)
    assert browser.js("return document.querySelectorAll('#graph .edge.at-path').length") == 0


def test_the_panel_shows_numbers_rule_line_and_kept_arrays(browser: Browser, views: Any) -> None:
    browser.open(views("broadcasting"))
    browser.click(browser.titled("y = multiply"))
    panel = browser.text("panel")
    for wanted in ("y = x * w", "torch.mul", "Kept for the backward pass", "nobody", "g * x2"):
        assert wanted in panel
    cells = "return [...document.querySelectorAll('#panel td')].map(td => td.textContent)"
    numbers = [float(text.replace("−", "-")) for text in browser.js(cells)[:6]]
    assert numbers == [1.0, -4.0, 1.5, 4.0, -10.0, 3.0]


def test_large_arrays_have_a_heat_map_and_a_histogram(browser: Browser, views: Any) -> None:
    browser.open(views("nine_layers"))
    browser.click(browser.titled("x"))
    (canvas,) = browser.driver.find_elements(By.CSS_SELECTOR, "#panel canvas")
    row = browser.record["heats"]["array"].index(browser.record["nodes"]["value"][0])
    assert canvas.get_attribute("width") == str(browser.record["heats"]["columns"][row])
    assert browser.driver.find_elements(By.CSS_SELECTOR, "#panel .bars")
    assert "mean" in browser.text("panel") and "zeros" in browser.text("panel")


def test_the_first_nan_is_found_by_a_button(browser: Browser) -> None:
    x = mg.tensor([1.0, -2.0, 3.0], requires_grad=True)
    with np.errstate(invalid="ignore"), mg.explore() as view:
        y = mg.log(x * 2.0)
        (y * 3.0).sum().backward()
    browser.open(view)
    record = browser.record
    first = next(
        t for t, a in enumerate(record["steps"]["array"]) if dense(record["arrays"]["nan"], a)
    )
    browser.press(Keys.END)
    browser.id("nan").click()
    assert browser.text("count") == f"{first + 1} of {len(record['steps']['kind'])}"
    assert browser.text("panel").startswith("y = log")
    assert browser.js("return document.querySelectorAll('#panel .nan').length") >= 2
    assert "is-bad" in browser.cell(browser.titled("y = log"))["classes"]  # type: ignore[index]


def test_a_nan_that_a_leaf_had_is_found_there_and_infinity_has_its_own_button(
    browser: Browser,
) -> None:
    x = mg.tensor([1.0, float("nan")], requires_grad=True)
    w = mg.tensor([1.0, 1.0], requires_grad=True)
    with np.errstate(all="ignore"), mg.explore() as view:
        y = x * 2.0
        z = w / 0.0
        (y.sum() * z.sum()).backward()
    browser.open(view)
    assert browser.id("nan").is_displayed() and browser.id("inf").is_displayed()
    browser.id("nan").click()
    assert browser.text("panel").startswith("x\n")
    browser.id("inf").click()
    assert browser.text("sentence").startswith("z = divide(w, x2=0.0)")


def test_hundreds_of_leaves_are_one_box(browser: Browser) -> None:
    xs = [mg.tensor(float(i), requires_grad=True) for i in range(300)]
    with mg.explore() as view:
        mg.stack(xs).sum().backward()
    browser.open(view, 400, 800)
    box = browser.titled("xs[0] – xs[299]")
    cell = browser.cell(box)
    assert cell is not None and "×300" in cell["text"] and "is-made" in cell["classes"]
    assert len(browser.keys_with("leaf")) == 0
    browser.press(Keys.END)
    assert "is-done" in browser.cell(box)["classes"]  # type: ignore[index]
    browser.id("query").send_keys("xs[217]", Keys.ENTER)
    found = browser.titled("xs[217]")
    assert "is-hit" in browser.cell(found)["classes"]  # type: ignore[index]
    assert len(browser.keys_with("leaf")) <= 24  # the first hit was shown while it was typed


def test_a_sum_of_hundreds_keeps_its_leaves_with_its_terms(browser: Browser) -> None:
    xs = [mg.tensor(float(i), requires_grad=True) for i in range(100)]
    with mg.explore() as view:
        total = mg.tensor(0.0)
        for x in xs:
            total = total + x
        total.backward()
    browser.open(view)
    assert len(browser.keys_with("leaf")) <= 12


def test_an_error_half_way_is_told(browser: Browser, views: Any) -> None:
    browser.open(views("error_half_way"))
    assert "RuntimeError" in browser.text("lacks")
    assert browser.keys_with("at-fault") == [browser.titled("half")]


def test_a_graph_looked_at_afterwards_has_no_time(browser: Browser) -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    browser.open(mg.explore((x * x).sum()))
    assert not browser.id("controls").is_displayed() and browser.id("lacks").is_displayed()
    assert browser.titled("sum") != "None" or browser.keys_with("op")


def test_a_graph_of_before_the_block_is_no_future(browser: Browser) -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.exp(x * x).sum()
    with mg.explore() as view:
        y.backward()
    browser.open(view)
    assert browser.keys_with("is-future") == []
    browser.click(browser.titled("exp"))
    assert "not in this record" in browser.text("panel")


def test_a_recurrent_step_is_a_block_that_repeats(browser: Browser) -> None:
    mg.manual_seed(0)
    net = nn.LSTM(4, 5)
    with mg.explore() as view:
        net(mg.randn(7, 2, 4))[0].sum().backward()
    browser.open(view)
    script = "return [...document.querySelectorAll('#graph .badge')].map(b => b.textContent)"
    assert browser.js(script) == ["×7"]
    assert browser.js(OVERLAPS) == []


def test_in_a_notebook_without_rights_or_network(browser: Browser, views: Any) -> None:
    """As VS Code shows it: in a sandbox, under a policy that forbids what is not in the page."""
    inline = "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'"
    policy = f"default-src 'none'; {inline}"
    inner = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; img-src data:">'
        f"{views('add_twice')._repr_html_()}"
    )
    path = browser.folder / "notebook.html"
    path.write_text(f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(inner)}"></iframe>')
    browser.driver.get(path.as_uri())
    for _ in range(2):
        browser.driver.switch_to.frame(browser.driver.find_element(By.TAG_NAME, "iframe"))
    browser.until("return document.body.dataset.ready", "yes")
    browser.id("next").click()
    assert browser.text("count") == "2 of 16"


def test_over_training(browser: Browser, views: Any) -> None:
    browser.open(views("training"))
    assert browser.record["worst"]["sentence"] in browser.text("training")
    assert browser.js("return document.querySelectorAll('.curves figure').length") >= 6
    assert browser.js("return document.querySelectorAll('.curve.is-worst').length") >= 3
    layers = browser.driver.find_elements(By.CSS_SELECTOR, ".layers button")
    assert len(layers) == len(browser.record["layers"]["name"])
    layers[0].click()
    assert layers[0].get_attribute("aria-pressed") == "true"
    assert browser.js("return document.querySelectorAll('.curve.is-faint').length") > 10
    browser.id("tab-graph").click()
    assert browser.keys_with("box") and browser.text("count").startswith("1 of ")


def test_a_program_is_shown(browser: Browser, views: Any) -> None:
    browser.open(views("compiled_step"))
    assert browser.id("stage").is_displayed() and not browser.id("program").is_displayed()
    browser.id("tab-program").click()
    assert browser.id("program").is_displayed() and not browser.id("stage").is_displayed()
    (program,) = browser.record["programs"]
    said = browser.text("program")
    assert all(line.strip() in said for line in program["lines"])
    rows = browser.driver.find_elements(By.CSS_SELECTOR, "#program tbody tr")
    assert [row.text.split("\n")[0].split("(")[0] for row in rows] == [
        f"{', '.join(f'%{s}' for s in makes)}{' = ' * bool(makes)}{name}"
        for name, makes in zip(*map(program["instructions"].get, ("name", "makes")), strict=True)
    ]
    shared = sum(at >= 0 for at in program["buffers"]["at"])
    assert browser.js("return document.querySelectorAll('.memory rect').length") == shared > 0
    browser.resize(400, 800)
    assert browser.js("return document.documentElement.scrollWidth") <= 400
    browser.id("tab-graph").click()
    assert browser.id("stage").is_displayed() and browser.keys_with("cell")


def test_a_program_without_a_graph(browser: Browser) -> None:
    double = mg.compile(lambda x: x * 2)
    double(mg.ones(3))
    browser.open(mg.explore(double))
    assert "multiply" in browser.text("program")
    assert not browser.id("stage").is_displayed() and not browser.id("time").is_displayed()


OVERLAPS = """
const boxes = [...document.querySelectorAll("#graph .cell:not(.open)")].map(g => {
    const r = g.querySelector(".frame").getBoundingClientRect();
    return {name: g.textContent, l: r.left, t: r.top, r: r.right, b: r.bottom, g};
});
const faults = [];
for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1))
        if (a.l < b.r && b.l < a.r && a.t < b.b && b.t < a.b) faults.push(`${a.name} | ${b.name}`);
    for (const text of a.g.querySelectorAll("text")) {
        const r = text.getBoundingClientRect();
        if (r.left < a.l || r.right > a.r || r.top < a.t - 1 || r.bottom > a.b + 1)
            faults.push(`cut: ${text.textContent}`);
    }
}
const area = document.getElementById("graph").getBoundingClientRect();
for (const a of boxes)
    if (a.l < area.left || a.r > area.right || a.t < area.top || a.b > area.bottom)
        faults.push(`outside: ${a.name}`);
return faults;
"""


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", [name for name in CASES if name != "training"])
def test_nothing_overlaps_and_nothing_is_cut(
    browser: Browser, views: Any, name: str, width: int
) -> None:
    browser.open(views(name), width)
    for key in ("b", Keys.END):
        browser.press(key)
        assert browser.js(OVERLAPS) == []
    browser.press("o", "f")
    assert browser.js(OVERLAPS) == []
    assert browser.js("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["add_twice", "nine_layers", "compiled_step", "training"])
def test_axe_finds_nothing_serious(browser: Browser, views: Any, name: str, theme: str) -> None:
    if not AXE:
        pytest.skip("MINIGRAD_AXE does not name an axe.min.js")
    browser.open(views(name))
    if browser.js("return document.documentElement.dataset.theme") != theme:
        browser.press("d") if name != "training" else browser.id("theme").click()
    browser.js(Path(AXE).read_text(encoding="utf-8") + "\nwindow.axe = axe;")
    for act in (None, *["tab-program"] * (name == "compiled_step"), "help"):
        if act:
            browser.id(act).click()
        found = browser.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
            "v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html)])))"
        )
        assert [f for f in found if f[0] in ("serious", "critical")] == []


def test_keyboard_alone_reaches_everything(browser: Browser, views: Any) -> None:
    browser.open(views("batch_norm_3"))
    reached = set()
    for _ in range(40):
        browser.press(Keys.TAB)
        reached.add(
            browser.js(
                "const a = document.activeElement; return a.closest('#graph') ? 'graph' : a.id"
            )
        )
    assert {"query", "theme", "help", "graph", "fit", "panel", "play", "slider", "speed"} <= reached


def test_dark_light_and_print(browser: Browser, views: Any) -> None:
    browser.open(views("add_twice"))
    ground = "return getComputedStyle(document.body).backgroundColor"
    first = browser.js(ground)
    browser.press("d")
    assert browser.js(ground) != first
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.id("controls").is_displayed() and browser.id("sentence").is_displayed()
    browser.until(ground, "rgb(255, 255, 255)")
    # how wide the paper is no script knows: the picture is scaled by its box
    box = "return document.getElementById('graph').hasAttribute('viewBox')"
    browser.until(box, True)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.until(box, False)


def test_a_page_around_it_chooses_dark_or_light(browser: Browser, views: Any) -> None:
    browser.open(views("add_twice"))
    theme = "return document.documentElement.dataset.theme"
    for wanted in ("dark", "light"):
        browser.js("window.postMessage({theme: arguments[0]}, '*')", wanted)
        browser.until(theme, wanted)
    browser.js("window.postMessage({theme: 'purple'}, '*')")
    assert browser.js(theme) == "light"


@pytest.mark.parametrize(
    ("mark", "dark", "light"),
    [
        ("data-vscode-theme-kind", "vscode-dark", "vscode-light"),
        ("data-vscode-theme-kind", "vscode-high-contrast", "vscode-high-contrast-light"),
        ("data-jp-theme-light", "false", "true"),
    ],
)
def test_in_a_notebook_it_is_as_dark_as_the_notebook(
    browser: Browser, views: Any, mark: str, dark: str, light: str
) -> None:
    path = browser.folder / "notebook.html"
    path.write_text(f'<body {mark}="{dark}">{views("add_twice")._repr_html_()}</body>')
    browser.driver.get(path.as_uri())
    frame = browser.driver.find_element(By.TAG_NAME, "iframe")
    for value, wanted in ((dark, "dark"), (light, "light"), (dark, "dark")):
        browser.js("document.body.setAttribute(arguments[0], arguments[1])", mark, value)
        browser.driver.switch_to.frame(frame)
        browser.until("return document.body.dataset.ready", "yes")
        browser.until("return document.documentElement.dataset.theme", wanted)
        browser.driver.switch_to.parent_frame()


def test_the_legend_explains(browser: Browser, views: Any) -> None:
    browser.open(views("add_twice"))
    browser.press("?")
    legend = browser.text("legend")
    for wanted in ("still to come", "framed", "violet", "repeat", "freed", "rms", "NaN", "space"):
        assert wanted in legend
    browser.press(Keys.ESCAPE)
    assert not browser.id("legend").is_displayed()


def test_pages_are_small_and_quick(browser: Browser, views: Any) -> None:
    small, large = views("add_twice").to_html(), views("many_5000").to_html()
    assert len(small.encode()) < 120_000 and len(large.encode()) < 2_000_000
    ready = "return performance.getEntriesByName('ready')[0].startTime"
    loads = []
    for _ in range(3):  # the shortest, as other programs run too
        browser.open(views("many_5000"))
        loads.append(browser.js(ready))
    assert min(loads) < 2000
    assert len(browser.record["nodes"]["kind"]) > 4900
    script = """const took = [];
    for (let i = 0; i < 40; i++) {
        const start = performance.now();
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key: ".", bubbles: true}));
        document.body.getBoundingClientRect();
        took.push(performance.now() - start);
    }
    return took"""
    assert statistics.median(browser.js(script)) < 50


def test_text_of_the_record_stays_text(browser: Browser) -> None:
    record = json.loads(add_twice().to_json())
    record["title"] = "</script><b id='evil'>x</b><!-- <script>"
    browser.open(json.dumps(record))
    assert browser.text("title") == record["title"]
    assert browser.js("return document.getElementById('evil')") is None


def test_long_flat_graphs_are_cut_into_runs(browser: Browser) -> None:
    x = mg.tensor(0.5, requires_grad=True)
    with mg.explore(level="light") as view:
        y = x
        for _ in range(300):
            y = mg.sin(y) * 1.01 + x
        y.backward()
    browser.open(view)
    assert len(browser.keys_with("cell")) < 120
    assert browser.js(OVERLAPS) == []


def test_nine_layers_can_be_read_at_first_sight(browser: Browser) -> None:
    browser.open(nine_layers())
    heights = browser.js(
        "return [...document.querySelectorAll('#graph .cell .title')]"
        ".map(title => title.getBoundingClientRect().height)"
    )
    assert len(heights) > 20 and min(heights) > 9
