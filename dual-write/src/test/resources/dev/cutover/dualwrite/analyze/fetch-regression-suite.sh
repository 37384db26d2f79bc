#!/usr/bin/env bash
# Puts the SQL files of PostgreSQL's regression suite into the directory named, from Debian's source package. Needs no root.
set -euo pipefail
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial"
echo 'deb-src http://deb.debian.org/debian bookworm main' > "$work/sources.list"
options=(-q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$work/lists"
  -o Dir::Cache="$work" -o APT::Sandbox::User=)
cd "$work"
apt-get "${options[@]}" update
apt-get "${options[@]}" source --download-only postgresql-15
tar xjf postgresql-15_*.orig.tar.bz2 --wildcards --strip-components=5 '*/src/test/regress/sql/*.sql'
mkdir -p "$target"
mv ./*.sql "$target"
