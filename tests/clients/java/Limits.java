import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** F78: results of which only the beginning is wanted, and statements that are given up. */
final class Limits {
    /** Billions of rows: none of the queries below can end by itself in time. */
    private static final String HUGE = "trips AS a CROSS JOIN trips AS b CROSS JOIN trips AS c CROSS JOIN trips AS d";
    private static final int ATTEMPTS = 3;

    private Limits() {}

    /** The time is the best of some attempts: the machine may be busy. */
    @Check
    static void f78_max_rows_of_a_huge_result(Servers servers) throws Exception {
        servers.read(connection -> {
            long best = Long.MAX_VALUE;
            for (int attempt = 0; attempt < ATTEMPTS && best >= 2_000; attempt++) {
                var rows = Expect.Timed.of(() -> first(connection, "SELECT a.*, d.remark FROM " + HUGE, 200));
                // The driver counts anew in each batch, and stops in the first that has more rows than that.
                Expect.that(rows.value() >= 200 && rows.value() < 10_000, rows.value() + " rows");
                best = Math.min(best, rows.ms());
            }
            Expect.that(best < 2_000, "200 rows took " + best + " ms");
            Expect.same("afterwards", Servers.value(connection, "SELECT 1"), "1");
        });
    }

    @Check
    static void f78_max_rows_within_a_batch(Servers servers) throws Exception {
        servers.read(connection -> {
            Expect.same("of many", first(connection, "SELECT value FROM generate_series(1, 10000000000)", 200), 200);
            Expect.same("of a table", first(connection, "SELECT * FROM trips", 7), 7);
            Expect.same("of fewer", first(connection, "SELECT * FROM trips", 1_000), 240);
        });
    }

    /** As many rows as were allowed; the rest of the stream is given up on closing. */
    private static int first(Connection connection, String sql, int rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(rows);
            try (ResultSet result = statement.executeQuery(sql)) {
                return Servers.rows(result).size();
            }
        }
    }

    @Check
    static void f78_closing_an_unread_result(Servers servers) throws Exception {
        servers.read(connection -> {
            for (int n = 0; n < 3; n++) {
                try (Statement statement = connection.createStatement();
                        ResultSet result = statement.executeQuery("SELECT a.* FROM " + HUGE)) {
                    Expect.that(result.next(), "no row");
                }
            }
            Expect.same("afterwards", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
        });
    }

    @Check
    static void f78_cancel_while_reading(Servers servers) throws Exception {
        Connection connection = DriverManager.getConnection(servers.url());
        cancelWhileReading(connection);
        Expect.same("afterwards", Servers.value(connection, "SELECT 1"), "1");
        try {
            connection.close();
        } catch (SQLException leak) {
            // The driver may count what the cancelled stream left as a leak of its own.
            Expect.contains("closing", Expect.messages(leak), "clean up");
        }
    }

    private static void cancelWhileReading(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT a.trip_id FROM " + HUGE)) {
            Expect.that(result.next(), "no row");
            var cancelled = later(statement);
            Expect.fails("reading", () -> {
                while (result.next()) {
                    result.getLong(1);
                }
            });
            cancelled.get(10, TimeUnit.SECONDS);
        }
    }

    @Check
    static void f78_cancel_before_the_first_row(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement statement = connection.createStatement()) {
                var cancelled = later(statement);
                var failed = Expect.Timed.of(() -> Expect.fails("executing", () -> count(statement)));
                cancelled.get(10, TimeUnit.SECONDS);
                Expect.that(failed.ms() < 10_000, "after " + failed.ms() + " ms");
            }
            Expect.same("afterwards", Servers.value(connection, "SELECT 1"), "1");
        });
    }

    @Check
    static void f78_query_timeout(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(1);
                Expect.same("timeout", statement.getQueryTimeout(), 1);
                var failed = Expect.Timed.of(() -> Expect.fails("executing", () -> count(statement)));
                Expect.that(failed.ms() < 10_000, "after " + failed.ms() + " ms");
            }
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(60);
                Expect.same("in time", Servers.rows(statement.executeQuery("SELECT 1")), List.of(List.of("1")));
            }
        });
    }

    private static void count(Statement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT count(*), max(a.fare + d.fare) FROM " + HUGE)) {
            result.next();
        }
    }

    /** Cancels from another thread, half a second from now. */
    private static CompletableFuture<Void> later(Statement statement) {
        return CompletableFuture.runAsync(() -> {
            try {
                statement.cancel();
            } catch (SQLException error) {
                throw new IllegalStateException(error);
            } catch (RuntimeException raced) {
                // The driver may free what the reading thread frees at that moment.
                Expect.contains("cancel", Expect.messages(raced), "RefCnt");
            }
        }, CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
    }
}
