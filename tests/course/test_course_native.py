"""Chapter 8: rows in C, with every mistake of the table planted."""

from __future__ import annotations

import pytest
from planted import SOLUTIONS

from minigrad.course import compiled
from minigrad.course.chapters import native
from minigrad.course.judge import NotBegun, NotPossible

CC = compiled.compiler()
SOLUTION = SOLUTIONS / "chapter8.c"
pytestmark = pytest.mark.skipif(
    CC is None or not SOLUTION.is_file(), reason="needs a C compiler, and the course's text"
)
WATCHED = CC is not None and compiled.sanitizer(CC) is not None
LAST = "dx[j * dx_stride] = share * (p - (j == label));"
SUM = "z += EXP(x[j * x_stride] - max);"
PLANTED = [
    ("x[j * x_stride] - max) / z", "x[j] - max) / z", "strides", "x[j * x_stride]"),
    ("dx[j * dx_stride]", "dx[j]", "strides", "written between the elements of dx"),
    (SUM, "{ dx[j * dx_stride] = EXP(x[j * x_stride] - max); z += dx[j * dx_stride]; }", "aliasing",
     "right where dx has memory of its own"),
    (LAST, f"{LAST} ((T *)g)[0] *= 2;", "g changed", "the next row reads it"),
    (LAST, f"{LAST} ((T *)x)[0] = 0;", "x changed", "only dx is to be written"),
    ("T max = x[0], z", "float max = x[0], z", "dtype", "with T = double only to"),
    ("EXP(", "expf(", "dtype", "EXP belong"),
    ("const T *x, p", "const float *x, p", "dtype", "a type is written out where T belongs"),
    ("const T *x, p", "const double *x, p", "dtype", "type"),
    ("T *dx, p", "double *dx, p", "dtype", "type"),
    (SUM, SUM.replace("EXP(", "EXP(0 * x[classes * x_stride] + "), "out of bounds", "read"),
    ("j = 0; j < classes; j++) {", "j = -1; j < classes; j++) {", "out of bounds", ""),
    ("j = 0; j < classes; j++) {", "j = 0; j <= classes; j++) {", "out of bounds", ""),
    (" - (j == label)", "", "label not subtracted", "the term Y has the factor 0"),
    ("share * (p", "(p", "g ignored", "multiply by *g"),
    ("x[j * x_stride] - max", "x[j * x_stride]", "overflow", "e^1000"),
    ("p - (j == label)", "(j == label) - p", "sign", "wrong sign"),
    ("share * (p - (j", "share * (p * (j == label) - (j", "P∘Y − Y", "denominator"),
    (") / z;", ");", "not normalised", "divided by Z"),
    ("(p - (j == label))", "(p - (j == label)) + j * j", "differs", "from the right answer at"),
    ("T max = x[0]", "T max = 0", "overflow", "far below 0"),
    ("EXP(x[j * x_stride] - max) / z", "EXP(x[j * x_stride] - (T)(max + log(z)))", "rounding",
     "a few digits only"),
    ("T max = x[0]", "T kept[100];\n    for (ptrdiff_t j = 0; j < classes; j++) kept[j] = x[j * "
     "x_stride];\n    T max = kept[0]", "out of bounds", ""),
    ("T max = x[0]", "T maximum = x[0]", "not compiled", "chapter8.c:"),
    ("EXP(x[j * x_stride] - max) / z", "helper(z)", "not compiled", "helper"),
    ("ptrdiff_t classes) {", "ptrdiff_t classes, int more) {", "not compiled", "the head of"),
    ("T max = x[0]", "if (1 / (classes - classes)) return;\n    T max = x[0]", "division by 0",
     "whole number"),
    ("T max = x[0]", "extern void _Exit(int); _Exit(0);\n    T max = x[0]", "stopped",
     "with status 0 before"),
    ("j = 0; j < classes; j++) {", "j = 1; j < classes; j++) {", "not written", "element 0"),
    ("T max = x[0]", "for (;;) ((T *)dx)[0] = 1;\n    T max = x[0]", "stopped", "not finished"),
]  # fmt: skip


def verdict(folder, old="", new=""):
    source = SOLUTION.read_text("utf-8")
    assert old in source
    (folder / "chapter8.c").write_text(source.replace(old, new) if old else source, "utf-8")
    return native.verdict(folder)


OF_MEMORY = [p for p in PLANTED if p[2] in "out of bounds, dtype, strides, aliasing, g changed"]


@pytest.mark.skipif(not WATCHED, reason="AddressSanitizer's library is not here")
@pytest.mark.parametrize(
    ("old", "new", "mistake", "words"), OF_MEMORY, ids=[p[2] for p in OF_MEMORY]
)
def test_a_planted_mistake_gets_its_name(tmp_path, old, new, mistake, words):
    (found,) = verdict(tmp_path, old, new)
    assert found.mistake == mistake, found
    assert words in found.text


@pytest.mark.parametrize(("old", "new", "mistake", "words"), PLANTED, ids=[p[2] for p in PLANTED])
def test_without_the_sanitizer_too(tmp_path, monkeypatch, old, new, mistake, words):
    monkeypatch.setattr(compiled, "sanitizer", lambda cc: None)
    if mistake == "stopped":
        monkeypatch.setattr(native, "SECONDS", 2.0)
    (found,) = verdict(tmp_path, old, new)
    assert found.mistake == mistake, found
    assert words in found.text


@pytest.mark.skipif(not WATCHED, reason="AddressSanitizer's library is not here")
def test_the_sanitizers_words_are_explained(tmp_path):
    (found,) = verdict(tmp_path, "j < classes; j++) z", "j <= classes; j++) z")
    assert found.mistake == "out of bounds"
    assert "heap-buffer-overflow: an address beside an array was used" in found.text
    assert "READ of size 4: 4 bytes were read" in found.text
    assert "the array has 5 elements, 0 to 4, and element 5 was used" in found.text
    assert "line 24: for (ptrdiff_t j = 0; j <= classes; j++) z += EXP" in found.text


@pytest.mark.skipif(not WATCHED, reason="AddressSanitizer's library is not here")
def test_a_row_that_calls_itself_is_named(tmp_path):
    again = "cross_entropy_row(dx, dx_stride, x, x_stride, g, label, classes);\n    T max = x[0]"
    (found,) = verdict(tmp_path, "T max = x[0]", again)
    assert found.mistake == "stack overflow" and "itself without end" in found.text


def test_what_a_row_prints_is_shown_and_ends(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(native, "SECONDS", 3.0)
    monkeypatch.setattr(native, "beside_others", lambda *args: "")
    printf = "extern int printf(const char *, ...);"
    assert verdict(tmp_path, "T max = x[0]", f'{printf} printf("here\\n");\n    T max = x[0]') == []
    assert capsys.readouterr().out.startswith("here\nhere\n")
    (found,) = verdict(
        tmp_path, "T max = x[0]", f'{printf} for (;;) printf("x\\n");\n    T max = x[0]'
    )
    assert found.mistake == "stopped"


def test_a_file_that_is_no_text_and_one_of_other_bytes(tmp_path):
    for data, words in (("int x;".encode("utf-16"), "plain text"), (b"int \xe9;", "chapter8.c:1")):
        (tmp_path / "chapter8.c").write_bytes(data)
        (found,) = native.verdict(tmp_path)
        assert found.mistake == "not compiled" and words in found.text


@pytest.mark.parametrize("watched", [True, False], ids=["sanitizer", "without"])
def test_a_right_row_is_timed_beside_the_kernels(tmp_path, monkeypatch, capsys, watched):
    if not watched:
        monkeypatch.setattr(compiled, "sanitizer", lambda cc: None)
    assert verdict(tmp_path) == []
    out = capsys.readouterr().out
    assert "your row" in out and "MINIGRAD_CPU=plain" in out and "docs/kernels.md" in out


def test_a_folder_may_have_any_name(tmp_path, monkeypatch):
    monkeypatch.setattr(native, "beside_others", lambda *args: "")
    folder = tmp_path / 'a "quoted" folder, with spaces'
    folder.mkdir()
    assert verdict(folder) == []


def test_the_template_is_not_begun(tmp_path):
    template = native.Path(native.__file__).parents[1] / "templates" / "chapter8.c"
    (tmp_path / "chapter8.c").write_text(template.read_text("utf-8"), "utf-8")
    with pytest.raises(NotBegun):
        native.verdict(tmp_path)


def test_without_a_compiler_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(NotPossible, match="no C compiler here"):
        verdict(tmp_path)


def test_a_missing_source_is_named(tmp_path):
    (found,) = native.verdict(tmp_path)
    assert found.mistake == "missing" and "chapter8.c" in found.text
