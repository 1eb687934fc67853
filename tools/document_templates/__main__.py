"""`python -m tools.document_templates [DOCUMENT …]`: make the templates anew, all or those named."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from app.law.documents import documents
from tools.document_templates.layout import made

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "app" / "documents" / "templates"


def main(named: list[str]) -> int:
    """Exit status 2 when a document is not known."""
    wording = yaml.safe_load((HERE / "wording.yaml").read_text(encoding="utf-8"))
    if unknown := set(named) - set(wording):
        print(f"no such document: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for name in named or wording:
        made(documents()[name].name, wording[name]).save(str(TEMPLATES / f"{name}.docx"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
