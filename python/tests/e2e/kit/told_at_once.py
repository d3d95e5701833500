"""A failure is shown when it happens as well as at the end: a suite that is stopped before its end has no end."""

from __future__ import annotations

from typing import Any

import pytest


class Teller:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line("")
            for line in report.longreprtext.splitlines()[-60:]:
                terminal.write_line(f"  {line}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Teller(config), "told at once")
