package tfdistill.keyboard.app;

/** Which keys there are: letters on one page, digits and signs on the other. */
final class Keys {
    static final String SHIFT = "\u21e7";
    static final String DELETE = "\u232b";
    static final String PAGE = "?123";
    static final String LETTERS = "ABC";
    static final String SPACE = " ";
    static final String ENTER = "\u21b5";
    /** Half a key's width of nothing. */
    static final String GAP = "";

    static final String[][] LETTER_ROWS = {
        {"q", "w", "e", "r", "t", "y", "u", "i", "o", "p"},
        {GAP, "a", "s", "d", "f", "g", "h", "j", "k", "l", GAP},
        {SHIFT, "z", "x", "c", "v", "b", "n", "m", DELETE},
        {PAGE, ",", "'", SPACE, ".", "?", ENTER},
    };
    static final String[][] SIGN_ROWS = {
        {"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"},
        {"@", "#", "$", "%", "&", "*", "(", ")", "_", "/"},
        {"-", "+", "=", ":", ";", "\"", "'", "!", DELETE},
        {LETTERS, ",", "<", SPACE, ">", ".", ENTER},
    };

    private Keys() {}

    /** Tells whether a key does something other than typing its label. */
    static boolean isFunction(String key) {
        switch (key) {
            case SHIFT:
            case DELETE:
            case PAGE:
            case LETTERS:
            case ENTER:
                return true;
            default:
                return false;
        }
    }

    /** Returns a key's width, in letters. */
    static float width(String key) {
        switch (key) {
            case GAP:
                return 0.5f;
            case SPACE:
                return 4;
            case SHIFT:
            case DELETE:
            case PAGE:
            case LETTERS:
            case ENTER:
                return 1.5f;
            default:
                return 1;
        }
    }

    /** Returns the height of a key's label in sp; arrows are small in their fonts. */
    static float textSize(String key) {
        switch (key) {
            case PAGE:
            case LETTERS:
                return 15;
            case SHIFT:
            case ENTER:
                return 30;
            default:
                return 22;
        }
    }

    /** Returns what a screen reader says for a key. */
    static String spoken(String key) {
        switch (key) {
            case SHIFT:
                return "shift";
            case DELETE:
                return "delete";
            case PAGE:
                return "numbers and signs";
            case LETTERS:
                return "letters";
            case SPACE:
                return "space";
            case ENTER:
                return "enter";
            default:
                return key;
        }
    }
}
