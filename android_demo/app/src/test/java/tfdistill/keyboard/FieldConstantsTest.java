package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;

import android.text.InputType;
import org.junit.Test;

/** The literals of FieldPolicy are the framework's. */
public class FieldConstantsTest {
    @Test
    public void theyAreTheFrameworksOwn() {
        assertEquals(InputType.TYPE_MASK_CLASS, FieldPolicy.MASK_CLASS);
        assertEquals(InputType.TYPE_MASK_VARIATION, FieldPolicy.MASK_VARIATION);
        assertEquals(InputType.TYPE_CLASS_TEXT, FieldPolicy.CLASS_TEXT);
        assertEquals(InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS, FieldPolicy.FLAG_NO_SUGGESTIONS);
        assertEquals(InputType.TYPE_TEXT_VARIATION_URI, FieldPolicy.URI);
        assertEquals(InputType.TYPE_TEXT_VARIATION_EMAIL_ADDRESS, FieldPolicy.EMAIL);
        assertEquals(InputType.TYPE_TEXT_VARIATION_PASSWORD, FieldPolicy.PASSWORD);
        assertEquals(InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD, FieldPolicy.VISIBLE_PASSWORD);
        assertEquals(InputType.TYPE_TEXT_VARIATION_WEB_EMAIL_ADDRESS, FieldPolicy.WEB_EMAIL);
        assertEquals(InputType.TYPE_TEXT_VARIATION_WEB_PASSWORD, FieldPolicy.WEB_PASSWORD);
    }
}
