package tfdistill.keyboard.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.ModelFolder;

/** A model's five files as the assets have them; the .tflite is 64 bytes of nothing. */
final class FilesOnDisk implements ModelFolder {
    private static final String[] NAMES = {"model.tflite", "vocab.txt", "words.txt", "ngrams.bin"};
    private final Path folder;

    FilesOnDisk() throws IOException {
        folder = Files.createTempDirectory("assets");
        Files.write(folder.resolve(NAMES[0]), new byte[64]);
        write(NAMES[1], String.join("\n", FakeEngines.ENTRIES) + "\n");
        write(NAMES[2], "~0yourself\n");
        Files.write(folder.resolve(NAMES[3]), noContexts());
        StringBuilder entries = new StringBuilder();
        for (String name : NAMES) {
            entries.append(entries.length() == 0 ? "" : ",").append(entry(name));
        }
        write("model.json", "{\"format\":2,\"name\":\"ten words\",\"version\":\"7\","
                + "\"licence\":\"Apache-2.0\",\"vocabulary_size\":" + FakeEngines.ENTRIES.size()
                + ",\"first_suggestion\":5,\"lengths\":[8,32],\"inputs\":[\"token_ids\",\"position\"],"
                + "\"output\":\"logits\",\"files\":{" + entries + "}}");
    }

    private static byte[] noContexts() {
        ByteBuffer table = ByteBuffer.allocate(54).order(ByteOrder.LITTLE_ENDIAN);
        table.put("TFNG".getBytes(StandardCharsets.US_ASCII));
        table.putInt(1).putInt(2).putInt(0).putInt(0);
        for (int level = 0; level < 8; level++) {
            table.putFloat(1);
        }
        return table.array();
    }

    private void write(String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private String entry(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(name));
        return String.format("\"%s\":{\"bytes\":%d,\"sha256\":\"%s\"}", name, bytes.length,
                sha256(name));
    }

    String sha256(String name) throws IOException {
        try {
            StringBuilder sum = new StringBuilder();
            byte[] bytes = Files.readAllBytes(folder.resolve(name));
            for (byte each : MessageDigest.getInstance("SHA-256").digest(bytes)) {
                sum.append(String.format("%02x", each));
            }
            return sum.toString();
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError(error);
        }
    }

    void corrupt(String name) throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(name));
        bytes[bytes.length / 2] ^= 1;
        Files.write(folder.resolve(name), bytes);
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(folder.resolve(name));
    }

    /** Returns what the app would make of these files. */
    ModelDescription describe() throws IOException {
        return ModelDescription.read(this);
    }
}
