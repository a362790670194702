#!/usr/bin/env bash
# Builds build/android/keyboard.apk and checks it. Run fetch_android.sh first.
#
#     tools/build_apk.sh [MODEL_FOLDER]        by default ../models/keyboard
#
# Application id, versions and SDK levels are those of pom.xml. The key is made here: the APK is for
# adb and for trying, not for a store.
set -euo pipefail
MODEL=$(realpath "${1:-$(dirname "$0")/../../models/keyboard}")
cd "$(dirname "$0")/.."

B=build/android
X=$B/x/usr
W=$B/work
S=app/src/main
MOST_BYTES=12000000
ABIS="arm64-v8a armeabi-v7a x86_64"

# tool NAME ARGUMENTS: one of the programs that fetch_android.sh unpacked.
tool() {
    local lib=$PWD/$X/lib
    LD_LIBRARY_PATH=$lib:$lib/x86_64-linux-gnu:$lib/x86_64-linux-gnu/android:$lib/p7zip \
        "$X/lib/android-sdk/build-tools/debian/$@"
}

pom() {
    sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" pom.xml | head -n 1
}

fail() {
    echo "build_apk.sh: $1" >&2
    exit 1
}

compile() {
    javac -encoding UTF-8 -nowarn -source 8 -target 8 -Xlint:-options \
        -bootclasspath $X/share/java/com.android.android-23.jar -cp tflite/target/classes \
        -d $W/classes $(find core/src/main/java $S/java -name '*.java' | LC_ALL=C sort)
    cp -r tflite/target/classes/org $W/classes
    java -cp $X/share/java/com.android.dx-10.0.0.jar com.android.dx.command.Main --dex \
        --min-sdk-version="$MIN" --output=$W/classes.dex $W/classes
    tool dexdump -d $W/classes.dex > $W/dex.txt
    grep -q 'tfdistill/keyboard/app/DemoInputMethodService' $W/dex.txt || fail "the dex is empty"
    if grep -q invoke-custom $W/dex.txt; then
        fail "invoke-custom in the dex: a lambda in core or app"
    fi
}

# The source has no package, as Gradle wants it; the libraries are compressed, so that Android
# has to unpack them.
link() {
    mkdir -p $W/assets/keyboard
    cp -r $S/assets/. $W/assets
    cp tflite/target/aar/LICENSE $W/assets/LICENSE.tensorflow-lite.txt
    for file in model.tflite vocab.txt words.txt ngrams.bin model.json; do
        cp "$MODEL/$file" $W/assets/keyboard/
    done
    sed -e "s|<manifest |<manifest package=\"$ID\" |" \
        -e 's|<application|<application android:extractNativeLibs="true"|' \
        $S/AndroidManifest.xml > $W/AndroidManifest.xml
    tool aapt2 compile --dir $S/res -o $W/res.zip
    tool aapt2 link -o $W/unaligned.apk -I $X/share/android-framework-res/framework-res.apk \
        --manifest $W/AndroidManifest.xml -A $W/assets -0 .tflite --min-sdk-version "$MIN" \
        --target-sdk-version "$TARGET" --version-code 1 --version-name "$VERSION" $W/res.zip
}

pack() {
    for abi in $ABIS; do
        mkdir -p $W/lib/$abi
        cp tflite/target/aar/jni/$abi/libtensorflowlite_jni.so $W/lib/$abi/
    done
    (
        cd $W
        export TZ=UTC
        find classes.dex lib -exec touch -d 1980-01-01 {} +
        find classes.dex lib -type f | LC_ALL=C sort | zip -q -9 -X -D unaligned.apk -@
    )
    tool zipalign -p -f 4 $W/unaligned.apk $W/aligned.apk
    tool zipalign -c -p 4 $W/aligned.apk
}

sign() {
    [ -f $B/debug.jks ] || keytool -genkeypair -keystore $B/debug.jks -storepass android \
        -keypass android -alias debug -keyalg RSA -keysize 2048 -validity 10000 -dname CN=Debug
    java -jar $X/share/java/apksigner.jar sign --ks $B/debug.jks --ks-pass pass:android \
        --v4-signing-enabled false --out $W/signed.apk $W/aligned.apk
}

# Each check reads a file, so that a program that fails stops the script.
verify() {
    java -jar $X/share/java/apksigner.jar verify --verbose $W/signed.apk > $W/signature.txt
    grep -q 'v2 scheme.*true' $W/signature.txt || fail "no v2 signature"
    grep -q 'v3 scheme.*true' $W/signature.txt || fail "no v3 signature"
    tool aapt dump badging $W/signed.apk > $W/badging.txt
    grep -q "package: name='$ID'" $W/badging.txt || fail "not $ID"
    grep -q "provides-component:'ime'" $W/badging.txt || fail "no keyboard inside"
    grep -q launchable-activity $W/badging.txt || fail "no settings to launch"
    tool aapt dump permissions $W/signed.apk > $W/permissions.txt
    grep -q '^package:' $W/permissions.txt || fail "permissions cannot be read"
    if grep -q uses-permission $W/permissions.txt; then
        fail "a permission is requested"
    fi
    unzip -v $W/signed.apk > $W/list.txt
    grep -Eq 'Stored.*assets/keyboard/model\.tflite$' $W/list.txt || fail "the model is compressed"
    for abi in $ABIS; do
        grep -q "lib/$abi/libtensorflowlite_jni.so$" $W/list.txt || fail "no library for $abi"
        readelf -lW $W/lib/$abi/libtensorflowlite_jni.so > $W/elf.txt
        echo "$abi: segments aligned to $(awk '/LOAD/ {print $NF}' $W/elf.txt | sort -u | tr '\n' ' ')"
    done
    [ "$(stat -c %s $W/signed.apk)" -le $MOST_BYTES ] || fail "more than $MOST_BYTES bytes"
}

ID=$(pom android.application.id)
MIN=$(pom android.min.sdk)
TARGET=$(pom android.target.sdk)
VERSION=$(pom version)
[ -d $X ] && [ -d tflite/target/classes/org ] || fail "run tools/fetch_android.sh first"
[ -f "$MODEL/model.tflite" ] || fail "no model.tflite in $MODEL"
rm -rf $W
mkdir -p $W/classes
compile
link
pack
sign
verify
mv $W/signed.apk $B/keyboard.apk
echo "$B/keyboard.apk: $(stat -c %s $B/keyboard.apk) bytes, checked, never run on a phone here"
