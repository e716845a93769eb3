from __future__ import annotations

import importlib
import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from recueil_qa.doctor.libraries import libraries, unimportable, versions

PIP = [sys.executable, "-m", "pip", "install"]


def install(folder: Path, name: str, number: str, *requires: str) -> None:
    """Make the metadata of a library stand in a folder of the path, before the others."""
    place = folder / f"{name.replace('-', '_')}-{number}.dist-info"
    place.mkdir(exist_ok=True)
    rows = [f"Name: {name}", f"Version: {number}", "Requires-Python: >=3.11"]
    rows += [f"Requires-Dist: {row}" for row in requires]
    (place / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(rows) + "\n", "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the path, in which the package requires two libraries of the test's own."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    rows = ("first-lib>=1.2", "second_lib[more]>=2,<3", 'never>=1; extra == "dev"')
    install(folder, "recueil-qa", "0.2.0", *rows)
    install(folder, "first-lib", "1.2", 'elsewhere; sys_platform == "nowhere"')
    extra = 'Third.Lib!=0.9; extra == "more"'
    install(folder, "second-lib", "2.5", "first-lib<2", extra, 'never; extra == "less"')
    return folder


def test_this_python_and_the_libraries_of_this_checkout_are_good() -> None:
    assert versions().severity == "ok"
    assert (
        versions().what.fr
        == f"Python {platform.python_version()}, recueil-qa {version('recueil-qa')}"
    )
    found = libraries(Path("nowhere"))
    assert found.severity == "ok"
    assert found.what.fr.endswith("bibliothèques, aux versions attendues")


def test_an_old_python_is_told_with_the_one_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.10.14")
    found = versions()
    assert found.severity == "error"
    assert found.what.fr.startswith("Python 3.10.14, recueil-qa ")
    assert found.what.fr.endswith(" ; Python >=3.11 est attendu")
    assert found.what.en.endswith("; Python >=3.11 is needed")
    assert found.row()["mend_fr"] == "make clean, puis : make setup PYTHON=/chemin/vers/python3.11"
    assert found.row()["mend_en"] == "make clean, then: make setup PYTHON=/path/to/python3.11"


def test_what_libraries_require_themselves_is_looked_for_too(site: Path, tmp_path: Path) -> None:
    found = libraries(tmp_path)
    assert found.severity == "error"
    assert found.what.fr == "1 bibliothèque(s) absente(s) ou d'une version refusée : third-lib"
    assert found.what.en == "1 library(ies) missing or of a refused version: third-lib"
    assert found.row()["mend_fr"] == found.row()["mend_en"] == shlex.join([*PIP, "third-lib!=0.9"])
    install(site, "third-lib", "1.0")
    assert libraries(tmp_path).what.en == "3 libraries, of the versions wanted"


def test_what_an_old_form_of_metadata_requires_is_looked_for_too(
    site: Path, tmp_path: Path
) -> None:
    place = site / "third_lib-1.0.egg-info"
    place.mkdir()
    (place / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: third-lib\nVersion: 1.0\n")
    (place / "requires.txt").write_text("fourth-lib>=2\n")
    assert libraries(tmp_path).what.en == (
        "1 library(ies) missing or of a refused version: fourth-lib"
    )
    install(site, "fourth-lib", "2.0")
    assert libraries(tmp_path).what.en == "4 libraries, of the versions wanted"


def test_versions_out_of_any_range_are_told_with_the_range(site: Path, tmp_path: Path) -> None:
    install(site, "third-lib", "0.9")
    (site / "first_lib-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: first-lib\nVersion: 2.0\n", "utf-8"
    )
    (tmp_path / "constraints.txt").write_text("first-lib==1.2\n", "utf-8")
    found = libraries(tmp_path)
    assert found.severity == "error"
    assert found.what.en == (
        "2 library(ies) missing or of a refused version: first-lib 2.0 (<2,>=1.2), "
        "third-lib 0.9 (!=0.9)"
    )
    constraint = ["--constraint", str(tmp_path / "constraints.txt")]
    wanted = [*PIP, *constraint, "first-lib<2,>=1.2", "third-lib!=0.9"]
    assert found.row()["mend_fr"] == shlex.join(wanted)


def test_versions_other_than_the_constraints_are_a_warning(site: Path, tmp_path: Path) -> None:
    install(site, "third-lib", "1.0+cpu")
    path = tmp_path / "constraints.txt"
    text = "# pinned\nFirst_Lib==1.3  # a note\nthird-lib==1.0\nunheard-of==1\n--no-binary :all:\n"
    path.write_text(text, "utf-8")
    found = libraries(tmp_path)
    assert found.severity == "warning"
    assert found.what.fr == (
        "1 bibliothèque(s) d'une autre version que constraints.txt, seules éprouvées : "
        "first-lib 1.2 (==1.3)"
    )
    assert found.what.en.endswith(", the only ones tried: first-lib 1.2 (==1.3)")
    wanted = shlex.join([*PIP, "--constraint", str(path), "first-lib==1.3"])
    assert found.row()["mend_fr"] == found.row()["mend_en"] == wanted
    path.write_text("first-lib==1.2\n", "utf-8")
    assert libraries(tmp_path).severity == "ok"


def test_a_library_whose_files_are_gone_is_installed_again(tmp_path: Path) -> None:
    error = ModuleNotFoundError("No module named 'yaml.loader'", name="yaml.loader")
    found = unimportable(error, tmp_path)
    assert found.severity == "error"
    assert found.what.en == "the library yaml can't be loaded (No module named 'yaml.loader')"
    assert found.what.fr == (
        "la bibliothèque yaml ne se charge pas (détail technique : No module named 'yaml.loader')"
    )
    assert found.row()["mend_en"] == shlex.join([*PIP, "--force-reinstall", "PyYAML"])


def test_a_library_that_is_not_installed_is_told_by_its_metadata(
    site: Path, tmp_path: Path
) -> None:
    error = ModuleNotFoundError("No module named 'third_lib'", name="third_lib")
    assert unimportable(error, tmp_path) == libraries(tmp_path)


def test_a_light_installation_is_whole_and_what_it_has_more_is_looked_at(
    site: Path, tmp_path: Path
) -> None:
    install(site, "third-lib", "1")
    wanted = 'heavy-lib>=6; extra == "sentence-transformers"'
    install(site, "recueil-qa", "0.2.0", "first-lib", wanted)
    assert libraries(tmp_path).what.en == "1 libraries, of the versions wanted"
    install(site, "heavy-lib", "5.0", "never>=1")
    importlib.invalidate_caches()
    found = libraries(tmp_path)
    assert found.severity == "error"
    assert "heavy-lib 5.0 (>=6)" in found.what.en and "never" in found.what.en
