"""Every planted mistake gets its message, a right answer none, an unknown one its worst element."""

from __future__ import annotations

import re

import pytest
from planted import PAGE, PLANTED, SOLUTIONS, UNKNOWN, findings, module, page

from minigrad.course.chapters import CHAPTERS, exercises
from minigrad.course.judge import judge

pytestmark = pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="the course's text is not here")
ANSWERS = [(k, e) for k in CHAPTERS for e in exercises(k) if e.verdict is None]


def called(p):
    return f"{p.chapter}-{p.exercise}-{p.mistake}"


@pytest.mark.parametrize("p", PLANTED, ids=called)
def test_a_planted_mistake_gets_its_name_and_no_other(p):
    assert {f.mistake for f in findings(p)} == {p.mistake}


@pytest.mark.parametrize("p", UNKNOWN, ids=called)
def test_an_unknown_mistake_is_shown_by_its_worst_element(p):
    (found,) = findings(p)
    assert found.mistake == "differs"
    assert re.search(r"differs from the right answer( at \(.*\))?: \S+, wanted \S+", found.text)


@pytest.mark.parametrize(("chapter", "exercise"), ANSWERS, ids=lambda v: getattr(v, "name", v))
def test_a_right_answer_gets_no_message(chapter, exercise):
    assert judge(exercise, getattr(module(chapter), exercise.name)) == []
    assert judge(exercise, exercise.right) == []


@pytest.mark.parametrize(("chapter", "exercise"), ANSWERS, ids=lambda v: getattr(v, "name", v))
def test_a_twin_is_wrong_and_recognised(chapter, exercise):
    for twin in exercise.twins:
        found = judge(exercise, twin.function)
        assert found, twin
        assert twin.text in {f.text for f in found}, (twin, found)


def test_each_message_is_on_the_page():
    assert PAGE.read_text("utf-8") == page(), "run `python tests/course/planted.py --write`"


def test_every_exercise_has_mistakes_hints_and_its_place_in_the_template():
    planted = {(p.chapter, p.exercise) for p in PLANTED}
    for chapter, exercise in ANSWERS:
        assert (chapter, exercise.name) in planted
        assert len(exercise.hints) == 2 and len(set(exercise.hints)) == 2
