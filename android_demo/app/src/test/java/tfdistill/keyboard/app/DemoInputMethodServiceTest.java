package tfdistill.keyboard.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.content.res.Configuration;
import android.text.InputType;
import android.text.Selection;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

/** The real service, with a real engine over a few words. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class DemoInputMethodServiceTest {
    private static final int TEXT = InputType.TYPE_CLASS_TEXT;
    private static final int DELAY = 2 * DemoInputMethodService.DELAY_MS;
    private static final int TIMEOUT = 2 * DemoInputMethodService.TIMEOUT_MS;

    private final FakeEngines engines = new FakeEngines();
    private final Typist typist = new Typist(engines);

    @After
    public void letGo() {
        if (engines.hold != null) {
            engines.hold.countDown();
        }
    }

    private void checkStrip(String left, String middle, String right) {
        assertEquals(Arrays.asList(left, middle, right), typist.strip());
    }

    @Test
    public void itTypesShowsCommitsAndDeletes() {
        typist.enter(Typist.field(TEXT, "")).pass(DELAY);
        checkStrip("The", "You", "See");
        typist.type("y");
        checkStrip("", "", "");
        typist.pass(DELAY);
        checkStrip("your", "you", "young");
        typist.pick(0);
        assertEquals("your ", typist.field.text());
        typist.pass(DELAY);
        checkStrip("the", "you", "see");
        typist.pick(1);
        typist.press(Keys.DELETE);
        assertEquals("your you", typist.field.text());
        typist.press(Keys.ENTER);
        assertEquals(1, typist.field.enters);
    }

    @Test
    public void shiftTypesOneCapitalAndTwiceAllOfThem() {
        typist.enter(Typist.field(TEXT, ""));
        typist.press(Keys.SHIFT);
        typist.press("T");
        typist.press("h");
        typist.pass(DELAY);
        checkStrip("Then", "The", "There");
        typist.press(Keys.SPACE);
        typist.press(Keys.SHIFT);
        typist.press("\u2b06");
        typist.press("Y");
        typist.press("O");
        typist.pass(DELAY);
        checkStrip("YOUR", "YOU", "YOUNG");
        typist.press("\u21ea");
        typist.press(Keys.PAGE);
        typist.press("3");
        typist.press(Keys.LETTERS);
        typist.press("q");
        assertEquals("Th YO3q", typist.field.text());
    }

    @Test
    public void aSentenceFieldBeginsWithACapital() {
        FakeField field = Typist.field(TEXT | InputType.TYPE_TEXT_FLAG_CAP_SENTENCES, "");
        field.info.initialCapsMode = InputType.TYPE_TEXT_FLAG_CAP_SENTENCES;
        typist.enter(field);
        typist.press("S");
        typist.press("e");
        assertEquals("Se", field.text());
    }

    @Test
    public void aFieldThatIsEnteredAgainInItsMiddleBeginsSmall() {
        FakeField field = Typist.field(TEXT | InputType.TYPE_TEXT_FLAG_CAP_SENTENCES, "see ");
        field.info.initialCapsMode = InputType.TYPE_TEXT_FLAG_CAP_SENTENCES; // when it was empty
        typist.enter(field);
        typist.press("y");
        assertEquals("see y", field.text());
    }

    @Test
    public void inTheMiddleOfAWordNothingIsProposed() {
        FakeField field = Typist.field(TEXT, "see yo");
        typist.enter(field).pass(DELAY);
        checkStrip("your", "you", "young");
        field.getEditable().append("ur");
        Selection.setSelection(field.getEditable(), "see yo".length());
        typist.tellSelection();
        typist.pass(DELAY);
        checkStrip("", "", "");
        Selection.setSelection(field.getEditable(), "see ".length());
        typist.tellSelection();
        typist.pass(DELAY);
        assertFalse(typist.strip().equals(Typist.nothing()));
    }

    @Test
    public void whatWasTypedIsForgottenWithTheField() {
        FakeField field = Typist.field(TEXT, "see ");
        typist.enter(field).pass(DELAY);
        typist.type("y");
        typist.pass(DELAY);
        assertEquals(1, engines.calls.get()); // the engine still has its answer
        typist.press(Keys.DELETE);
        typist.service.onFinishInput();
        typist.enter(field).pass(DELAY);
        assertEquals(2, engines.calls.get());
    }

    @Test
    public void aModelThatIsStillOpeningIsNoSlowOne() {
        CountDownLatch opening = new CountDownLatch(1);
        engines.opening = opening;
        typist.enter(Typist.field(TEXT, ""));
        for (int i = 0; i <= DemoInputMethodService.MOST_TIMEOUTS; i++) {
            typist.press(Keys.SPACE);
            typist.pass(TIMEOUT);
        }
        assertEquals(Typist.nothing(), typist.strip());
        engines.opening = null;
        opening.countDown();
        typist.pass(DELAY);
        checkStrip("The", "You", "See");
    }

    @Test
    public void secretFieldsAreNeverReadAndNeverReachTheModel() {
        for (int type : new int[] {
            TEXT | InputType.TYPE_TEXT_VARIATION_PASSWORD,
            TEXT | InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD,
            TEXT | InputType.TYPE_TEXT_VARIATION_WEB_PASSWORD,
            TEXT | InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS,
            InputType.TYPE_CLASS_NUMBER | InputType.TYPE_NUMBER_VARIATION_PASSWORD,
            InputType.TYPE_CLASS_NUMBER, InputType.TYPE_CLASS_PHONE, InputType.TYPE_CLASS_DATETIME,
            InputType.TYPE_NULL}) {
            typist.enter(Typist.field(type, "see ")).type("yo");
            typist.press(Keys.DELETE);
            typist.pass(DELAY);
            assertEquals(Typist.nothing(), typist.strip());
            assertEquals("see y", typist.field.text());
            assertEquals(Integer.toHexString(type), 0, typist.field.reads);
            assertEquals(Integer.toHexString(type), 0, typist.field.readsBehind);
        }
        assertEquals(0, engines.calls.get() + engines.opened.get());
    }

    @Test
    public void addressesAreCompletedWithoutASpaceAndNotPredicted() {
        for (int variation : new int[] {InputType.TYPE_TEXT_VARIATION_URI,
            InputType.TYPE_TEXT_VARIATION_EMAIL_ADDRESS,
            InputType.TYPE_TEXT_VARIATION_WEB_EMAIL_ADDRESS}) {
            typist.enter(Typist.field(TEXT | variation, "")).pass(DELAY);
            checkStrip("", "", "");
            typist.type("tom");
            typist.pass(DELAY);
            checkStrip("", "tomorrow", "");
            typist.pick(1);
            assertEquals("tomorrow", typist.field.text());
        }
    }

    @Test
    public void afterASignWithoutASpaceNothingIsProposed() {
        typist.enter(Typist.field(TEXT, "see.")).pass(DELAY);
        checkStrip("", "", "");
        assertEquals(0, engines.calls.get());
    }

    @Test
    public void aFieldThatIsGoneIsNoError() {
        typist.enter(Typist.field(TEXT, "see "));
        typist.field.isGone = true;
        typist.type("y");
        typist.pass(DELAY);
        checkStrip("", "", "");
    }

    @Test
    public void theTextIsReadOncePerChange() {
        typist.enter(Typist.field(TEXT, "see ")).pass(DELAY);
        typist.field.reads = 0;
        typist.type("you");
        typist.pass(DELAY);
        assertEquals(1, typist.field.reads);
    }

    @Test
    public void aTapOnAStaleWordIsDropped() {
        typist.enter(Typist.field(TEXT, "see y")).pass(DELAY);
        checkStrip("your", "you", "young");
        typist.field.getEditable().append("e");
        typist.pick(1);
        assertEquals("see ye", typist.field.text());
    }

    @Test
    public void aChangeOfFieldDropsTheAnswerUnderWay() throws InterruptedException {
        engines.hold = new CountDownLatch(1);
        typist.enter(Typist.field(TEXT, "see ")).pass(DELAY);
        engines.awaitCall();
        typist.enter(Typist.field(TEXT | InputType.TYPE_TEXT_VARIATION_PASSWORD, ""));
        CountDownLatch held = engines.hold;
        engines.hold = null;
        held.countDown();
        typist.pass(DELAY);
        checkStrip("", "", "");
        assertEquals(1, engines.calls.get());
    }

    @Test
    public void aSlowModelTimesOutAndIsLeftAloneUntilTheNextField() {
        typist.enter(Typist.field(TEXT, "see ")).pass(DELAY);
        engines.hold = new CountDownLatch(1);
        for (int i = 0; i < DemoInputMethodService.MOST_TIMEOUTS; i++) {
            assertFalse(SettingsActivity.isTooSlow);
            typist.type("y ");
            typist.pass(TIMEOUT + DELAY);
            checkStrip("", "", "");
        }
        assertTrue(SettingsActivity.isTooSlow);
        CountDownLatch held = engines.hold;
        engines.hold = null;
        held.countDown();
        typist.type("the");
        int reads = typist.field.reads;
        typist.pass(TIMEOUT + DELAY);
        checkStrip("", "", "");
        assertEquals(reads, typist.field.reads);
        typist.enter(Typist.field(TEXT, "see ")).pass(DELAY);
        checkStrip("the", "you", "see");
        assertFalse(SettingsActivity.isTooSlow);
    }

    @Test
    public void aCorruptModelLeavesTheKeys() throws IOException {
        engines.files.corrupt("model.tflite");
        typist.enter(Typist.field(TEXT, "")).type("see");
        typist.pass(DELAY);
        checkStrip("", "", "");
        typist.type(" you");
        typist.pass(DELAY);
        assertEquals("see you", typist.field.text());
        assertEquals("asked once", 1, engines.opened.get());
    }

    @Test
    public void aRotationKeepsTheTextAndShowsItsWordsAgain() {
        typist.enter(Typist.field(TEXT, "see y")).pass(DELAY);
        Configuration turned = new Configuration(typist.service.getResources().getConfiguration());
        turned.orientation = Configuration.ORIENTATION_LANDSCAPE;
        typist.service.onConfigurationChanged(turned);
        typist.inflate();
        checkStrip("", "", "");
        typist.service.onStartInputView(typist.field.info, true);
        typist.pass(DELAY);
        checkStrip("your", "you", "young");
        assertEquals("see y", typist.field.text());
        assertEquals(1, engines.opened.get());
    }

    @Test
    public void aNewProcessGoesOnInTheSameField() {
        FakeField field = Typist.field(TEXT, "see y");
        typist.enter(field).pass(DELAY);
        typist.controller.destroy();
        Typist next = new Typist(engines);
        next.enter(field).pass(DELAY);
        assertEquals(Arrays.asList("your", "you", "young"), next.strip());
        assertEquals(2, engines.opened.get());
        next.controller.destroy();
    }

    @Test
    public void destroyedWhileBusyItClosesTheModelOnItsThread() throws InterruptedException {
        engines.hold = new CountDownLatch(1);
        typist.enter(Typist.field(TEXT, "see ")).pass(DELAY);
        engines.awaitCall();
        typist.controller.destroy();
        engines.hold.countDown();
        engines.owner.join(10_000);
        assertFalse(engines.owner.isAlive());
        assertEquals(1, engines.closed.get());
        checkStrip("", "", "");
    }

    @Test
    public void aFinishedFieldLeavesNothingBehind() {
        typist.enter(Typist.field(TEXT, "see y")).pass(DELAY);
        typist.service.onFinishInputView(true);
        typist.service.onFinishInput();
        checkStrip("", "", "");
        int calls = engines.calls.get();
        typist.pass(DELAY);
        assertEquals(calls, engines.calls.get());
    }
}
