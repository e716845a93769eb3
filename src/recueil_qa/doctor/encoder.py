"""The encoder's files: all there, and their weights where the headers say.

A file of weights that was cut, or put together from two exports, can be whole to the eye and have
no bytes for a tensor.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recueil_qa.doctor.finding import Finding, listed
from recueil_qa.encoding.identity import MEND
from recueil_qa.encoding.onnx_encoder import GRAPH, exporting, layout
from recueil_qa.encoding.safetensors import HeaderLengthError, read_header
from recueil_qa.errors import EncoderError, RecueilError
from recueil_qa.faults import system_reason
from recueil_qa.messages import Text

_BITS = {"BOOL": 8, "I8": 8, "U8": 8, "I16": 16, "U16": 16, "I32": 32, "U32": 32, "I64": 64}
_BITS |= {"U64": 64, "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "F8_E4M3": 8, "F8_E5M2": 8}


def weights(name: str) -> Finding:
    """Compare each file of weights with its header, and the lists of tensors with the files.

    Raises:
        EncoderError: something is missing or spoilt; all of it is named.
    """
    folder = Path(name)
    if not folder.is_dir():
        return Finding(
            "weights", "ok", Text(f"{name} : chez son éditeur", f"{name}: with its publisher")
        )
    headers: dict[str, dict[str, Any] | None] = {}
    faults = [*_files(folder)]
    for path in sorted(folder.rglob("*.safetensors")):
        file = path.relative_to(folder).as_posix()
        try:
            headers[file] = _header(path)
        except _FaultyError as fault:
            headers[file] = None
            faults.append(Text(f"{file} : ", f"{file}: ") + fault.what)
    for path in sorted(folder.rglob("*.safetensors.index.json")):
        faults += _misplaced(path, folder, headers)
    if faults:
        raise EncoderError(Text(f"{folder} : ", f"{folder}: ") + listed(faults), MEND)
    if (folder / GRAPH).is_file() and not _is_of(folder / GRAPH, folder):
        raise EncoderError(
            Text(
                f"{folder} : {GRAPH} a été fait d'autres poids",
                f"{folder}: {GRAPH} was made from other weights",
            ),
            exporting(folder),
        )
    count = sum(len(tensors or ()) for tensors in headers.values())
    return Finding(
        "weights",
        "ok",
        Text(
            f"{count} tenseurs entiers dans {len(headers)} fichier(s)",
            f"{count} whole tensors in {len(headers)} file(s)",
        ),
    )


class _FaultyError(RecueilError):
    """What is wrong with one file."""


def _files(folder: Path) -> Iterator[Text]:
    """Yield the configurations that can't be read, and the modules whose folder is missing."""
    for path in sorted(folder.rglob("*.json")):
        file = path.relative_to(folder).as_posix()
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            yield Text(f"{file} n'est pas du JSON lisible", f"{file} is not readable JSON")
            continue
        if file == "modules.json" and isinstance(found, list):
            for module in found:
                place = str(module.get("path", "")) if isinstance(module, dict) else ""
                if not (folder / place).is_dir():
                    yield Text(f"le dossier {place} manque", f"the folder {place} is missing")


def _header(path: Path) -> dict[str, Any]:
    """Return the tensors of a file by name.

    Raises:
        _FaultyError: a tensor has not the bytes that it needs.
    """
    try:
        header = read_header(path)
        _check_ranges(header.tensors, header.size)
    except OSError as error:
        what = Text("illisible ({})", "can't be read ({})")
        raise _FaultyError(what.format(system_reason(error))) from error
    except HeaderLengthError as error:
        raise _FaultyError(
            Text(
                f"en-tête de {error.length} octets dans un fichier de {error.size}",
                f"header of {error.length} bytes in a file of {error.size}",
            )
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _FaultyError(
            Text("l'en-tête n'en est pas un", "the header is not one of safetensors")
        ) from error
    return header.tensors


def _check_ranges(tensors: dict[str, Any], size: int) -> None:
    """Follow the tensors through `size` bytes: each has what its shape needs, none is left."""
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda row: row[1]["data_offsets"]):
        start, stop = tensor["data_offsets"]
        bits = _BITS.get(tensor["dtype"])
        # Of a type made since, only the place is checked.
        wanted = stop - start if bits is None else math.prod(tensor["shape"]) * bits // 8
        if start != end or stop - start != wanted or stop > size:
            raise _FaultyError(
                Text(
                    f"{name} : octets {start} à {stop} sur {size}, {wanted} attendus depuis {end}",
                    f"{name}: bytes {start} to {stop} of {size}, expected {wanted} from {end}",
                )
            )
        end = stop
    if end != size:
        raise _FaultyError(
            Text(
                f"{size - end} octets après le dernier tenseur",
                f"{size - end} bytes after the last tensor",
            )
        )


def _is_of(graph: Path, folder: Path) -> bool:
    """Return whether a graph was made from the weights beside it, without loading it.

    It keeps their layout as text: that is found among its bytes, whatever stands around it.
    """
    data = graph.read_bytes()
    return all(value.encode() in data for value in layout(folder).values())


def _misplaced(
    path: Path, folder: Path, headers: dict[str, dict[str, Any] | None]
) -> Iterator[Text]:
    """Yield the tensors that are not in the file where a list says that they are."""
    try:
        places = dict(json.loads(path.read_bytes())["weight_map"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        yield Text(f"{path.name} n'a pas de weight_map", f"{path.name} has no weight_map")
        return
    missing = set[str]()
    for tensor, name in sorted(places.items()):
        file = (path.parent / str(name)).relative_to(folder).as_posix()
        if file not in headers:
            missing.add(file)
        elif tensor not in (headers[file] or {tensor}):  # an unreadable file was told of
            yield Text(f"{tensor} n'est pas dans {file}", f"{tensor} is not in {file}")
    for file in sorted(missing):
        yield Text(f"{file} manque", f"{file} is missing")
