"""SQLite files that cannot be written, or do not outlive their container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from flask_bootcheck.checks.database import files
from flask_bootcheck.findings import Status

from ...helpers import findings_of, make_boot

MOUNTS = """\
22 1 0:20 / / rw,relatime - overlay overlay rw
23 22 0:21 / /proc rw - proc proc rw
24 22 8:1 /vol /data rw,relatime shared:1 - ext4 /dev/sdb rw
25 22 0:22 / /run rw - tmpfs tmpfs rw
26 22 8:2 / /with\\040space rw - ext4 /dev/sdc rw
"""


def look(check, app, environ=None):
    with app.app_context():
        return findings_of(check, make_boot(environ=environ, app=app))


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("/srv/shop.db", ("/", "overlay")),
        ("/data/shop.db", ("/data", "ext4")),
        ("/database/shop.db", ("/", "overlay")),
        ("/run/shop.db", ("/run", "tmpfs")),
        ("/with space/shop.db", ("/with space", "ext4")),
    ],
)
def test_the_mount_of_a_file_is_the_nearest_above_it(file, found):
    assert files.mount_of(Path(file), MOUNTS) == found


@pytest.mark.parametrize(
    ("kind", "environ", "is_found"),
    [
        ("overlay", {"RENDER": "true"}, True),
        ("tmpfs", {"RAILWAY_SERVICE_ID": "s"}, True),
        ("ext4", {"RENDER": "true"}, False),
        ("overlay", {}, False),
    ],
    ids=["on the disk of the container", "in memory", "on a volume", "on no platform"],
)
def test_on_a_platform_a_file_shall_be_on_a_volume(
    make_db, tmp_path, monkeypatch, kind, environ, is_found
):
    app, _ = make_db("sqlite:///shop.db")
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 0:1 / / rw - xfs x rw\n2 1 0:2 / {tmp_path} rw - {kind} x rw\n")
    monkeypatch.setattr(files, "_MOUNTS", table)
    found = look(files.file_outlives_its_container, app, environ)
    assert bool(found) is is_found
    if found:
        assert found[0].status is Status.WARN
        assert found[0].message.startswith(f"sqlite:///{tmp_path}/shop.db is on the container's")


def test_where_nobody_tells_the_mounts_nothing_is_said(make_db, tmp_path, monkeypatch):
    app, _ = make_db("sqlite:///shop.db")
    monkeypatch.setattr(files, "_MOUNTS", tmp_path / "none")
    assert look(files.file_outlives_its_container, app, {"RENDER": "true"}) == []


@pytest.mark.parametrize("locked", ["file", "folder"])
def test_a_file_or_folder_that_may_not_be_written_is_named(make_db, tmp_path, monkeypatch, locked):
    """Whoever runs the tests as root may write everything: the question is answered for it."""
    app, _ = make_db("sqlite:///shop.db")
    file = tmp_path / "shop.db"
    assert look(files.file_can_be_written, app) == []
    file.touch()
    place = file if locked == "file" else tmp_path
    monkeypatch.setattr(os, "access", lambda path, _mode: path != place)
    (finding,) = look(files.file_can_be_written, app)
    assert finding.status is Status.WARN
    assert finding.message.endswith(f"may not write {place}")
    assert look(files.file_outlives_its_container, app, {"RENDER": "true"}) == [], "only read"


@pytest.mark.parametrize(
    "uri",
    ["sqlite://", "sqlite:///file:/srv/x.db?mode=ro&uri=true", "sqlite:////no/such/folder.db"],
)
def test_what_is_no_file_or_has_no_folder_is_left_alone(make_db, uri):
    app: Flask = make_db(uri)[0]
    for check in (files.file_can_be_written, files.file_outlives_its_container):
        assert look(check, app, {"RENDER": "true"}) == []
