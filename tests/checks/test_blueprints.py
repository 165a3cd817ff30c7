"""Is every blueprint there?"""

from __future__ import annotations

import importlib
import sys

import pytest
from flask import Blueprint, Flask

from flask_bootcheck.boot import Trial, Unimported
from flask_bootcheck.checks.blueprints import (
    folders_are_there,
    made_are_registered,
    modules_import,
    named_are_registered,
)
from flask_bootcheck.findings import Status

from ..helpers import findings_of, make_boot, notes_of

SOURCE = """\
from flask import Blueprint, Flask

used = Blueprint("used", __name__)

forgotten = Blueprint(
    "forgotten", __name__)
same = forgotten
nested: Blueprint = Blueprint("nested", __name__)
used.register_blueprint(nested)
app = Flask(__name__)
app.register_blueprint(used)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Imports a module from a folder of its own, and gives its app and the folder."""
    imported: list[str] = []

    def make(source, name="bootcheck_project", folder=tmp_path / "project"):
        folder.mkdir(exist_ok=True, parents=True)
        (folder / f"{name}.py").write_text(source, "utf-8")
        monkeypatch.syspath_prepend(str(folder))
        imported.append(name)
        return importlib.import_module(name), folder

    yield make
    for name in imported:
        sys.modules.pop(name, None)


def test_every_named_blueprint_is_looked_for_nested_ones_with_their_parent():
    app = Flask("app")
    shop = Blueprint("shop", "shop")
    shop.register_blueprint(Blueprint("cart", "cart"))
    app.register_blueprint(shop)
    app.add_url_rule("/", "home")
    boot = make_boot({"blueprints": "shop shop.cart cart shopp reviews"}, app=app)
    found = {finding.component: finding.hint for finding in findings_of(named_are_registered, boot)}
    assert set(found) == {"cart", "shopp", "reviews"}
    assert "there is 'shop'" in found["shopp"]
    assert found["reviews"] == (
        "did its import fail silently, or is its register_blueprint() gone?"
    )
    assert notes_of(named_are_registered, boot) == ["2 registered, 2 routes"]


def test_a_blueprint_that_is_made_and_never_registered_is_found_once_with_its_line(project):
    module, folder = project(SOURCE)
    (finding,) = findings_of(made_are_registered, make_boot(app=module.app, root=folder))
    assert finding.message == "blueprint 'forgotten' is made but never registered"
    assert finding.where == "bootcheck_project.py:5"
    assert finding.hint == "add app.register_blueprint(forgotten), or delete it"


def test_a_project_behind_a_symbolic_link_is_the_project(project, tmp_path):
    """As /srv/current of many deploy tools is."""
    (tmp_path / "releases").mkdir()
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "releases")
    module, _ = project(SOURCE, folder=link)
    (finding,) = findings_of(made_are_registered, make_boot(app=module.app, root=link))
    assert finding.where == "bootcheck_project.py:5"


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        ("from flask import Blueprint\nb = Blueprint('b', 'elsewhere')", "project"),
        ("from flask import Blueprint\nb = Blueprint('b', __name__)", "other"),
        ("from flask import Blueprint\nb = Blueprint('b', __name__)", "project/site-packages"),
        ("from flask import Blueprint\nb = Blueprint('b', __name__)", "project-two"),
        ("blueprint = 'b'", "project"),
    ],
    ids=["of-another-module", "elsewhere", "dependency", "same-prefix", "no-blueprint"],
)
def test_what_is_not_made_here_is_not_ours_to_miss(project, tmp_path, source, folder):
    project(source, folder=tmp_path / folder)
    boot = make_boot(
        app=Flask("app", root_path=str(tmp_path / "project")), root=tmp_path / "project"
    )
    assert findings_of(made_are_registered, boot) == []


def test_a_module_whose_source_is_gone_is_named_without_a_line(project):
    module, folder = project("from flask import Blueprint, Flask\nb = Blueprint('b', __name__)")
    (folder / "bootcheck_project.py").unlink()
    boot = make_boot(app=Flask("app"), root=folder)
    assert [f.where for f in findings_of(made_are_registered, boot)] == ["bootcheck_project.py"]
    assert module.b.name == "b"


def test_one_that_is_assigned_in_another_way_is_found_by_its_name(project):
    source = "from flask import Blueprint\nglobals()['b'] = Blueprint('b', __name__)\nx, y = 1, 2"
    _, folder = project(source)
    boot = make_boot(app=Flask("app"), root=folder)
    assert [f.where for f in findings_of(made_are_registered, boot)] == ["bootcheck_project.py:2"]


FOLDERS = """\
from flask import Blueprint, Flask

app = Flask(__name__)
there = Blueprint("there", __name__, template_folder="pages", static_folder="files")
app.register_blueprint(there)
lost = Blueprint(
    "lost", __name__, template_folder="page", static_folder="file")
app.register_blueprint(lost)
app.register_blueprint(lost, name="again")
app.register_blueprint(Blueprint("none", __name__))
"""


def test_a_folder_that_a_blueprint_names_and_that_is_not_there_is_found(project, tmp_path):
    """Once, however often the blueprint is registered."""
    for name in ("pages", "files"):
        (tmp_path / "project" / name).mkdir(parents=True)
    module, folder = project(FOLDERS)
    found = findings_of(folders_are_there, make_boot(app=module.app, root=folder))
    assert [finding.message for finding in found] == [
        f"the template folder of blueprint 'lost' is not there: {folder}/page",
        f"the static folder of blueprint 'lost' is not there: {folder}/file",
    ]
    assert {finding.where for finding in found} == {"bootcheck_project.py:6"}
    assert {finding.status for finding in found} == {Status.WARN}


def test_the_folders_of_a_package_are_its_own_affair(project, tmp_path):
    module, _ = project(FOLDERS, folder=tmp_path / "site-packages")
    assert findings_of(folders_are_there, make_boot(app=module.app, root=tmp_path)) == []


def unimported(**facts):
    """A boot in a trial that found one module."""
    found = Unimported("shop.billing", "billing", "shop/billing.py:2", **facts)
    return make_boot(app=Flask("shop"), trial=Trial("shop", 1.0, unimported=(found,)))


@pytest.mark.parametrize(("certain", "status"), [(True, Status.FAIL), (False, Status.WARN)])
def test_a_module_that_cannot_be_imported_is_told_with_the_error(certain, status):
    boot = unimported(error="KeyError: 'x'", where="a.py:7", swallowed="b.py:1", certain=certain)
    (finding,) = findings_of(modules_import, boot)
    assert finding.status is status
    assert finding.where == "a.py:7"
    assert finding.message == (
        "blueprint 'billing' is not there: importing shop.billing fails: KeyError: 'x'"
    )
    assert "the try at b.py:1 swallows it" in finding.hint
    assert findings_of(made_are_registered, boot) == []


def test_a_module_that_nothing_imports_warns():
    boot = unimported()
    (finding,) = findings_of(made_are_registered, boot)
    assert (finding.status, finding.where) == (Status.WARN, "shop/billing.py:2")
    assert findings_of(modules_import, boot) == []


def test_the_search_that_failed_is_a_failure_of_the_check():
    """The runner makes a warning of it."""
    trial = Trial("shop", 1.0, not_searched="KeyError: 'x'")
    with pytest.raises(RuntimeError, match="KeyError"):
        findings_of(modules_import, make_boot(app=Flask("shop"), trial=trial))
