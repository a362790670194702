package tfdistill.keyboard.app;

import android.content.Context;
import android.graphics.drawable.Drawable;
import android.graphics.drawable.GradientDrawable;
import android.graphics.drawable.InsetDrawable;
import android.graphics.drawable.StateListDrawable;
import android.view.Gravity;
import android.view.MotionEvent;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.Locale;

/** Four rows of keys. A key types when it is touched; delete repeats while it is held. */
final class KeyboardView extends LinearLayout {
    private static final int ROW_DP = 54;
    private static final int GAP_DP = 3;
    private static final int REPEAT_AFTER = 400;
    private static final int REPEAT_EVERY = 60;

    /** Hears the keys, on the main thread. */
    interface Listener {
        /** Types a letter, sign or space, in the case that is shown. */
        void onText(String text);

        void onDelete();

        void onEnter();
    }

    private final Listener listener;
    private final Colours colours;
    private boolean isShifted;
    private boolean isLocked;
    private boolean isOnSigns;
    private final Runnable repeat = new Runnable() {
        @Override
        public void run() {
            listener.onDelete();
            postDelayed(this, REPEAT_EVERY);
        }
    };

    KeyboardView(Context context, Listener listener) {
        super(context);
        this.listener = listener;
        colours = Colours.of(context);
        setOrientation(VERTICAL);
        setPadding(dp(GAP_DP), dp(GAP_DP), dp(GAP_DP), dp(2 * GAP_DP));
        build();
    }

    /** Shows the letters, capitals if a sentence begins; caps lock ends. */
    void begin(boolean isCapital) {
        isOnSigns = false;
        isLocked = false;
        isShifted = isCapital;
        build();
    }

    /** Shows capitals for one letter, unless caps lock is on. */
    void capitalize(boolean isCapital) {
        if (!isLocked && isShifted != isCapital) {
            isShifted = isCapital;
            relabel();
        }
    }

    private int dp(int count) {
        return Math.round(count * getResources().getDisplayMetrics().density);
    }

    private void build() {
        removeCallbacks(repeat);
        removeAllViews();
        for (String[] keys : isOnSigns ? Keys.SIGN_ROWS : Keys.LETTER_ROWS) {
            LinearLayout row = new LinearLayout(getContext());
            for (String key : keys) {
                row.addView(key.equals(Keys.GAP) ? new View(getContext()) : key(key),
                        new LayoutParams(0, LayoutParams.MATCH_PARENT, Keys.width(key)));
            }
            addView(row, new LayoutParams(LayoutParams.MATCH_PARENT, dp(ROW_DP)));
        }
    }

    private String label(String key) {
        if (key.equals(Keys.SHIFT)) {
            return isLocked ? "\u21ea" : isShifted ? "\u2b06" : key;
        }
        boolean isLetter = !Keys.isFunction(key) && isShifted;
        return isLetter ? key.toUpperCase(Locale.ROOT) : key;
    }

    private void relabel() {
        for (int i = 0; i < getChildCount(); i++) {
            LinearLayout row = (LinearLayout) getChildAt(i);
            for (int k = 0; k < row.getChildCount(); k++) {
                if (row.getChildAt(k) instanceof TextView) {
                    relabel((TextView) row.getChildAt(k));
                }
            }
        }
    }

    private void relabel(TextView view) {
        String key = (String) view.getTag();
        view.setText(label(key));
        view.setContentDescription(Keys.isFunction(key) ? Keys.spoken(key)
                : Keys.spoken(label(key)));
    }

    private View key(final String key) {
        TextView view = new TextView(getContext());
        view.setTag(key);
        relabel(view);
        view.setTextColor(colours.text);
        view.setTextSize(Keys.textSize(key));
        view.setGravity(Gravity.CENTER);
        view.setBackground(background(Keys.isFunction(key) ? colours.function : colours.key));
        view.setOnClickListener(new OnClickListener() {
            @Override
            public void onClick(View clicked) {
                press(key);
            }
        });
        view.setOnTouchListener(new OnTouchListener() {
            @Override
            public boolean onTouch(View touched, MotionEvent event) {
                touch(touched, key, event.getActionMasked());
                return true;
            }
        });
        return view;
    }

    private void touch(View view, String key, int action) {
        if (action == MotionEvent.ACTION_DOWN) {
            view.setPressed(true);
            if (key.equals(Keys.DELETE)) {
                postDelayed(repeat, REPEAT_AFTER);
            }
            view.performClick();
        } else if (action == MotionEvent.ACTION_UP || action == MotionEvent.ACTION_CANCEL) {
            view.setPressed(false);
            removeCallbacks(repeat);
        }
    }

    private void press(String key) {
        switch (key) {
            case Keys.SHIFT:
                shift();
                break;
            case Keys.PAGE:
            case Keys.LETTERS:
                isOnSigns = !isOnSigns;
                build();
                break;
            case Keys.DELETE:
                listener.onDelete();
                break;
            case Keys.ENTER:
                listener.onEnter();
                break;
            default:
                String text = label(key);
                capitalize(false);
                listener.onText(text);
        }
    }

    /** Goes from small letters to one capital, to all capitals, and back. */
    private void shift() {
        boolean wasLocked = isLocked;
        isLocked = isShifted && !wasLocked;
        isShifted = !wasLocked;
        relabel();
    }

    private Drawable background(int colour) {
        StateListDrawable states = new StateListDrawable();
        states.addState(new int[] {android.R.attr.state_pressed}, rounded(colours.pressed));
        states.addState(new int[0], rounded(colour));
        // The gap belongs to the key, so that no touch falls between two.
        return new InsetDrawable(states, dp(GAP_DP));
    }

    private Drawable rounded(int colour) {
        GradientDrawable shape = new GradientDrawable();
        shape.setColor(colour);
        shape.setCornerRadius(dp(6));
        return shape;
    }

    @Override
    protected void onDetachedFromWindow() {
        removeCallbacks(repeat);
        super.onDetachedFromWindow();
    }
}
