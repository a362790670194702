package tfdistill.keyboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** Reads the bytes of a model's file: all of them, as text, or as a sum. */
final class Bytes {
    private static final int CHUNK = 16384;

    private Bytes() {}

    static byte[] of(ModelFolder folder, String name) throws IOException {
        try (InputStream stream = folder.open(name)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] chunk = new byte[CHUNK];
            for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
                all.write(chunk, 0, count);
            }
            return all.toByteArray();
        }
    }

    /** Returns a file's text; bytes that are not UTF-8 are refused. */
    static String text(ModelFolder folder, String name) throws IOException {
        try {
            return Charset.forName("UTF-8").newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(of(folder, name))).toString();
        } catch (CharacterCodingException error) {
            throw new RefusedModelException(name + " is not UTF-8", error);
        }
    }

    /** Returns a file's lines; the last one ends with a line feed, or the file is refused. */
    static List<String> lines(ModelFolder folder, String name) throws IOException {
        String text = text(folder, name);
        if (!text.isEmpty() && !text.endsWith("\n")) {
            throw new RefusedModelException(name + " is cut off: its last line has no end");
        }
        String[] lines = text.split("\n", -1);
        return Arrays.asList(lines).subList(0, lines.length - 1);
    }

    static String sha256(byte[] bytes) {
        try {
            StringBuilder sum = new StringBuilder();
            for (byte each : MessageDigest.getInstance("SHA-256").digest(bytes)) {
                sum.append(Character.forDigit((each >> 4) & 15, 16));
                sum.append(Character.forDigit(each & 15, 16));
            }
            return sum.toString();
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException("every Java has SHA-256", error);
        }
    }
}
