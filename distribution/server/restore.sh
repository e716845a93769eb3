#!/bin/sh
# Put back what backup.sh has kept, into a home that has none of it; then look whether it answers.
#
#   restore.sh ARCHIVE.tar.gz HOME
#
# What is there is never written over: move it away first. Stop the service before, start it after.
set -eu
umask 077
[ $# -eq 2 ] && [ -f "$1" ] || {
  echo "restore.sh: usage: restore.sh ARCHIVE.tar.gz HOME" >&2; exit 2; }
archive=$1 home=$2
program=${RECUEIL_QA:-/opt/recueil-qa/bin/recueil-qa}
for name in corpus eval index feedback.sqlite3 keys.json; do
  if [ -e "$home/$name" ]; then
    echo "restore.sh: $home/$name is there; move it away first; nothing was changed" >&2; exit 1
  fi
done
mkdir -p "$home"
scratch=$(mktemp -d "$home/.restore-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
tar -xzf "$archive" -C "$scratch"
[ -d "$scratch/corpus" ] || {
  echo "restore.sh: $archive is no archive of backup.sh; nothing was changed" >&2; exit 1; }
for name in .shipped.json keys.json feedback.sqlite3 eval index corpus; do
  [ ! -e "$scratch/$name" ] || mv "$scratch/$name" "$home/"
done
RECUEIL_HOME=$home "$program" doctor
