"""What the site is made with: docstrings read, operations listed, links checked."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
from pathlib import Path
from typing import Any

import pytest

import minigrad as mg
from minigrad.engine.operation import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
ELEMENTWISE = "reference" if os.environ.get("MINIGRAD_KERNELS") == "reference" else "_elementwise"
if not (ROOT / "scripts" / "website").is_dir():
    pytest.skip("the site's sources are not here", allow_module_level=True)


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Any:
    """The folder of the scripts, to import from."""
    sys.path.insert(0, str(ROOT / "scripts"))
    yield
    sys.path.remove(str(ROOT / "scripts"))


def test_docstrings_become_lists_code_and_literal_blocks() -> None:
    website = importlib.import_module("website.docstrings")
    text = """Divide `x` by *y*.

x, y : arrays, x_shape
    of any `dtype`
**rest : ignored

    z = x / y

>>> 1 + 1
2"""
    assert website.restructured(text.split("\n")) == [
        r"Divide ``x`` by \*y\*.",
        "",
        "``x, y``",
        r"    arrays, x\_shape",
        "    of any ``dtype``",
        "``**rest``",
        "    ignored",
        "",
        "::",
        "",
        "    z = x / y",
        "",
        ">>> 1 + 1",
        "2",
        "",
    ]


def test_the_table_of_operations_has_rules_kinks_and_names() -> None:
    website = importlib.import_module("website.operations")
    policies = website.policies((ROOT / "docs" / "kinks.md").read_text(encoding="utf-8"))
    assert policies["abs"] == "at 0: 0; at a NaN: NaN"
    unknown = set(policies) - set(OPERATIONS) - set(dir(mg.nn.functional)) - set(dir(mg))
    assert unknown == {"delta"}
    row = website.row("multiply", "")
    for wanted in ("x1 * x2", "g * x2", "torch.<wbr>mul", "np.<wbr>multiply", "NumPy"):
        assert wanted in row
    assert "a kernel: <code>" in website.row("matmul", "")
    assert "also <code>absolute</code>" in website.row("abs", "")
    assert website.other_names("clip") == ["clamp"]
    assert "<td>x1 == x2.</td>" in website.row("eq", "")  # not how the source checks its arguments
    assert all(website.row(name, "") for name in OPERATIONS)


def test_books_are_set_as_such_and_products_are_not() -> None:
    marked = importlib.import_module("website.docstrings").marked
    assert marked("Goodfellow, *Deep\nLearning*, `x*y`") == "Goodfellow, *Deep\nLearning*, ``x*y``"
    assert marked("N*C*H, *args") == r"N\*C\*H, \*args"


def test_source_pages_are_not_searched_and_pages_have_none(tmp_path: Path) -> None:
    sources = importlib.import_module("website.sources")
    sources.write_page(tmp_path, ROOT / "setup.py", "text")
    assert ":nosearch:" in (tmp_path / "setup.py.rst").read_text(encoding="utf-8")
    docs = ROOT / "docs"
    assert sources.target(docs / "index.md", "_generated/operations.rst", docs) is None
    assert sources.target(docs / "index.md", "../setup.py", docs) == ROOT / "setup.py"


def test_a_module_that_calls_a_function_shows_its_options() -> None:
    signature = importlib.import_module("website.docstrings").signature
    shown = signature(None, "class", "", mg.nn.GELU, None, "(*args, **kwargs)", "")
    assert shown == ("(approximate='none')", "")
    assert signature(None, "class", "", mg.nn.Linear, None, "(in_features)", "") is None


def test_every_operation_has_all_cells() -> None:
    website = importlib.import_module("website.operations")
    policies = website.policies((ROOT / "docs" / "kinks.md").read_text(encoding="utf-8"))
    library = [n for n, f in OPERATIONS.items() if f.__module__.startswith("minigrad.")]
    for name in library:  # other tests declare operations too
        row = website.row(name, policies.get(name, ""))
        assert row.count("<td>") == 6
        assert "<td></td>" not in row, name


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Tensor.sin_", ("minigrad.ops.methods", "in_place")),
        ("Tensor.grad", ("minigrad.engine.tensor", "Tensor")),
        ("FloatTensor", ("minigrad.legacy", "_OfOneDtype")),
        ("trapz", ("minigrad.ops.further", "trapezoid")),
        ("kernels.gelu", (f"minigrad.kernels.{ELEMENTWISE}", "gelu")),
    ],
)
def test_what_sphinx_finds_no_source_of_has_one(name: str, wanted: tuple[str, str]) -> None:
    pytest.importorskip("sphinx", reason="the site needs Sphinx")
    origins = importlib.import_module("website.origins")
    assert origins.origin("minigrad", name) == wanted


def test_every_constant_has_a_source_and_words_that_are_the_same_in_each_build() -> None:
    origins = importlib.import_module("website.origins")
    assert origins.binding("minigrad", "float32") == ("minigrad.engine.dtypes", "float32")
    assert origins.binding("minigrad", "half") == ("minigrad.legacy", "half")  # imported late
    assert origins.binding("minigrad", "pi") == ("minigrad", "pi")
    website = importlib.import_module("website.reference")
    page = website.page("minigrad", website.homes())
    names = [line.split()[-1] for line in page.split("\n") if line.startswith(".. py:data::")]
    assert len(names) > 25
    assert [name for name in names if origins.binding("minigrad", name) is None] == []
    assert "With ``cuda``, ``debug``, ``hip``." in page
    assert " at 0x" not in page


def test_every_public_name_has_one_entry_in_the_reference() -> None:
    website = importlib.import_module("website.reference")
    entries = website.homes()
    pages = {module: website.page(module, entries) for module in website.PAGES}
    assert ".. autofunction:: minigrad.exp\n" in pages["minigrad"]
    for name in ("nn.Linear", "nn.GELU", "nn.LSTM", "optim.SGD", "utils.data.MNIST"):
        assert f".. autoclass:: minigrad.{name}\n" in pages[f"minigrad.{name.rpartition('.')[0]}"]
    assert ".. autoclass:: minigrad.FloatTensor\n" in pages["minigrad"]
    names = [line for page in pages.values() for line in page.split("\n") if ".. auto" in line]
    assert len(names) == len(set(names)) > 450
    top = pages["minigrad"] + ".. py:data:: Tensor\n"  # which has a page of its own
    missing = [n for n in mg.__all__ if f"minigrad.{n}" not in top and f"data:: {n}\n" not in top]
    assert [n for n in missing if not isinstance(getattr(mg, n), type(sys))] == []


def test_every_public_name_of_every_module_has_an_entry() -> None:
    website = importlib.import_module("website.reference")
    entries = website.homes()
    text = "\n".join(website.page(module, entries) for module in website.PAGES)
    assert ".. autofunction:: minigrad.random.fork_rng\n" in text
    assert ".. autofunction:: minigrad.kron\n" in text
    missing = []
    for info in pkgutil.walk_packages(mg.__path__, "minigrad."):
        if "._" in info.name:
            continue
        module = importlib.import_module(info.name)
        package = info.name.rpartition(".")[0]
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isroutine(thing)) or id(thing) in entries:
                continue
            if f".. autofunction:: {package}.{name}\n" not in text:  # a function made of it
                missing.append(f"{info.name}.{name}")
    page = website.page("minigrad", entries)
    data = {line.split()[-1] for line in page.split("\n") if ".. py:data:: " in line}
    functions = [n for n in data if inspect.isroutine(getattr(mg, n, None))]
    assert functions == []
    assert missing == []


def test_links_that_lead_nowhere_and_what_asks_the_network_are_found(tmp_path: Path) -> None:
    check = importlib.import_module("check_site")
    (tmp_path / "b.html").write_text("<h1 id='there'>b</h1>", encoding="utf-8")
    (tmp_path / "a.html").write_text(
        "<a href='b.html#there'></a> <a href='https://example.org'></a> <a href='#a'></a>"
        "<p id='a'><a href='b.html#gone'></a><a href='c.html'></a><a href='mailto:x@y.z'></a>"
        "<script src='https://example.org/x.js'></script>",
        encoding="utf-8",
    )
    wrong, others = check.faults(tmp_path)
    assert [w.split(">")[1].strip(" :") for w in wrong] == [
        "there is no such place on that page",
        "leads nowhere",
        "asks the network",
    ]
    assert others == {"https://example.org", "https://example.org/x.js"}


def test_links_to_other_sites_are_well_formed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("the sources are not in a repository")
    links = importlib.import_module("check_links")
    found = links.references()
    assert any(r.startswith("arXiv:") for r in found) and any(r.startswith("https") for r in found)
    assert [r for r in found if links.malformed(r)] == []
    bad = ("arXiv:1799.12", "arXiv:2013.00001", "doi:11.1/x", "https://nowhere/page")
    assert all(map(links.malformed, bad))


def test_markers_become_frames_and_links_to_sources_become_pages() -> None:
    pictures = importlib.import_module("website.pictures")
    text = pictures.frames("course/chapter2", "a\n<!-- explore: diamond -->\nb")
    assert 'src="../_static/course/diamond.html"' in text
    sources = importlib.import_module("website.sources")
    docs = ROOT / "docs"
    found = sources.target(docs / "house.md", "../minigrad/engine/tape.py", docs)
    assert found == ROOT / "minigrad" / "engine" / "tape.py"
    assert sources.target(docs / "house.md", "autodiff.md", docs) is None


def test_there_are_twenty_errors() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert text.count("\n## ") == text.count("Traceback") == 20
