import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogManager;
import java.util.stream.Collectors;

/**
 * Checks a running FlightStream with a stock JDBC driver, the one on the class path.
 *
 * <pre>
 *     java --add-opens=java.base/java.nio=ALL-UNNAMED -cp 'JARS/*:CLASSES' Checks URL [--writable URL] [NAME…]
 *     java … Checks --list [NAME…]
 * </pre>
 *
 * URL is what `flightstream serve data` printed, the second one what `flightstream serve --writable DIR data` did. A
 * NAME is a check, or the beginning of several up to an underscore (`f73`). Prints `ok NAME` or `FAILED NAME: reason`
 * for each, and exits with 1 if one failed.
 */
final class Checks {
    private static final List<Class<?>> PARTS = List.of(
            Getters.class, Tables.class, Values.class, Changes.class, Parameters.class, Connections.class,
            Limits.class, Refusals.class, Shell.class);
    private static final long HANG_S = 120;
    private static final long ALL_MIN = 15;

    private Checks() {}

    /** Runs the checks that the command line asks for. */
    public static void main(String[] arguments) {
        // The driver logs how it allocates memory.
        LogManager.getLogManager().reset();
        // It moves times of day and wall clocks by the machine's zone.
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        var words = new ArrayList<>(List.of(arguments));
        boolean list = words.remove("--list");
        String writable = option(words, "--writable");
        if (!list && words.isEmpty()) {
            System.err.println("usage: Checks URL [--writable URL] [NAME…]");
            System.exit(2);
        }
        String url = list ? null : words.remove(0);
        List<Method> chosen = chosen(words, list || writable != null);
        if (chosen.isEmpty()) {
            System.err.println("no such check: " + words);
            System.exit(2);
        }
        CompletableFuture.runAsync(Checks::giveUp, CompletableFuture.delayedExecutor(ALL_MIN, TimeUnit.MINUTES));
        // The driver leaves threads behind, so that the program ends only when told to.
        System.exit(list ? list(chosen) : run(chosen, new Servers(url, writable)));
    }

    private static void giveUp() {
        System.err.println("still running after " + ALL_MIN + " min");
        Runtime.getRuntime().halt(1);
    }

    private static String option(List<String> words, String name) {
        int at = words.indexOf(name);
        if (at < 0) {
            return null;
        }
        words.remove(at);
        return words.remove(at);
    }

    private static List<Method> chosen(List<String> names, boolean writes) {
        return PARTS.stream()
                .flatMap(part -> Arrays.stream(part.getDeclaredMethods()))
                .filter(method -> method.isAnnotationPresent(Check.class))
                .filter(method -> writes || !method.getAnnotation(Check.class).writes())
                .filter(method -> names.isEmpty() || names.stream().anyMatch(name -> matches(method.getName(), name)))
                .sorted(Comparator.comparing(Method::getName))
                .toList();
    }

    private static boolean matches(String name, String wanted) {
        return name.equals(wanted) || name.startsWith(wanted + "_");
    }

    private static int list(List<Method> checks) {
        checks.forEach(check -> System.out.println(check.getName()));
        return 0;
    }

    private static int run(List<Method> checks, Servers servers) {
        long failed = checks.stream().filter(check -> !passes(check, servers)).count();
        System.out.println(checks.size() - failed + " passed, " + failed + " failed");
        return failed == 0 ? 0 : 1;
    }

    /** Runs one check and prints its line; one that hangs ends the program and shows where. */
    private static boolean passes(Method check, Servers servers) {
        check.setAccessible(true);
        var failure = new AtomicReference<Throwable>();
        var runner = new Thread(() -> failure.set(failure(check, servers)), check.getName());
        runner.setDaemon(true);
        runner.start();
        if (!ends(runner)) {
            var where = new IllegalStateException("still running after " + HANG_S + " s");
            where.setStackTrace(runner.getStackTrace());
            where.printStackTrace();
            System.out.println("FAILED " + check.getName() + ": " + where.getMessage());
            System.exit(1);
        }
        System.out.println(failure.get() == null
                ? "ok " + check.getName()
                : "FAILED " + check.getName() + ": " + reason(failure.get()));
        return failure.get() == null;
    }

    private static Throwable failure(Method check, Servers servers) {
        try {
            check.invoke(null, servers);
            return null;
        } catch (InvocationTargetException error) {
            return error.getCause();
        } catch (IllegalAccessException error) {
            return error;
        }
    }

    private static boolean ends(Thread runner) {
        try {
            runner.join(HANG_S * 1000);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        return !runner.isAlive();
    }

    /** What failed, on one line; where, too, if it is nothing that a check said itself. */
    private static String reason(Throwable failure) {
        String text = failure instanceof AssertionError ? failure.getMessage() : Expect.messages(failure) + at(failure);
        return text.strip().replaceAll("\\s+", " ");
    }

    /** The lines of this program that the failure went through. */
    private static String at(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .filter(frame -> frame.getFileName() != null && PARTS.stream()
                        .anyMatch(part -> frame.getFileName().equals(part.getSimpleName() + ".java")))
                .map(frame -> " at " + frame.getFileName() + ":" + frame.getLineNumber())
                .collect(Collectors.joining());
    }
}
