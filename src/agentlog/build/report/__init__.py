"""report.html: a build on one page, for the person who decides whether to train on it. See `agentlog.build.report.report`."""

from agentlog.build.report.report import render_report

__all__ = ["render_report"]
