#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT
#
# The six novels of Jane Austen as text, from the Debian package r-cran-janeaustenr (nothing is installed).
#   sh examples/data/austen.sh PREPARE_TEXT FOLDER
# PREPARE_TEXT is the built example of that name. Writes FOLDER/austen.txt and one file a novel, unless they exist.
set -eu

package=r-cran-janeaustenr
[ $# -eq 2 ] || { echo "usage: sh examples/data/austen.sh PREPARE_TEXT FOLDER" >&2; exit 2; }
prepare_text=$1 folder=$2

if [ -s "$folder/austen.txt" ]; then
  echo "text: $folder/austen.txt exists"
  exit 0
fi
[ -x "$prepare_text" ] || { echo "austen.sh: $prepare_text is not a program: build the examples first" >&2; exit 1; }
for tool in apt-get dpkg; do
  command -v $tool >/dev/null || { echo "austen.sh: needs $tool (Debian, Ubuntu)" >&2; exit 1; }
done

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else echo "austen.sh: '$*' needs root or sudo" >&2; return 1
  fi
}

mkdir -p "$folder"
work=$(mktemp -d "$folder/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The sandbox user of apt could not write to our folder; without it apt warns, so it is named.
download() { (cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$package"); }

echo "text: downloading the Debian package $package (1.6 MB)"
if ! download 2>"$work/log"; then
  echo "text: refreshing the package lists first (apt-get update)"
  as_root apt-get -qq update
  download
fi
dpkg -x "$work/$package"_*.deb "$work/package"
echo "text: writing the novels to $folder"
"$prepare_text" "$work/package/usr/lib/R/site-library/janeaustenr/data/Rdata" "$folder"
