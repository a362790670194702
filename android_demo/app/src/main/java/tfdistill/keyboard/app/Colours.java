package tfdistill.keyboard.app;

import android.content.Context;
import android.content.res.Configuration;

/** The keyboard's colours, for day and night. */
final class Colours {
    final int ground;
    final int key;
    final int function;
    final int pressed;
    final int text;
    final int line;

    private Colours(int ground, int key, int function, int pressed, int text, int line) {
        this.ground = ground;
        this.key = key;
        this.function = function;
        this.pressed = pressed;
        this.text = text;
        this.line = line;
    }

    static Colours of(Context context) {
        int mode = context.getResources().getConfiguration().uiMode;
        boolean isNight = (mode & Configuration.UI_MODE_NIGHT_MASK)
                == Configuration.UI_MODE_NIGHT_YES;
        return isNight
                ? new Colours(0xff1b1c1e, 0xff3a3c40, 0xff2a2c2f, 0xff55585e, 0xfff1f1f1, 0xff3a3c40)
                : new Colours(0xffe4e6ea, 0xffffffff, 0xffc8ccd3, 0xffaab0ba, 0xff1b1c1e, 0xffc3c7ce);
    }
}
