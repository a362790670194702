package tfdistill.keyboard;

/**
 * What the keyboard may do in a field, by the field's EditorInfo.
 *
 * <p>The class is looked at before the variation: 0x10 is a password among numbers and a URI among
 * texts. The constants are those of android.text.InputType and EditorInfo; a test compares them.
 */
public final class FieldPolicy {
    static final int MASK_CLASS = 0xf;
    static final int MASK_VARIATION = 0xff0;
    static final int CLASS_TEXT = 1;
    static final int FLAG_NO_SUGGESTIONS = 0x80000;
    static final int URI = 0x10;
    static final int EMAIL = 0x20;
    static final int PASSWORD = 0x80;
    static final int VISIBLE_PASSWORD = 0x90;
    static final int WEB_EMAIL = 0xd0;
    static final int WEB_PASSWORD = 0xe0;

    private final boolean isText;
    private final boolean isAddress;

    /** Takes EditorInfo.inputType. Nothing is learned anywhere, so no other flag matters. */
    public FieldPolicy(int inputType) {
        int variation = inputType & MASK_VARIATION;
        boolean isSecret = variation == PASSWORD || variation == VISIBLE_PASSWORD
                || variation == WEB_PASSWORD;
        isText = (inputType & MASK_CLASS) == CLASS_TEXT && !isSecret
                && (inputType & FLAG_NO_SUGGESTIONS) == 0;
        isAddress = variation == URI || variation == EMAIL || variation == WEB_EMAIL;
    }

    /** Tells whether the text may be read and the model asked. */
    public boolean maySuggest() {
        return isText;
    }

    /** Tells whether the next word may be proposed before a letter of it is typed. */
    public boolean mayPredict() {
        return isText && !isAddress;
    }

    /** Tells whether a space may follow a word that was picked. */
    public boolean mayAddSpace() {
        return isText && !isAddress;
    }
}
