from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "default",
    deadline=None,  # a shared machine's pauses are not failures
    print_blob=False,  # --hypothesis-seed=0 repeats a failure
    report_multiple_bugs=False,  # the simplest is enough to begin with
    phases=[p for p in Phase if p is not Phase.explain],  # it lists lines of the checker's own
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("short", settings.get_profile("default"), max_examples=5)
settings.load_profile("default")


SLOW = """
    test_planted_faults test_examples test_studies test_benchmarks test_workers test_explore
    test_docs test_kernel test_memory test_torch test_functional
    test_course test_program
    models
""".split()
"""Beginnings of the names of files whose tests take long, or compare with another library."""


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "not slow":
        settings.load_profile("short")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Slow files are not even read where they are left out."""
    slow = collection_path.suffix in (".py", ".md") and is_slow(collection_path)
    return True if slow and config.option.markexpr == "not slow" else None


def is_slow(path: Path) -> bool:
    """Is it a file whose tests take long?"""
    return path.stem.startswith(tuple(SLOW))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    import minigrad.nn.functional  # noqa: F401  (tests that put OPERATIONS back must not lose its own)

    for item in items:
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)


def pytest_report_header(config: object) -> str:
    seed = config.getoption("hypothesis_seed", default=None)  # type: ignore[attr-defined]
    return f"hypothesis seed: {seed} (another: pytest --hypothesis-seed=N)"
