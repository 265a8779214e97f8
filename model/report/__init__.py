"""One self-contained HTML page about a crawl, a dataset, a training run and its evaluation."""

from emtool.model.report.page import Section, write_report
from emtool.model.report.project import write_evaluation_report, write_project_report

__all__ = ["Section", "write_evaluation_report", "write_project_report", "write_report"]
