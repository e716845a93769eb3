"""The lock file is of what pip would take, by name."""

from distribution.lock import locked


def test_each_package_stands_with_its_hash_in_the_order_of_names() -> None:
    def item(name: str, version: str, digest: str) -> dict[str, object]:
        return {
            "metadata": {"name": name, "version": version},
            "download_info": {"archive_info": {"hashes": {"sha256": digest}}},
        }

    report = {"install": [item("b", "2", "bb"), item("A", "1.0", "aa")]}
    assert locked(report) == "A==1.0 --hash=sha256:aa\nb==2 --hash=sha256:bb\n"
