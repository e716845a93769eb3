"""This project against four peers, in one run: see `command`.

Imported by every process that is timed, so it imports nothing.
"""
