package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class TypedTextTest {
    private static void check(String context, String prefix) {
        TypedText typed = TypedText.of(context + prefix);
        assertEquals(context, typed.context);
        assertEquals(prefix, typed.prefix);
    }

    @Test
    public void theWordIsCutOff() {
        check("", "");
        check("see ", "");
        check("see ", "you");
        check("see.", "you");
        check("I ", "don'");
        check("I ", "don\u2019t");
        check("", "e-mail-");
        check("e--", "mail");
        check("well--", "kn");
        check("say '", "hel");
        check("say '", "");
        check("", "cafe\u0301");
        check("\uD83D\uDE00", "\u6771\u4eac");
        check("see\n", "y");
        check("see \uD83D", "y");
    }

    private static void checkGoesOn(boolean expected, String before, String after) {
        assertEquals(expected, TypedText.of(before).goesOn(after));
    }

    @Test
    public void aWordGoesOnBehindTheCursor() {
        checkGoesOn(true, "see he", "llo");
        checkGoesOn(true, "I don", "'t");
        checkGoesOn(true, "I don", "\u2019t");
        checkGoesOn(true, "cafe", "\u0301");
        checkGoesOn(true, "\u6771", "\u4eac");
        checkGoesOn(false, "see hello", "");
        checkGoesOn(false, "see hello", " you");
        checkGoesOn(false, "say 'hello", "'");
        checkGoesOn(false, "say 'hello", "' to");
        checkGoesOn(false, "see ", "you");
        checkGoesOn(false, "see he", "\uD83D\uDE00");
        checkGoesOn(false, "see he", "\uD83D");
    }
}
