#!/bin/sh
# What nobody can make again, in one archive: corpora, judged questions, feedback, keys; and the
# build that serves.
#
#   backup.sh HOME ARCHIVE.tar.gz
#
# The service may run meanwhile. The archive is written aside and moved in place; whoever can read
# it can read what users wrote in their feedback: it is readable by its owner alone.
set -eu
umask 077
[ $# -eq 2 ] && [ -d "$1/corpus" ] || {
  echo "backup.sh: usage: backup.sh HOME ARCHIVE.tar.gz; HOME holds the folder corpus/" >&2; exit 2; }
home=$(cd "$1" && pwd) archive=$2
python=${PYTHON:-/opt/recueil-qa/bin/python}
scratch=$(mktemp -d "$archive.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/home"

for name in corpus eval; do
  [ ! -d "$home/$name" ] || cp -R -p "$home/$name" "$scratch/home/"
done
for name in .shipped.json keys.json; do
  [ ! -f "$home/$name" ] || cp -p "$home/$name" "$scratch/home/"
done
# A database that is written to is copied by the database, not as a file.
if [ -f "$home/feedback.sqlite3" ]; then
  "$python" -c '
import sqlite3, sys
source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
copy = sqlite3.connect(sys.argv[2])
source.backup(copy)
copy.close()
' "$home/feedback.sqlite3" "$scratch/home/feedback.sqlite3"
fi
# A build never changes; it may be removed while it is copied, and then nothing is written.
if [ -f "$home/index/CURRENT" ]; then
  build=$(cat "$home/index/CURRENT")
  mkdir "$scratch/home/index"
  cp -R -p "$home/index/$build" "$scratch/home/index/"
  printf '%s\n' "$build" > "$scratch/home/index/CURRENT"
fi
tar -czf "$scratch/archive" -C "$scratch/home" .
mv "$scratch/archive" "$archive"
echo "$archive"
