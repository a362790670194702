#!/usr/bin/env bash
# Fetches what build_apk.sh needs into build/android/x, 40 MB to load, and installs nothing:
# Android's tools of this Debian; dx, Android's classes (API 23) and its resources of other Debian
# releases; TensorFlow Lite for Android from Maven Central. Needs apt-get, dpkg-deb, unzip, mvn.
set -euo pipefail
cd "$(dirname "$0")/.."

B=build/android
DEBS=$B/debs
KEY=/usr/share/keyrings/debian-archive-keyring.gpg

# The machine's own mirror, from either form of apt's sources.
mirror() {
    { cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2> /dev/null || true; } |
        awk '/^URIs:/ && !uri {uri = $2}
             /^deb / && !uri {sub(/\[[^]]*\] /, ""); uri = $2}
             END {print uri}'
}

# apt_for NAME SUITE ...: an apt-get of its own, with the lists of these suites alone, in APT.
apt_for() {
    local root
    root=$(realpath -m "$B/apt/$1")
    shift
    mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
    for suite in "$@"; do
        echo "deb [signed-by=$KEY] $URI $suite main"
    done > "$root/sources.list"
    APT=(apt-get -qq -o "Dir::Etc::sourcelist=$root/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$root/lists" -o "Dir::Cache=$root/cache" -o Debug::NoLocking=1
        -o "APT::Sandbox::User=$(id -un)")
    "${APT[@]}" update
}

URI=$(mirror)
if [ -z "$URI" ]; then
    echo "no Debian mirror in /etc/apt: this script needs Debian" >&2
    exit 1
fi
mkdir -p $DEBS
. /etc/os-release
apt_for own "$VERSION_CODENAME"
"${APT[@]}" --yes --download-only --reinstall --no-install-recommends install aapt apksigner dexdump zipalign
cp $B/apt/own/cache/archives/*.deb $DEBS
apt_for other bullseye trixie
(cd $DEBS && "${APT[@]}" download libandroid-23-java/bullseye dalvik-exchange/bullseye \
    android-framework-res/trixie)
for deb in $DEBS/*.deb; do
    dpkg-deb -x "$deb" $B/new
done
rm -rf $B/x
mv $B/new $B/x
mvn -q -B --projects tflite process-resources
