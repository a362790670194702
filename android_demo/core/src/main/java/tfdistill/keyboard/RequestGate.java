package tfdistill.keyboard;

/**
 * Decides which answers of the model are shown: the newest request's alone, and only in time.
 *
 * <p>Belongs to the main thread. After several time-outs in a row it shuts until the next field.
 */
public final class RequestGate {
    private static final int NONE = -1;

    private final int mostTimeouts;
    private int newest;
    private int open = NONE;
    private int timeouts;

    /** Takes the number of time-outs in a row after which no request is let through. */
    public RequestGate(int mostTimeouts) {
        this.mostTimeouts = mostTimeouts;
    }

    /** Returns the number of a new request; older ones are forgotten. */
    public int request() {
        if (isShut()) {
            throw new IllegalStateException("the gate is shut until the next field");
        }
        newest = (newest + 1) & Integer.MAX_VALUE;
        open = newest;
        return open;
    }

    /** Takes an answer in; returns whether it may be shown. */
    public boolean answer(int request) {
        if (request != open) {
            return false;
        }
        open = NONE;
        timeouts = 0;
        return true;
    }

    /** Notes that a request's time is over; returns whether it was still waited for. */
    public boolean expire(int request) {
        if (request != open) {
            return false;
        }
        open = NONE;
        timeouts++;
        return true;
    }

    /** Forgets the request that is under way. */
    public void cancel() {
        open = NONE;
    }

    /** Begins a field: forgets what was under way and opens again. */
    public void reset() {
        cancel();
        timeouts = 0;
    }

    /** Tells whether too many requests in a row have timed out. */
    public boolean isShut() {
        return timeouts >= mostTimeouts;
    }
}
