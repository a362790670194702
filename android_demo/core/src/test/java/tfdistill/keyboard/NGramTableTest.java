package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.Test;

public class NGramTableTest {
    private static final int FIRST = 48;
    private static final int SIZE = 6144;
    private static final int BUCKETS_AT = 52;

    private static int[] ids(int... ids) {
        return ids;
    }

    /** Two contexts in the first of two buckets (one entry, two entries), none in the second. */
    private static byte[] good() {
        TableFile file = new TableFile(3, 2, 0.5f, 0.25f);
        List<int[]> low = new ArrayList<>();
        for (int id = 0; low.size() < 2; id++) {
            if (TableFile.hash(id) >> 31 == 0) {
                low.add(ids(id));
            }
        }
        return file.add(low.get(0), 6143).add(low.get(1), 48, TableFile.entry(4095, 7)).bytes();
    }

    private static NGramTable read(byte[] bytes) throws RefusedModelException {
        return NGramTable.of(bytes, FIRST, SIZE);
    }

    private static void checkRefused(byte[] bytes, String reason) {
        try {
            read(bytes);
        } catch (RefusedModelException error) {
            assertEquals("ngrams.bin should have " + reason, error.getMessage());
            return;
        }
        fail("not refused: " + reason);
    }

    /** Writes little-endian "values" over the good file's bytes from "at" on. */
    private static byte[] changed(int at, int... values) {
        byte[] bytes = good();
        for (int i = 0; i < values.length; i++) {
            bytes[at + i] = (byte) values[i];
        }
        return bytes;
    }

    private static String entries(NGramTable table, int... ids) {
        int context = table.find(ids);
        if (context < 0) {
            return "none";
        }
        StringBuilder all = new StringBuilder();
        for (int at = table.first(context); at < table.end(context); at++) {
            all.append(table.id(at)).append('x').append(table.level(at)).append(' ');
        }
        return all.toString().trim();
    }

    @Test
    public void hashesAreThoseOfUnsignedArithmetic() {
        int[][] contexts = {ids(2), ids(2, 17), ids(2, 17, 4095), ids(5000, 6143, 17)};
        long[] hashes = {0xab58a16bL, 0xadde11f9L, 0x0aa018baL, 0x41b86511L};
        for (int i = 0; i < hashes.length; i++) {
            assertEquals((int) hashes[i], NGramTable.hash(contexts[i], 0));
            assertEquals(hashes[i], TableFile.hash(contexts[i]));
        }
        assertEquals((int) hashes[0], NGramTable.hash(ids(99, 7, 2), 2));
    }

    @Test
    public void theLongestContextIsFound() throws RefusedModelException {
        for (int buckets = 2; buckets <= 65536; buckets *= 2) {
            TableFile file = new TableFile(3, buckets, 0.5f, 0.25f, 1, 1, 1, 1, 1, 3);
            file.add(ids(2), 50).add(ids(60), TableFile.entry(51, 1), TableFile.entry(6143, 7));
            file.add(ids(2, 60), TableFile.entry(52, 1)).add(ids(9, 2, 60), 53);
            NGramTable table = read(file.bytes());
            assertEquals("50x0.5", entries(table, 2));
            assertEquals("51x0.25 6143x3.0", entries(table, 60));
            assertEquals("51x0.25 6143x3.0", entries(table, 60, 2, 7, 60));
            assertEquals("52x0.25", entries(table, 2, 60));
            assertEquals("52x0.25", entries(table, 8, 2, 60));
            assertEquals("53x0.5", entries(table, 1, 2, 3, 9, 2, 60));
            assertEquals("none", entries(table, 2, 61));
            assertEquals("none", entries(table));
        }
    }

    @Test
    public void contextsAboveTheLongestAreNotLookedUp() throws RefusedModelException {
        TableFile file = new TableFile(1, 2, 1).add(ids(2, 60), 52).add(ids(60), 51);
        assertEquals("51x1.0", entries(read(file.bytes()), 2, 60));
    }

    @Test
    public void aBucketHoldsUpTo255ContextsAndAContext255Entries() throws RefusedModelException {
        int[] many = new int[255];
        Arrays.fill(many, TableFile.entry(6143, 7));
        TableFile file = new TableFile(1, 2, 1).add(ids(0), many);
        int last = 0;
        for (int id = 1; file.contexts() < 250; id++) {
            file.add(ids(id), FIRST + id);
            last = id;
        }
        NGramTable table = read(file.bytes());
        int first = table.find(ids(0));
        assertEquals(255, table.end(first) - table.first(first));
        assertEquals(FIRST + last + "x1.0", entries(table, last));
    }

    @Test
    public void aTableWithoutContextsFindsNothing() throws RefusedModelException {
        byte[] empty = new TableFile(1, 2).bytes();
        assertEquals(54, empty.length);
        assertEquals("none", entries(read(empty), 2, 17, 99));
    }

    @Test
    public void aHeaderThatIsWrongIsRefused() {
        int size = good().length;
        checkRefused(new byte[0], "at least 52 bytes, has 0");
        checkRefused(Arrays.copyOf(good(), 51), "at least 52 bytes, has 51");
        checkRefused(changed(3, 'H'), "TFNG at its beginning, has other bytes");
        checkRefused(changed(4, 0), "a longest context from 1 to 3, has 0");
        checkRefused(changed(4, 4), "a longest context from 1 to 3, has 4");
        checkRefused(changed(4, 1, 0, 0, 128), "a longest context from 1 to 3, has 2147483649");
        checkRefused(changed(8, 1), "a number of buckets from 2 to 65536, has 1");
        checkRefused(changed(8, 0, 0, 2), "a number of buckets from 2 to 65536, has 131072");
        checkRefused(changed(8, 3), "a power of two as its number of buckets, has 3");
        checkRefused(changed(12, 255, 255, 255, 255),
                "a number of contexts from 0 to " + size + ", has 4294967295");
        checkRefused(changed(16, 0, 0, 0, 128),
                "a number of entries from 0 to " + size + ", has 2147483648");
        checkRefused(changed(12, 3), size + 3 + " bytes by its header, has " + size);
        checkRefused(Arrays.copyOf(good(), size - 1),
                size + " bytes by its header, has " + (size - 1));
        checkRefused(Arrays.copyOf(good(), size + 1),
                size + " bytes by its header, has " + (size + 1));
    }

    @Test
    public void levelsThatAreNoNumbersAboveZeroAreRefused() {
        float[] bad = {0, -0.0f, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (float level : bad) {
            byte[] bytes = new TableFile(1, 2, 1, 1, 1, 1, 1, 1, 1, level).bytes();
            checkRefused(bytes, "finite levels above 0, has " + level);
        }
    }

    @Test
    public void partsThatDoNotFitAreRefused() throws RefusedModelException {
        int fingerprintsAt = BUCKETS_AT + 2;
        int countsAt = fingerprintsAt + 4;
        int entriesAt = countsAt + 2;
        byte[] good = good();
        read(good);
        checkRefused(changed(BUCKETS_AT, 1), "2 contexts in its buckets, has 1");
        checkRefused(changed(BUCKETS_AT, 255, 255), "2 contexts in its buckets, has 510");
        byte[] twice = good.clone();
        System.arraycopy(good, fingerprintsAt, twice, fingerprintsAt + 2, 2);
        int low = good[fingerprintsAt] & 0xFF | (good[fingerprintsAt + 1] & 0xFF) << 8;
        checkRefused(twice,
                "ascending fingerprints inside a bucket, has " + low + " before " + low);
        checkRefused(changed(fingerprintsAt, 255, 255, 0, 128),
                "ascending fingerprints inside a bucket, has 65535 before 32768");
        checkRefused(changed(countsAt, 1, 1), "3 entries of its contexts, has 2");
        checkRefused(changed(countsAt, 3, 0), "an entry for each context, has none for context 1");
        checkRefused(changed(entriesAt, 47, 0), "ids from 48 to 6143, has 47");
        checkRefused(changed(entriesAt, 0, 0xF8), "ids from 48 to 6143, has 6144");
    }

    @Test
    public void aFingerprintMayFallFromOneBucketToTheNext() throws RefusedModelException {
        read(changed(BUCKETS_AT, 1, 1, 255, 255, 0, 128));
    }

    private static byte[] random(Random random) {
        TableFile file = new TableFile(1 + random.nextInt(3), 2 << random.nextInt(9), 1e-30f, 2);
        for (int left = random.nextInt(200); left > 0; left--) {
            int[] context = random.ints(1 + random.nextInt(3), 0, SIZE).toArray();
            file.add(context, random.ints(1 + random.nextInt(4), 0, 8)
                    .map(level -> TableFile.entry(FIRST + random.nextInt(SIZE - FIRST), level))
                    .toArray());
        }
        return file.bytes();
    }

    private static byte[] damaged(byte[] good, Random random) {
        byte[] bytes = random.nextInt(4) > 0 ? good.clone()
                : Arrays.copyOf(good, random.nextInt(good.length + 9));
        int most = random.nextInt(3) == 0 ? bytes.length : Math.min(bytes.length, 60);
        for (int left = 1 + random.nextInt(4); most > 0 && left > 0; left--) {
            bytes[random.nextInt(most)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** A damaged file is refused, or it is another good file that breaks no rule. */
    @Test
    public void noDamagedFileDoesAnythingElse() {
        Random random = new Random(20240502);
        int refused = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = damaged(random(random), random);
            try {
                NGramTable table = read(bytes);
                int context = table.find(random.ints(4, 0, SIZE).toArray());
                for (int at = 0; context >= 0 && at < table.end(context); at++) {
                    assertTrue(table.id(at) >= FIRST && table.id(at) < SIZE);
                    assertTrue(table.level(at) > 0);
                }
            } catch (RefusedModelException error) {
                assertTrue(error.getMessage(), error.getMessage().startsWith("ngrams.bin should"));
                refused++;
            }
        }
        assertTrue(refused + " refused", refused > 25_000 && refused < 50_000);
    }

    @Test
    public void everyCutIsRefused() throws RefusedModelException {
        byte[] good = random(new Random(1));
        read(good);
        for (int size = 0; size < good.length; size++) {
            try {
                read(Arrays.copyOf(good, size));
                fail(size + " bytes were read");
            } catch (RefusedModelException error) {
                assertTrue(error.getMessage().startsWith("ngrams.bin should"));
            }
        }
    }
}
