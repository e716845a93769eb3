from __future__ import annotations

import gzip
import io

from recueil_qa.builds.gzipped import Gzipped


def written(*parts: tuple[int, bytes]) -> bytes:
    raw = io.BytesIO()
    file = Gzipped(raw)
    for level, content in parts:
        file.set_level(level)
        assert file.write(content) == len(content)
    file.close()
    file.close()
    return raw.getvalue()


def test_parts_are_read_as_one_file_and_each_is_packed_by_its_level() -> None:
    plain = b"again and " * 10_000
    made = written((1, b"one "), (0, plain), (1, b" two"))
    assert gzip.decompress(made) == b"one " + plain + b" two"
    assert len(made) > len(plain)
    assert len(written((1, plain))) < len(plain) / 100
    assert len(written((0, plain))) > len(plain)


def test_what_is_written_at_one_level_is_one_part_and_the_same_each_time() -> None:
    parts = ((1, b"one "), (1, b"two"))
    assert written(*parts) == written(*parts)
    assert gzip.decompress(written(*parts)) == b"one two"
    assert len(written(*parts)) < len(written((1, b"one "), (0, b"two")))
