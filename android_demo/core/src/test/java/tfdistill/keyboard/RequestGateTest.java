package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class RequestGateTest {
    private final RequestGate gate = new RequestGate(2);

    @Test
    public void theNewestRequestIsAnsweredOnce() {
        int old = gate.request();
        int request = gate.request();
        assertFalse(gate.answer(old));
        assertTrue(gate.answer(request));
        assertFalse(gate.answer(request));
        assertFalse(gate.expire(request));
    }

    @Test
    public void aLateAnswerIsDropped() {
        int request = gate.request();
        assertTrue(gate.expire(request));
        assertFalse(gate.answer(request));
    }

    @Test
    public void whatWasCancelledIsDroppedAndNoTimeout() {
        int request = gate.request();
        gate.cancel();
        assertFalse(gate.answer(request));
        assertFalse(gate.expire(request));
        assertFalse(gate.isShut());
    }

    @Test
    public void timeoutsInARowShutItUntilTheNextField() {
        gate.expire(gate.request());
        gate.answer(gate.request());
        gate.expire(gate.request());
        assertFalse(gate.isShut());
        gate.expire(gate.request());
        assertTrue(gate.isShut());
        gate.reset();
        assertFalse(gate.isShut());
    }

    @Test
    public void aShutGateTakesNoRequest() {
        gate.expire(gate.request());
        gate.expire(gate.request());
        try {
            gate.request();
        } catch (IllegalStateException error) {
            assertEquals("the gate is shut until the next field", error.getMessage());
            return;
        }
        throw new AssertionError("it let a request through");
    }
}
