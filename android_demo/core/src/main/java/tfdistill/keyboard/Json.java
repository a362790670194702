package tfdistill.keyboard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON (RFC 8259) of a trusted size. Objects become Map, arrays List, whole numbers Long,
 * others Double. A name that comes twice, a trailing comma and anything else loose is an error.
 */
public final class Json {
    private static final int DEEPEST = 32;

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /** Returns the value that "text" spells, or fails with IllegalArgumentException. */
    public static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length()) {
            throw json.error("the end");
        }
        return value;
    }

    private IllegalArgumentException error(String expected) {
        return new IllegalArgumentException("JSON, character " + at + ": expected " + expected);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** Passes white space and then "sign" if it comes next. */
    private boolean take(char sign) {
        space();
        boolean isThere = at < text.length() && text.charAt(at) == sign;
        at += isThere ? 1 : 0;
        return isThere;
    }

    private void demand(char sign) {
        if (!take(sign)) {
            throw error("'" + sign + "'");
        }
    }

    private Object value() {
        space();
        if (at == text.length()) {
            throw error("a value");
        }
        switch (text.charAt(at)) {
            case '{':
                return object();
            case '[':
                return array();
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private Object word(String spelled, Object value) {
        if (!text.startsWith(spelled, at)) {
            throw error(spelled);
        }
        at += spelled.length();
        return value;
    }

    private void enter(char sign) {
        demand(sign);
        if (++depth > DEEPEST) {
            throw error("at most " + DEEPEST + " levels");
        }
    }

    private Map<String, Object> object() {
        enter('{');
        Map<String, Object> result = new LinkedHashMap<String, Object>();
        if (!take('}')) {
            do {
                space();
                String name = string();
                demand(':');
                if (result.containsKey(name)) {
                    throw error("no second \"" + name + "\"");
                }
                result.put(name, value());
            } while (take(','));
            demand('}');
        }
        depth--;
        return result;
    }

    private List<Object> array() {
        enter('[');
        List<Object> result = new ArrayList<Object>();
        if (!take(']')) {
            do {
                result.add(value());
            } while (take(','));
            demand(']');
        }
        depth--;
        return result;
    }

    private String string() {
        demand('"');
        StringBuilder result = new StringBuilder();
        while (at < text.length() && text.charAt(at) >= ' ') {
            char next = text.charAt(at++);
            if (next == '"') {
                return result.toString();
            }
            result.append(next == '\\' ? escaped() : next);
        }
        throw error("a closing quote");
    }

    private char escaped() {
        int which = at < text.length() ? "\"\\/bfnrt".indexOf(text.charAt(at)) : -1;
        if (which >= 0) {
            at++;
            return "\"\\/\b\f\n\r\t".charAt(which);
        }
        if (!text.startsWith("u", at) || at + 5 > text.length()) {
            throw error("an escape");
        }
        at++;
        return unicode();
    }

    private char unicode() {
        int code = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = Character.digit(text.charAt(at), 16);
            if (digit < 0 || text.charAt(at) > 'f') {
                throw error("a hexadecimal digit");
            }
            code = 16 * code + digit;
        }
        return (char) code;
    }

    private Number number() {
        int start = at;
        while (at < text.length() && "+-.0123456789Ee".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String spelled = text.substring(start, at);
        if (spelled.matches("-?(0|[1-9][0-9]{0,17})")) {
            return Long.valueOf(spelled);
        }
        if (spelled.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            return Double.valueOf(spelled);
        }
        at = start;
        throw error("a value");
    }
}
