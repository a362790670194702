package tfdistill.keyboard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Writes ngrams.bin from docs/keyboard.md alone, without the code that reads it. */
final class TableFile {
    private final int longest;
    private final int buckets;
    private final float[] levels;
    private final Map<Long, int[]> contexts = new TreeMap<>();

    TableFile(int longest, int buckets, float... levels) {
        this.longest = longest;
        this.buckets = buckets;
        this.levels = levels;
    }

    static long hash(int... ids) {
        long most = 0xFFFFFFFFL;
        long hash = 0;
        for (int id : ids) {
            hash = (hash + id + 1) * 0x9E3779B1L & most;
            hash ^= hash >> 15;
        }
        hash = (hash ^ hash >> 16) * 0x85EBCA6BL & most;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35L & most;
        return hash ^ hash >> 16;
    }

    static int entry(int id, int level) {
        return level << 13 | id;
    }

    /** Adds a context; one with the same bucket and fingerprint is replaced. */
    TableFile add(int[] context, int... entries) {
        long hash = hash(context);
        contexts.put(hash * buckets >> 32 << 16 | hash & 0xFFFF, entries);
        return this;
    }

    int contexts() {
        return contexts.size();
    }

    byte[] bytes() {
        int entries = contexts.values().stream().mapToInt(each -> each.length).sum();
        int size = 52 + buckets + 3 * contexts.size() + 2 * entries;
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.put("TFNG".getBytes(StandardCharsets.US_ASCII));
        file.putInt(longest).putInt(buckets).putInt(contexts.size()).putInt(entries);
        for (int level = 0; level < 8; level++) {
            file.putFloat(level < levels.length ? levels[level] : 1);
        }
        byte[] counts = new byte[buckets];
        contexts.keySet().forEach(key -> counts[(int) (key >> 16)]++);
        file.put(counts);
        contexts.keySet().forEach(key -> file.putShort((short) (long) key));
        contexts.values().forEach(each -> file.put((byte) each.length));
        for (int[] each : contexts.values()) {
            for (int entry : each) {
                file.putShort((short) entry);
            }
        }
        return file.array();
    }
}
