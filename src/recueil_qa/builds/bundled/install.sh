#!/usr/bin/env bash
# Installs recueil-qa @VERSION@ in this folder (.venv), with no network and nothing outside of it.
# A second run only checks. RECUEIL_LANGUAGE=en for English; PYTHON=… for a Python elsewhere.
set -euo pipefail
cd "$(dirname "$0")"
here="$PWD"

say() { # French, English
  if [ "${RECUEIL_LANGUAGE:-fr}" = en ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}
stop() {
  say "install.sh : $1" "install.sh: $2" >&2
  exit 1
}

# Which Python and platform, and which C library: "cp311-linux_x86_64 2.36".
describe='
import platform, re, sys, sysconfig
name = "cp" if sys.implementation.name == "cpython" else sys.implementation.name
tag = "%s%d%d%s-%s" % (name, sys.version_info[0], sys.version_info[1], sys.abiflags,
                       re.sub("[-.]", "_", sysconfig.get_platform()))
print(tag, platform.libc_ver()[1] if platform.libc_ver()[0] == "glibc" else "0")
'
python='' seen=''
candidates=(python@PYTHON@ python3 python)
[ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
for candidate in "${candidates[@]}"; do
  found="$("$candidate" -c "$describe" 2>/dev/null)" || continue
  if [ "${found% *}" = '@MACHINE@' ]; then
    python="$candidate"
    break
  fi
  seen="$seen $candidate = ${found% *};"
done
if [ -z "$python" ]; then
  stop "il faut Python @PYTHON@ pour cette archive (@MACHINE@) ; trouvé ici :${seen:- rien}
  Remède : installer Python @PYTHON@, ou PYTHON=/chemin/vers/python@PYTHON@ ./install.sh,
  ou faire l'archive avec le Python et la machine d'ici" \
    "Python @PYTHON@ is needed for this archive (@MACHINE@); found here:${seen:- nothing}
  Mend it with: install Python @PYTHON@, or PYTHON=/path/to/python@PYTHON@ ./install.sh,
  or make the archive with the Python and the machine of here"
fi
if ! "$python" -c 'import sys
a, b = ([int(n) for n in v.split(".")] for v in sys.argv[1:])
sys.exit(a < b)' "${found##* }" '@GLIBC@'; then
  stop "la bibliothèque C d'ici (glibc ${found##* }) est trop ancienne : il faut @GLIBC@ ou plus récent" \
    "the C library of here (glibc ${found##* }) is too old: @GLIBC@ or later is needed"
fi

if cmp -s SHA256SUMS .venv/.installed && .venv/bin/python -c 'import recueil_qa' 2>/dev/null; then
  say "==> déjà installé ; vérification" "==> already installed; checking"
else
  say "==> vérification des fichiers" "==> checking the files"
  # In Python, which is there: not every system has sha256sum.
  if ! bad="$("$python" -c '
import hashlib, sys
bad = []
for line in open("SHA256SUMS", encoding="utf-8"):
    expected, name = line.rstrip("\n").split("  ", 1)
    digest = hashlib.sha256()
    try:
        with open(name, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
    except OSError:
        bad.append(name + " (?)")
        continue
    if digest.hexdigest() != expected:
        bad.append(name)
print(*bad[:10], sep=", ")
sys.exit(bool(bad))' 2>&1)"; then
    stop "fichiers altérés ou absents (?) : ${bad##*$'\n'}
  Remède : copier et décompresser l'archive de nouveau" \
      "files altered or missing (?): ${bad##*$'\n'}
  Mend it with: copy and unpack the archive again"
  fi

  # Emptied first: what a stopped installation left counts for nothing.
  if ! rm -rf .venv 2>/dev/null || ! mkdir .venv 2>/dev/null; then
    stop "impossible d'écrire dans $here. Remède : corriger les droits, ou décompresser ailleurs" \
      "can't write in $here. Mend it with: mend the permissions, or unpack elsewhere"
  fi
  free="$(df -Pk . | awk 'NR == 2 { print int($4 / 1000) }')"
  if [ "$free" -lt '@MEGABYTES@' ]; then
    rmdir .venv
    stop "$free Mo libres dans $here ; il en faut @MEGABYTES@. Remède : libérer de la place" \
      "$free MB free in $here; @MEGABYTES@ are needed. Mend it with: free some space"
  fi

  say "==> installation dans .venv (@MEGABYTES@ Mo ; une minute ou deux)" \
    "==> installing into .venv (@MEGABYTES@ MB; a minute or two)"
  # The archive's own pip: the Python of a bare machine often has none.
  mkdir .venv/tmp
  if ! "$python" -m venv --without-pip .venv || ! TMPDIR="$here/.venv/tmp" \
    .venv/bin/python -I 'wheels/@PIP@/pip' install --isolated --quiet --disable-pip-version-check \
    --no-cache-dir --no-compile --no-index --find-links wheels '@PACKAGE@' pip; then
    rm -rf .venv
    stop "l'installation n'a pas abouti (voir ci-dessus) ; rien n'en reste. Disque plein ?" \
      "the installation failed (see above); nothing of it is left. Is the disk full?"
  fi
  rm -rf .venv/tmp
  # Of all that is installed, only what is used is compiled, the command line's part below: whoever
  # starts the page may not be allowed to write here.
  PYTHONPATH="app${PYTHONPATH:+:$PYTHONPATH}" .venv/bin/python -c '
from recueil_app import page, serving
from recueil_app.views import ask, compare, dossier, explore, maintain, map, practice
from recueil_qa.api import health, routes, server, upkeep' >/dev/null 2>&1 || true
  cp SHA256SUMS .venv/.installed
fi

if ! ./recueil-qa doctor; then
  stop "installé, mais il reste à corriger ce qui est dit ci-dessus, puis : ./install.sh" \
    "installed, but what is told above is to be mended, then: ./install.sh"
fi
say "
Prêt. Pour demander :     ./recueil-qa ask \"comment réduire les appels répétés ?\"
      Pour ouvrir la page : ./run.sh" "
Ready. To ask:           ./recueil-qa ask \"how to reduce repeat calls?\"
       To open the page: ./run.sh"
