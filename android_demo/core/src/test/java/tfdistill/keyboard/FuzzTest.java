package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.Test;

/** Any text at all as context and prefix, over a vocabulary of the shipped one's size. */
public class FuzzTest {
    private static final int ROUNDS = 100_000;
    private static final int WORDS = 8192;
    private static final int MORE = 30_000;

    /** Time of the processor, so that a machine with other work gives the same figure. */
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Random random = new Random(20240501);
    private final List<String> known = new ArrayList<>();

    private String word() {
        StringBuilder word = new StringBuilder();
        for (int left = 1 + random.nextInt(9); left > 0; left--) {
            word.append("etaoinshrdlucmfwyp".charAt((int) (18 * Math.pow(random.nextDouble(), 2))));
        }
        if (word.length() > 3 && random.nextInt(8) == 0) {
            word.insert(word.length() - 1, random.nextInt(3) == 0 ? '-' : '\'');
        }
        return random.nextInt(30) == 0 ? word + "\u00e9\u6771" : word.toString();
    }

    private List<String> distinct(int count, HashSet<String> seen) {
        List<String> words = new ArrayList<>();
        while (words.size() < count) {
            String word = word();
            if (seen.add(word)) {
                words.add(random.nextInt(20) == 0
                        ? Character.toUpperCase(word.charAt(0)) + word.substring(1) : word);
            }
        }
        return words;
    }

    private SuggestionEngine engine() throws IOException {
        HashSet<String> seen = new HashSet<>();
        List<String> entries = new ArrayList<>(Vocabulary.SPECIALS);
        entries.addAll(Words.SIGNS);
        known.addAll(distinct(WORDS - entries.size(), seen));
        entries.addAll(known);
        List<String> lines = new ArrayList<>();
        for (String word : distinct(MORE, seen)) {
            lines.add((char) ('0' + random.nextInt(79)) + "0" + word);
        }
        NextWordModel model = new NextWordModel() {
            @Override
            public void run(int[] tokenIds, int position, float[] logits) {
                assertTrue(position < tokenIds.length && tokenIds[0] == Vocabulary.START);
                long state = random.nextLong() | 1;
                for (int i = 0; i < logits.length; i++) {
                    state = state * 6364136223846793005L + 1442695040888963407L;
                    int bits = (int) (state >>> 40);
                    logits[i] = bits % 1024 == 0 ? Float.NaN : bits;
                }
            }

            @Override
            public void close() {}
        };
        return new SuggestionEngine(new Vocabulary(entries, entries.size() - known.size()),
                WordList.of(lines), table(entries.size()), new int[] {8, 16, 32}, model);
    }

    private int[] ids(int most, int first, int size) {
        return random.ints(1 + random.nextInt(most), first, size).toArray();
    }

    /** Half of all single ids are in the table, so that most texts end with a context of it. */
    private NGramTable table(int size) throws IOException {
        int first = size - known.size();
        TableFile file = new TableFile(3, 4096, 1e-30f, 1e-3f, 0.1f, 0.5f, 1, 10, 1e6f, 1e38f);
        for (int left = 0; left < 2 * size; left++) {
            int[] context = random.nextBoolean() ? ids(1, 0, size) : ids(3, 0, size);
            int[] entries = ids(4, first, size);
            for (int at = 0; at < entries.length; at++) {
                entries[at] = TableFile.entry(entries[at], random.nextInt(8));
            }
            file.add(context, entries);
        }
        return NGramTable.of(file.bytes(), first, size);
    }

    private void append(StringBuilder text) {
        switch (random.nextInt(8)) {
            case 0:
                text.append((char) random.nextInt(0x10000));
                break;
            case 1:
                text.appendCodePoint(random.nextInt(0x110000));
                break;
            case 2:
                text.append("\u2019'-.!?\n\t\u2026\u200d\u0301\u0130\u03a3\ufb01\u1e9e\u00df"
                        .charAt(random.nextInt(16)));
                break;
            case 3:
                text.append((char) (0xd800 + random.nextInt(0x800)));
                break;
            default:
                String word = known.get(random.nextInt(known.size()));
                text.append(word, 0, 1 + random.nextInt(word.length()));
                text.append(random.nextBoolean() ? " " : "");
        }
    }

    private String text(int most) {
        StringBuilder text = new StringBuilder();
        int count = random.nextInt(50) == 0 ? 10 * most : random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            append(text);
        }
        return text.toString();
    }

    private String prefix() {
        String prefix = random.nextInt(3) == 0 ? text(3) : known.get(random.nextInt(known.size()));
        int end = random.nextInt(prefix.length() + 1);
        return random.nextInt(5) == 0 ? prefix.toUpperCase() : prefix.substring(0, end);
    }

    private static void check(String prefix, List<String> suggestions) {
        assertTrue(suggestions.size() <= 3);
        assertEquals(suggestions.size(), new HashSet<>(suggestions).size());
        for (String each : suggestions) {
            assertTrue(prefix + " -> " + each, each.startsWith(prefix));
            assertTrue(prefix + " -> " + each, each.length() > prefix.length());
        }
    }

    @Test
    public void noTextBreaksTheEngine() throws IOException {
        SuggestionEngine engine = engine();
        long[] nanoseconds = new long[ROUNDS];
        int shown = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String context = text(8);
            String prefix = prefix();
            long start = threads.getCurrentThreadCpuTime();
            List<String> suggestions = engine.suggest(context, prefix, 3);
            nanoseconds[round] = threads.getCurrentThreadCpuTime() - start;
            check(prefix, suggestions);
            if (round % 10 == 0) {
                checkTyped(engine, context);
            }
            shown += suggestions.size();
        }
        Arrays.sort(nanoseconds);
        System.out.printf("engine with random logits, %d texts, %d suggestions: "
                + "p50 %.3f ms, p99 %.3f ms%n", ROUNDS, shown, nanoseconds[ROUNDS / 2] / 1e6,
                nanoseconds[ROUNDS / 100 * 99] / 1e6);
        assertTrue("half of the texts get suggestions", shown > ROUNDS);
        assertTrue("p99 below 10 ms", nanoseconds[ROUNDS / 100 * 99] < 10_000_000);
    }

    private static void checkTyped(SuggestionEngine engine, String text) throws IOException {
        TypedText typed = TypedText.of(text);
        assertEquals(text, typed.context + typed.prefix);
        check(typed.prefix, engine.suggest(typed.context, typed.prefix, 3));
    }
}
