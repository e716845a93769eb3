"""The tools of a language model's client (Model Context Protocol), over a pipe or HTTP."""
