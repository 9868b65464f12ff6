#!/bin/sh
# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# The six novels of Jane Austen as plain text, from the data of the Debian package r-cran-janeaustenr, which is only
# downloaded and unpacked. Writes FOLDER/austen.txt and one file a novel, unless they are there.
# Usage: sh examples/data/austen.sh FOLDER [PREPARE_TEXT]     PREPARE_TEXT: that example, built (default: builds it)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/setup.sh"

[ $# = 1 ] || [ $# = 2 ] || die "usage: sh examples/data/austen.sh FOLDER [PREPARE_TEXT]"
folder=$1
if [ -s "$folder/austen.txt" ]; then
  say "text: $folder/austen.txt is there"
  exit 0
fi
for tool in apt-get dpkg; do
  command -v $tool > /dev/null || die "the text comes from a Debian package: needs $tool"
done
[ $# = 2 ] || need zlib1g-dev

mkdir -p "$folder"
work=$(mktemp -d "$folder/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The sandbox user of apt may not write to our folder; apt would warn and carry on as the caller, so name the caller.
download() { (cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download r-cran-janeaustenr); }

say "text: downloading the Debian package r-cran-janeaustenr (1.6 MB)"
if ! download 2> "$work/log"; then
  say "text: bringing the package lists up to date first"
  sudo=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "apt-get update needs root or sudo"
    sudo=sudo
  fi
  $sudo apt-get -qq update
  download
fi
dpkg -x "$work"/r-cran-janeaustenr_*.deb "$work/package"

say "text: writing the novels to $folder"
data=$work/package/usr/lib/R/site-library/janeaustenr/data/Rdata
if [ $# = 2 ]; then
  "$2" "$data" "$folder"
else
  sh "$root/examples/run.sh" prepare_text "$data" "$folder"
fi
