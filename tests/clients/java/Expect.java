import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;

/** What a check says about what it saw. */
final class Expect {
    private Expect() {}

    /** Work that may throw anything. */
    interface Action {
        void run() throws Exception;
    }

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    static void same(String what, Object got, Object expected) {
        that(Objects.deepEquals(got, expected), what + ": " + shown(got) + ", expected " + shown(expected));
    }

    /** Fails unless the text contains all of the words, in any case of letters. */
    static void contains(String what, String text, String... words) {
        for (String word : words) {
            that(text.toLowerCase().contains(word.toLowerCase()), what + ": no '" + word + "' in: " + text);
        }
    }

    /** The failure of a call, which must fail with all of the words in its message or in that of a cause. */
    static Throwable fails(String what, Action call, String... words) {
        try {
            call.run();
        } catch (Exception error) {
            contains(what, messages(error), words);
            return error;
        }
        throw new AssertionError(what + ": no error");
    }

    /** The time that a call took in milliseconds, and what it returned. */
    record Timed<T>(T value, long ms) {
        static <T> Timed<T> of(Callable<T> call) throws Exception {
            long started = System.nanoTime();
            T value = call.call();
            return new Timed<>(value, (System.nanoTime() - started) / 1_000_000);
        }
    }

    /** The message of a failure and those of its causes. */
    static String messages(Throwable failure) {
        var text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }

    private static String shown(Object value) {
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    }
}
