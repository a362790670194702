package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class FieldPolicyTest {
    private static void check(int inputType, boolean suggests, boolean predicts) {
        FieldPolicy policy = new FieldPolicy(inputType);
        String field = Integer.toHexString(inputType);
        assertEquals(field, suggests, policy.maySuggest());
        assertEquals(field, predicts, policy.mayPredict());
        assertEquals(field, predicts, policy.mayAddSpace());
    }

    @Test
    public void plainTextGetsEverything() {
        check(0x1, true, true);
        check(0x1 | 0x4000 | 0x8000 | 0x20000, true, true);  // capitals, auto-correct, lines
        check(0x1 | 0x40, true, true);  // short message
    }

    @Test
    public void passwordsGetNothing() {
        for (int variation : new int[] {0x80, 0x90, 0xe0}) {
            check(0x1 | variation, false, false);
            check(0x1 | variation | 0x8000, false, false);
        }
        check(0x2 | 0x10, false, false);
    }

    @Test
    public void onlyTextIsRead() {
        for (int inputType : new int[] {0, 0x2, 0x3, 0x4, 0x14, 0x24, 0x5, 0x20, 0x2002}) {
            check(inputType, false, false);
        }
    }

    @Test
    public void aFieldThatWantsNoSuggestionsGetsNone() {
        check(0x1 | 0x80000, false, false);
        check(0x1 | 0x10 | 0x80000, false, false);
    }

    @Test
    public void addressesAreCompletedOnly() {
        for (int variation : new int[] {0x10, 0x20, 0xd0}) {
            check(0x1 | variation, true, false);
        }
    }
}
