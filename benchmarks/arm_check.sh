#!/bin/bash
# Run .tflite files on three ARM processors, emulated by qemu-user, and compare with this
# machine's answers.
#
#     benchmarks/arm_check.sh RUN FILE.tflite...
#
# RUN is the work folder that the files were made from, or "-" if WORK holds inputs.npz.
# Needs Debian's apt-get, as root, and pip; fetches qemu, an ARM Python and the aarch64
# LiteRT wheel into BUILD once (160 MB) and installs nothing; exits with 3 where it
# cannot. Emulated times mean nothing, so none are printed.
# PYTHON names a Python that has this package, COUNT says how many texts, LENGTH how
# many tokens they are padded to (one of the files' lengths). OLD_PYTHON names one with
# tflite-runtime 2.14, if that is to be compared as well. CPUS are what qemu imitates.
set -euo pipefail
HERE=$(dirname "$(realpath "$0")")
PYTHON=${PYTHON:-python}
COUNT=${COUNT:-50}
LENGTH=${LENGTH:-64}
LITERT=${LITERT:-2.3.0}
BUILD=${BUILD:-build/arm}
WORK=${WORK:-$BUILD}
CPUS=${CPUS:-cortex-a53 cortex-a76 max}
KEY=/usr/share/keyrings/debian-archive-keyring.gpg

# fetch SUITE ARCHITECTURE FOLDER PACKAGE...: unpack Debian packages into a folder.
fetch() {
  local suite=$1 architecture=$2 folder=$3 state
  shift 3
  state=$BUILD/apt-$suite-$architecture
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/debs" "$folder"
  state=$(realpath "$state")
  : > "$state/status"
  echo "deb [signed-by=$KEY] $(mirror) $suite main" > "$state/a.list"
  local options=(-o "APT::Architecture=$architecture"
    -o "APT::Architectures=$architecture" -o "Dir::Etc::sourcelist=$state/a.list"
    -o "Dir::Etc::sourceparts=/dev/null" -o "Dir::State::lists=$state/lists"
    -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
    -o "APT::Sandbox::User=root")
  apt-get "${options[@]}" -qq update || return
  (cd "$state/debs" && apt-get "${options[@]}" -qq download "$@") || return
  for deb in "$state"/debs/*.deb; do dpkg-deb -x "$deb" "$folder" || return; done
}

mirror() {
  awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources
}

fetch_all() {
  fetch trixie "$(dpkg --print-architecture)" "$BUILD/host" qemu-user || return
  fetch bookworm arm64 "$BUILD/root" libc6 libgcc-s1 libstdc++6 python3.11-minimal \
    libpython3.11-minimal libpython3.11-stdlib zlib1g libexpat1 libffi8 libbz2-1.0 \
    liblzma5 libssl3 libuuid1 || return
  "$PYTHON" -m pip download -q -d "$BUILD/wheels" --only-binary=:all: \
    --platform manylinux_2_27_aarch64 --python-version 3.11 \
    "ai-edge-litert==$LITERT" numpy || return
  mkdir -p "$BUILD/site"
  for wheel in "$BUILD"/wheels/*.whl; do
    unzip -qo "$wheel" -d "$BUILD/site" || return
  done
  touch "$BUILD/ready"
}

if [ ! -f "$BUILD/ready" ]; then
  fetch_all || exit 3
fi

RUN=$1
shift
if [ "$RUN" != - ]; then
  "$PYTHON" "$HERE/arm_check.py" inputs "$RUN" "$COUNT" "$LENGTH" "$WORK"
fi
"$PYTHON" "$HERE/arm_check.py" run host "$WORK" "$@"
if [ -n "${OLD_PYTHON:-}" ]; then
  "$OLD_PYTHON" "$HERE/arm_check.py" run tflite-runtime-2.14 "$WORK" "$@"
fi
ROOT=$(realpath "$BUILD/root")
for cpu in $CPUS; do
  "$BUILD/host/usr/bin/qemu-aarch64" -cpu "$cpu" -L "$ROOT" \
    -E "PYTHONHOME=$ROOT/usr" -E "PYTHONPATH=$(realpath "$BUILD/site")" \
    "$ROOT/usr/bin/python3.11" "$HERE/arm_check.py" run "$cpu" "$WORK" "$@"
done
"$PYTHON" "$HERE/arm_check.py" compare "$WORK" "$@"
