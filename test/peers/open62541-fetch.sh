#!/usr/bin/env bash
# Fetches open62541, an OPC UA stack that this project did not write, into a folder of its own; the system stays as it is.
#
#     open62541-fetch.sh FOLDER
#
# Debian has it from trixie on. On an older Debian, the packages are taken from trixie, with the C library that they need, and unpacked beside the
# system's: about 5 MB to download. Does nothing when the folder has it already.
set -euo pipefail
folder=$(realpath -m "$1")
[ ! -e "$folder/complete" ] || exit 0

rm -rf "$folder"
mkdir -p "$folder"/{lists/partial,archives/partial,packages,sources,root}
# this machine's own mirror, and its keys
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
  sed -E 's/\b(bookworm|bullseye)\b/trixie/g' /etc/apt/sources.list.d/debian.sources > "$folder/sources/trixie.sources"
else
  grep -E '^deb .*/debian/? ' /etc/apt/sources.list | sed -E 's/\b(bookworm|bullseye)\b/trixie/g' > "$folder/sources/trixie.list"
fi
apt=(
  -o "Dir::State::lists=$folder/lists" -o "Dir::Cache::archives=$folder/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
  -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/sources" -o APT::Sandbox::User=root
)
apt-get "${apt[@]}" update -qq
mapfile -t needed < <(apt-cache "${apt[@]}" depends libopen62541-1.4 | awk '/Depends:/ {print $2}' | grep -v '^<')
cd "$folder/packages"
apt-get "${apt[@]}" download -qq libopen62541-1.4 libopen62541-1.4-dev libc6 "${needed[@]}"
for package in *.deb; do dpkg -x "$package" "$folder/root"; done
rm -rf "$folder"/{lists,archives,packages,sources}
touch "$folder/complete"
