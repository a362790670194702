"""The keyboard: Java's own tests, the APK, and one set of versions for both builds.

Packages of Maven and Debian are fetched if they are missing; without Java 17, Maven or
a network these tests skip and say so.
"""

import importlib.util
import json
import pathlib
import re
import xml.etree.ElementTree

import pytest


def properties(demo):
    """Return pom.xml's properties and its version."""
    root = xml.etree.ElementTree.parse(demo / "pom.xml").getroot()
    found = {each.tag: each.text for each in root.find("properties")}
    return {**found, "version": root.find("version").text}


def test_gradle_and_maven_have_the_same_versions(demo):
    maven = properties(demo)
    catalogue = (demo / "gradle/libs.versions.toml").read_text()
    gradle = dict(re.findall(r'^(\w+) = "(.*)"$', catalogue, re.MULTILINE))
    pairs = {
        "applicationId": "android.application.id",
        "versionName": "version",
        "minSdk": "android.min.sdk",
        "targetSdk": "android.target.sdk",
        "junit": "version.junit",
        "jna": "version.jna",
        "robolectric": "version.robolectric",
        "tflite": "version.tflite",
    }
    assert {each: gradle[each] for each in pairs} == {
        each: maven[name] for each, name in pairs.items()
    }
    assert int(gradle["compileSdk"]) >= int(gradle["targetSdk"])


def test_the_script_and_gradle_take_their_versions_from_there(demo):
    script = (demo / "tools/build_apk.sh").read_text()
    for name in ("application.id", "min.sdk", "target.sdk"):
        assert f"pom android.{name})" in script
    gradle = (demo / "app/build.gradle.kts").read_text()
    for name in ("applicationId", "minSdk", "targetSdk", "compileSdk", "versionName"):
        assert re.search(rf"{name} = libs\.versions\.{name}\.", gradle), name
    assert 'noCompress += "tflite"' in gradle and "-0 .tflite" in script


def test_the_poms_of_all_parts_name_one_version(demo):
    version = properties(demo)["version"]
    for pom in demo.glob("*/pom.xml"):
        parent = xml.etree.ElementTree.parse(pom).getroot().find("parent")
        assert parent.find("version").text == version, pom


def litert():
    """Return libLiteRt.so of ai-edge-litert, or a path that is not there."""
    found = importlib.util.find_spec("ai_edge_litert")
    folder = pathlib.Path(found.submodule_search_locations[0] if found else "none")
    return folder / "libLiteRt.so"


def reports(demo):
    """Return (tests, skipped) of each Java test class that Maven ran."""
    counts = {}
    for path in demo.glob("*/target/surefire-reports/TEST-*.xml"):
        suite = xml.etree.ElementTree.parse(path).getroot()
        counts[suite.get("name").rpartition(".")[2]] = (
            int(suite.get("tests")),
            int(suite.get("skipped")),
        )
    return counts


@pytest.fixture
def make_assets(demo):
    spec = importlib.util.spec_from_file_location(
        "make_assets", demo / "make_assets.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_java(demo, run, programs, small, make_assets):
    programs("mvn", "java", "javac")
    for old in demo.glob("*/target/surefire-reports/TEST-*.xml"):
        old.unlink()
    has_room = importlib.util.find_spec("tfdistill.keyboard") is not None
    if has_room:
        make_assets.write_golden(small, small)
    library = litert()
    given = [f"-Dtfdistill.fixture={small}"]
    given += [f"-Dtfdistill.litert={library}"] * library.is_file()
    run("mvn", "-B", "-q", "test", *given)
    counts = reports(demo)
    assert counts["DemoInputMethodServiceTest"] == (20, 0)
    assert counts["FuzzTest"] == (1, 0) and counts["ScreensTest"] == (5, 0)
    # Golden vectors of the shipped model, and those made above for the small one.
    absent = (not (demo / "golden/suggestions.jsonl").exists()) + (not has_room)
    assert counts["GoldenTokensTest"] == (3, absent)
    assert counts["LiteRtHostModelTest"] == (5, absent if library.is_file() else 5)


def test_the_apk_is_built_alike_twice(demo, run, programs, small):
    programs("mvn", "javac", "apt-get", "dpkg-deb", "zip", "unzip", "readelf")
    if not (demo / "build/android/x").exists():
        run("tools/fetch_android.sh")
    run("mvn", "-B", "-q", "--projects", "tflite", "process-resources")
    shipped = demo.parent / "models/keyboard"
    model = shipped if shipped.is_dir() else small
    printed = run("tools/build_apk.sh", model)
    assert "arm64-v8a: segments aligned to 0x1000" in printed
    apk = demo / "build/android/keyboard.apk"
    assert 4_000_000 < apk.stat().st_size <= 12_000_000
    unsigned = demo / "build/android/work/aligned.apk"
    first = unsigned.read_bytes()
    run("tools/build_apk.sh", model)
    assert unsigned.read_bytes() == first


def test_golden_texts_are_many_hard_and_always_the_same(make_assets):
    words = ["the", "you", "I'm", "café", "tomorrow"] * 500
    texts, contexts = make_assets.texts(words), make_assets.contexts(words)
    assert (len(texts), len(contexts)) == (2000, 500)
    assert texts == make_assets.texts(words)
    assert contexts == make_assets.contexts(words)
    together = "".join(texts)
    for hard in ("\ud83d", "e\u0301", "’", "😀", "\n", "İ", "I’m"):
        assert hard in together, ascii(hard)
    assert sum(bool(prefix) for _, prefix in contexts) == 250


def test_a_folder_without_a_model_is_refused(make_assets, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["make_assets.py", f"--model={tmp_path}"])
    with pytest.raises(SystemExit, match="no model.tflite"):
        make_assets.main()


def test_python_says_what_the_golden_files_say(demo):
    suggester = pytest.importorskip("tfdistill.keyboard.suggester")
    vocabulary = pytest.importorskip("tfdistill.keyboard.vocabulary")
    if not (demo / "golden/tokens.jsonl").exists():
        pytest.skip("no golden vectors: android_demo/make_assets.py writes them")
    model = demo.parent / "models/keyboard"
    ids = vocabulary.KeyboardVocabulary.read(model).ids
    suggest = suggester.Suggester(model).suggest
    for line in (demo / "golden/tokens.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert list(ids(row["text"])) == row["ids"], line
    for line in (demo / "golden/suggestions.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert suggest(row["context"], row["prefix"]) == row["suggestions"], line
