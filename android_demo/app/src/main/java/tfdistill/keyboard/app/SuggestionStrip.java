package tfdistill.keyboard.app;

import android.content.Context;
import android.text.TextUtils;
import android.view.Gravity;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.Collections;
import java.util.List;

/** Three slots for words, the likeliest in the middle; empty slots do nothing. */
final class SuggestionStrip extends LinearLayout {
    private static final int HEIGHT_DP = 44;
    /** Which slot the first, second and third word takes. */
    private static final int[] SLOTS = {1, 0, 2};

    /** Hears which word was picked, on the main thread. */
    interface Listener {
        void onPick(String word);
    }

    private final TextView[] slots = new TextView[SLOTS.length];

    SuggestionStrip(Context context, final Listener listener) {
        super(context);
        Colours colours = Colours.of(context);
        int height = Math.round(HEIGHT_DP * getResources().getDisplayMetrics().density);
        for (int i = 0; i < slots.length; i++) {
            if (i > 0) {
                addView(line(colours.line), new LayoutParams(1, height / 2));
            }
            slots[i] = slot(colours.text, listener);
            addView(slots[i], new LayoutParams(0, height, 1));
        }
        setGravity(Gravity.CENTER_VERTICAL);
        clear();
    }

    private View line(int colour) {
        View line = new View(getContext());
        line.setBackgroundColor(colour);
        return line;
    }

    private TextView slot(int colour, final Listener listener) {
        final TextView slot = new TextView(getContext());
        slot.setTextColor(colour);
        slot.setTextSize(18);
        slot.setGravity(Gravity.CENTER);
        slot.setMaxLines(1);
        slot.setEllipsize(TextUtils.TruncateAt.MIDDLE);
        slot.setOnClickListener(new OnClickListener() {
            @Override
            public void onClick(View clicked) {
                listener.onPick(slot.getText().toString());
            }
        });
        return slot;
    }

    /** Shows at most three words, the likeliest first. */
    void show(List<String> words) {
        for (int i = 0; i < SLOTS.length; i++) {
            TextView slot = slots[SLOTS[i]];
            boolean isFilled = i < words.size();
            slot.setText(isFilled ? words.get(i) : "");
            slot.setClickable(isFilled);
        }
    }

    void clear() {
        show(Collections.<String>emptyList());
    }
}
