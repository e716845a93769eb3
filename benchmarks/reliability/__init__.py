"""Does anything break? Killed builds, damaged files, hostile inputs, many questions at once.

.venv/bin/python -m benchmarks reliability --all
"""
