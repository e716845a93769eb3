#!/usr/bin/env bash
# Opens the page on this machine: ./run.sh, or PORT=8600 ./run.sh; Ctrl+C stops it.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -e .venv/.installed ]; then
  if [ "${RECUEIL_LANGUAGE:-fr}" = en ]; then
    echo "run.sh: not installed yet. Mend it with: ./install.sh" >&2
  else
    echo "run.sh : pas encore installé. Remède : ./install.sh" >&2
  fi
  exit 1
fi
port="${PORT:-8501}"
export RECUEIL_HOME="${RECUEIL_HOME:-$PWD}"
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false STREAMLIT_BROWSER_GATHER_USAGE_STATS=false
exec .venv/bin/python -m recueil_qa.cli.main serve --port "$port" "$@"
