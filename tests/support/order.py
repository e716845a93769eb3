"""Which test modules begin first: those that take longest.

Several processes share the modules, and one that began a long one last would end long after the
others. The order changes no result.
"""

from __future__ import annotations

LONGEST_FIRST = (
    "test_bundle.py",
    "app/test_browser_access.py",
    "app/test_browser_answer.py",
    "app/test_browser.py",
    "app/test_browser_reading.py",
    "app/test_browser_own_facets.py",
    "app/test_browser_crowd.py",
    "access/test_browser_signon.py",
    "reader/test_transformers_server.py",
    "index/test_engine_contract.py",  # with a Milvus server
    "encoding/test_onnx_encoder.py",
    "test_guide_maintainer.py",
    "training/test_convert_e5.py",
    "training/test_train_encoder.py",
    "evaluation/test_quality.py",
    "test_readme.py",
    "builds/test_archive.py",
    "corpus/importing/test_run.py",
    "corpus/test_hostile.py",
    "reliability/test_hostile.py",
    "reliability/test_kills.py",
    "reliability/test_damage.py",
    "reliability/test_load.py",
    "index/test_milvus.py",
)
