from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "default",
    deadline=None,  # a shared machine's pauses are not failures
    print_blob=True,
    phases=[p for p in Phase if p is not Phase.explain],  # it lists lines of the checker's own
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")


def pytest_report_header(config: object) -> str:
    seed = config.getoption("hypothesis_seed", default=None)  # type: ignore[attr-defined]
    return f"hypothesis seed: {seed} (another: pytest --hypothesis-seed=N)"
