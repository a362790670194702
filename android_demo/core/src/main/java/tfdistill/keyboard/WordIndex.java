package tfdistill.keyboard;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Finds words by the beginning of their key: docs/keyboard.md, "Ids become suggestions". */
final class WordIndex {
    private final List<String> words;
    /** Keys in ascending order, and the line of each. */
    private final String[] keys;
    private final int[] lines;

    WordIndex(List<String> words) {
        this.words = words;
        final String[] unsorted = new String[words.size()];
        Integer[] order = new Integer[unsorted.length];
        for (int line = 0; line < unsorted.length; line++) {
            unsorted[line] = Spelling.key(words.get(line));
            order[line] = line;
        }
        Arrays.sort(order, new Comparator<Integer>() {
            @Override
            public int compare(Integer left, Integer right) {
                return unsorted[left].compareTo(unsorted[right]);
            }
        });
        keys = new String[unsorted.length];
        lines = new int[unsorted.length];
        for (int at = 0; at < order.length; at++) {
            keys[at] = unsorted[order[at]];
            lines[at] = order[at];
        }
    }

    int size() {
        return lines.length;
    }

    String word(int line) {
        return words.get(line);
    }

    /** Returns the line of the word at a place of the ascending order. */
    int line(int at) {
        return lines[at];
    }

    /** Returns the first place whose key begins with "prefix" and is longer. */
    int first(String prefix) {
        int found = Arrays.binarySearch(keys, prefix);
        int at = found < 0 ? -found - 1 : found;
        while (at < keys.length && keys[at].equals(prefix)) {
            at++;
        }
        return at;
    }

    /** Tells whether the key at a place begins with "prefix"; false behind the last place. */
    boolean isAt(int at, String prefix) {
        return at < keys.length && keys[at].startsWith(prefix);
    }
}
