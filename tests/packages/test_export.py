"""A package as it leaves: what is in it, who may take it, and that other tools find it sound."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import bagit
import httpx
import jsonschema_rs
import pytest

from app.packages.checking import check
from app.packages.trust import read_trust
from app.schemas import schemas
from tests.conftest import Acts
from tests.packages.builders import a_package, exported, trust_of
from tests.transfers.builders import DESK, HANDLER, PROCURATOR, led_to


async def test_a_package_is_good_by_its_own_organ_s_key(acts: Acts) -> None:
    package = await a_package(acts)
    report = check(io.BytesIO(package.content), await trust_of(acts))
    assert report.problems == []
    assert report.key is not None
    assert report.key.organ == "320506-market"
