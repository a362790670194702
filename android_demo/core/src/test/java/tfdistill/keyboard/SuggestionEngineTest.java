package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.Test;

public class SuggestionEngineTest {
    private static final int[] LENGTHS = {4, 8};
    private static final TableFile NOTHING = new TableFile(1, 2);

    private static SuggestionEngine engine(NextWordModel model, WordList more, TableFile file) {
        return new SuggestionEngine(Words.vocabulary(), more, Words.table(file), LENGTHS, model);
    }

    private static void check(NextWordModel model, WordList more, String context, String prefix,
            String... expected) throws IOException {
        SuggestionEngine engine = engine(model, more, NOTHING);
        assertEquals(Arrays.asList(expected), engine.suggest(context, prefix, 3));
    }

    private static void check(NextWordModel model, String context, String prefix,
            String... expected) throws IOException {
        check(model, Words.more(), context, prefix, expected);
    }

    @Test
    public void theLikeliestWordsComeFirst() throws IOException {
        check(Words.preferring("you", "the", "Monday", "see"), "and ", "", "you", "the", "Monday");
    }

    @Test
    public void equalScoresKeepTheOrderOfTheFile() throws IOException {
        check(Words.answering(new float[Words.entries().size()]), "a ", "", "the", "see", "you");
        check(Words.answering(new float[Words.entries().size()]), Words.more("00thesis", "02at"),
                "a ", "th", "the", "there", "then");
    }

    @Test
    public void signsSpecialsAndProfanityAreNeverProposed() throws IOException {
        check(Words.preferring("damn", "!", "[UNK]", "[NUMBER]", "you", "see", "a"), "and ", "",
                "you", "see", "a");
        check(Words.preferring("damn"), "and ", "dam");
    }

    @Test
    public void aSentenceBeginsWithACapital() throws IOException {
        NextWordModel model = Words.preferring("you", "I'm", "\u00df");
        check(model, "", "", "You", "I'm", "\u00df");
        check(model, "see?  ", "", "You", "I'm", "\u00df");
        check(model, "see\n", "", "You", "I'm", "\u00df");
        check(model, "see, ", "", "you", "I'm", "\u00df");
        check(model, "@", "", "you", "I'm", "\u00df");
        check(Words.preferring("\u00e9t\u00e9", "\u6771\u4eac", "e-mail"), "", "",
                "\u00c9t\u00e9", "\u6771\u4eac", "E-mail");
    }

    @Test
    public void completionsKeepWhatWasTyped() throws IOException {
        NextWordModel model = Words.preferring("there", "then", "the");
        check(model, "", "th", "there", "then", "the");
        check(model, "", "Th", "There", "Then", "The");
        check(model, "", "tH", "tHere", "tHen", "tHe");
        check(model, "", "TH", "THERE", "THEN", "THE");
        check(model, "", "the", "there", "then");
        check(model, "", "there");
        check(Words.preferring("I'm"), "", "i", "i'm");
        check(Words.preferring("I'm"), "", "i\u2019", "i\u2019m");
        check(Words.preferring("don't"), "", "DON'", "DON'T");
        check(Words.preferring("Monday"), "", "m", "monday");
        check(Words.preferring("\u00e9t\u00e9"), "", "e\u0301", "e\u0301t\u00e9");
    }

    @Test
    public void wordsBesideTheVocabularyAreCompleted() throws IOException {
        float[] row = new float[Words.entries().size()];
        row[Vocabulary.UNKNOWN] = 5;
        row[Words.id("there")] = 3.5f;
        WordList more = Words.more("40thesis", "62yme", "73umb");
        check(Words.answering(row), more, "a ", "th", "thesis", "there", "thyme");
        check(Words.answering(row), more, "a ", "", "there", "the", "see");
    }

    @Test
    public void aTextThatIsShownAlreadyIsLeftOut() throws IOException {
        float[] row = new float[Words.entries().size()];
        WordList more = Words.more("00tomorrow", "28s", "10Tomorrow");
        check(Words.answering(row), more, "a ", "tomorr", "tomorrow", "tomorrows");
    }

    @Test
    public void whatIsNotANumberIsLeftOut() throws IOException {
        float[] row = new float[Words.entries().size()];
        Arrays.fill(row, Float.NaN);
        row[Words.id("you")] = -3;
        row[Words.id("see")] = Float.POSITIVE_INFINITY;
        check(Words.answering(row), Words.more("00yours"), "a ", "", "you");
        check(Words.answering(row), Words.more("00yours"), "a ", "y", "you");
    }

    @Test
    public void aPrefixThatIsNoWordGetsNothing() throws IOException {
        NextWordModel model = Words.preferring("you");
        for (String prefix : new String[] {" ", "y ", "\u200b", "\uD83D", "y@", "y\u0323\u0323",
                new String(new char[33]).replace('\0', 'y')}) {
            check(model, "see ", prefix);
        }
        check(model, "see ", "y\u200b", "y\u200bou");
    }

    @Test
    public void theModelIsAskedOncePerContextAndAtTheSmallestLength() throws IOException {
        List<String> calls = new ArrayList<>();
        NextWordModel model = new NextWordModel() {
            @Override
            public void run(int[] tokenIds, int position, float[] logits) throws IOException {
                calls.add(position + " " + Arrays.toString(tokenIds));
                if (tokenIds[1] == Words.id("?")) {
                    throw new IOException("no answer");
                }
            }

            @Override
            public void close() {
                calls.add("closed");
            }
        };
        SuggestionEngine engine = engine(model, Words.more(), NOTHING);
        engine.suggest("see see see", "", 3);
        engine.suggest("see see see see", "", 3);
        engine.suggest("see see see  see ", "y", 3);
        int see = Words.id("see");
        for (int i = 0; i < 2; i++) {
            try {
                engine.suggest("?", "", 3);
            } catch (IOException error) {
                calls.add(error.getMessage());
            }
        }
        engine.close();
        String failed = "1 [2, " + Words.id("?") + ", 0, 0]";
        assertEquals(Arrays.asList(
                "3 [2, " + see + ", " + see + ", " + see + "]",
                "4 [2, " + see + ", " + see + ", " + see + ", " + see + ", 0, 0, 0]",
                failed, "no answer", failed, "no answer", "closed"), calls);
    }

    private static TableFile table(int level, String word, int... context) {
        return new TableFile(3, 2, 0.5f, 1e-6f, 1e30f)
                .add(context, TableFile.entry(Words.id(word), level));
    }

    private static void checkTable(float[] row, TableFile file, String context, String prefix,
            String... expected) throws IOException {
        SuggestionEngine engine = engine(Words.answering(row), Words.more("00youth"), file);
        assertEquals(Arrays.asList(expected), engine.suggest(context, prefix, 3));
        assertEquals(Arrays.asList(expected), engine.suggest(context, prefix, 3));
    }

    @Test
    public void wordsOfALongContextAreRaised() throws IOException {
        float[] row = new float[Words.entries().size()];
        int the = Words.id("the");
        int see = Words.id("see");
        checkTable(row, table(0, "you", see), "the see ", "", "you", "the", "see");
        checkTable(row, table(0, "you", see), "the ", "", "the", "see", "you");
        checkTable(row, table(0, "Monday", Vocabulary.START), "", "", "Monday", "The", "See");
        checkTable(row, table(0, "Monday", Vocabulary.START), "the ", "", "the", "see", "you");
        TableFile both = table(0, "you", see);
        both.add(new int[] {the, see}, TableFile.entry(Words.id("a"), 0));
        checkTable(row, both, "the see ", "", "a", "the", "see");
        both.add(new int[] {Vocabulary.START, the, see}, TableFile.entry(Words.id("and"), 0),
                TableFile.entry(Words.id("there"), 2));
        checkTable(row, both, "the see ", "", "there", "and", "the");
        checkTable(row, both, "the the see ", "", "a", "the", "see");
    }

    /** "you" is raised by half of all words, "the" among them, to the logit of "the". */
    @Test
    public void aLevelIsAShareOfAllWords() throws IOException {
        float[] row = new float[Words.entries().size()];
        int see = Words.id("see");
        row[Words.id("!")] = 3;
        float same = (float) Math.log(2 + row.length - 2 + Math.exp(3));
        row[Words.id("the")] = same - 1e-4f;
        checkTable(row, table(0, "you", see), "see ", "", "you", "the", "see");
        row[Words.id("the")] = same + 1e-4f;
        checkTable(row, table(0, "you", see), "see ", "", "the", "you", "see");
    }

    @Test
    public void completionsAreRaisedToo() throws IOException {
        float[] row = new float[Words.entries().size()];
        int see = Words.id("see");
        for (float logit : new float[] {-1, -200, -Float.MAX_VALUE}) {
            row[Words.id("you")] = logit;
            checkTable(row, NOTHING, "see ", "y", "youth", "you");
            checkTable(row, table(0, "you", see), "see ", "y", "you", "youth");
            checkTable(row, table(1, "you", see), "see ", "y", "youth", "you");
        }
    }

    @Test
    public void whatIsNotANumberIsNeitherRaisedNorCounted() throws IOException {
        float[] row = new float[Words.entries().size()];
        int see = Words.id("see");
        Arrays.fill(row, Float.NaN);
        checkTable(row, table(2, "you", see), "see ", "");
        row[0] = Float.POSITIVE_INFINITY;
        row[Words.id("the")] = Float.MAX_VALUE;
        row[Words.id("a")] = -Float.MAX_VALUE;
        checkTable(row, table(2, "you", see), "see ", "", "the", "a");
        checkTable(row, table(2, "a", see), "see ", "", "the", "a");
        row[Words.id("the")] = 0;
        checkTable(row, table(2, "a", see), "see ", "", "a", "the");
        for (float infinite : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            row[Words.id("you")] = infinite;
            checkTable(row, table(2, "you", see), "see ", "", "the", "a");
        }
    }
}
