package tfdistill.keyboard.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.text.InputType;
import android.view.View;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/** Draws the keyboard as a phone would, to target/keyboard*.png. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h891dp-notnight-420dpi")
public class PictureTest {
    private static void draw(String file, String typed) throws IOException {
        Typist typist = new Typist(new FakeEngines());
        FakeField field = Typist.field(InputType.TYPE_CLASS_TEXT, typed);
        typist.enter(field).pass(2 * DemoInputMethodService.DELAY_MS);
        View view = typist.view();
        view.measure(View.MeasureSpec.makeMeasureSpec(1079, View.MeasureSpec.EXACTLY),
                View.MeasureSpec.makeMeasureSpec(0, View.MeasureSpec.UNSPECIFIED));
        view.layout(0, 0, view.getMeasuredWidth(), view.getMeasuredHeight());
        Bitmap picture = Bitmap.createBitmap(view.getWidth(), view.getHeight(),
                Bitmap.Config.ARGB_8888);
        view.draw(new Canvas(picture));
        assertEquals(Arrays.asList("your", "you", "young"), typist.strip());
        check(picture, view.getHeight() * 44 / 270);
        new File("target").mkdirs();
        try (FileOutputStream stream = new FileOutputStream("target/" + file)) {
            picture.compress(Bitmap.CompressFormat.PNG, 100, stream);
        }
        typist.controller.destroy();
    }

    /** The strip has words in all slots, and every row of keys has letters. */
    private static void check(Bitmap picture, int strip) {
        int slot = picture.getWidth() / 3;
        for (int i = 0; i < 3; i++) {
            assertTrue("slot " + i, colours(picture, i * slot + 20, 0, slot - 40, strip) > 4);
        }
        int row = (picture.getHeight() - strip) / 4;
        for (int i = 0; i < 4; i++) {
            assertTrue("row " + i,
                    colours(picture, 0, strip + i * row, picture.getWidth(), row) > 4);
        }
    }

    private static int colours(Bitmap picture, int left, int top, int width, int height) {
        Set<Integer> colours = new HashSet<>();
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                colours.add(picture.getPixel(x, y));
            }
        }
        return colours.size();
    }

    @Test
    public void day() throws IOException {
        draw("keyboard.png", "see y");
    }

    @Test
    @Config(qualifiers = "+night")
    public void night() throws IOException {
        draw("keyboard_night.png", "see y");
    }
}
