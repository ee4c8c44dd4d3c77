"""The names of a dataset's folder and files; spelled here and nowhere else."""

from pathlib import Path

from agentlog.project import folder_name
from agentlog.schema.sample import SplitName

MANIFEST = "manifest.json"
CARD = "README.md"
REPORT = "report.html"
DROPS = "drops.jsonl"
REVIEW = "review.jsonl"
PREFERENCES = "preferences.jsonl"
REPLACEMENTS = "replacements.jsonl"
CLUSTERS = "clusters.jsonl"


def datasets_folder(data: Path, role: str) -> Path:
    """Where the datasets of a role lie."""
    return data / "datasets" / folder_name(role)


def split_file(role: str, split: SplitName) -> str:
    """The file of a split."""
    return f"{role}_agent_{split}.jsonl"


def export_file(role: str, split: SplitName, export: str) -> str:
    """The file of a split in another format."""
    return f"{role}_agent_{split}.{export}.jsonl"
