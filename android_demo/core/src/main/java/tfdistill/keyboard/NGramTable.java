package tfdistill.keyboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The words of ngrams.bin, which often follow one, two or three ids: docs/keyboard.md, "Files". */
public final class NGramTable {
    private static final int MAGIC = 'T' | 'F' << 8 | 'N' << 16 | 'G' << 24;
    private static final int HEADER_BYTES = 52;
    private static final int LONGEST = 3;
    private static final int MOST_BUCKETS = 65536;
    private static final int ID_BITS = 13;

    private final int longest;
    /** How far a hash is shifted so that only its bucket is left. */
    private final int shift;
    private final float[] levels = new float[1 << 16 - ID_BITS];
    /** The first context of each bucket, then the number of contexts. */
    private final int[] buckets;
    private final char[] fingerprints;
    /** The first entry of each context, then the number of entries. */
    private final int[] contexts;
    private final char[] entries;

    private NGramTable(ByteBuffer file) throws RefusedModelException {
        int size = file.remaining();
        demand(size >= HEADER_BYTES, "at least " + HEADER_BYTES + " bytes", size);
        demand(file.getInt() == MAGIC, "TFNG at its beginning", "other bytes");
        longest = (int) number(file, 1, LONGEST, "a longest context");
        int count = (int) number(file, 2, MOST_BUCKETS, "a number of buckets");
        demand(Integer.bitCount(count) == 1, "a power of two as its number of buckets", count);
        shift = Integer.SIZE - Integer.numberOfTrailingZeros(count);
        long contextCount = number(file, 0, size, "a number of contexts");
        long entryCount = number(file, 0, size, "a number of entries");
        long bytes = HEADER_BYTES + count + 3 * contextCount + 2 * entryCount;
        demand(size == bytes, bytes + " bytes by its header", size);
        for (int i = 0; i < levels.length; i++) {
            levels[i] = file.getFloat();
            demand(levels[i] > 0 && levels[i] <= Float.MAX_VALUE, "finite levels above 0",
                    levels[i]);
        }
        buckets = starts(file, count, contextCount, "contexts in its buckets");
        fingerprints = chars(file, (int) contextCount);
        contexts = starts(file, (int) contextCount, entryCount, "entries of its contexts");
        entries = chars(file, (int) entryCount);
    }

    /**
     * Takes the bytes of ngrams.bin.
     *
     * @param firstSuggestion the first id of a word that may be proposed
     * @param vocabularySize the first id that the vocabulary lacks
     */
    public static NGramTable of(byte[] bytes, int firstSuggestion, int vocabularySize)
            throws RefusedModelException {
        NGramTable table =
                new NGramTable(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        table.checkContexts();
        for (int entry = 0; entry < table.entries.length; entry++) {
            int id = table.id(entry);
            demand(id >= firstSuggestion && id < vocabularySize,
                    "ids from " + firstSuggestion + " to " + (vocabularySize - 1), id);
        }
        return table;
    }

    static NGramTable read(ModelFolder folder, ModelDescription description) throws IOException {
        return of(Bytes.of(folder, ModelDescription.NGRAMS), description.firstSuggestion,
                description.vocabularySize);
    }

    private void checkContexts() throws RefusedModelException {
        for (int bucket = 0; bucket + 1 < buckets.length; bucket++) {
            for (int at = buckets[bucket] + 1; at < buckets[bucket + 1]; at++) {
                demand(fingerprints[at - 1] < fingerprints[at],
                        "ascending fingerprints inside a bucket",
                        (int) fingerprints[at - 1] + " before " + (int) fingerprints[at]);
            }
        }
        for (int context = 0; context < fingerprints.length; context++) {
            demand(end(context) > first(context), "an entry for each context",
                    "none for context " + context);
        }
    }

    private static long number(ByteBuffer file, long least, long most, String what)
            throws RefusedModelException {
        long value = file.getInt() & 0xFFFFFFFFL;
        demand(value >= least && value <= most, what + " from " + least + " to " + most, value);
        return value;
    }

    private static int[] starts(ByteBuffer file, int count, long sum, String what)
            throws RefusedModelException {
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            starts[i + 1] = starts[i] + (file.get() & 0xFF);
        }
        demand(starts[count] == sum, sum + " " + what, starts[count]);
        return starts;
    }

    private static char[] chars(ByteBuffer file, int count) {
        char[] values = new char[count];
        for (int i = 0; i < count; i++) {
            values[i] = file.getChar();
        }
        return values;
    }

    private static void demand(boolean isMet, String expected, Object found)
            throws RefusedModelException {
        if (!isMet) {
            throw new RefusedModelException(ModelDescription.NGRAMS + " should have " + expected
                    + ", has " + found);
        }
    }

    /** Returns the longest context that the last of "ids" are, -1 if they are none. */
    public int find(int[] ids) {
        for (int from = Math.max(0, ids.length - longest); from < ids.length; from++) {
            int hash = hash(ids, from);
            int bucket = hash >>> shift;
            int context = Arrays.binarySearch(fingerprints, buckets[bucket], buckets[bucket + 1],
                    (char) hash);
            if (context >= 0) {
                return context;
            }
        }
        return -1;
    }

    /** Returns the hash of ids[from] and all that follow; its 32 bits have no sign. */
    static int hash(int[] ids, int from) {
        int hash = 0;
        for (int at = from; at < ids.length; at++) {
            hash = (hash + ids[at] + 1) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }
        hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >>> 13) * 0xC2B2AE35;
        return hash ^ hash >>> 16;
    }

    /** Returns the first entry of a context that was found. */
    public int first(int context) {
        return contexts[context];
    }

    /** Returns the entry behind the last one of a context that was found. */
    public int end(int context) {
        return contexts[context + 1];
    }

    /** Returns the id of an entry's word. */
    public int id(int entry) {
        return entries[entry] & (1 << ID_BITS) - 1;
    }

    /** Returns what an entry adds to its word, as a share of all words' likelihoods. */
    public float level(int entry) {
        return levels[entries[entry] >> ID_BITS];
    }
}
