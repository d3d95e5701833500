"""A failure is shown when it happens as well as at the end: a suite that is stopped before its end has no end."""

from __future__ import annotations

from typing import Any

import pytest


class Teller:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.outcome in ("failed", "rerun") and terminal is not None:
            terminal.write_line("")
            for line in report.longreprtext.splitlines()[-60:]:
                terminal.write_line(f"  {line}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is tried twice (in CI, by pytest-rerunfailures) is told at the end: `npm test` reads it from the report."""
    if getattr(item, "execution_count", 1) > 1:
        item.user_properties.append(("tried twice", item.nodeid))


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Teller(config), "told at once")
