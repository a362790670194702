package tfdistill.keyboard;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class TokenizerTest {
    private final Tokenizer tokenizer = new Tokenizer(Words.vocabulary(), 8);

    private void check(String text, String... entries) {
        int[] expected = new int[entries.length + 1];
        expected[0] = Vocabulary.START;
        for (int i = 0; i < entries.length; i++) {
            expected[i + 1] = Words.id(entries[i]);
        }
        assertArrayEquals(text, expected, tokenizer.ids(text));
    }

    @Test
    public void onlyTheLastLineCounts() {
        check("");
        check("see you\n");
        check("see\nyou", "you");
        check("see\ryou", "see", "you");
    }

    @Test
    public void capitalsAndApostrophesAreOneWord() {
        check("DON\u2019T i\u02BCm", "don't", "I'm");
        check("'see'", "'", "see", "'");
        check("don''t", "[UNK]", "'", "[UNK]");
        check("e-mail e--mail", "e-mail", "[UNK]", "-", "[UNK]");
        check("see-", "see", "-");
    }

    @Test
    public void accentsMayBeComposedOrNot() {
        check("caf\u00e9 cafe\u0301 CAFE\u0301", "caf\u00e9", "caf\u00e9", "caf\u00e9");
        check("\u0301see", "[UNK]", "see");
        check("x\u0323see", "[UNK]", "see");
    }

    @Test
    public void chineseIsOneWordAndEmojiAreSigns() {
        check("\u6771\u4eac", "\u6771\u4eac");
        check("\u6771", "[UNK]");
        check("\uD83D\uDE00\uD83D\uDE00 \uD83D\uDE00", "\uD83D\uDE00");
        check("\uD83D\uDE01\uD83D\uDE02.", "[UNK]", ".");
    }

    @Test
    public void numbersAreOneToken() {
        check("3-4 \u0663 \u00b2 3a", "[NUMBER]", "[NUMBER]", "[NUMBER]", "[UNK]");
        check("3.14", "[NUMBER]", ".", "[NUMBER]");
    }

    @Test
    public void aSignThatRepeatsIsOne() {
        check("see!!! ! you ...", "see", "!", "you", ".");
        check("see\u2026 you", "see", ".", "you");
        check("zzz @ # you", "[UNK]", "you");
        check("@ zzz", "[UNK]", "[UNK]");
    }

    @Test
    public void formatControlAndLoneSurrogatesGo() {
        check("s\u200bee\u00ad\tyou", "see", "you");
        check("s\uD83Dee \uDE00you", "see", "you");
        check("\uFFFF\u0378");
        check("see\u00a0you\u2028\u3000", "see", "you");
    }

    @Test
    public void theWindowKeepsTheLastIds() {
        check("a and a and a and a and a and", "and", "a", "and", "a", "and", "a", "and");
    }

    @Test
    public void onlyTheLast256CodePointsCount() {
        StringBuilder text = new StringBuilder("see ");
        for (int i = 0; i < 251; i++) {
            text.append('\u00a0');
        }
        check(text + "?", "see", "?");
        check(text + "!?", "[UNK]", "!", "?");
        check(text + "\uD83D\uDE00?", "[UNK]", "\uD83D\uDE00", "?");
    }

    @Test
    public void profanityIsRead() {
        assertEquals(2, tokenizer.ids("damn").length);
        check("Damn", "damn");
    }
}
