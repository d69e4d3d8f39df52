import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.List;

/** F76: values for placeholders, through every setter that the driver has. */
final class Parameters {
    private static final Timestamp MOMENT = Timestamp.valueOf("2024-02-29 12:30:00.123");
    private static final Date DAY = Date.valueOf("2024-02-29");
    /** Half a second past twelve thirty; `Time` has no text form with a fraction. */
    private static final Time CLOCK = new Time(Time.valueOf("12:30:00").getTime() + 500);

    private Parameters() {}

    /** Sets the parameters of a statement. */
    interface Setter {
        void set(PreparedStatement statement) throws SQLException;
    }

    /** The rows of a query with parameters. */
    private static List<List<String>> rows(Connection connection, String sql, Setter setter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setter.set(statement);
            return Servers.rows(statement);
        }
    }

    /** The first value of a query with parameters. */
    private static String value(Connection connection, String sql, Setter setter) throws SQLException {
        return rows(connection, sql, setter).get(0).get(0);
    }

    /** Fails unless the condition on `messy.types` holds for just one of its rows. */
    private static void finds(Connection connection, String condition, Setter setter) throws SQLException {
        String sql = "SELECT count(*) FROM messy.types WHERE " + condition;
        Expect.same(condition, value(connection, sql, setter), "1");
    }

    @Check
    static void f76_numbers(Servers servers) throws Exception {
        servers.read(connection -> {
            finds(connection, "int8 = ?", s -> s.setByte(1, (byte) -128));
            finds(connection, "int16 = ?", s -> s.setShort(1, (short) -32768));
            finds(connection, "int32 = ?", s -> s.setInt(1, Integer.MAX_VALUE));
            finds(connection, "int64 = ?", s -> s.setLong(1, Long.MAX_VALUE));
            finds(connection, "int64 = ? AND int32 < ?", s -> {
                s.setLong(1, Long.MIN_VALUE);
                s.setInt(2, 0);
            });
            finds(connection, "float32 = ?", s -> s.setFloat(1, 0.25f));
            finds(connection, "float64 = ?", s -> s.setDouble(1, -1e300));
            finds(connection, "amount = ?", s -> s.setBigDecimal(1, new BigDecimal("12345678.90")));
            finds(connection, "int32 = ?", s -> s.setObject(1, Integer.MIN_VALUE));
            Expect.same("sum", value(connection, "SELECT ? + 1", s -> s.setLong(1, 41)), "42");
            Expect.same("sum of an int", value(connection, "SELECT ? + 1", s -> s.setInt(1, 41)), "42");
            var limited = rows(connection, "SELECT trip_id FROM trips ORDER BY 1 LIMIT ? OFFSET ?", s -> {
                s.setInt(1, 2);
                s.setLong(2, 2);
            });
            Expect.same("limit", limited, List.of(List.of("1003"), List.of("1004")));
        });
    }

    @Check
    static void f76_text_bytes_and_booleans(Servers servers) throws Exception {
        servers.read(connection -> {
            finds(connection, "text = ?", s -> s.setString(1, "naïve 🚲"));
            finds(connection, "text = ?", s -> s.setString(1, ""));
            finds(connection, "text LIKE ? AND label <> ?", s -> {
                s.setString(1, "na%");
                s.setString(2, "green");
            });
            finds(connection, "bytes = ?", s -> s.setBytes(1, new byte[] {0, -1, 16}));
            finds(connection, "flag = ?", s -> s.setBoolean(1, true));
            finds(connection, "label = ?", s -> s.setObject(1, "red"));
            Expect.same("untyped", value(connection, "SELECT ?", s -> s.setString(1, "大阪")), "大阪");
        });
    }

    @Check
    static void f76_dates_and_times(Servers servers) throws Exception {
        servers.read(connection -> {
            finds(connection, "day = ?", s -> s.setDate(1, DAY));
            finds(connection, "clock > ?", s -> s.setTime(1, Time.valueOf("23:59:58")));
            String half = "SELECT TIME '12:30:00.5' = ?";
            Expect.same("time to the millisecond", value(connection, half, s -> s.setTime(1, CLOCK)), "true");
            String hour = "SELECT count(*) FROM readings WHERE measured_at = ?";
            Setter six = s -> s.setTimestamp(1, Timestamp.valueOf("2025-03-01 06:00:00"));
            Expect.same("readings", value(connection, hour, six), "12");
            String trip = "SELECT trip_id FROM trips WHERE started_at = ?";
            Setter start = s -> s.setTimestamp(1, Timestamp.valueOf("2025-05-01 06:12:19"));
            Expect.same("with a time zone", value(connection, trip, start), "1001");
        });
    }

    /** The driver writes milliseconds into whatever unit it is asked for. */
    @Check
    static void f76_timestamps_equal_to_the_millisecond(Servers servers) throws Exception {
        servers.read(connection -> {
            for (String moment : List.of("TIMESTAMP '2024-02-29 12:30:00.123'",
                    "arrow_cast('2024-02-29 12:30:00.123', 'Timestamp(Microsecond, None)')",
                    "arrow_cast('2024-02-29 12:30:00.123', 'Timestamp(Nanosecond, None)')",
                    "arrow_cast('2024-02-29 12:30:00.123', 'Timestamp(Microsecond, Some(\"UTC\"))')")) {
                String sql = "SELECT " + moment + " = ?";
                Expect.same(sql, value(connection, sql, s -> s.setTimestamp(1, MOMENT)), "true");
                var later = new Timestamp(MOMENT.getTime() + 1);
                Expect.same(sql, value(connection, sql, s -> s.setTimestamp(1, later)), "false");
            }
        });
    }

    @Check
    static void f76_nulls(Servers servers) throws Exception {
        servers.read(connection -> {
            int[] types = {Types.BIGINT, Types.DOUBLE, Types.VARCHAR, Types.TIMESTAMP, Types.DATE, Types.BOOLEAN,
                Types.DECIMAL, Types.VARBINARY, Types.TIME};
            String[] columns = {"int64", "float64", "text", "at", "day", "flag", "amount", "bytes", "clock"};
            for (int n = 0; n < types.length; n++) {
                int type = types[n];
                String sql = "SELECT count(*) FROM messy.types WHERE " + columns[n] + " = ?";
                Expect.same(sql, value(connection, sql, s -> s.setNull(1, type)), "0");
            }
            String first = "SELECT coalesce(?, from_station) FROM trips ORDER BY trip_id";
            Expect.same("coalesce", value(connection, first, s -> s.setNull(1, Types.VARCHAR)), "ATH-1");
            Expect.same("null", value(connection, "SELECT ?", s -> s.setString(1, null)), null);
            Expect.same("object", value(connection, "SELECT ?", s -> s.setObject(1, null)), null);
        });
    }

    @Check
    static void f76_placeholders(Servers servers) throws Exception {
        servers.read(connection -> {
            String quoted = "SELECT '?' || \"from_station\" || ? FROM trips /* ? */ ORDER BY trip_id -- ?";
            Expect.same("quoted", value(connection, quoted, s -> s.setString(1, "!")), "?ATH-1!");
            String numbered = "SELECT $2 || $1 || $2 FROM trips";
            Expect.same("numbered", value(connection, numbered, s -> {
                s.setString(1, "a");
                s.setString(2, "b");
            }), "bab");
            var twelve = new StringBuilder("SELECT ''");
            twelve.append(" || ?".repeat(12));
            Expect.same("twelve", value(connection, twelve.toString(), s -> {
                for (int n = 1; n <= 12; n++) {
                    s.setString(n, Integer.toHexString(n));
                }
            }), "123456789abc");
            Expect.fails("mixed", () -> connection.prepareStatement("SELECT ? || $1").close());
        });
    }

    @Check
    static void f76_parameter_metadata(Servers servers) throws Exception {
        servers.read(connection -> {
            String sql = "SELECT * FROM messy.types WHERE int64 = ? AND text = ? AND at < ? AND day = ? AND flag = ?"
                    + " AND float64 = ? AND amount = ? AND bytes = ? AND clock = ?";
            int[] types = {Types.BIGINT, Types.VARCHAR, Types.TIMESTAMP, Types.DATE, Types.BOOLEAN, Types.DOUBLE,
                Types.DECIMAL, Types.VARBINARY, Types.TIME};
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                ParameterMetaData parameters = statement.getParameterMetaData();
                Expect.same("count", parameters.getParameterCount(), types.length);
                for (int n = 0; n < types.length; n++) {
                    Expect.same("parameter " + (n + 1), parameters.getParameterType(n + 1), types[n]);
                }
                Expect.same("columns", statement.getMetaData().getColumnCount(), 23);
            }
            try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
                Expect.same("none", statement.getParameterMetaData().getParameterCount(), 0);
            }
        });
    }

    /** One prepared statement, run with other values each time; nothing is left of the earlier ones. */
    @Check
    static void f76_running_again(Servers servers) throws Exception {
        servers.read(connection -> {
            String sql = "SELECT from_station, ? FROM trips WHERE trip_id = ?";
            try (PreparedStatement one = connection.prepareStatement(sql);
                    PreparedStatement two = connection.prepareStatement(sql)) {
                for (long trip = 1001; trip <= 1005; trip++) {
                    one.setString(1, "one");
                    one.setLong(2, trip);
                    two.setString(1, null);
                    two.setLong(2, trip);
                    String station = Servers.value(connection,
                            "SELECT from_station FROM trips WHERE trip_id = " + trip);
                    Expect.same("one", Servers.rows(one), List.of(List.of(station, "one")));
                    Expect.same("two", Servers.rows(two).get(0).get(1), null);
                }
            }
        });
    }

    @Check
    static void f76_wrong_values(Servers servers) throws Exception {
        servers.read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT ? + int64 FROM messy.types")) {
                Expect.fails("none set", () -> Servers.rows(statement));
            }
            Expect.fails("not a date", () -> value(connection, "SELECT CAST(CAST(? AS VARCHAR) AS DATE)",
                    s -> s.setString(1, "tomorrow")), "tomorrow");
            Expect.same("afterwards", Servers.value(connection, "SELECT 1"), "1");
        });
    }

    private static final String TABLE = "(n BIGINT, i INTEGER, x DOUBLE, t VARCHAR, d DATE, at TIMESTAMP, c TIME,"
            + " f BOOLEAN, m DECIMAL(10, 2), b BYTEA)";

    /** Sets all values of a row of the table above. */
    private static void row(PreparedStatement statement, long n) throws SQLException {
        statement.setLong(1, n);
        statement.setInt(2, -7);
        statement.setDouble(3, 0.5);
        statement.setString(4, "naïve 🚲");
        statement.setDate(5, DAY);
        statement.setTimestamp(6, MOMENT);
        statement.setTime(7, CLOCK);
        statement.setBoolean(8, true);
        statement.setBigDecimal(9, new BigDecimal("-12.50"));
        statement.setBytes(10, new byte[] {0, -1});
    }

    @Check(writes = true)
    static void f76_inserting_every_type(Servers servers) throws Exception {
        servers.write(connection -> {
            Servers.update(connection, "CREATE OR REPLACE TABLE j76 " + TABLE);
            String sql = "INSERT INTO j76 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                row(statement, 1);
                Expect.same("count", statement.executeUpdate(), 1);
                for (int n = 1; n <= 10; n++) {
                    statement.setNull(n, Types.NULL);
                }
                Expect.same("count of nulls", statement.executeUpdate(), 1);
            }
            var expected = List.of("1", "-7", "0.5", "naïve 🚲", "2024-02-29", "2024-02-29 12:30:00.123",
                    "12:30:00.500", "true", "-12.50", "00ff");
            var rows = Servers.rows(connection,
                    "SELECT n, i, x, t, d, at, c, f, m, encode(b, 'hex') FROM j76 ORDER BY n");
            Expect.same("rows", rows.size(), 2);
            Expect.same("values", rows.get(0), expected);
            Expect.that(rows.get(1).stream().allMatch(value -> value == null), "nulls: " + rows.get(1));
            Servers.update(connection, "DROP TABLE j76");
        });
    }

    /** The driver sends a batch as one update of several rows, and returns one count for all of them. */
    @Check(writes = true)
    static void f76_batches(Servers servers) throws Exception {
        servers.write(connection -> {
            Servers.update(connection, "CREATE OR REPLACE TABLE j76_batch (n BIGINT, t VARCHAR)");
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO j76_batch VALUES (?, ?)")) {
                for (int n = 1; n <= 100; n++) {
                    statement.setLong(1, n);
                    statement.setString(2, n % 10 == 0 ? null : "row " + n);
                    statement.addBatch();
                }
                int total = 0;
                for (int count : statement.executeBatch()) {
                    total += count;
                }
                Expect.same("total", total, 100);
            }
            Expect.same("rows", Servers.rows(connection, "SELECT count(*), sum(n), count(t) FROM j76_batch"),
                    List.of(List.of("100", "5050", "90")));
            Servers.update(connection, "DROP TABLE j76_batch");
        });
    }
}
